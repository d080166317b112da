"""What ends at a moment: how it is found then, and dropped. It must not know what it is.

Time to live costs nothing but may be days late; `by_end` answers to the microsecond. An index takes about 1,000
writes a second a partition, and one that is behind slows the table, so what ends lies in shards by its id.
"""

import math
import zlib
from datetime import datetime

from matinee.adapters.aws.dynamodb_table import (
    BY_END,
    Attribute,
    ConditionFailedError,
    Item,
    Table,
    number,
    text,
)
from matinee.adapters.documents import microseconds

SHARDS = 8


def ends(kind: str, name: str, at: datetime) -> Item:
    """The attributes of something that ends `at`."""
    shard = zlib.crc32(name.encode()) % SHARDS
    return {"ending": text(f"{kind}#{shard}"), "ends_at": number(microseconds(at)), "expires": expires(at)}


def expires(at: datetime) -> Attribute:
    """The second from which DynamoDB may delete, rounded up: never early."""
    return number(math.ceil(at.timestamp()))


def drop_ended(table: Table, kind: str, before: int) -> int:
    """Drop what ended before so many microseconds since 1970, unless it was made to last longer; how many went."""
    dropped = 0
    values = {":before": number(before)}
    for shard in range(SHARDS):
        found = table.query(
            "#ending = :ending AND #ends_at < :before", {":ending": text(f"{kind}#{shard}"), **values}, index=BY_END
        )
        for item in found:
            try:
                table.delete(item["pk"]["S"], item["sk"]["S"], condition="#ends_at < :before", values=values)
                dropped += 1
            except ConditionFailedError:  # gone already, or begun anew since the index was written
                continue
    return dropped
