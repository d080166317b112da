"""What one run wants made: its chunks, its sound and its pictures, by as many encoders as help.

It must not know who else waits.

An encoder is a thread that waits for one ffmpeg at a time; runs share them (`services.fair_pool`). Progress is told,
and the work stopped, from the caller's thread alone: what `progress` raises reaches the caller after every encoder of
the run has ended.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Protocol

from matinee.domain import estimate
from matinee.domain.ids import RunId
from matinee.domain.planned_run import PlannedRun
from matinee.ports.encoder import Progress
from matinee.services.steps import Steps

# How often progress is told, and how soon a wish to stop is heard.
TELL_SECONDS = 0.3


class Encoders(Protocol):
    """Whoever works on tasks, those of several runs at once; `count` is how many at a time."""

    count: int

    def submit(self, run_id: RunId, weight: float, work: Callable[[], None]) -> "Future[None]":
        """Have `work` done some time. `weight` is the CPU seconds it takes, to share the encoders between runs by."""
        ...


@dataclass(slots=True)
class Task:
    """A part of the work. `weight` is the CPU seconds it is thought to take; `done` goes from 0.0 to 1.0."""

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


def _nothing() -> None:
    """Whoever does not ask is not told."""


def encode(
    steps: Steps,
    planned: PlannedRun,
    scratch: Path,
    encoders: Encoders,
    progress: Progress,
    went_on: Callable[[], None] = _nothing,
) -> None:
    """Every chunk, every piece of sound and the pictures, where they have no result yet.

    `went_on` is called whenever one has got it.

    The first error of any encoder stops the others and is raised; so is what `progress` raises. No encoder outlives
    the call.
    """
    stopped = Event()
    tasks = _tasks(steps, planned, scratch, stopped)
    total = estimate.whole_cpu_seconds(planned.plan) + estimate.pictures_cpu_seconds(planned.plan)
    before = total - sum(task.weight for task in tasks)
    # The sound of all the film is one task and the longest: it goes first, or it would run alone at the end.
    pending = {encoders.submit(planned.run_id, task.weight, task.run) for task in tasks}
    try:
        _watch(set(pending), lambda: progress(_share(before, tasks, total)), went_on)
    except BaseException:
        stopped.set()
        wait({future for future in pending if not future.cancel()})
        raise


def _share(before: float, tasks: list[Task], total: float) -> float:
    return min(1.0, max(0.0, before + sum(task.weight * task.done for task in tasks)) / total)


def _tasks(steps: Steps, planned: PlannedRun, scratch: Path, stopped: Event) -> list[Task]:
    video, sound = steps.missing(planned)
    chunks, pieces = planned.plan.chunks, planned.plan.sound
    look = estimate.pictures_cpu_seconds(planned.plan)
    drawing = [Task(look, partial(steps.pictures, planned, scratch), stopped)] if steps.lacks_pictures(planned) else []
    return [
        *(Task(estimate.weight(pieces[n - 1]), partial(_sound, steps, planned, n, scratch), stopped) for n in sound),
        *drawing,
        *(Task(estimate.weight(chunks[n - 1]), partial(_chunk, steps, planned, n, scratch), stopped) for n in video),
    ]


def _chunk(steps: Steps, planned: PlannedRun, number: int, scratch: Path, report: Progress) -> None:
    steps.encode_chunk(planned, number, scratch, report)


def _sound(steps: Steps, planned: PlannedRun, number: int, scratch: Path, report: Progress) -> None:
    steps.encode_sound(planned, number, scratch, report)


def _watch(pending: set["Future[None]"], tell: Callable[[], None], went_on: Callable[[], None]) -> None:
    while pending:
        done, pending = wait(pending, timeout=TELL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
            went_on()
        tell()
