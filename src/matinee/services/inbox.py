"""Files dropped into `inbox/`: each becomes an asset by itself, once it stops changing. It must not know file systems.

A file is taken when its size and etag have stayed the same for the settling time. The asset's id is made from the
file's key and etag, so that a process killed between two steps finds its own work when it looks again:

    add asset ▶ copy to sources/ ▶ start run ▶ remove from inbox/
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from matinee.domain.asset import Asset, Status, title_from_filename
from matinee.domain.ids import AssetId, derive_id
from matinee.domain.object_keys import source_key
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectInfo, ObjectStore, walk
from matinee.services.runs import Runs

log = logging.getLogger(__name__)

PREFIX = "inbox/"


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was last seen, and since when it looks like that."""

    etag: str
    since: datetime


class Inbox:
    """The inbox; `scan` is called every few seconds by one caller."""

    def __init__(self, store: ObjectStore, catalog: Catalog, runs: Runs, clock: Clock, settle: timedelta) -> None:
        self._store = store
        self._catalog = catalog
        self._runs = runs
        self._clock = clock
        self._settle = settle
        self._seen: dict[str, Seen] = {}

    def scan(self) -> tuple[AssetId, ...]:
        """Take every file that has settled; the assets they became. Hidden files are left where they are."""
        found = [info for info in walk(self._store, PREFIX) if _is_a_drop(info)]
        now = self._clock.now()
        self._seen = {info.key: self._since(info, now) for info in found}
        settled = [info for info in found if now - self._seen[info.key].since >= self._settle]
        return tuple(self._take(info) for info in settled)

    def take(self, key: str) -> AssetId:
        """Take one file now: whoever calls this knows that it is whole. Raises `object_not_found`."""
        return self._take(self._store.stat(key))

    def _since(self, info: ObjectInfo, now: datetime) -> Seen:
        before = self._seen.get(info.key)
        return before if before is not None and before.etag == info.etag else Seen(info.etag, now)

    def _take(self, info: ObjectInfo) -> AssetId:
        asset = self._asset(info)
        if asset.status is Status.UPLOADING:
            key = source_key(asset.id, info.key)
            self._store.copy(info.key, key)
            self._runs.begin(asset, key)
        else:
            self._runs.resume(asset)
        self._store.delete(info.key)
        self._seen.pop(info.key, None)
        log.info("inbox file taken", extra={"asset": asset.id, "size_bytes": info.size_bytes})
        return asset.id

    def _asset(self, info: ObjectInfo) -> Asset:
        now = self._clock.now()
        asset = Asset(
            id=AssetId(derive_id("ast_", self._store.name, info.key, info.etag)),
            title=title_from_filename(info.key),
            status=Status.UPLOADING,
            size_bytes=info.size_bytes,
            created_at=now,
            updated_at=now,
        )
        try:
            return self._catalog.add_asset(asset)
        except MatineeError as error:
            if error.code is ErrorCode.CATALOG_CONFLICT:
                return self._catalog.get_asset(asset.id)
            raise


def _is_a_drop(info: ObjectInfo) -> bool:
    name = info.key.rsplit("/", 1)[-1]
    return bool(name) and not name.startswith(".") and info.size_bytes > 0
