"""Pages of events and deliveries, and where they go on: the same in every catalog. It must not know tables."""

import base64
import binascii
import re

from matinee.adapters.documents import microseconds
from matinee.domain.delivery import Delivery
from matinee.domain.event import Event
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.webhooks import DeliveryPage, EventPage

CURSOR = re.compile(r"(-?[0-9]{1,18}) ((?:evt|dlv)_[0-9a-z]{1,40})\Z", re.ASCII)


def event_page(found: tuple[Event, ...], limit: int) -> EventPage:
    """The page of `limit` that begins `found`, which holds one more when there are more."""
    page = found[:limit]
    more = len(found) > limit
    return EventPage(items=page, next_cursor=place_cursor(microseconds(page[-1].at), page[-1].id) if more else None)


def delivery_page(found: tuple[Delivery, ...], limit: int) -> DeliveryPage:
    """The same of deliveries."""
    page = found[:limit]
    following = place_cursor(microseconds(page[-1].event_at), page[-1].id) if len(found) > limit else None
    return DeliveryPage(items=page, next_cursor=following)


def place_cursor(microseconds: int, name: str) -> str:
    """The cursor that goes on after something of that time and id."""
    return base64.urlsafe_b64encode(f"{microseconds} {name}".encode()).rstrip(b"=").decode("ascii")


def read_place_cursor(cursor: str) -> tuple[int, str]:
    """Microseconds and id to go on after. Raises `field_invalid`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        match = CURSOR.match(base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii"))
    except (ValueError, binascii.Error):
        match = None
    if match is None:
        sentence = "'cursor' does not belong to this listing; use next_cursor of its last page, or leave it out."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    return int(match[1]), match[2]
