"""What a run and its asset go through while somebody works on it. It must not know who does, nor what the work is.

A worker of one machine and the functions on AWS make the same moves. Each is refused (`run_superseded`) once nobody
wants the run any more: its asset was deleted or has a newer run, or a person paused or cancelled it.
"""

import logging
from collections.abc import Callable

from matinee.domain.asset import Asset, AssetError, Kind, MediaFacts, Status
from matinee.domain.ids import RunId, instant_run_id
from matinee.domain.media import Probe
from matinee.domain.object_keys import asset_prefixes, media_prefix
from matinee.domain.run import Run, RunState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore, walk
from matinee.services.moving import move_asset, move_run
from matinee.services.runs import settle_cancelled
from matinee.services.spending import Spending
from matinee.services.steps import Steps

log = logging.getLogger(__name__)


class RunMoves:
    """The moves of runs under way, and of their assets."""

    def __init__(self, store: ObjectStore, catalog: Catalog, steps: Steps, spending: Spending, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._steps = steps
        self._spending = spending
        self._clock = clock

    def take(self, run_id: RunId) -> Run | None:
        """The run, `running`; None when there is nothing to work on, and then what it left over is removed.

        A run that is paused or waits for a person keeps what it has.
        """
        run = self._catalog.get_run(run_id)
        if run.state in (RunState.PAUSED, RunState.WAITING):
            return None
        if run.state is RunState.CANCELLED:
            settle_cancelled(self._catalog, run, self._clock.now())
        asset = self._catalog.get_asset(run.asset_id)
        if run.state is RunState.DONE:
            self._steps.forget(asset.id, run_id)
        if not run.wanted or asset.run != run_id or asset.status is Status.DELETED:
            self.drop_unpublished(run)  # a worker killed since may have left it
            return None
        if asset.status is Status.FAILED and asset.error is not None:
            error = asset.error  # a worker was killed while it gave up
            self.move_run(run_id, lambda r: r.failed(error, self._clock.now()))
            self.drop_unpublished(run)
            return None
        return self.move_run(run_id, lambda r: r.running(self._clock.now()))

    def process(self, run: Run) -> Asset:
        """The asset, `processing` from now on."""

        def move(asset: Asset) -> Asset | None:
            return asset.processing(self._clock.now()) if asset.status is Status.QUEUED else None

        return self.move_asset(run, move)

    def note_probe(self, run: Run, probe: Probe) -> Asset:
        """The asset with what the probe found."""
        facts = _facts(probe)
        return self.move_asset(run, lambda asset: asset.probed(facts, self._clock.now()))

    def admit(self, run: Run, probe: Probe) -> Run:
        """The run with its cost, counted; `waiting` where a limit holds it (`Spending.admit`)."""
        return self._spending.admit(run, probe)

    def check(self, run: Run) -> Asset:
        """The asset as it is, while its run is this one. Raises `run_superseded`."""
        return self.move_asset(run, lambda _: None)

    def playable(self, run: Run) -> Run:
        """Its asset can be watched."""
        now = self._clock.now()
        moved = self.move_run(run.id, lambda r: r.playable(now))
        waited = (now - run.created_at).total_seconds()
        log.info("run playable", extra={"run": run.id, "asset": run.asset_id, "seconds_since_queued": round(waited, 3)})
        return moved

    def finish(self, run: Run) -> Run:
        """Published whole. A pause came too late; a cancellation may still have come before the publishing."""
        now = self._clock.now()

        def move(run: Run) -> Run:
            if run.state is RunState.CANCELLED:
                raise superseded(run)
            return run.done(now)

        moved = self.move_run(run.id, move)
        waited = (now - run.created_at).total_seconds()
        log.info("run done", extra={"run": run.id, "asset": run.asset_id, "seconds_since_queued": round(waited, 3)})
        return moved

    def give_up(self, run_id: RunId, reason: MatineeError) -> None:
        """End the run as failed, and its asset with it; a version published before keeps serving.

        The asset goes first: killed in between, the run is still to be worked on, and its next worker ends it.
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
            self.move_asset(run, end)
        finally:
            self.move_run(run_id, lambda r: r.failed(error, now))
            self.drop_unpublished(run)
        log.warning("run failed", extra={"run": run_id, "asset": run.asset_id, "code": reason.code})

    def is_over(self, run: Run) -> bool:
        """Whether nobody is to work on the run now: deleted, overtaken, paused or cancelled."""
        asset = self._catalog.get_asset(run.asset_id)
        gone = asset.run != run.id or asset.status is Status.DELETED
        return gone or not self._catalog.get_run(run.id).wanted

    def drop_unpublished(self, run: Run) -> None:
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

    def move_run(self, run_id: RunId, change: Callable[[Run], Run]) -> Run:
        """The run as `change` leaves it, whatever it is."""
        return move_run(self._catalog, run_id, change)

    def go_on(self, run: Run, change: Callable[[Run], Run]) -> Run:
        """The run as `change` leaves it, unless a person has paused or cancelled it: that raises `run_superseded`."""

        def guarded(run: Run) -> Run:
            if not run.wanted:
                raise superseded(run)
            return change(run)

        return self.move_run(run.id, guarded)

    def move_asset(self, run: Run, change: Callable[[Asset], Asset | None]) -> Asset:
        """Apply `change` to the asset while `run` is its run; a deleted or overtaken one raises `run_superseded`."""

        def guarded(asset: Asset) -> Asset | None:
            if asset.run != run.id or asset.status is Status.DELETED:
                raise superseded(run)
            return change(asset)

        return move_asset(self._catalog, run.asset_id, guarded)

    def _is_cancelled(self, run: Run) -> bool:
        return self._catalog.get_run(run.id).state is RunState.CANCELLED


def superseded(run: Run) -> MatineeError:
    """Nobody wants the run now."""
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
        chapters=probe.chapters,
    )
