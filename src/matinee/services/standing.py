"""How an asset of one deployment stands to its namesake in another, and which objects it needs. It changes nothing.

Three marks decide, as in a merge: the asset's here, its namesake's there, and the one both had when it was carried
last (the receipt, on whichever side that went to).

    here      there      when carried     so it is
    a         nothing                     new
    a         a                           same
    b         a          a                changed: it is written there
    a         b          a                newer there: it stays there as it is
    a         b          another or none  conflict: a person decides
    a         deleted                     newer there
    under way                             busy: the next call finds it ready
"""

from dataclasses import dataclass
from enum import StrEnum

from matinee.domain.asset import Asset, Status
from matinee.domain.ids import AssetId
from matinee.domain.object_keys import INDEX_NAME, media_prefix, receipt_key, version_prefix
from matinee.domain.receipt import Receipt, carried, mark_of, may_be_indexed
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.insights import Insights
from matinee.ports.object_store import ObjectInfo, ObjectStore, walk
from matinee.ports.webhooks import WebhookStore

AT_REST = (Status.READY, Status.FAILED, Status.DELETED)


class Standing(StrEnum):
    """The table above."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    NEWER_THERE = "newer_there"
    BUSY = "busy"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One deployment; `name` is what a person calls it."""

    name: str
    store: ObjectStore
    catalog: Catalog
    insights: Insights
    webhooks: WebhookStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """An asset's objects. `indexed`: what is watched of it has no files, and is not among them."""

    objects: tuple[ObjectInfo, ...] = ()
    indexed: bool = False


def standing_of(asset: Asset, source: Side, target: Side) -> Standing:
    """By the table; one that is deleted on both sides is the same."""
    there = found(target.catalog, asset.id)
    if there is not None and there.status is Status.DELETED:
        return Standing.SAME if asset.status is Status.DELETED else Standing.NEWER_THERE
    if asset.status not in AT_REST:
        return Standing.BUSY
    if there is None:
        return Standing.NEW
    indexed = may_be_indexed(asset) and needed(asset, source.store).indexed
    ours, theirs = mark_of(carried(asset, indexed=indexed)), mark_of(there)
    if ours == theirs:
        return Standing.SAME
    bases = {*receipt_in(target.store, asset.id).bases, *receipt_in(source.store, asset.id).bases}
    if theirs in bases:
        return Standing.CHANGED
    return Standing.NEWER_THERE if ours in bases else Standing.CONFLICT


def needed(asset: Asset, store: ObjectStore) -> Needed:
    """Originals, and of what is published playlists, pictures and media; a superseded version stays behind."""
    if asset.status is Status.DELETED:
        return Needed()
    objects = [info for info in walk(store, f"sources/{asset.id}/") if info.key != receipt_key(asset.id)]
    if asset.version is None or asset.media_run is None:
        return Needed(objects=tuple(objects))
    media = media_prefix(asset.id, asset.media_run)
    found = [info for info in walk(store, media) if info.key != media + INDEX_NAME]
    if not any("/" in info.key.removeprefix(media) for info in found):
        return Needed(objects=tuple(objects), indexed=True)
    return Needed(objects=(*objects, *found, *walk(store, version_prefix(asset.id, asset.version))))


def found(catalog: Catalog, asset_id: AssetId) -> Asset | None:
    """The asset, tombstones included; None when there never was one."""
    try:
        return catalog.get_asset(asset_id)
    except MatineeError as error:
        if error.code is not ErrorCode.ASSET_NOT_FOUND:
            raise
        return None


def receipt_in(store: ObjectStore, asset_id: AssetId) -> Receipt:
    """What a migration to that side noted of the asset; empty when none did."""
    try:
        return Receipt.from_bytes(store.get(receipt_key(asset_id)))
    except MatineeError as error:
        if error.code is not ErrorCode.OBJECT_NOT_FOUND:
            raise
        return Receipt()
