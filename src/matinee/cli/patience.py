"""Waiting out a server that is away for a moment. It must not know what is asked of it.

Errors that may pass (unreachable, restarting, busy) are tried again with growing pauses, until they have gone on for
`seconds` without one success by any thread. Others are raised at once.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from matinee.errors import ErrorCode, MatineeError

Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS = 0.3
LONGEST_PAUSE_SECONDS = 5.0
LONGEST_ASKED_SECONDS = 60  # of what a server's Retry-After may ask for
MAX_INTERNAL = 4  # an internal error may be a dying server's last word; four in a row are a fault to be told


class Stopped(Exception):  # noqa: N818 - not an error: the person pressed Ctrl-C
    """The work was called off; whoever called it off says so."""


class Patience:
    """Shared by every thread of one upload; `notice` is told once when trouble begins and once when it is over."""

    def __init__(self, seconds: float, notice: Callable[[str], None]) -> None:
        self._seconds = seconds
        self._notice = notice
        self._lock = threading.Lock()
        self._troubled_since: float | None = None
        self._stop = threading.Event()

    def ask(self, act: Callable[[], Answer]) -> Answer:
        """What `act` returns. Raises its error when that will not pass or did not in time, `Stopped` after `stop`."""
        tries = 0
        while True:
            try:
                answer = act()
            except MatineeError as error:
                tries += 1
                self.endure(error, tries)
            else:
                self.recovered()
                return answer

    def endure(self, error: MatineeError, tries: int) -> None:
        """Pause after the `tries`-th failure in a row of one act, or raise `error` when it is time to give up."""
        if not _may_pass(error, tries):
            raise error
        with self._lock:
            now = time.monotonic()
            fresh = self._troubled_since is None
            since = now if self._troubled_since is None else self._troubled_since
            self._troubled_since = since
        if now - since >= self._seconds:
            raise error
        if fresh:
            self._notice(f"{error.detail} Trying again for up to {self._seconds:.0f} s …")
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (tries - 1), LONGEST_PAUSE_SECONDS, max(0.1, self._seconds))
        if self._stop.wait(max(pause, min(error.retry_after_seconds or 0, LONGEST_ASKED_SECONDS))):
            raise Stopped

    def recovered(self) -> None:
        """Something succeeded: trouble is over."""
        with self._lock:
            was_troubled, self._troubled_since = self._troubled_since is not None, None
        if was_troubled:
            self._notice("The server answers again; going on.")

    def stop(self) -> None:
        """Call everything off: pauses end, `check` raises."""
        self._stop.set()

    def check(self) -> None:
        """Raises `Stopped` after `stop`."""
        if self._stop.is_set():
            raise Stopped


def _may_pass(error: MatineeError, tries: int) -> bool:
    if error.code is ErrorCode.INTERNAL:
        return tries < MAX_INTERNAL
    return error.kind.retry and error.kind.exit_code == 7
