"""By what assets are ordered, and where a listing goes on: the same in every catalog. It must not know tables."""

from matinee.adapters.documents import fold, microseconds
from matinee.adapters.place_cursor import place_cursor, read_place_cursor, read_text_cursor
from matinee.domain.asset import Asset
from matinee.ports.catalog import AssetQuery, Order

MAX_LENGTH_SECONDS = 1_000_000_000  # so that a number has one width, whatever a file claims
TITLE_LETTERS = 60  # a cursor holds them, and an index pays for them
DESCENDING = frozenset({Order.NEWEST, Order.LONGEST})


def title_place(asset: Asset) -> str:
    """What a listing by title is ordered by: no control character is in it, since none is in a title."""
    return fold(asset.title)[:TITLE_LETTERS]


def length_place(asset: Asset) -> int:
    """What a listing by length is ordered by, in whole milliseconds; 0 while it is not known."""
    return int(min(max(asset.duration_seconds or 0, 0), MAX_LENGTH_SECONDS) * 1000)


def asset_place(asset: Asset, order: Order) -> int | str:
    """Where the asset stands in that order, before its id."""
    if order is Order.TITLE:
        return title_place(asset)
    return length_place(asset) if order in (Order.LONGEST, Order.SHORTEST) else microseconds(asset.created_at)


def asset_cursor(last: tuple[int | str, str], query: AssetQuery) -> str:
    """The cursor that goes on after the asset of that place and id in the listing `query` asks for."""
    return place_cursor(*last, listing_of(query))


def read_asset_cursor(cursor: str, query: AssetQuery) -> tuple[int | str, str]:
    """Place and id of the asset to go on after. Raises `field_invalid` for the cursor of another listing."""
    read = read_text_cursor if query.order is Order.TITLE else read_place_cursor
    return read(cursor, listing_of(query))


def listing_of(query: AssetQuery) -> str:
    """What a cursor belongs to."""
    asked = (query.status, query.text or None, query.kind, query.tag, query.order)
    return repr([each and str(each) for each in asked])
