"""What runs beside the server: worker processes kept alive, the inbox, the sweep. It must not know what they do."""

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self

from matinee.wiring import Machine

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
INBOX_SECONDS = 1.0
TELL_SECONDS = 0.5
RECONCILE_SECONDS = 30.0
QUALITY_SECONDS = 60.0
SWEEP_SECONDS = 600.0
RESTART_SECONDS = 1.0  # a worker that cannot start must not take the processor with it
STOP_SECONDS = 5.0
TEMPORARY_LIFE = timedelta(days=1)  # a part on a slow line is touched by every byte that comes; a day is no line


class Background:
    """Threads and processes that live as long as the server, entered and left with it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        """Start everything."""
        for number in range(self._machine.settings.workers):
            self._start(f"worker {number}", partial(self._keep_worker, f"worker-{number}"))
        self._start("inbox", lambda: self._every(INBOX_SECONDS, self._machine.inbox.scan))
        self._start("webhooks", lambda: self._every(TELL_SECONDS, self._machine.telling.rounds.turn))
        self._start("reconcile", lambda: self._every(RECONCILE_SECONDS, self._reconcile))
        self._start("quality", lambda: self._every(QUALITY_SECONDS, self._machine.app.watch.look))
        self._start("sweep", lambda: self._every(SWEEP_SECONDS, self._sweep))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop everything; a run under way goes on at the next start."""
        self._stop.set()
        self._machine.telling.rounds.close()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def then(self, act: Callable[[], None]) -> None:
        """Do `act` once, beside everything else."""
        self._start("once", lambda: self._guarded(act))

    def _start(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _every(self, seconds: float, act: Callable[[], object]) -> None:
        while not self._stop.wait(seconds):
            self._guarded(act)

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception:
            # An entry point of its own: logged once, and tried again at the next turn.
            log.exception("a task beside the server failed", extra={"task": threading.current_thread().name})

    def _reconcile(self) -> None:
        self._machine.upkeep.restart_stalled(self._machine.app.spending.asking())

    def _sweep(self) -> None:
        self._machine.upkeep.sweep(self._machine.keep_superseded, self._machine.retention)
        self._machine.app.journal.sweep()
        self._machine.telling.sweep()
        self._machine.app.insight.sweep()
        self._machine.sweep_temporary(self._machine.clock.now() - TEMPORARY_LIFE)

    def _keep_worker(self, name: str) -> None:
        while not self._stop.is_set():
            self._guarded(partial(self._run_worker, name))
            self._stop.wait(RESTART_SECONDS)

    def _run_worker(self, name: str) -> None:
        """One life of a worker. What its last life held waits again first: a busy catalog only puts that off."""
        lost = self._machine.queue.worker_died(name)
        if lost:
            log.warning("run given back", extra={"worker": name, "runs": lost})
        process = subprocess.Popen(
            [sys.executable, "-m", "matinee", "worker", name],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the server, which then ends its workers in order
        )
        self._machine.vitals.workers.add(name)
        try:
            while process.poll() is None and not self._stop.wait(LOOK_SECONDS):
                pass
        finally:
            self._machine.vitals.workers.discard(name)
            if process.poll() is None:
                _end(process)
            self._machine.sweep_process(process.pid)
        if not self._stop.is_set():
            self._machine.vitals.deaths += 1
            log.warning("worker died", extra={"worker": name, "exit": process.returncode})


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS / 2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
