"""Revoked playback sessions in the table. It must not know tokens; `ports.revocations` is what it promises.

The API's own memory of them, asked at every renewal. The gate at the edge asks CloudFront's KeyValueStore instead.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from matinee.adapters.aws.dynamodb_ends import drop_ended, ends
from matinee.adapters.aws.dynamodb_table import ConditionFailedError, Table, key
from matinee.adapters.documents import microseconds
from matinee.domain.ids import SessionId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PREFIX, REVOCATION = "revocation#", "revocation"


class DynamoDbRevocations:
    """Implements the `Revocations` port; what one process revokes, every other refuses at its next question."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._table = Table(client, name)

    def revoke(self, session_id: SessionId, *, until: datetime) -> None:
        """Refuse the session from now on; a second call never shortens the first."""
        item = {**key(PREFIX + session_id, REVOCATION), **ends("revocation", session_id, until)}
        condition = "attribute_not_exists(#pk) OR #ends_at < :ends_at"
        try:
            self._table.put(item, condition=condition, values={":ends_at": item["ends_at"]})
        except ConditionFailedError:
            return

    def is_revoked(self, session_id: SessionId) -> bool:
        """Whether the session is refused; one read by key, a few milliseconds."""
        return self._table.get(PREFIX + session_id, REVOCATION) is not None

    def sweep(self, now: datetime) -> int:
        """Drop entries that ended before `now`."""
        return drop_ended(self._table, "revocation", microseconds(now))
