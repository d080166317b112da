"""Rates in this process. It must not know who is counted; `ports.meter` is what it promises.

One process answers HTTP on one machine (`cli.serve`, which holds the data directory's lock), so its memory is all there
is to know, and a count costs a dictionary and no disk. A restart forgets; only the server's owner can restart it.
"""

import threading
from datetime import datetime

from matinee.adapters.documents import microseconds
from matinee.domain.rate import SECOND, Rate

MAX_NAMES = 100_000  # about 20 MB; who has more addresses than that has to be stopped before they get here


class MemoryMeter:
    """Implements the `Meter` port for the threads of one process."""

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, name: str, count: int, rate: Rate, now: datetime) -> float:
        """Take `count`, or say how long to wait."""
        at = microseconds(now)
        with self._lock:
            due = self._due.get(name, at)
            wait = rate.wait(due, at, count)
            if wait == 0:
                self._make_room(at)
                self._due[name] = rate.taken(due, at, count)
        return wait / SECOND

    def give_back(self, name: str, count: int, rate: Rate, now: datetime) -> None:  # noqa: ARG002 - a name here is the same on every day
        """Undo a `take`."""
        with self._lock:
            if name in self._due:
                self._due[name] -= rate.cost(count)

    def _make_room(self, at: int) -> None:
        """Forget who earned all again; when nobody did, the half that took least, who soonest will."""
        if len(self._due) < MAX_NAMES:
            return
        self._due = {name: due for name, due in self._due.items() if due > at}
        if len(self._due) >= MAX_NAMES:
            kept = sorted(self._due.items(), key=lambda item: item[1])[MAX_NAMES // 2 :]
            self._due = dict(kept)
