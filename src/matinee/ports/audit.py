"""The record of what was done with playback sessions. It must not know SQL, DynamoDB or policy.

Obligations of every adapter (`tests/contracts/audit.py`): a record that was added is durable; nobody loses one to
another writer; it is listed until its time is over, whatever became of its session and asset.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matinee.domain.audit import AuditRecord
from matinee.domain.ids import AssetId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Which records: of one asset, of one session, of both (no others than the session's), or all."""

    limit: int = 25
    cursor: str | None = None
    asset_id: AssetId | None = None
    session_id: SessionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Records, newest first; `next_cursor` is None on the last page."""

    items: tuple[AuditRecord, ...]
    next_cursor: str | None


class Audit(Protocol):
    """Records, each kept until a time it was added with."""

    def add(self, record: AuditRecord, *, keep_until: datetime) -> None:
        """Store the record."""
        ...

    def list(self, query: AuditQuery, *, now: datetime) -> AuditPage:
        """A page of the records whose time is not over, newest first (by `at`, then id).

        Of an asset it is up to date; of a session, and of all, it may lag by a second. A cursor of another listing:
        `field_invalid`.
        """
        ...

    def forget_viewers(self, asset_id: AssetId) -> None:
        """The asset was deleted: its records keep what was done, not who watched (`without_viewer`). Twice is once."""
        ...

    def sweep(self, now: datetime) -> int:
        """Drop the records whose time is over; how many went. None where the store drops them by itself."""
        ...
