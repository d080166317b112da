"""Titles that were deleted by mistake, put back from a catalog as it was before. It must not know where that came from.

    the asset, over its tombstone ─▶ its run and share links ─▶ its objects

The asset first: while its tombstone stands, upkeep removes what it finds of it. Everything here may run twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from matinee.domain.asset import Asset, Status
from matinee.domain.ids import AssetId
from matinee.domain.object_keys import media_prefix, version_prefix
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery, Catalog
from matinee.services.belongings import add_run, add_shares
from matinee.services.standing import found


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeletion:
    """What was put back of one asset. `listed`: its entry was gone; `objects` had been deleted, `shares` too."""

    asset_id: AssetId
    title: str
    listed: bool
    objects: int
    shares: int


class Undeleting:
    """From the catalog `then` into the one that is used `now`, which may be the same one, put back as a whole."""

    def __init__(self, then: Catalog, now: Catalog, bring_back: Callable[[str], int]) -> None:
        """`bring_back` has all objects below a prefix again, and says how many had been deleted."""
        self._then = then
        self._now = now
        self._bring_back = bring_back

    def everything(self) -> tuple[Undeletion, ...]:
        """Every title that was not deleted then."""
        names: list[AssetId] = []
        cursor: str | None = None
        while True:
            page = self._then.list_assets(AssetQuery(limit=100, cursor=cursor))
            names += [asset.id for asset in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return tuple(self.one(name) for name in names)

    def one(self, asset_id: AssetId) -> Undeletion:
        """One title. Raises `asset_not_found`, and `asset_deleted` when it was deleted then already."""
        asset = self._then.get_asset(asset_id)
        if asset.status is Status.DELETED:
            sentence = f"{asset_id} had been deleted by then already; restore the catalog as of an earlier moment."
            raise MatineeError(ErrorCode.ASSET_DELETED, sentence)
        listed = self._list_again(asset)
        add_run(asset, self._then, self._now)
        shares = add_shares(asset_id, self._then, self._now)
        objects = sum(self._bring_back(prefix) for prefix in _prefixes(asset))
        return Undeletion(asset_id=asset_id, title=asset.title, listed=listed, objects=objects, shares=shares)

    def _list_again(self, asset: Asset) -> bool:
        there = found(self._now, asset.id)
        back = replace(asset, superseded=())  # what was superseded then is swept by now
        if there is None:
            self._now.add_asset(back)
        elif there.status is Status.DELETED:
            self._now.replace_asset(replace(back, revision=there.revision))
        else:
            return False
        return True


def _prefixes(asset: Asset) -> tuple[str, ...]:
    """Where what it is made of lies; not what its runs kept for themselves, nor versions before."""
    prefixes = [f"sources/{asset.id}/"]
    if asset.media_run is not None:
        prefixes.append(media_prefix(asset.id, asset.media_run))
    if asset.version is not None:
        prefixes.append(version_prefix(asset.id, asset.version))
    return tuple(prefixes)
