"""The runs one worker process holds: each in a thread of its own, its lease kept. It must not know what a run does.

    claim ──▶ held ──▶ ended, given up, or given back for later
                └────▶ on trial, alone, when a holder of it has died before

When a worker dies, any of its runs may have killed it. A run that was held by one that died is therefore on trial:
until its work goes on, or for `TRIAL_SECONDS`, nothing else is claimed. If the worker dies again, that run alone is
blamed, and after `MAX_CRASHES` it is given up; the others go on.
"""

import fcntl
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from matinee.errors import ErrorCode, MatineeError
from matinee.ports.ingest import Lease
from matinee.wiring import Machine

log = logging.getLogger(__name__)

Result = TypeVar("Result")

MAX_HELD = 64  # a run that waits for an encoder costs little; each has a thread and its plan
LEASE_SECONDS = 60
EXTEND_SECONDS = 10
BUSY_SECONDS = 2.0
CRASHED_SECONDS = 5
# A run that kills its worker mostly does so at once. A longer trial would keep the others waiting behind a whole film.
TRIAL_SECONDS = 60.0
MAX_CRASHES = 3  # the fourth holder would die of the same film
STALLED = "Ingest ended several times without a result; the file may be damaged. Export it again, or try another."


class Held:
    """One run that is being worked on."""

    def __init__(self, machine: Machine, lease: Lease) -> None:
        self.lease = lease
        self._machine = machine
        self._lost = threading.Event()
        self._suspect = lease.crashes > 0
        self._trial_ends = time.monotonic() + TRIAL_SECONDS
        self._thread = threading.Thread(target=self._attempt, name=lease.run_id, daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether nobody works on it here any more."""
        return not self._thread.is_alive()

    @property
    def on_trial(self) -> bool:
        """Whether nothing else may begin beside it."""
        return self._suspect and not self.over and time.monotonic() < self._trial_ends

    def extend(self) -> None:
        """Keep the lease; a busy catalog only puts that off."""
        try:
            self._machine.queue.extend(self.lease, now=self._machine.clock.now(), lease_seconds=LEASE_SECONDS)
        except MatineeError as error:
            if error.code is ErrorCode.RUN_SUPERSEDED:
                self._lost.set()

    def stop(self, seconds: float) -> None:
        """Have it end, and wait so long for that."""
        self._lost.set()
        self._thread.join(seconds)

    def _alive(self) -> None:
        if self._lost.is_set():
            sentence = f"{self.lease.run_id} is no longer this worker's; it stops here."
            raise MatineeError(ErrorCode.RUN_SUPERSEDED, sentence)

    def _went_on(self) -> None:
        if self._suspect:
            self._suspect = False
            with suppress(MatineeError):  # a lease that is lost is met at the next step
                patiently(lambda: self._machine.queue.absolve(self.lease))

    def _attempt(self) -> None:
        """The thread: one claim of one run."""
        try:
            self._perform()
        except Exception:
            # An entry point: logged once. Whose fault it was is known here, so the others are spared.
            log.exception("a run ended for a reason nobody foresaw", extra={"run": self.lease.run_id})
            later = self._machine.clock.now() + timedelta(seconds=CRASHED_SECONDS)
            with suppress(MatineeError):
                patiently(lambda: self._machine.queue.crashed(self.lease, not_before=later))

    def _perform(self) -> None:
        machine, run_id = self._machine, self.lease.run_id
        with _alone(machine.scratch, self.lease):
            try:
                if self.lease.crashes > MAX_CRASHES:
                    machine.ingest.give_up(run_id, MatineeError(ErrorCode.RUN_STALLED, STALLED))
                else:
                    machine.ingest.perform(run_id, machine.scratch / run_id, self._alive, self._went_on)
                self._end()
            except MatineeError as error:
                if error.code is ErrorCode.RUN_SUPERSEDED:
                    self._end()
                    return
                wait = timedelta(seconds=machine.ingest.retry_seconds(run_id, error))
                log.warning("run will be tried again", extra={"run": run_id, "code": error.code, "why": error.detail})
                patiently(lambda: machine.queue.release(self.lease, not_before=machine.clock.now() + wait))

    def _end(self) -> None:
        """Nothing to do for this run now: out of the queue, its folder gone; unless another worker holds it by now.

        Whoever claims it again at once waits for the folder's lock, which is ours.
        """
        try:
            patiently(lambda: self._machine.queue.finish(self.lease))
        except MatineeError as error:
            if error.code is not ErrorCode.RUN_SUPERSEDED:
                raise
            return
        shutil.rmtree(self._machine.scratch / self.lease.run_id, ignore_errors=True)
        _lock_path(self._machine.scratch, self.lease).unlink(missing_ok=True)
        patiently(lambda: self._machine.runs.put_back_run(self.lease.run_id))


class Holding:
    """All runs of one worker."""

    def __init__(self, machine: Machine, name: str) -> None:
        self._machine = machine
        self._name = name
        self._held: list[Held] = []
        self._extended_at = time.monotonic()

    def turn(self) -> bool:
        """Look after the leases, then claim one run more if there is one and it may begin; whether it did."""
        self._held = [held for held in self._held if not held.over]
        self._extend()
        if len(self._held) >= MAX_HELD or any(held.on_trial for held in self._held):
            return False
        lease = self._machine.queue.claim(self._name, now=self._machine.clock.now(), lease_seconds=LEASE_SECONDS)
        if lease is None:
            return False
        self._held.append(Held(self._machine, lease))
        return True

    def stop(self, seconds: float) -> None:
        """End every run's work here, within about so long."""
        deadline = time.monotonic() + seconds
        for held in self._held:
            held.stop(0.0)
        for held in self._held:
            held.stop(max(0.0, deadline - time.monotonic()))

    def _extend(self) -> None:
        if time.monotonic() - self._extended_at < EXTEND_SECONDS:
            return
        self._extended_at = time.monotonic()
        for held in self._held:
            held.extend()


def patiently(act: Callable[[], Result]) -> Result:
    """What `act` returns, however long the catalog is busy or the disk full: dying of it would help nobody."""
    while True:
        try:
            return act()
        except MatineeError as error:
            if not error.kind.retry:
                raise
            log.warning("waiting for the catalog", extra={"code": error.code, "why": error.detail})
            time.sleep(BUSY_SECONDS)


def _lock_path(scratch: Path, lease: Lease) -> Path:
    return scratch / f"{lease.run_id}.lock"


@contextmanager
def _alone(scratch: Path, lease: Lease) -> Iterator[None]:
    """Hold the run's folder: a worker of a killed server may need a second to notice, and must not write beside us."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock_path(scratch, lease).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
