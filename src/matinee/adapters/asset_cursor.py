"""Where a listing of assets goes on, the same text in every catalog. It must not know tables."""

import base64
import binascii
import hashlib
import re

from matinee.adapters.documents import microseconds
from matinee.domain.asset import Asset
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery

CURSOR = re.compile(r"(-?[0-9]{1,18}) (ast_[0-9a-z]{1,40}) ([0-9a-f]{8})\Z", re.ASCII)


def asset_cursor(last: Asset, query: AssetQuery) -> str:
    """The cursor that goes on after `last` in the listing `query` asks for."""
    text = f"{microseconds(last.created_at)} {last.id} {_listing(query)}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")


def read_asset_cursor(cursor: str, query: AssetQuery) -> tuple[int, str]:
    """Microseconds and id of the asset to go on after. Raises `field_invalid` for the cursor of another listing."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        match = CURSOR.match(base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii"))
    except (ValueError, binascii.Error):
        match = None
    if match is None or match[3] != _listing(query):
        sentence = "'cursor' does not belong to this listing; use next_cursor of its last page, or leave it out."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    return int(match[1]), match[2]


def _listing(query: AssetQuery) -> str:
    """Which listing a cursor belongs to: the same filters and order, whatever the page size."""
    asked = (query.status, query.text or None, query.kind, query.tag, query.order)
    return hashlib.sha256(repr([each and str(each) for each in asked]).encode()).hexdigest()[:8]
