"""Starting runs: the one place where an asset becomes `queued`. It must not know what a run does.

The order is asset, run, queue: a crash in between leaves a queued asset whose run `resume` puts on its way again.
"""

import logging

from matinee.domain.asset import Asset, Status
from matinee.domain.ids import RunId, run_id
from matinee.domain.run import Run, RunState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.ingest import IngestStarter
from matinee.ports.object_store import ObjectStore

log = logging.getLogger(__name__)


class Runs:
    """Runs of assets."""

    def __init__(self, store: ObjectStore, catalog: Catalog, starter: IngestStarter, clock: Clock) -> None:
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

    def resume(self, asset: Asset) -> None:
        """Make sure that the asset's run exists and, unless it has ended, that somebody will work on it."""
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
        self._put_on_its_way(run)

    def progress_of(self, asset: Asset) -> int:
        """0 to 100: how far the asset's run is."""
        if asset.status is Status.READY:
            return 100
        if asset.run is None or asset.status in (Status.UPLOADING, Status.DELETED):
            return 0
        try:
            return self._catalog.get_run(asset.run).progress
        except MatineeError:
            return 0

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
        if run.state in (RunState.QUEUED, RunState.RUNNING) and self._starter.start(run.id, now=self._clock.now()):
            log.info("run queued", extra={"run": run.id, "asset": run.asset_id, "attempt": run.attempt})
        return run
