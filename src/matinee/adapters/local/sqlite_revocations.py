"""Revoked playback sessions in SQLite. It must not know tokens; `ports.revocations` is what it promises."""

from datetime import datetime

from matinee.adapters.documents import microseconds
from matinee.adapters.local.sqlite import Database
from matinee.domain.ids import SessionId


class SqliteRevocations:
    """Implements the `Revocations` port; what one process revokes, every other refuses at its next question."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revoke(self, session_id: SessionId, *, until: datetime) -> None:
        """Refuse the session from now on; a second call never shortens the first."""
        sql = (
            "INSERT INTO revocations VALUES (?, ?) "
            "ON CONFLICT (session_id) DO UPDATE SET until = max(until, excluded.until)"
        )
        self._database.write(sql, (session_id, microseconds(until)))

    def is_revoked(self, session_id: SessionId) -> bool:
        """Whether the session is refused; one look-up by primary key, a few microseconds."""
        return bool(self._database.read("SELECT 1 FROM revocations WHERE session_id = ?", (session_id,)))

    def sweep(self, now: datetime) -> int:
        """Drop entries that ended before `now`."""
        return self._database.write("DELETE FROM revocations WHERE until < ?", (microseconds(now),))
