"""Where a listing that is ordered by time and id goes on, the same text in every catalog. It must not know tables."""

import base64
import binascii
import hashlib
import re

from matinee.errors import ErrorCode, MatineeError

CURSOR = re.compile(r"(-?[0-9]{1,18}) ([a-z]{3}_[0-9a-z]{1,40}) ([0-9a-f]{8})\Z", re.ASCII)


def place_cursor(at: int, name: str, listing: str) -> str:
    """The cursor that goes on after the thing of that time (in microseconds) and id in `listing`."""
    text = f"{at} {name} {_mark(listing)}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")


def read_place_cursor(cursor: str, listing: str) -> tuple[int, str]:
    """Microseconds and id of the thing to go on after. Raises `field_invalid` for the cursor of another listing."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        match = CURSOR.match(base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii"))
    except (ValueError, binascii.Error):
        match = None
    if match is None or match[3] != _mark(listing):
        sentence = "'cursor' does not belong to this listing; use next_cursor of its last page, or leave it out."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    return int(match[1]), match[2]


def _mark(listing: str) -> str:
    """Which listing a cursor belongs to: what is asked for, whatever the page size."""
    return hashlib.sha256(listing.encode()).hexdigest()[:8]
