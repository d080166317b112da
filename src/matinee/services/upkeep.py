"""What must happen though nobody asks for it: at start, and then every few minutes. It must not know schedules.

Everything here only finishes or removes what other services began, so it may run twice, or at the same time as them.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from matinee.domain.asset import Asset, Status
from matinee.domain.object_keys import asset_prefixes
from matinee.domain.retention import Retention
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery, Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore, walk
from matinee.ports.revocations import Revocations
from matinee.services.library import Library
from matinee.services.runs import Runs
from matinee.services.uploads import Uploads

log = logging.getLogger(__name__)

KEEP_ALL = Retention()
# Who might still write of a deleted asset: a run is retried, paused or waits for a month at most (storage.tf),
# a playback session and its last token live for a day and six hours. After that nobody looks at a tombstone.
LATE_WRITES = timedelta(days=32)
WORKING = (Status.QUEUED, Status.PROCESSING, Status.PLAYABLE)


def _nobody(_: Asset) -> bool:
    """There is room for none that waits."""
    return False


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
        self._each(Status.UPLOADING, self._uploads.fail_stranded)
        self._each(Status.DELETED, self._finish_deletion)
        self.restart_stalled()

    def restart_stalled(self, room: Callable[[Asset], bool] = _nobody) -> None:
        """Assets that wait for a run nobody works on get it going again; one that is paused waits for a person.

        One that waits at a limit is asked again once there is `room` for it (`Spending.asking`).
        """

        def restart(asset: Asset) -> None:
            self._runs.put_back(asset)
            if room(asset):
                self._runs.ask_again(asset)

        for status in WORKING:
            self._each(status, restart)

    def sweep(self, keep_superseded: timedelta, retention: Retention = KEEP_ALL) -> None:
        """Remove what is over: uploads, sessions, revocations, answers, and versions no session can know any more.

        Deletions that were cut short are finished, assets whose upload ended under them fail, and those whose time is
        over, by themselves or by `retention`, are deleted.
        """
        now = self._clock.now()
        self._uploads.expire_abandoned()
        self._revocations.sweep(now)
        self._catalog.sweep(now)
        self._each(Status.UPLOADING, self._uploads.fail_stranded)
        self._each(Status.DELETED, self._finish_deletion)
        for status in (Status.READY, Status.PLAYABLE, Status.FAILED):
            self._each(status, lambda asset: self._drop_superseded(asset, now - keep_superseded))
            self._each(status, lambda asset: self._retain(asset, retention, now))

    def _each(self, status: Status, act: Callable[[Asset], None]) -> None:
        """`act` on every asset in `status`; one that fails is told and keeps no other from being seen to."""
        for asset in self._assets(status):
            try:
                act(asset)
            except MatineeError as error:
                log.warning("asset not seen to", extra={"asset": asset.id, "status": status, "code": error.code})

    def _finish_deletion(self, asset: Asset) -> None:
        """Begin again what is not through, or was written since; nobody writes of what was erased long ago."""
        if asset.erased_at is not None and asset.erased_at < self._clock.now() - LATE_WRITES:
            return
        unfinished = asset.erased_at is None
        remembered = unfinished or self._uploads.remembers(asset.id) or self._catalog.list_sessions(asset.id, limit=1)
        if remembered or any(self._holds(prefix) for prefix in asset_prefixes(asset.id)):
            self._library.delete(asset.id)

    def _retain(self, asset: Asset, retention: Retention, now: datetime) -> None:
        """The asset goes when its time is over; its original when the ladder is whole and nothing reads it any more."""
        if retention.is_over(asset, now):
            log.info("asset expired", extra={"asset": asset.id})
            self._library.delete(asset.id)
        elif not retention.keep_sources or not asset.source_kept:
            self._drop_source(self._catalog.get_asset(asset.id))

    def _drop_source(self, asset: Asset) -> None:
        """The note comes first: whoever would ingest it again at this moment is refused, or was first."""
        if asset.status is not Status.READY or asset.source_key is None or asset.superseded:
            return  # what is superseded may be put together from the original while somebody watches it
        if asset.source_kept:
            asset = self._catalog.replace_asset(asset.without_source())
        if asset.source_key is not None:
            self._store.delete(asset.source_key)
        self._catalog.replace_asset(asset.source_removed())

    def _drop_superseded(self, asset: Asset, before: datetime) -> None:
        """Objects first, then the note of them: a crash in between is made good by the next sweep.

        A version is named by its contents, so somebody may publish an old one again at this moment. Whoever read the
        asset before the note went is refused and writes again; whoever was first made the note change.
        """
        old = frozenset(item.prefix for item in asset.superseded if item.at <= before)
        old &= {item.prefix for item in self._catalog.get_asset(asset.id).superseded}
        if not old:
            return
        for prefix in old:
            for info in walk(self._store, prefix):
                self._store.delete(info.key)
        try:
            self._catalog.replace_asset(asset.forgot(old))
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT:
                raise
            self._library.restore_version(asset.id, old)  # the next sweep forgets the others

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
