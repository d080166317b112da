"""`matinee worker NAME`: an ingest worker, started by the server. It must not know what a run does.

It holds one run at a time by a lease it keeps extending, and ends itself when its parent is gone: two servers' workers
never meet on one data directory.
"""

import ctypes
import fcntl
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from matinee import config
from matinee.cli.lock import serving_process
from matinee.cli.logs import configure_logs
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.ingest import Lease
from matinee.wiring import Machine, open_machine

log = logging.getLogger(__name__)

Result = TypeVar("Result")

LEASE_SECONDS = 60
EXTEND_SECONDS = 10
IDLE_SECONDS = 0.3
BUSY_SECONDS = 2.0
MAX_CRASHES = 3  # holders of one run that died by themselves: the fourth would die of the same film
PR_SET_PDEATHSIG = 1  # linux/prctl.h
NICE = 5  # the server answers first
STALLED = "Ingest ended several times without a result; the file may be damaged. Export it again, or try another."


def work(name: str) -> None:
    """Work on runs until the parent is gone."""
    _die_with_parent()
    settings = config.load()
    configure_logs(settings.log_level)
    os.nice(NICE)
    machine = open_machine(settings)
    parent = serving_process(settings.data_dir)  # by its lock: one that died before this line has left no other trace
    while os.getppid() == parent:
        lease = _patiently(lambda: machine.queue.claim(name, now=machine.clock.now(), lease_seconds=LEASE_SECONDS))
        if lease is None:
            time.sleep(IDLE_SECONDS)
        else:
            _attempt(machine, lease, parent)


def _die_with_parent() -> None:
    """Where the kernel can (prctl(2)), a killed server's workers end at once; elsewhere they look between two steps."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _attempt(machine: Machine, lease: Lease, parent: int) -> None:
    """One claim of one run: done, given up, or given back for later."""
    try:
        if lease.crashes > MAX_CRASHES:
            machine.ingest.give_up(lease.run_id, MatineeError(ErrorCode.RUN_STALLED, STALLED))
        else:
            with _alone(machine.scratch, lease), _kept(machine, lease, parent) as alive:
                machine.ingest.perform(lease.run_id, machine.scratch / lease.run_id, alive)
        _end(machine, lease)
    except MatineeError as error:
        if error.code is ErrorCode.RUN_SUPERSEDED:
            _end(machine, lease)
            return
        wait = timedelta(seconds=machine.ingest.retry_seconds(lease.run_id, error))
        log.warning("run will be tried again", extra={"run": lease.run_id, "code": error.code, "why": error.detail})
        _patiently(lambda: machine.queue.release(lease, not_before=machine.clock.now() + wait))


def _patiently(act: Callable[[], Result]) -> Result:
    """What `act` returns, however long the catalog is busy or the disk full: dying of it would help nobody."""
    while True:
        try:
            return act()
        except MatineeError as error:
            if not error.kind.retry:
                raise
            log.warning("waiting for the catalog", extra={"code": error.code, "why": error.detail})
            time.sleep(BUSY_SECONDS)


def _end(machine: Machine, lease: Lease) -> None:
    """The run is over: out of the queue, its folder gone; unless another worker holds it by now."""
    try:
        _patiently(lambda: machine.queue.finish(lease))
    except MatineeError as error:
        if error.code is not ErrorCode.RUN_SUPERSEDED:
            raise
        return
    shutil.rmtree(machine.scratch / lease.run_id, ignore_errors=True)
    _lock_path(machine.scratch, lease).unlink(missing_ok=True)


def _lock_path(scratch: Path, lease: Lease) -> Path:
    return scratch / f"{lease.run_id}.lock"


@contextmanager
def _alone(scratch: Path, lease: Lease) -> Iterator[None]:
    """Hold the run's folder: a worker of a killed server may need a second to notice, and must not write beside us."""
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _lock_path(scratch, lease).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _kept(machine: Machine, lease: Lease, parent: int) -> Iterator[Callable[[], None]]:
    """Extend the lease every few seconds; what is yielded raises `run_superseded` once it is lost."""
    lost = threading.Event()
    ended = threading.Event()

    def extend() -> None:
        while not ended.wait(EXTEND_SECONDS):
            try:
                machine.queue.extend(lease, now=machine.clock.now(), lease_seconds=LEASE_SECONDS)
            except MatineeError as error:
                if error.code is ErrorCode.RUN_SUPERSEDED:
                    lost.set()
                    return

    def alive() -> None:
        if os.getppid() != parent:
            raise SystemExit  # the server was killed: its successor has given the run to another worker
        if lost.is_set():
            raise MatineeError(ErrorCode.RUN_SUPERSEDED, f"{lease.run_id} is no longer this worker's; it stops here.")

    thread = threading.Thread(target=extend, name="lease", daemon=True)
    thread.start()
    try:
        yield alive
    finally:
        ended.set()
        thread.join()
