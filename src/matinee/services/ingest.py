"""One run from source to published ladder. It must not know queues, processes or ffmpeg.

    probe ▶ instant rendition ▶ publish as playable ▶ plan ▶ check the sum ▶ chunks, sound ▶ assemble ▶ publish as ready

What takes longer for a longer film comes after `playable`. A file that then proves to be another than was announced
fails, and what was published of it is withdrawn.

Every step may run twice: what is in the store is not made again, a version is named by its contents, and an asset that
has moved on is left as it is. `scratch` is the run's own folder and the caller's to remove when the run is over.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import BoundedSemaphore

from matinee.domain import estimate
from matinee.domain.asset import Status
from matinee.domain.estimate import Pace
from matinee.domain.ids import RunId, instant_run_id
from matinee.domain.media import Probe
from matinee.domain.planned_run import PlannedRun
from matinee.domain.run import Run, RunState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.services.encoding import TELL_SECONDS, Encoders, encode
from matinee.services.instant import Instant
from matinee.services.publishing import Publishing
from matinee.services.run_moves import RunMoves, superseded
from matinee.services.steps import Steps

log = logging.getLogger(__name__)

MAX_TRIES = 3
RETRY_SECONDS = (5, 30)
WAITS = (ErrorCode.STORE_FULL, ErrorCode.STORE_UNAVAILABLE, ErrorCode.CATALOG_UNAVAILABLE)
WAIT_SECONDS = 30  # for room on the disk, or for whatever else a person must see to
PROGRESS_EVERY = timedelta(seconds=1)  # what a person can follow; more often only wears the disk
TURNS = 2  # a long film being looked at must not keep a short one from it, on one core neither

# Where each step's progress begins and ends, in percent: roughly its share of the time.
SPANS = {"probe": (0, 3), "instant": (3, 8), "video": (8, 96), "audio": (8, 96), "publish": (96, 99)}
ENCODING = ("video", "audio")


def _nothing() -> None:
    """For a caller that does not ask whether a run went on."""


@dataclass(slots=True)
class Attempt:
    """A run being worked on: what it is, where it works, and how it says that it is alive."""

    run: Run
    scratch: Path
    alive: Callable[[], None]
    went_on: Callable[[], None]
    told_at: datetime | None = field(default=None)
    cpu_seconds: float | None = field(default=None)
    pace: Pace | None = field(default=None)


class Ingest:
    """Runs, performed."""

    def __init__(
        self,
        moves: RunMoves,
        catalog: Catalog,
        steps: Steps,
        publishing: Publishing,
        instant: Instant,
        clock: Clock,
        encoders: Encoders,
    ) -> None:
        """`encoders` work on the chunks, of this run and of others; as many runs at once are made ready for them."""
        self._catalog = catalog
        self._moves = moves
        self._publishing = publishing
        self._instant = instant
        self._clock = clock
        self._encoders = encoders
        self._turns = BoundedSemaphore(max(TURNS, encoders.count))
        self._steps = steps

    def perform(
        self, run_id: RunId, scratch: Path, alive: Callable[[], None], went_on: Callable[[], None] = _nothing
    ) -> None:
        """Work on the run until it is published, has failed for good, or is paused or cancelled.

        `alive` is called often and may raise to stop the work; `went_on` is called when another of its chunks is
        finished. Raises errors that may pass (`kind.retry`), for the caller to try again later by `retry_seconds`;
        whatever ends the run is written into asset and run instead. Raises `run_superseded` when there is nothing to
        do here any more, now or later.
        """
        run = self._moves.take(run_id)
        if run is None:
            return
        attempt = Attempt(run, scratch, alive, went_on)
        try:
            self._work(attempt)
        except MatineeError as error:
            if error.code is ErrorCode.RUN_SUPERSEDED or self._moves.is_over(run):
                # A deletion takes the source away under the encoder: that is no failed try.
                self._moves.drop_unpublished(run)
                raise superseded(run) from error
            if error.code in WAITS:
                raise  # not the film's fault, and nobody's who tries again
            if error.kind.retry and attempt.run.tries + 1 < MAX_TRIES:
                self._moves.move_run(run_id, Run.tried)
                raise
            self.give_up(run_id, error)

    def retry_seconds(self, run_id: RunId, reason: MatineeError) -> int:
        """How long to wait before the next try of the run, which `reason` has ended for now."""
        if reason.code in WAITS:
            return WAIT_SECONDS
        tries = self._catalog.get_run(run_id).tries
        return RETRY_SECONDS[min(max(tries, 1), len(RETRY_SECONDS)) - 1]

    def give_up(self, run_id: RunId, reason: MatineeError) -> None:
        """See `RunMoves.give_up`."""
        self._moves.give_up(run_id, reason)

    def _work(self, attempt: Attempt) -> None:
        run = attempt.run
        self._moves.process(run)
        with self._turn(attempt):
            planned = self._steps.planned(run.asset_id, run.id)
            probe = planned.plan.probe if planned else self._probe(attempt)
            asset = self._moves.note_probe(run, probe)
            attempt.run = run = self._moves.admit(run, probe)
            if run.state is RunState.WAITING:
                raise superseded(run)
            if asset.version is None:
                self._show_instant(attempt, probe)
            planned = planned or self._steps.plan(run, probe, asset.codecs)
        asset = self._catalog.get_asset(run.asset_id)
        if asset.sha256 is not None:
            self._steps.check_sum(planned, asset.sha256, lambda: self._step(attempt, "instant", 1.0))
        if asset.media_run == instant_run_id(run.id) and not asset.has_poster:
            with self._turn(attempt):
                self._show_poster(attempt, probe)
        self._ladder(attempt, planned)
        attempt.run = self._moves.finish(attempt.run)

    def _show_instant(self, attempt: Attempt, probe: Probe) -> None:
        """Something to watch within a second, when the source's own packets will do; otherwise nothing."""
        run, media_run = attempt.run, instant_run_id(attempt.run.id)
        media = self._instant.make(run, probe, attempt.scratch, self._reporter(attempt, "instant"))
        if media is None:
            return
        self._publishing.publish(run.asset_id, run.id, media_run, media, Status.PLAYABLE)
        attempt.run = self._moves.playable(run)

    def _show_poster(self, attempt: Attempt, probe: Probe) -> None:
        """The picture of what is playable. It comes after: nobody waits for it to watch."""
        run, media_run = attempt.run, instant_run_id(attempt.run.id)
        media = self._publishing.load_media(run.asset_id, media_run)
        if media is not None and self._instant.poster(run, probe, attempt.scratch):
            self._publishing.publish_poster(run.asset_id, run.id, media_run, media)

    def _probe(self, attempt: Attempt) -> Probe:
        self._step(attempt, "probe", 0.0)
        return self._steps.probe(attempt.run.source_key)

    def _ladder(self, attempt: Attempt, planned: PlannedRun) -> None:
        run = attempt.run
        media = self._publishing.load_media(run.asset_id, run.id)
        if media is None:
            step = "video" if planned.plan.rungs else "audio"
            attempt.cpu_seconds = estimate.whole_cpu_seconds(planned.plan)
            report = self._reporter(attempt, step)
            encode(self._steps, planned, attempt.scratch, self._encoders, report, attempt.went_on)
            self._step(attempt, "publish", 0.0)
            with self._turn(attempt):
                media = self._steps.assemble(planned)
                self._steps.poster(planned, attempt.scratch)
            attempt.alive()
            self._publishing.note_media(run.asset_id, run.id, media)
        self._step(attempt, "publish", 1.0)
        self._publishing.publish(run.asset_id, run.id, run.id, media, Status.READY)
        self._steps.forget(run.asset_id, run.id)

    @contextmanager
    def _turn(self, attempt: Attempt) -> Iterator[None]:
        """One of the few runs at once that do what is not shared out in chunks; the others wait and can be stopped."""
        while not self._turns.acquire(timeout=TELL_SECONDS):
            attempt.alive()
            self._go_on(attempt, lambda run: run)
        try:
            yield
        finally:
            self._turns.release()

    def _reporter(self, attempt: Attempt, step: str) -> Callable[[float], None]:
        return lambda share: self._step(attempt, step, share)

    def _step(self, attempt: Attempt, step: str, share: float) -> None:
        attempt.alive()
        now = self._clock.now()
        same_step = attempt.run.step == step
        if same_step and attempt.told_at is not None and now - attempt.told_at < PROGRESS_EVERY:
            return
        self._moves.check(attempt.run)  # deleted or overtaken meanwhile: no more work for nothing
        begin, end = SPANS[step]
        percent = int(begin + (end - begin) * min(1.0, max(0.0, share)))
        left = _seconds_left(attempt, self._encoders.count, share if step in ENCODING else 1.0, now)
        self._go_on(attempt, lambda r: r.at_step(step, percent, left))
        attempt.told_at = now

    def _go_on(self, attempt: Attempt, change: Callable[[Run], Run]) -> None:
        attempt.run = self._moves.go_on(attempt.run, change)


def _seconds_left(attempt: Attempt, encoders: int, share: float, now: datetime) -> int | None:
    """How long the encoding still takes; None before and after it."""
    if attempt.cpu_seconds is None:
        return None
    if attempt.pace is None:
        attempt.pace = Pace(cpu_seconds=attempt.cpu_seconds, encoders=encoders, began_at=now, began_share=share)
    return attempt.pace.seconds_left(share, now)
