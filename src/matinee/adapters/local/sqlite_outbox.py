"""Events in the transaction of the change they tell of, until they are told. It must not know who is told.

`ports.webhooks` is what it promises.
"""

import sqlite3

from matinee.adapters.documents import from_json, microseconds, to_json
from matinee.adapters.local.sqlite import Database
from matinee.domain.event import Event, Told, event_of
from matinee.domain.ids import EventId


def record(connection: sqlite3.Connection, before: Told | None, after: Told) -> None:
    """Write down, in the transaction of `connection`, the event this change is, if it is one."""
    event = event_of(before, after)
    if event is not None:
        connection.execute(
            # The same id again is the same event: the value's id was given up and taken anew, which ids are not.
            "INSERT INTO events (id, revision, at, document) VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING",
            (event.id, microseconds(event.at), to_json(event)),
        )


class SqliteOutbox:
    """Implements the `Outbox` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def untold(self, *, limit: int) -> tuple[Event, ...]:
        """Up to `limit` events of which no delivery was made yet, in the order they were recorded."""
        rows = self._database.read("SELECT document FROM events WHERE told = 0 ORDER BY place LIMIT ?", (limit,))
        return tuple(from_json(str(row[0]), Event) for row in rows)

    def told(self, event_id: EventId) -> None:
        """Its deliveries are stored."""
        self._database.write("UPDATE events SET told = 1 WHERE id = ?", (event_id,))
