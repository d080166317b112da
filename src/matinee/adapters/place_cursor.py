"""Where a listing ordered by a place and an id goes on, the same text in every catalog. It must not know tables.

A place is a number, such as a time in microseconds, or a short text.
"""

import base64
import binascii
import hashlib
import re

from matinee.errors import ErrorCode, MatineeError

CURSOR = re.compile(r"(.{0,80}) ([a-z]{3}_[0-9a-z]{1,40}) ([0-9a-f]{8})\Z", re.ASCII | re.DOTALL)
NUMBER = re.compile(r"-?[0-9]{1,18}\Z", re.ASCII)


def place_cursor(place: int | str, name: str, listing: str) -> str:
    """The cursor that goes on after the thing of that place and id in `listing`."""
    text = f"{place} {name} {_mark(listing)}"
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")


def read_place_cursor(cursor: str, listing: str) -> tuple[int, str]:
    """Number and id of the thing to go on after. Raises `field_invalid` for the cursor of another listing."""
    place, name = read_text_cursor(cursor, listing)
    if not NUMBER.match(place):
        raise _foreign()
    return int(place), name


def read_text_cursor(cursor: str, listing: str) -> tuple[str, str]:
    """The same where places are texts."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        match = CURSOR.match(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
    except (ValueError, binascii.Error):
        match = None
    if match is None or match[3] != _mark(listing):
        raise _foreign()
    return match[1], match[2]


def _foreign() -> MatineeError:
    sentence = "'cursor' does not belong to this listing; use next_cursor of its last page, or leave it out."
    return MatineeError(ErrorCode.FIELD_INVALID, sentence)


def _mark(listing: str) -> str:
    """Which listing a cursor belongs to: what is asked for, whatever the page size."""
    return hashlib.sha256(listing.encode()).hexdigest()[:8]
