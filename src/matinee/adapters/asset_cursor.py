"""Where a listing of assets goes on, the same text in every catalog. It must not know tables."""

from matinee.adapters.documents import microseconds
from matinee.adapters.place_cursor import place_cursor, read_place_cursor
from matinee.domain.asset import Asset
from matinee.ports.catalog import AssetQuery


def asset_cursor(last: Asset, query: AssetQuery) -> str:
    """The cursor that goes on after `last` in the listing `query` asks for."""
    return place_cursor(microseconds(last.created_at), last.id, _listing(query))


def read_asset_cursor(cursor: str, query: AssetQuery) -> tuple[int, str]:
    """Microseconds and id of the asset to go on after. Raises `field_invalid` for the cursor of another listing."""
    return read_place_cursor(cursor, _listing(query))


def _listing(query: AssetQuery) -> str:
    asked = (query.status, query.text or None, query.kind, query.tag, query.order)
    return repr([each and str(each) for each in asked])
