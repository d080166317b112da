"""How often one caller, one address and one guesser may ask. It must not know HTTP, nor where counts are kept.

    caller    who is signed in                     `Throttle.caller`
    address   who is not: viewers, share links     `Throttle.address`
    tries     wrong passwords                      `Throttle.trying`; right ones cost nothing. Beside an address
                                                   counts its IPv6 site, with `CROWD` times as many

Everybody else is served while one is told to wait. Where counting costs money, several requests are paid for at once
and used within seconds, and who was refused is refused from memory: neither asks the meter.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from matinee.domain.rate import Rate, neighbourhood, site
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Clock
from matinee.ports.meter import Meter

log = logging.getLogger(__name__)

KEPT_SECONDS = 10  # what was paid for in advance is used by then or lost
MEMORY = 10_000
# A connection that names other addresses than its own may be a proxy's with many viewers, or somebody who invents them.
CROWD = 10


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: the viewer's address, and who connected when that was another, who told it.

    The viewer's is then believed only so far: what one connection may do is `CROWD` times what one viewer may, and
    what it does in a viewer's name takes nothing from that viewer's requests by other ways.
    """

    address: str
    told_by: str | None = None


NOWHERE = Origin("")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottlePolicy:
    """How much of each; None is any number. `at_once` requests are paid for together."""

    caller: Rate | None = None
    address: Rate | None = None
    tries: Rate | None = None
    at_once: int = 1


class Throttle:
    """Refuses with `too_many_requests`, which says how long to wait."""

    def __init__(self, meter: Meter, clock: Clock, policy: ThrottlePolicy) -> None:
        self._meter = meter
        self._clock = clock
        self._policy = policy
        self._lock = threading.Lock()
        self._paid: dict[str, tuple[int, float]] = {}
        self._refused: dict[str, float] = {}

    def caller(self, subject: str) -> None:
        """One request of whoever is signed in as `subject`."""
        self._count(f"caller|{subject}", self._policy.caller)

    def address(self, origin: Origin) -> None:
        """One request of somebody who is not signed in."""
        counted = _names("address", origin, self._policy.address)
        self._refuse_from_memory(counted)
        for name, rate in counted:
            self._count(name, rate)

    @contextmanager
    def trying(self, what: str, origin: Origin) -> Iterator[None]:
        """A try at `what`; counted before it is known to be wrong, and given back unless the block raises.

        Raises `too_many_requests` before the block is begun.
        """
        kind, rate = f"try|{what}", self._policy.tries
        counted = _sites(kind, origin, rate) + _names(kind, origin, rate)
        self._refuse_from_memory(counted)
        taken: list[tuple[str, Rate]] = []
        try:
            for name, rate in counted:
                self._take(name, rate, 1)
                taken.append((name, rate))
        except MatineeError:
            self._give_back(taken)
            raise
        yield
        self._give_back(taken)

    def _count(self, name: str, rate: Rate | None) -> None:
        """An uncounted request does less harm than an API that answers nobody: a meter that fails is passed by."""
        if rate is None or self._has_paid(name):
            return
        count = max(1, min(self._policy.at_once, rate.limit // 50))
        try:
            self._take(name, rate, count)
        except MatineeError as error:
            if error.code is ErrorCode.TOO_MANY_REQUESTS:
                raise
            log.warning("requests are not counted", extra={"code": error.code})
            return
        if count > 1:
            with self._lock:
                _make_room(self._paid)
                self._paid[name] = count - 1, self._now() + KEPT_SECONDS

    def _take(self, name: str, rate: Rate, count: int) -> None:
        self._refuse_from_memory([(name, rate)])
        left = self._meter.take(name, count, rate, self._clock.now())
        with self._lock:
            self._refused.pop(name, None)
            if left > 0:
                _make_room(self._refused)
                self._refused[name] = self._now() + left
        if left > 0:
            raise _too_many(name, left)

    def _refuse_from_memory(self, counted: list[tuple[str, Rate]]) -> None:
        """Before anything is taken: one viewer who is told to wait must use up nothing of the crowd's."""
        for name, _ in counted:
            left = self._refused.get(name, 0.0) - self._now()
            if left > 0:
                raise _too_many(name, left)

    def _has_paid(self, name: str) -> bool:
        with self._lock:
            left, until = self._paid.pop(name, (0, 0.0))
            if left == 0 or until <= self._now():
                return False
            if left > 1:
                self._paid[name] = left - 1, until
        return True

    def _give_back(self, taken: list[tuple[str, Rate]]) -> None:
        for name, rate in taken:
            self._meter.give_back(name, 1, rate, self._clock.now())
            with self._lock:
                self._refused.pop(name, None)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _names(kind: str, origin: Origin, rate: Rate | None) -> list[tuple[str, Rate]]:
    """The crowd first: once it is refused, no invented viewer of it is written down."""
    if rate is None:
        return []
    viewer = neighbourhood(origin.address)
    if origin.told_by is None:
        return [(f"{kind}|{viewer}", rate)]
    teller = neighbourhood(origin.told_by)
    return [(f"{kind}|anybody by {teller}", rate.times(CROWD)), (f"{kind}|{viewer} by {teller}", rate)]


def _sites(kind: str, origin: Origin, rate: Rate | None) -> list[tuple[str, Rate]]:
    """The IPv6 sites of who connected and of whom they name: one owner has thousands of neighbourhoods there."""
    if rate is None:
        return []
    connected = site(origin.address if origin.told_by is None else origin.told_by)
    named = None if origin.told_by is None else site(origin.address)
    found = [] if connected is None else [f"{kind}|{connected}"]
    if named is not None:
        found.append(f"{kind}|{named} by {neighbourhood(origin.told_by or '')}")
    return [(name, rate.times(CROWD)) for name in found]


def _too_many(name: str, left: float) -> MatineeError:
    seconds = ceil(left)
    log.info("told to wait", extra={"counted": name.partition("|")[0], "seconds": seconds})
    sentence = f"Too many requests came from here; send the next in {seconds} s."
    return MatineeError(ErrorCode.TOO_MANY_REQUESTS, sentence, retry_after_seconds=seconds)


def _make_room(held: dict[str, tuple[int, float]] | dict[str, float]) -> None:
    """What is forgotten costs one more question to the meter."""
    if len(held) >= MEMORY:
        held.clear()
