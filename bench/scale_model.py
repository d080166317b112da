"""What a load does to AWS, event by event: a discrete-event simulation. Quotas are in `scale_quotas`.

It must not know the network: nothing is asked of AWS. A process is a generator that yields the seconds it waits; the
clock jumps from one event to the next.

    viewer   opens a session, then every 6 s a picture and a sound segment, every 30 s a beacon, every 48 min a renewal
    film     its run, its chunks (as many at once as `encode_at_once`), the segments they write
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from itertools import count
from math import ceil

from matinee.domain.beacon import DEVICES, ERRORS, HUNDREDTHS, STALL_EDGES, STARTUP_EDGES
from matinee.domain.bill import (
    BEACONS_A_MINUTE,
    CHUNK_SECONDS,
    DELIVERED_KBPS,
    EDGE_MISSES,
    GATED_ONCE,
    MEGAPIXELS_A_SECOND,
    PAGE_ONCE,
    RENDITIONS,
    SOUND_ONCE,
    TRANSITIONS_A_TASK,
)
from matinee.domain.estimate import CPU_SECONDS_PER_MEGAPIXEL
from scale_quotas import QUOTAS, Use

Process = Generator[float, None, None]

# A call of the API: docs/cost.md takes 0.1 s; a function's first call takes longer (bench/cold).
CALL_SECONDS, COLD_SECONDS = 0.1, 1.5
IDLE_SECONDS = 600.0  # how long Lambda keeps an environment nobody calls: minutes, it does not say how many
CHUNK_TASK_SECONDS = (
    CHUNK_SECONDS * MEGAPIXELS_A_SECOND * CPU_SECONDS_PER_MEGAPIXEL
)  # on one core; encode_memory_mb has 1.7, so this is the longer side
RENEW_SECONDS = 48 * 60.0
REVOCATION_BYTES = 36  # "r/", an id of 24, an end of 10 (domain/edge_store.py)
SESSION_HOURS = 24
METERED = 1  # a write for each call: what is paid for ahead is kept for seconds, and a viewer calls twice a minute
TRANSACTION = 2  # write units for each KB of an item in a transaction (DynamoDB, "Transactions: how it works")
NUMBER_BYTES = 5  # a counter of up to six digits (DynamoDB, "Item sizes and formats")
OVERHEAD_BYTES = 100  # key, expires


class Simulation:
    """A clock, and what happens next."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 0.0
        self.random = random.Random(seed)  # noqa: S311 - viewers, not secrets
        self._order = count()
        self._waiting: list[tuple[float, int, Process]] = []

    def start(self, process: Process, after: float = 0.0) -> None:
        """`process` goes on after so many seconds."""
        heapq.heappush(self._waiting, (self.now + after, next(self._order), process))

    def run(self, until: float) -> None:
        """Whatever happens before then."""
        while self._waiting and self._waiting[0][0] < until:
            self.now, _, process = heapq.heappop(self._waiting)
            wait = next(process, None)
            if wait is not None:
                self.start(process, wait)
        self.now = until


@dataclass(slots=True)
class Meter:
    """What is used in each span of time; the busiest one counts."""

    seconds: float = 1.0
    used: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, at: float, amount: float = 1.0) -> None:
        """So much more in the span that `at` lies in."""
        self.used[int(at / self.seconds)] += amount

    def peak(self, since: float = 0.0) -> float:
        """The most in any span from `since` on."""
        return max((used for span, used in self.used.items() if span * self.seconds >= since), default=0.0)


class Bucket:
    """A token bucket: `rate` tokens a second, `size` of them at most."""

    def __init__(self, size: float, rate: float) -> None:
        self._size, self._rate = size, rate
        self._left, self._at = size, 0.0

    def wait(self, now: float, tokens: float = 1.0) -> float:
        """Take the tokens; how long to wait until they were there."""
        self._left = min(self._size, self._left + (now - self._at) * self._rate) - tokens
        self._at = now
        return max(0.0, -self._left / self._rate)


class Functions:
    """The execution environments of an account: each runs one call, and is kept warm for a while."""

    def __init__(self, simulation: Simulation, limit: int) -> None:
        self._simulation = simulation
        self._limit = limit
        self._busy = 0
        self._warm: dict[str, list[float]] = defaultdict(list)
        self.most = 0
        self.refused: dict[str, int] = defaultdict(int)
        self.begun: dict[str, Meter] = defaultdict(lambda: Meter(seconds=10.0))

    def call(self, function: str, seconds: float) -> float | None:
        """How long the call takes, a cold start included; None when the account runs as many as it may."""
        if self._busy >= self._limit:
            self.refused[function] += 1
            return None
        now, warm = self._simulation.now, self._warm[function]
        while warm and warm[0] < now - IDLE_SECONDS:
            heapq.heappop(warm)
        if warm:
            heapq.heappop(warm)
        else:
            self.begun[function].add(now)
            seconds += COLD_SECONDS
        self._busy += 1
        self.most = max(self.most, self._busy)
        self._simulation.start(self._end(function), seconds)
        return seconds

    def _end(self, function: str) -> Process:
        self._busy -= 1
        heapq.heappush(self._warm[function], self._simulation.now)
        yield from ()  # a process that ends at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Who watches, and what comes in. `premiere_seconds`: an hour's viewers come within these, to one film."""

    views_per_hour: float = 200
    minutes_per_view: float = 20
    rate_kbps: float = DELIVERED_KBPS
    segment_seconds: float = 6
    upload_hours_a_month: float = 10
    film_hours: float = 1
    films_at_once: int = 0
    premiere_seconds: float | None = None
    revoked_share: float = 0.02
    encode_at_once: int = 400
    functions_at_once: int = 1_000

    def times(self, factor: float) -> "Load":
        """So many times as many viewers and films."""
        return replace(
            self,
            views_per_hour=self.views_per_hour * factor,
            upload_hours_a_month=self.upload_hours_a_month * factor,
        )


def counted_item_units() -> int:
    """Write units of one addition to a day's counters: those of the whole item, when all of its counters are there."""
    names = [f"kept_{n:03d}" for n in range(HUNDREDTHS)]
    names += [f"startup_{n:02d}" for n in range(len(STARTUP_EDGES) + 1)]
    names += [f"stall_{n:02d}" for n in range(len(STALL_EDGES) + 1)]
    names += [f"device_{each}" for each in DEVICES] + [f"error_{each}" for each in ERRORS]
    names += [f"rendition_{each}" for each in ("1080p", "720p", "480p", "360p", "audio", "source")]
    names += ["views", "viewers", "watch_ms", "stalls", "stalled_ms", "ended"]
    size = OVERHEAD_BYTES + sum(len(f"n_{name}") + NUMBER_BYTES for name in names)
    return ceil(size / 1024)


class World:
    """The deployment under a load, metered."""

    def __init__(self, load: Load, seed: int = 1) -> None:
        self.load = load
        self.simulation = Simulation(seed)
        self.functions = Functions(self.simulation, load.functions_at_once)
        self.meters: dict[str, Meter] = defaultdict(Meter)
        self.transitions = Bucket(800, 500)
        self.meters["opened"] = Meter(seconds=60.0)
        self.longest_wait = 0.0
        self.sessions = 0
        self._item_units = counted_item_units()

    def count(self, name: str, amount: float = 1.0) -> None:
        """So much of it now."""
        self.meters[name].add(self.simulation.now, amount)

    def call_api(self, writes: int) -> None:
        """A call, with what the catalog writes for it."""
        self.count("api")
        self.functions.call("api", CALL_SECONDS)
        self.count("table", writes + METERED)

    def viewer(self, seconds: float) -> Process:
        """One view from its page to its end."""
        self.sessions += 1
        self.count("requests", PAGE_ONCE + 1 + GATED_ONCE + SOUND_ONCE)
        # Session and its place below the film in one transaction, its end in an index; the record, in two indexes;
        # the event, in one.
        self.call_api(2 * TRANSACTION + 1 + 3 + 2)
        self.count("opened")
        self.count("film", TRANSACTION + 1)
        self.count("events")
        self.count("gets", (GATED_ONCE + SOUND_ONCE) * EDGE_MISSES)
        ticks, beacon_every = int(seconds / self.load.segment_seconds), 60 / BEACONS_A_MINUTE
        beacon_at, renew_at = beacon_every, RENEW_SECONDS
        for tick in range(1, ticks + 1):
            yield self.load.segment_seconds
            self.count("requests", 2)
            self.count("gets", 2 * EDGE_MISSES)
            self.count("gigabits", self.load.segment_seconds * self.load.rate_kbps / 1e6)
            if tick * self.load.segment_seconds >= beacon_at:
                beacon_at += beacon_every
                self.beacon(first=beacon_at == 2 * beacon_every)
            if tick * self.load.segment_seconds >= renew_at:
                renew_at += RENEW_SECONDS
                self.count("requests")
                self.count("film")
                self.call_api(3)

    def beacon(self, *, first: bool) -> None:
        """Where the view stands; then the film's counters and all films'. The first is a new view and a new viewer."""
        self.count("requests")
        self.call_api((4 if first else 1) + 2 * self._item_units + 1)
        self.count("quality")
        self.count("counted_all", self._item_units)
        self.count("counted_film", self._item_units)

    def arrivals(self) -> Process:
        """Viewers, one by one, at random."""
        while True:
            yield self.simulation.random.expovariate(self.load.views_per_hour / 3600)
            self.simulation.start(self.viewer(self.watched_seconds()))

    def premiere(self) -> Process:
        """An hour's viewers at the door."""
        seconds = self.load.premiere_seconds or 0.0
        for _ in range(round(self.load.views_per_hour)):
            at = self.simulation.random.random() * seconds
            self.simulation.start(self.viewer(self.watched_seconds()), at)
        yield from ()

    def watched_seconds(self) -> float:
        """How long somebody stays: many leave soon, some stay long."""
        return self.simulation.random.expovariate(1 / (self.load.minutes_per_view * 60))

    def uploads(self) -> Process:
        """Films, one by one, at random."""
        while self.load.upload_hours_a_month:
            yield self.simulation.random.expovariate(
                self.load.upload_hours_a_month / self.load.film_hours / (730 * 3600)
            )
            self.film()

    def film(self) -> None:
        """A run begins: its chunks wait for room among the account's functions and of the map."""
        self.count("targets")
        self.count("starts")
        chunks = ceil(self.load.film_hours * 3600 / CHUNK_SECONDS)
        for lane in range(min(chunks, self.load.encode_at_once)):
            self.simulation.start(self.lane(len(range(lane, chunks, self.load.encode_at_once))))

    def lane(self, chunks: int) -> Process:
        """One of the map's places: chunk after chunk."""
        for _ in range(chunks):
            wait = self.transitions.wait(self.simulation.now, TRANSITIONS_A_TASK)
            self.longest_wait = max(self.longest_wait, wait)
            yield wait
            seconds = CHUNK_TASK_SECONDS * self.simulation.random.uniform(0.7, 1.3)  # as films are
            while (took := self.functions.call("encode", seconds)) is None:
                yield 2 + self.simulation.random.random() * 2  # the workflow's own retry of what Lambda refuses
            segments = RENDITIONS * CHUNK_SECONDS / self.load.segment_seconds
            yield took
            self.count("puts", segments + 1)


def simulate(load: Load, seed: int = 1, warm_seconds: float = 1_800, seconds: float = 600) -> World:
    """The load for a while, once as many watch as will; with a premiere or films at once, from that moment on."""
    world = World(load, seed)
    if load.premiere_seconds:
        world.simulation.start(world.premiere())
        world.simulation.run(seconds)
        return world
    world.simulation.start(world.arrivals())
    world.simulation.run(warm_seconds)
    world.simulation.start(world.uploads())
    for _ in range(load.films_at_once):
        world.film()
    world.simulation.run(warm_seconds + seconds)
    return world


def uses(world: World, since: float) -> tuple[Use, ...]:
    """Each quota with its busiest second from `since` on."""
    load, meters = world.load, world.meters

    def peak(name: str) -> float:
        return meters[name].peak(since)

    alive = load.views_per_hour * SESSION_HOURS * load.revoked_share * REVOCATION_BYTES / 1024
    in_one_film = 1.0 if load.premiere_seconds else 0.2  # of a library's views, its most watched film's
    used = (
        *(peak("api"), peak("opened"), peak("api"), world.functions.most),
        *(world.functions.begun["api"].peak(since), world.functions.begun["encode"].peak(since)),
        *(peak("counted_all"), peak("counted_film") * in_one_film, peak("quality")),
        *(peak("film") * in_one_film, peak("events")),
        *(peak("table"), peak("requests"), peak("gigabits"), alive),
        *(peak("starts"), world.longest_wait, peak("targets"), peak("gets"), peak("puts")),
    )
    return tuple(Use(quota=quota, used=each) for quota, each in zip(QUOTAS, used, strict=True))
