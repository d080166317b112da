"""Deleting an asset with everything of it, and showing that nothing is left. It must not know who asks.

    tombstone ─▶ sessions revoked, viewers forgotten ─▶ uploads dropped, names forgotten ─▶ objects and their copies
              ─▶ the CDN's caches ─▶ noted in the tombstone

The tombstone says when all of it was done (`erased_at`); until then the upkeep begins again at the top, where every
step finds less to do.
"""

import logging
from dataclasses import dataclass
from typing import Protocol

from matinee.domain.asset import Asset, Status
from matinee.domain.ids import AssetId
from matinee.domain.object_keys import asset_prefixes
from matinee.errors import MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.copies import Copies
from matinee.ports.object_store import ObjectStore, walk
from matinee.services.journal import HOUSE, Caller
from matinee.services.moving import move_asset
from matinee.services.uploads import Uploads

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """What a deletion removed; `complete` is False when something is still there and will be tried again.

    `copies_removed` were old versions and unfinished uploads; old versions that go by themselves are not among them.
    `cache_cleared` is False where no CDN is, or where it could not be told yet.
    """

    asset_id: AssetId
    objects_removed: int
    bytes_removed: int
    sessions_revoked: int
    share_links_removed: int
    copies_removed: int
    cache_cleared: bool
    complete: bool


class Withdrawable(Protocol):
    """What a deletion needs of playback: `Withdrawals`, or `Sessions`, which does more."""

    def revoke_all(self, asset_id: AssetId, by: Caller = HOUSE) -> int:
        """Cut every session of the asset short; how many were alive."""
        ...

    def count_alive(self, asset_id: AssetId) -> int:
        """How many sessions of the asset `revoke_all` would cut short now."""
        ...


class Erasure:
    """Assets, taken away."""

    def __init__(
        self,
        store: ObjectStore,
        catalog: Catalog,
        uploads: Uploads,
        sessions: Withdrawable,
        copies: Copies,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._uploads = uploads
        self._sessions = sessions
        self._copies = copies
        self._clock = clock

    def delete(self, asset_id: AssetId, by: Caller = HOUSE) -> Deletion:
        """Remove everything of the asset but a tombstone without personal data. Interrupted, it is resumed."""
        self._bury(asset_id)  # from now on nobody opens or publishes it
        revoked = self._sessions.revoke_all(asset_id, by)
        shares = len(self._catalog.list_shares(asset_id))
        self._uploads.abort_all(asset_id)
        self._uploads.forget(asset_id)  # before the objects: what they leave behind tells that there is more to do
        removed = [self._removed(prefix) for prefix in asset_prefixes(asset_id)]
        copies = sum(self._copies.drop(prefix) for prefix in asset_prefixes(asset_id))
        cleared, complete = self._clear_cache(asset_id)
        if complete:
            move_asset(self._catalog, asset_id, self._note)
        objects, size_bytes = (sum(each) for each in zip(*removed, strict=True))
        log.info("asset deleted", extra={"asset": asset_id, "objects": objects, "size_bytes": size_bytes})
        return Deletion(
            asset_id=asset_id,
            objects_removed=objects,
            bytes_removed=size_bytes,
            sessions_revoked=revoked,
            share_links_removed=shares,
            copies_removed=copies,
            cache_cleared=cleared,
            complete=complete,
        )

    def count_alive(self, asset_id: AssetId) -> int:
        """How many sessions a deletion would cut short now."""
        return self._sessions.count_alive(asset_id)

    def _note(self, asset: Asset) -> Asset | None:
        return asset.erased(self._clock.now()) if asset.erased_at is None else None

    def _clear_cache(self, asset_id: AssetId) -> tuple[bool, bool]:
        """Whether the CDN was told, and whether that is all there was to do. The rest is done without it."""
        try:
            return self._copies.forget_cached(asset_id), True
        except MatineeError as error:
            log.warning("cache not cleared yet", extra={"asset": asset_id, "code": error.code, "why": error.detail})
            return False, False

    def _removed(self, prefix: str) -> tuple[int, int]:
        objects = size_bytes = 0
        for info in walk(self._store, prefix):
            self._store.delete(info.key)
            objects, size_bytes = objects + 1, size_bytes + info.size_bytes
        return objects, size_bytes

    def _bury(self, asset_id: AssetId) -> None:
        """A tombstone in the asset's place, whoever edits it at the same time; one that is there already stays."""

        def bury(asset: Asset) -> Asset | None:
            return None if asset.status is Status.DELETED else asset.deleted(self._clock.now())

        move_asset(self._catalog, asset_id, bury)
