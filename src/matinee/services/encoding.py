"""All encoders of one run at once: its chunks and its sound, by as many workers as help. It must not know queues.

Each worker is a thread that waits for one ffmpeg at a time. Progress is told, and the work stopped, from the caller's
thread alone: what `progress` raises reaches the caller after every encoder has ended.
"""

import shutil
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from matinee.domain import plan_document
from matinee.domain.media import Chunk, Plan
from matinee.ports.encoder import Encoder, Progress

# How often progress is told, and how soon a wish to stop is heard.
TELL_SECONDS = 0.3
# A second of a sound rendition takes about this share of the time a second of a ladder takes.
AUDIO_WEIGHT = 0.01


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


def encode(encoder: Encoder, source: Path, plan: Plan, out: Path, workers: int, progress: Progress) -> None:
    """Every rung and every sound of `plan` in `out`, joined. What is whole already is left alone.

    The first error of any encoder stops the others and is raised; so is what `progress` raises. No encoder outlives
    the call.
    """
    stopped = Event()
    tasks = _tasks(encoder, source, plan, out, stopped)
    # The sound of all the film is one task and the longest: it goes first, or it would run alone at the end.
    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="encode") as pool:
        try:
            _watch({pool.submit(task.run) for task in tasks}, tasks, progress)
        except BaseException:
            stopped.set()
            raise
    encoder.assemble(out, plan)


def keep_only_chunks_of(plan: Plan, folder: Path) -> None:
    """Chunks of another plan never join: an earlier try may have run on a version with other settings."""
    text, note = plan_document.to_json(plan), folder.with_suffix(".plan.json")
    if note.exists() and note.read_text() == text:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    unfinished = note.with_suffix(".tmp")
    unfinished.write_text(text)
    unfinished.replace(note)


def _tasks(encoder: Encoder, source: Path, plan: Plan, out: Path, stopped: Event) -> list[Task]:
    tasks = []
    if plan.audio:
        weight = plan.probe.duration_seconds * len(plan.audio) * (AUDIO_WEIGHT if plan.rungs else 1.0)
        tasks.append(Task(weight, lambda report: encoder.encode_audio(source, plan, out, report), stopped))
    if not plan.rungs:
        return tasks
    for chunk in plan.chunks:

        def work(report: Progress, chunk: Chunk = chunk) -> None:
            encoder.encode_chunk(source, plan, chunk, out, report)

        tasks.append(Task(float(chunk.length_seconds), work, stopped))
    return tasks


def _watch(pending: set["Future[None]"], tasks: list[Task], progress: Progress) -> None:
    total = sum(task.weight for task in tasks)
    while pending:
        done, pending = wait(pending, timeout=TELL_SECONDS, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
        progress(min(1.0, sum(task.weight * task.done for task in tasks) / total))
