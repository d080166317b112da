"""The encoders of one process, shared fairly by all the runs it holds. It must not know what a task does.

    submit(run, weight, work) ──▶ FairQueue ──▶ `count` threads, a task each at a time

No more than `count` tasks run at once, whatever is waiting: that bounds memory. A task is never interrupted for
another's sake, so a run that arrives waits for one task to end, at most.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread

from matinee.domain.fair_queue import FairQueue
from matinee.domain.ids import RunId

IDLE_SECONDS = 5.0  # then a thread without a task ends; the next task starts another


@dataclass(frozen=True, slots=True)
class _Task:
    future: "Future[None]"
    work: Callable[[], None]


class FairPool:
    """See `services.encoding.Encoders`."""

    def __init__(self, count: int) -> None:
        self.count = max(1, count)
        self._queue: FairQueue[_Task] = FairQueue()
        self._changed = Condition()
        self._threads = 0

    def submit(self, run_id: RunId, weight: float, work: Callable[[], None]) -> "Future[None]":
        """See `Encoders.submit`."""
        task = _Task(Future(), work)
        with self._changed:
            self._queue.push(run_id, weight, task)
            if self._threads < self.count:
                self._threads += 1
                Thread(target=self._serve, name="encode", daemon=True).start()
            else:
                self._changed.notify()
        return task.future

    def _serve(self) -> None:
        while (task := self._next()) is not None:
            _perform(task)

    def _next(self) -> _Task | None:
        """The next task, waited for a while; None when the thread is to end."""
        with self._changed:
            waited = True
            while waited:
                task = self._queue.pop(_still_wanted)
                if task is not None:
                    return task
                waited = self._changed.wait(IDLE_SECONDS)
            # A task may have come between the end of the wait and now: the lock was free then.
            task = self._queue.pop(_still_wanted)
            if task is None:
                self._threads -= 1
            return task


def _still_wanted(task: _Task) -> bool:
    return task.future.set_running_or_notify_cancel()


def _perform(task: _Task) -> None:
    try:
        task.work()
    except BaseException as error:  # noqa: BLE001 - passed on, whatever it is, to whoever waits for the task
        task.future.set_exception(error)
    else:
        task.future.set_result(None)
