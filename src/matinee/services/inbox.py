"""Files dropped into `inbox/`: each becomes an asset by itself, once it stops changing. It must not know file systems.

A file is taken when its size and etag have stayed the same for the settling time. The asset's id is made from the
file's key and etag, so that a process killed between two steps finds its own work when it looks again:

    copy to sources/ ▶ still the same file? ▶ add asset ▶ start run ▶ remove from inbox/
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
from matinee.ports.copies import Copies
from matinee.ports.object_store import ObjectInfo, ObjectStore, tag_of, walk
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

    def __init__(
        self, store: ObjectStore, copies: Copies, catalog: Catalog, runs: Runs, clock: Clock, settle: timedelta
    ) -> None:
        self._store = store
        self._copies = copies
        self._catalog = catalog
        self._runs = runs
        self._clock = clock
        self._settle = settle
        self._seen: dict[str, Seen] = {}
        self._refused: set[tuple[str, str]] = set()

    def scan(self) -> tuple[AssetId, ...]:
        """Take every file that has settled; the assets they became. Hidden files are left where they are.

        A file that cannot be taken (another user's, say) is logged once and keeps no other from being taken.
        """
        found = [info for info in walk(self._store, PREFIX) if _is_a_drop(info)]
        now = self._clock.now()
        self._seen = {info.key: self._since(info, now) for info in found}
        self._refused &= {(info.key, info.etag) for info in found}
        settled = [info for info in found if now - self._seen[info.key].since >= self._settle]
        taken = [self._tried(info) for info in settled]
        return tuple(asset_id for asset_id in taken if asset_id is not None)

    def take(self, key: str) -> AssetId | None:
        """Take one file now: whoever calls this knows that it is whole. None for what is no film: hidden, or empty.

        Raises `object_not_found`.
        """
        info = self._store.stat(key)
        return self._take(info) if _is_a_drop(info) else None

    def _tried(self, info: ObjectInfo) -> AssetId | None:
        try:
            return self._take(info)
        except MatineeError as error:
            if (info.key, info.etag) not in self._refused:
                self._refused.add((info.key, info.etag))
                log.warning("inbox file not taken", extra={"code": error.code, "why": error.detail})
            return None

    def _since(self, info: ObjectInfo, now: datetime) -> Seen:
        before = self._seen.get(info.key)
        return before if before is not None and before.etag == info.etag else Seen(info.etag, now)

    def _take(self, info: ObjectInfo) -> AssetId | None:
        """The asset `info` became; None when the file changed while it was copied, and so is not whole yet."""
        asset_id, known = self._identity(info)
        key = source_key(asset_id, info.key)
        if known is None:
            self._store.copy(info.key, key)
            if not self._unchanged(info):
                self._store.delete(key)
                return None
            known = self._catalog.add_asset(self._asset(asset_id, info))
        if known.status is Status.UPLOADING:
            self._runs.begin(known, key)
        else:
            self._runs.put_back(known)
        if self._unchanged(info):
            self._store.delete(info.key)
            self._copies.drop_versions(info.key)  # no deletion of the asset looks here: its name is not known any more
        self._seen.pop(info.key, None)
        log.info("inbox file taken", extra={"asset": asset_id, "size_bytes": info.size_bytes})
        return asset_id

    def _identity(self, info: ObjectInfo) -> tuple[AssetId, Asset | None]:
        """The id this file has, and its asset when an earlier, interrupted turn made one.

        A file that became an asset which was deleted or failed is dropped anew by somebody: it gets another id.
        """
        turn = 1
        while True:
            asset_id = AssetId(derive_id("ast_", self._store.name, info.key, info.etag, str(turn)))
            try:
                known = self._catalog.get_asset(asset_id)
            except MatineeError as error:
                if error.code is ErrorCode.ASSET_NOT_FOUND:
                    return asset_id, None
                raise
            if known.status not in (Status.DELETED, Status.FAILED):
                return asset_id, known
            turn += 1

    def _unchanged(self, info: ObjectInfo) -> bool:
        return tag_of(self._store, info.key) == info.etag

    def _asset(self, asset_id: AssetId, info: ObjectInfo) -> Asset:
        now = self._clock.now()
        return Asset(
            id=asset_id,
            title=title_from_filename(info.key),
            status=Status.UPLOADING,
            size_bytes=info.size_bytes,
            created_at=now,
            updated_at=now,
        )


def _is_a_drop(info: ObjectInfo) -> bool:
    name = info.key.rsplit("/", 1)[-1]
    return bool(name) and not name.startswith(".") and info.size_bytes > 0
