"""The record of what was done with sessions, in the table. It must not know policy; `ports.audit` is what it promises.

    pk             sk                  holds
    {asset id}     audit#{position}    document, expires; listing audit#{session id}, state audit#{shard}

So an asset's own are a read of the table, a session's one of by_listing, and all of them eight of by_state, merged: a
partition of an index takes a thousand writes a second, and one of all would slow every session that is opened.
What is over goes by time to live, which costs nothing and may be days late; until then the listing leaves it out.

For whoever runs it: PutItem, and Query on the table and its indexes.
"""

import heapq
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from matinee.adapters.aws.dynamodb_ends import SHARDS, expires
from matinee.adapters.aws.dynamodb_table import (
    BY_LISTING,
    BY_STATE,
    ConditionFailedError,
    Item,
    Table,
    key,
    position,
    text,
)
from matinee.adapters.documents import from_json, microseconds, to_json
from matinee.adapters.session_cursor import audit_page, read_audit_cursor
from matinee.domain.audit import AuditRecord
from matinee.domain.ids import AssetId
from matinee.ports.audit import AuditPage, AuditQuery

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AUDIT = "audit#"
AFTER_ALL = "~"  # behind every position, whose first character is a digit


class DynamoDbAudit:
    """Implements the `Audit` port in the table `name`; safe from many threads and processes."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._table = Table(client, name)

    def add(self, record: AuditRecord, *, keep_until: datetime) -> None:
        """Store the record."""
        place = position(microseconds(record.at), record.id)
        item: Item = {
            **key(record.asset_id, AUDIT + place),
            "position": text(place),
            "listing": text(AUDIT + record.session_id),
            "state": text(f"{AUDIT}{zlib.crc32(record.id.encode()) % SHARDS}"),
            "document": text(to_json(record)),
            "expires": expires(keep_until),
        }
        try:
            self._table.put(item, condition="attribute_not_exists(#pk)")
        except ConditionFailedError:  # our own first try, whose answer was lost: nobody else has this id
            return

    def list(self, query: AuditQuery, *, now: datetime) -> AuditPage:
        """A page of the records whose time is not over, newest first."""
        after = read_audit_cursor(query)
        before = AFTER_ALL if after is None else position(*after)
        living = (item for item in self._found(query, before) if int(item["expires"]["N"]) > now.timestamp())
        records = (from_json(item["document"]["S"], AuditRecord) for item in living)
        wanted = (record for record in records if query.asset_id in {None, record.asset_id})
        return audit_page(tuple(islice(wanted, query.limit + 1)), query)

    def forget_viewers(self, asset_id: AssetId) -> None:
        """The asset's records lose who watched."""
        values = {":of": text(asset_id), ":places": text(AUDIT)}
        for item in self._table.query("#pk = :of AND begins_with(#sk, :places)", values):
            document = text(to_json(from_json(item["document"]["S"], AuditRecord).without_viewer()))
            with suppress(ConditionFailedError):  # its time to live is over
                self._table.put({**item, "document": document}, condition="attribute_exists(#pk)")

    def sweep(self, now: datetime) -> int:  # noqa: ARG002 - the port's
        """Nothing: time to live does it."""
        return 0

    def _found(self, query: AuditQuery, before: str) -> Iterator[Item]:
        if query.session_id is not None:
            return self._index(BY_LISTING, "listing", AUDIT + query.session_id, before, query.limit + 1)
        if query.asset_id is not None:
            values = {":of": text(query.asset_id), ":from": text(AUDIT), ":to": text(AUDIT + before)}
            found = self._table.query(
                "#pk = :of AND #sk BETWEEN :from AND :to", values, newest_first=True, page_size=query.limit + 2
            )
            return (item for item in found if item["position"]["S"] < before)
        each = query.limit // SHARDS + 1
        shards = (self._index(BY_STATE, "state", f"{AUDIT}{shard}", before, each) for shard in range(SHARDS))
        return heapq.merge(*shards, key=lambda item: item["position"]["S"], reverse=True)

    def _index(self, index: str, attribute: str, of: str, before: str, page_size: int) -> Iterator[Item]:
        values = {":of": text(of), ":before": text(before)}
        condition = f"#{attribute} = :of AND #position < :before"
        return self._table.query(condition, values, index=index, newest_first=True, page_size=page_size)
