"""Revoked playback sessions on AWS, told to the gate. It must not know tokens; `ports.revocations` is what it promises.

Two places know each: the API's own record, which decides about renewals at once, and an entry in CloudFront's
KeyValueStore, which every edge reads within seconds. The record is written first: whatever happens to the entry, the
session gets no new token, and whoever revokes hears of it and may try again.
"""

from datetime import datetime
from math import ceil

from matinee.adapters.aws.edge_store import EdgeStore
from matinee.domain.edge_store import REVOCATION_PREFIX, revocation_key
from matinee.domain.ids import SessionId
from matinee.ports.revocations import Revocations

# About 145,000 revoked sessions fit; what is kept free takes the entry of the signing keys whatever they leave.
SPARE_BYTES = 16 * 1024


class EdgeRevocations:
    """Implements the `Revocations` port over another one and the gate's store."""

    def __init__(self, remembered: Revocations, edge: EdgeStore) -> None:
        self._remembered = remembered
        self._edge = edge

    def revoke(self, session_id: SessionId, *, until: datetime) -> None:
        """Refuse the session: renewals from now on, segments within seconds.

        Raises `store_full` or `edge_unavailable` when the gate could not be told; renewals are refused all the same.
        """
        self._remembered.revoke(session_id, until=until)
        key, ends = revocation_key(session_id), ceil(until.timestamp())

        def value() -> str | None:
            before = self._edge.get(key)
            return str(ends) if before is None or _seconds(before) < ends else None

        self._edge.put(key, value, spare_bytes=SPARE_BYTES)

    def is_revoked(self, session_id: SessionId) -> bool:
        """Whether the session is refused."""
        return self._remembered.is_revoked(session_id)

    def sweep(self, now: datetime) -> int:
        """Drop entries that ended before `now`, from both places; how many the record dropped."""

        def ended(key: str, value: str) -> bool:
            return key.startswith(REVOCATION_PREFIX) and _seconds(value) < now.timestamp()

        self._edge.sweep(ended)
        return self._remembered.sweep(now)


def _seconds(value: str) -> int:
    """What an entry says; one that says nothing we wrote has ended."""
    return int(value) if value.isdecimal() else 0
