"""What the table's stream tells, as events. It must not know who is told; `ports.webhooks` rules.

A record holds the item before and after one write (StreamViewType NEW_AND_OLD_IMAGES), and DynamoDB keeps it for 24
hours in the order of the writes to that item. The stream is written by the table itself, so no event is without its
change and no change without its event; a record may be told twice, and is then the same event.
"""

from collections.abc import Mapping
from typing import Any  # a record as Lambda and DynamoDB Streams spell it

from matinee.adapters.aws.dynamodb_documents import VALUE
from matinee.adapters.documents import from_json
from matinee.domain.asset import Asset
from matinee.domain.event import Event, Told, event_of
from matinee.domain.session import Session
from matinee.domain.upload import Upload

KINDS: Mapping[str, type[Told]] = {
    "ast_": Asset,
    "upl_": Upload,
    "ses_": Session,
}  # terraform/webhooks.tf filters alike


def event_in(record: Mapping[str, Any]) -> Event | None:
    """The event a record is; None for what is none: a removal, an item that only points, another kind of value.

    Raises `catalog_unavailable` for a value this version cannot read.
    """
    change = record["dynamodb"]
    kind = KINDS.get(change["Keys"]["pk"]["S"][:4])
    if kind is None or change["Keys"]["sk"]["S"] != VALUE or "NewImage" not in change:
        return None
    after = _value(change["NewImage"], kind)
    before = _value(change["OldImage"], kind) if "OldImage" in change else None
    return event_of(before, after)


def _value(image: Mapping[str, Any], kind: type[Told]) -> Told:
    return from_json(image["document"]["S"], kind)
