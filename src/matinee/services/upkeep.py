"""What must happen though nobody asks for it: at start, and then every few minutes. It must not know schedules.

Everything here only finishes or removes what other services began, so it may run twice, or at the same time as them.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta

from matinee.domain.asset import Asset, Status
from matinee.domain.object_keys import asset_prefixes
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery, Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore, walk
from matinee.ports.revocations import Revocations
from matinee.services.library import Library
from matinee.services.runs import Runs
from matinee.services.uploads import Uploads

log = logging.getLogger(__name__)

WORKING = (Status.QUEUED, Status.PROCESSING, Status.PLAYABLE)


class Upkeep:
    """The reconciler."""

    def __init__(
        self,
        store: ObjectStore,
        catalog: Catalog,
        revocations: Revocations,
        uploads: Uploads,
        library: Library,
        runs: Runs,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._revocations = revocations
        self._uploads = uploads
        self._library = library
        self._runs = runs
        self._clock = clock

    def recover(self) -> None:
        """At start: forget half-answered requests, finish interrupted uploads, deletions and hand-overs."""
        self._catalog.forget_running_requests()
        self._uploads.finish_interrupted()
        for asset in self._assets(Status.DELETED):
            if any(self._holds(prefix) for prefix in asset_prefixes(asset.id)):
                self._library.delete(asset.id)
        self.restart_stalled()

    def restart_stalled(self) -> None:
        """Assets that wait for a run nobody works on get it going again."""
        for status in WORKING:
            for asset in self._assets(status):
                self._runs.resume(asset)

    def sweep(self, keep_superseded: timedelta) -> None:
        """Remove abandoned uploads, revocations that ended, and versions no session can know any more."""
        self._uploads.expire_abandoned()
        self._revocations.sweep(self._clock.now())
        for status in (Status.READY, Status.PLAYABLE, Status.FAILED):
            for asset in self._assets(status):
                self._drop_superseded(asset, keep_superseded)

    def _drop_superseded(self, asset: Asset, keep: timedelta) -> None:
        now = self._clock.now()
        old = frozenset(item.prefix for item in asset.superseded if now - item.at >= keep)
        for prefix in old:
            for info in walk(self._store, prefix):
                self._store.delete(info.key)
        if not old:
            return
        try:
            self._catalog.replace_asset(asset.forgot(old))
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT:
                raise  # somebody wrote meanwhile: the next sweep forgets them

    def _holds(self, prefix: str) -> bool:
        return bool(self._store.list(prefix, limit=1).items)

    def _assets(self, status: Status) -> Iterator[Asset]:
        cursor: str | None = None
        while True:
            page = self._catalog.list_assets(AssetQuery(limit=100, cursor=cursor, status=status))
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return
