"""One run from source to published ladder. It must not know queues, processes or ffmpeg.

    probe ▶ plan ▶ instant rendition ▶ publish as playable ▶ check the sum ▶ chunks, sound ▶ assemble ▶ publish as ready

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
from matinee.domain.asset import Asset, AssetError, Kind, MediaFacts, Status
from matinee.domain.estimate import Pace
from matinee.domain.ids import RunId, instant_run_id
from matinee.domain.media import Probe
from matinee.domain.object_keys import asset_prefixes, media_prefix
from matinee.domain.planned_run import PlannedRun
from matinee.domain.run import Run, RunState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore, walk
from matinee.services.encoding import TELL_SECONDS, Encoders, encode
from matinee.services.instant import Instant
from matinee.services.moving import move_asset, move_run
from matinee.services.publishing import Publishing
from matinee.services.runs import settle_cancelled
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
        store: ObjectStore,
        catalog: Catalog,
        steps: Steps,
        publishing: Publishing,
        instant: Instant,
        clock: Clock,
        encoders: Encoders,
    ) -> None:
        """`encoders` work on the chunks, of this run and of others; as many runs at once are made ready for them."""
        self._store = store
        self._catalog = catalog
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
        run = self._catalog.get_run(run_id)
        if run.state is RunState.PAUSED:
            return
        if run.state is RunState.CANCELLED:
            settle_cancelled(self._catalog, run, self._clock.now())
        asset = self._catalog.get_asset(run.asset_id)
        if run.state is RunState.DONE:
            self._steps.forget(asset.id, run_id)
        if not run.wanted or asset.run != run_id or asset.status is Status.DELETED:
            self._drop_unpublished(run)  # a worker killed since may have left it
            return
        if asset.status is Status.FAILED and asset.error is not None:
            error = asset.error  # a worker was killed while it gave up
            self._move_run(run_id, lambda r: r.failed(error, self._clock.now()))
            self._drop_unpublished(run)
            return
        attempt = Attempt(self._move_run(run_id, lambda r: r.running(self._clock.now())), scratch, alive, went_on)
        try:
            self._work(attempt)
        except MatineeError as error:
            if error.code is ErrorCode.RUN_SUPERSEDED or self._is_over(run):
                # A deletion takes the source away under the encoder: that is no failed try.
                self._drop_unpublished(run)
                raise _superseded(run) from error
            if error.code in WAITS:
                raise  # not the film's fault, and nobody's who tries again
            if error.kind.retry and attempt.run.tries + 1 < MAX_TRIES:
                self._move_run(run_id, Run.tried)
                raise
            self.give_up(run_id, error)

    def retry_seconds(self, run_id: RunId, reason: MatineeError) -> int:
        """How long to wait before the next try of the run, which `reason` has ended for now."""
        if reason.code in WAITS:
            return WAIT_SECONDS
        tries = self._catalog.get_run(run_id).tries
        return RETRY_SECONDS[min(max(tries, 1), len(RETRY_SECONDS)) - 1]

    def give_up(self, run_id: RunId, reason: MatineeError) -> None:
        """End the run as failed, and its asset with it; a version published before keeps serving.

        The asset goes first: killed in between, the run is still in the queue, and its next worker ends it.
        """
        error = AssetError(code=reason.code, message=reason.detail)
        now = self._clock.now()
        run = self._catalog.get_run(run_id)

        def end(asset: Asset) -> Asset | None:
            if asset.status is Status.FAILED:
                return None
            wrong = error.code is ErrorCode.CHECKSUM_MISMATCH and asset.media_run == instant_run_id(run_id)
            return (asset.withdrawn(now) if wrong else asset).failed(error, now)

        try:
            self._move_asset(run, end)
        finally:
            self._move_run(run_id, lambda r: r.failed(error, now))
            self._drop_unpublished(run)
        log.warning("run failed", extra={"run": run_id, "asset": run.asset_id, "code": reason.code})

    def _work(self, attempt: Attempt) -> None:
        run = attempt.run
        self._move_asset(run, self._taken)
        with self._turn(attempt):
            planned = self._planned(attempt)
            probe = planned.plan.probe
            asset = self._move_asset(run, lambda asset: asset.probed(_facts(probe), self._clock.now()))
            if asset.version is None:
                self._show_instant(attempt, probe)
        asset = self._catalog.get_asset(run.asset_id)
        if asset.sha256 is not None:
            self._steps.check_sum(planned, asset.sha256, lambda: self._step(attempt, "instant", 1.0))
        if asset.media_run == instant_run_id(run.id) and not asset.has_poster:
            with self._turn(attempt):
                self._show_poster(attempt, probe)
        self._ladder(attempt, planned)
        now = self._clock.now()
        self._finish(attempt, now)
        waited = (now - run.created_at).total_seconds()
        log.info("run done", extra={"run": run.id, "asset": run.asset_id, "seconds_since_queued": round(waited, 3)})

    def _show_instant(self, attempt: Attempt, probe: Probe) -> None:
        """Something to watch within a second, when the source's own packets will do; otherwise nothing."""
        run, media_run = attempt.run, instant_run_id(attempt.run.id)
        media = self._instant.make(run, probe, attempt.scratch, self._reporter(attempt, "instant"))
        if media is None:
            return
        self._publishing.publish(run.asset_id, run.id, media_run, media, Status.PLAYABLE)
        now = self._clock.now()
        attempt.run = self._move_run(run.id, lambda r: r.playable(now))
        waited = (now - run.created_at).total_seconds()
        log.info("run playable", extra={"run": run.id, "asset": run.asset_id, "seconds_since_queued": round(waited, 3)})

    def _show_poster(self, attempt: Attempt, probe: Probe) -> None:
        """The picture of what is playable. It comes after: nobody waits for it to watch."""
        run, media_run = attempt.run, instant_run_id(attempt.run.id)
        media = self._publishing.load_media(run.asset_id, media_run)
        if media is not None and self._instant.poster(run, probe, attempt.scratch):
            self._publishing.publish_poster(run.asset_id, run.id, media_run, media)

    def _planned(self, attempt: Attempt) -> PlannedRun:
        """The run's plan, made at its first try."""
        run = attempt.run
        planned = self._steps.planned(run.asset_id, run.id)
        if planned is not None:
            return planned
        self._step(attempt, "probe", 0.0)
        probe = self._steps.probe(run.source_key)
        return self._steps.plan(run.asset_id, run.id, run.source_key, probe)

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

    def _finish(self, attempt: Attempt, now: datetime) -> None:
        """Published whole. A pause came too late; a cancellation may still have come before the publishing."""

        def move(run: Run) -> Run:
            if run.state is RunState.CANCELLED:
                raise _superseded(run)
            return run.done(now)

        attempt.run = self._move_run(attempt.run.id, move)

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

    def _is_over(self, run: Run) -> bool:
        """Whether nobody is to work on the run now: deleted, overtaken, paused or cancelled."""
        asset = self._catalog.get_asset(run.asset_id)
        gone = asset.run != run.id or asset.status is Status.DELETED
        return gone or not self._catalog.get_run(run.id).wanted

    def _drop_unpublished(self, run: Run) -> None:
        """Remove what a run that is over has stored and nobody was ever sent to; all of it, of a deleted asset."""
        asset = self._catalog.get_asset(run.asset_id)
        if asset.status is Status.DELETED:
            prefixes = asset_prefixes(asset.id)
        elif asset.run == run.id and asset.status is not Status.FAILED and not self._is_cancelled(run):
            return  # the run goes on: another worker holds it, or it is paused
        else:
            self._steps.forget(asset.id, run.id)
            published = {item.prefix for item in asset.superseded}
            if asset.media_run is not None:
                published.add(media_prefix(asset.id, asset.media_run))
            made = (media_prefix(asset.id, run.id), media_prefix(asset.id, instant_run_id(run.id)))
            withdrawn = published if asset.version is None else set()
            prefixes = (*(prefix for prefix in made if prefix not in published), *withdrawn)
        for prefix in prefixes:
            for info in walk(self._store, prefix):
                self._store.delete(info.key)

    def _is_cancelled(self, run: Run) -> bool:
        return self._catalog.get_run(run.id).state is RunState.CANCELLED

    def _taken(self, asset: Asset) -> Asset | None:
        return asset.processing(self._clock.now()) if asset.status is Status.QUEUED else None

    def _reporter(self, attempt: Attempt, step: str) -> Callable[[float], None]:
        return lambda share: self._step(attempt, step, share)

    def _step(self, attempt: Attempt, step: str, share: float) -> None:
        attempt.alive()
        now = self._clock.now()
        same_step = attempt.run.step == step
        if same_step and attempt.told_at is not None and now - attempt.told_at < PROGRESS_EVERY:
            return
        self._move_asset(attempt.run, lambda _: None)  # deleted or overtaken meanwhile: no more work for nothing
        begin, end = SPANS[step]
        percent = int(begin + (end - begin) * min(1.0, max(0.0, share)))
        left = _seconds_left(attempt, self._encoders.count, share if step in ENCODING else 1.0, now)
        self._go_on(attempt, lambda r: r.at_step(step, percent, left))
        attempt.told_at = now

    def _move_run(self, run_id: RunId, change: Callable[[Run], Run]) -> Run:
        return move_run(self._catalog, run_id, change)

    def _go_on(self, attempt: Attempt, change: Callable[[Run], Run]) -> None:
        """Apply `change` to the run, unless a person has paused or cancelled it: that raises `run_superseded`."""

        def guarded(run: Run) -> Run:
            if not run.wanted:
                raise _superseded(run)
            return change(run)

        attempt.run = self._move_run(attempt.run.id, guarded)

    def _move_asset(self, run: Run, change: Callable[[Asset], Asset | None]) -> Asset:
        """Apply `change` to the asset while `run` is its run; a deleted or overtaken one raises `run_superseded`."""

        def guarded(asset: Asset) -> Asset | None:
            if asset.run != run.id or asset.status is Status.DELETED:
                raise _superseded(run)
            return change(asset)

        return move_asset(self._catalog, run.asset_id, guarded)


def _seconds_left(attempt: Attempt, encoders: int, share: float, now: datetime) -> int | None:
    """How long the encoding still takes; None before and after it."""
    if attempt.cpu_seconds is None:
        return None
    if attempt.pace is None:
        attempt.pace = Pace(cpu_seconds=attempt.cpu_seconds, encoders=encoders, began_at=now, began_share=share)
    return attempt.pace.seconds_left(share, now)


def _superseded(run: Run) -> MatineeError:
    sentence = f"{run.id} of {run.asset_id} was superseded, paused or cancelled; it stops here."
    return MatineeError(ErrorCode.RUN_SUPERSEDED, sentence)


def _facts(probe: Probe) -> MediaFacts:
    video = probe.video
    return MediaFacts(
        kind=Kind(probe.kind),
        duration_seconds=round(probe.duration_seconds, 3),
        width=video.display_width if video else None,
        height=video.display_height if video else None,
        frame_rate=round(float(video.frame_rate), 3) if video else None,
    )
