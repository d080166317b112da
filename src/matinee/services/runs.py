"""Starting, pausing, approving, cancelling and reporting runs. It must not know what a run does.

The order of a start is asset, run, queue: a crash in between leaves a queued asset whose run `put_back` puts on its way
again. A pause or a cancellation is one write to the run; whoever works on it meets it there and stops. A cancelled run
goes to the queue once more, so that a worker, which alone writes its objects, also removes them.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from matinee.domain.asset import Asset, AssetError, Status
from matinee.domain.ids import AssetId, RunId, run_id
from matinee.domain.run import Run, RunState, Standing
from matinee.domain.spending import Cost
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.ingest import IngestStarter
from matinee.ports.object_store import ObjectStore
from matinee.services.moving import move_asset, move_run

log = logging.getLogger(__name__)

CANCELLED = "Processing was cancelled; process it again when you want it after all."


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a person asks of an asset's latest run. `progress` is 0 to 100; `seconds_left` is None unless it runs."""

    progress: int = 0
    seconds_left: int | None = None
    paused: bool = False
    waiting: AssetError | None = None
    cost: Cost | None = None
    playable_after_seconds: float | None = None


def _told_by_itself(run: Run) -> Standing:
    """For runs whose worker writes their progress down."""
    return Standing(progress=run.progress, seconds_left=run.seconds_left)


class Runs:
    """Runs of assets."""

    def __init__(
        self,
        store: ObjectStore,
        catalog: Catalog,
        starter: IngestStarter,
        clock: Clock,
        counted: Callable[[Run], Standing] = _told_by_itself,
    ) -> None:
        """`counted` is how far a run is, where those who work on it do not write that down themselves."""
        self._counted = counted
        self._store = store
        self._catalog = catalog
        self._starter = starter
        self._clock = clock

    def begin(self, asset: Asset, source_key: str) -> Run:
        """The asset's next run over `source_key`; the asset is `queued`. The same call twice at once is one run.

        Raises `source_missing`, `asset_state`, and `catalog_conflict` when the asset changed otherwise meanwhile.
        """
        run = self._next_run(asset, source_key)
        try:
            self._catalog.replace_asset(asset.queued(run.id, source_key, self._clock.now()))
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT or self._catalog.get_asset(asset.id).run != run.id:
                raise  # otherwise the same call came twice at once, and the other one was first
        return self._put_on_its_way(run)

    def put_back(self, asset: Asset) -> None:
        """Make sure that the asset's run exists and, unless it has ended or is paused, that somebody will work on it.

        What a cancellation that was cut short has left to do is done.
        """
        if asset.run is None or asset.source_key is None or asset.status is Status.DELETED:
            return
        run = Run(
            id=asset.run,
            asset_id=asset.id,
            source_key=asset.source_key,
            attempt=asset.attempt,
            state=RunState.QUEUED,
            created_at=self._clock.now(),
        )
        run = self._put_on_its_way(run)
        if run.state is RunState.CANCELLED:
            self._finish_cancelling(run)

    def put_back_run(self, run_id: RunId) -> None:
        """The same for a run a worker has just let go of: it may have been resumed before the worker saw the pause."""
        run = self._catalog.get_run(run_id)
        asset = self._catalog.get_asset(run.asset_id)
        if asset.run == run_id and asset.ingesting:
            self._put_on_its_way(run)

    def pause(self, asset_id: AssetId) -> Run:
        """Nobody works on the asset's run from the next moment on; its finished chunks stay. Twice is once.

        Raises `run_over` when no run is under way.
        """
        run = move_run(self._catalog, self._under_way(asset_id).id, Run.paused)
        if run.state is RunState.WAITING:
            raise _waits(asset_id)
        if run.state is not RunState.PAUSED:
            raise _over(asset_id)
        log.info("run paused", extra={"run": run.id, "asset": asset_id})
        return run

    def resume(self, asset_id: AssetId) -> Run:
        """A paused run goes on at its first unfinished chunk; one that is not paused goes on as it does.

        Raises `run_over` when no run is under way.
        """
        run = move_run(self._catalog, self._under_way(asset_id).id, Run.resumed)
        if run.state is RunState.WAITING:
            raise _waits(asset_id)
        if not run.wanted:
            raise _over(asset_id)
        return self._put_on_its_way(run)

    def approve(self, asset_id: AssetId, by: str) -> Run:
        """A run that a limit holds goes on, whatever it costs; of one that would be held, it is not. Twice is once.

        Raises `run_over` when no run is under way.
        """
        run = move_run(self._catalog, self._under_way(asset_id).id, Run.let_go_on)
        log.info("run approved", extra={"run": run.id, "asset": asset_id, "by": by})
        return self._put_on_its_way(run)

    def ask_again(self, asset: Asset) -> None:
        """There may be room for the asset's run, which waits at a limit: whoever takes it next decides."""
        run = self._run_of(asset)
        if run is not None and run.state is RunState.WAITING:
            self._put_on_its_way(move_run(self._catalog, run.id, Run.asked_again))

    def cancel(self, asset_id: AssetId) -> Run:
        """End the asset's run: what it made and nobody was sent to goes, the source stays. Twice is once.

        The asset is `ready` with the whole version it had before, else `failed` with `run_cancelled`. Raises `run_over`
        when no run is under way.
        """
        run = self._latest(asset_id)
        if run is None or run.state is not RunState.CANCELLED:
            now = self._clock.now()
            run = move_run(self._catalog, self._under_way(asset_id).id, lambda run: run.cancelled(now))
        if run.state is not RunState.CANCELLED:
            raise _over(asset_id)
        self._finish_cancelling(run)
        log.info("run cancelled", extra={"run": run.id, "asset": asset_id})
        return run

    def report(self, asset: Asset) -> RunReport:
        """How far the asset's run is."""
        run = None if asset.status in (Status.UPLOADING, Status.DELETED) else self._run_of(asset)
        if run is None:
            return RunReport(progress=100 if asset.status is Status.READY else 0)
        under_way = asset.ingesting and run.wanted
        counted = self._counted(run) if under_way else Standing()
        return RunReport(
            progress=100 if asset.status is Status.READY else max(run.progress, counted.progress),
            seconds_left=counted.seconds_left,
            paused=asset.ingesting and run.state is RunState.PAUSED,
            waiting=run.waits_for if asset.ingesting and run.state is RunState.WAITING else None,
            cost=run.cost,
            playable_after_seconds=run.playable_after_seconds,
        )

    def _finish_cancelling(self, run: Run) -> None:
        self._starter.start(run.id, now=self._clock.now())
        settle_cancelled(self._catalog, run, self._clock.now())

    def _under_way(self, asset_id: AssetId) -> Run:
        asset = self._catalog.get_asset(asset_id)
        if asset.status is Status.DELETED:
            raise MatineeError(ErrorCode.ASSET_DELETED, f"{asset_id} was deleted.")
        run = self._run_of(asset) if asset.ingesting else None
        if run is None:
            raise _over(asset_id)
        return run

    def _latest(self, asset_id: AssetId) -> Run | None:
        return self._run_of(self._catalog.get_asset(asset_id))

    def _run_of(self, asset: Asset) -> Run | None:
        if asset.run is None:
            return None
        try:
            return self._catalog.get_run(asset.run)
        except MatineeError as error:
            if error.code is ErrorCode.ASSET_NOT_FOUND:
                return None  # the process died before the run was written
            raise

    def _next_run(self, asset: Asset, source_key: str) -> Run:
        attempt = asset.attempt + 1
        return Run(
            id=self._id(source_key, attempt),
            asset_id=asset.id,
            source_key=source_key,
            attempt=attempt,
            state=RunState.QUEUED,
            created_at=self._clock.now(),
        )

    def _id(self, source_key: str, attempt: int) -> RunId:
        try:
            info = self._store.stat(source_key)
        except MatineeError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                sentence = "The original file is gone, so it cannot be ingested; upload it again."
                raise MatineeError(ErrorCode.SOURCE_MISSING, sentence) from None
            raise
        return run_id(self._store.name, source_key, info.etag, attempt)

    def _put_on_its_way(self, run: Run) -> Run:
        try:
            run = self._catalog.add_run(run)
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT:
                raise
            run = self._catalog.get_run(run.id)
        if run.wanted and self._starter.start(run.id, now=self._clock.now()):
            log.info("run queued", extra={"run": run.id, "asset": run.asset_id, "attempt": run.attempt})
        return run


def settle_cancelled(catalog: Catalog, run: Run, now: datetime) -> Asset:
    """The asset of a cancelled run, as the cancellation leaves it; one that has moved on stays as it is."""
    error = AssetError(code=ErrorCode.RUN_CANCELLED, message=CANCELLED)

    def move(asset: Asset) -> Asset | None:
        return asset.cancelled(error, now) if asset.run == run.id and asset.ingesting else None

    return move_asset(catalog, run.asset_id, move)


def _waits(asset_id: AssetId) -> MatineeError:
    sentence = f"{asset_id} waits at a limit, and nobody works on it; approve its ingest, or cancel it."
    return MatineeError(ErrorCode.ASSET_STATE, sentence)


def _over(asset_id: AssetId) -> MatineeError:
    sentence = f"{asset_id} has no ingest under way; there is nothing to pause, resume or cancel."
    return MatineeError(ErrorCode.RUN_OVER, sentence)
