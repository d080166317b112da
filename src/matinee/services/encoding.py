"""All encoders of one run at once: its chunks and its sound, by as many workers as help. It must not know queues.

Each worker is a thread that waits for one ffmpeg at a time. Progress is told, and the work stopped, from the caller's
thread alone: what `progress` raises reaches the caller after every encoder of the run has ended.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Protocol

from matinee.domain.ids import RunId
from matinee.domain.planned_run import PlannedRun
from matinee.ports.encoder import Progress
from matinee.services.steps import Steps

# How often progress is told, and how soon a wish to stop is heard.
TELL_SECONDS = 0.3
# A second of a sound rendition takes about this share of the time a second of a ladder takes.
SOUND_WEIGHT = 0.01


class Encoders(Protocol):
    """Whoever works on tasks, those of several runs at once."""

    def submit(self, run_id: RunId, weight: float, work: Callable[[], None]) -> "Future[None]":
        """Have `work` done some time. `weight` is how long it takes, in any unit, to share time between runs by."""
        ...


class EncoderThreads:
    """So many tasks at once, first come, first served."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=max(1, count), thread_name_prefix="encode")

    def submit(self, run_id: RunId, weight: float, work: Callable[[], None]) -> "Future[None]":  # noqa: ARG002
        """See `Encoders.submit`."""
        return self._pool.submit(work)


@dataclass(slots=True)
class Task:
    """A part of the work. `weight` is its share of the whole's time, in any unit; `done` goes from 0.0 to 1.0."""

    weight: float
    work: Callable[[Progress], None]
    stopped: Event
    done: float = field(default=0.0)

    def run(self) -> None:
        """The work, unless it is to stop. CancelledError when it was stopped."""
        self._report(0.0)
        self.work(self._report)
        self.done = 1.0

    def _report(self, share: float) -> None:
        if self.stopped.is_set():
            raise CancelledError
        self.done = share


def encode(steps: Steps, planned: PlannedRun, scratch: Path, encoders: Encoders, progress: Progress) -> None:
    """Every chunk and every piece of sound that has no result yet.

    The first error of any encoder stops the others and is raised; so is what `progress` raises. No encoder outlives
    the call.
    """
    stopped = Event()
    tasks = _tasks(steps, planned, scratch, stopped)
    total = _weight(planned)
    before = total - sum(task.weight for task in tasks)
    # The sound of all the film is one task and the longest: it goes first, or it would run alone at the end.
    pending = {encoders.submit(planned.run_id, task.weight, task.run) for task in tasks}
    try:
        _watch(set(pending), lambda: progress(min(1.0, (before + sum(t.weight * t.done for t in tasks)) / total)))
    except BaseException:
        stopped.set()
        for future in pending:
            future.cancel()
        wait(pending)
        raise


def _tasks(steps: Steps, planned: PlannedRun, scratch: Path, stopped: Event) -> list[Task]:
    video, sound = steps.missing(planned)
    plan = planned.plan
    tasks = [Task(_sound_weight(planned, n), partial(_sound, steps, planned, n, scratch), stopped) for n in sound]
    return tasks + [
        Task(float(plan.chunks[n - 1].length_seconds), partial(_chunk, steps, planned, n, scratch), stopped)
        for n in video
    ]


def _chunk(steps: Steps, planned: PlannedRun, number: int, scratch: Path, report: Progress) -> None:
    steps.encode_chunk(planned, number, scratch, report)


def _sound(steps: Steps, planned: PlannedRun, number: int, scratch: Path, report: Progress) -> None:
    steps.encode_sound(planned, number, scratch, report)


def _sound_weight(planned: PlannedRun, number: int) -> float:
    plan = planned.plan
    seconds = float(plan.sound[number - 1].length_seconds)
    return seconds * len(plan.audio) * (SOUND_WEIGHT if plan.rungs else 1.0)


def _weight(planned: PlannedRun) -> float:
    """The whole run's."""
    video = sum(float(chunk.length_seconds) for chunk in planned.plan.chunks) if planned.plan.rungs else 0.0
    return video + sum(_sound_weight(planned, piece.number) for piece in planned.plan.sound)


def _watch(pending: set["Future[None]"], tell: Callable[[], None]) -> None:
    while pending:
        done, pending = wait(pending, timeout=TELL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        tell()
