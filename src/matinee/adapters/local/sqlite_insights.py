"""Counters of what was watched, in SQLite. It must not know beacons; `ports.insights` is what it promises."""

from collections.abc import Sequence
from datetime import date, datetime

from matinee.adapters.documents import microseconds
from matinee.adapters.local.sqlite import Database
from matinee.domain.ids import AssetId
from matinee.ports.insights import Advance, Counters

ALL = ""  # the place of what is counted of all assets together: no id is empty

# What the catalog does when it forgets an asset, in its own transaction.
FORGET = (
    "DELETE FROM insight_counters WHERE asset_id = ?",
    "DELETE FROM insight_viewers WHERE asset_id = ?",
    "DELETE FROM insight_slots WHERE asset_id = ?",
)


class SqliteInsights:
    """Implements the `Insights` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self, view: str, number: int, *, ends_at: datetime) -> Advance:
        """One transaction decides: SQLite has one writer."""
        with self._database.transaction() as connection:
            known = connection.execute("SELECT number FROM insight_views WHERE view = ?", (view,)).fetchone()
            if known is not None and known[0] >= number:
                return Advance.KNOWN
            connection.execute(
                "INSERT INTO insight_views VALUES (?, ?, ?)"
                " ON CONFLICT (view) DO UPDATE SET number = excluded.number, ends_at = excluded.ends_at",
                (view, number, microseconds(ends_at)),
            )
        return Advance.NEW if known is None else Advance.NEXT

    def first_today(self, asset_id: AssetId | None, day: date, viewer: str, *, ends_at: datetime) -> bool:
        """One insert decides."""
        row = (asset_id or ALL, day.isoformat(), viewer, microseconds(ends_at))
        return self._database.write("INSERT OR IGNORE INTO insight_viewers VALUES (?, ?, ?, ?)", row) == 1

    def add(self, asset_id: AssetId | None, day: date, counters: Counters) -> None:
        """All counters in one transaction."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO insight_counters VALUES (?, ?, ?, ?)"
                " ON CONFLICT (asset_id, day, name) DO UPDATE SET value = value + excluded.value",
                [(asset_id or ALL, day.isoformat(), name, value) for name, value in counters.items()],
            )

    def days(self, asset_id: AssetId | None, first: date, last: date) -> Sequence[tuple[date, Counters]]:
        """By the table's own key, which is in this order."""
        rows = self._database.read(
            "SELECT day, name, value FROM insight_counters WHERE asset_id = ? AND day BETWEEN ? AND ? ORDER BY day",
            (asset_id or ALL, first.isoformat(), last.isoformat()),
        )
        found: dict[date, dict[str, int]] = {}
        for day, name, value in rows:
            found.setdefault(date.fromisoformat(str(day)), {})[str(name)] = int(value or 0)
        return list(found.items())

    def note(self, slot: datetime, asset_id: AssetId, counters: Counters) -> None:
        """All counters in one transaction."""
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO insight_slots VALUES (?, ?, ?, ?)"
                " ON CONFLICT (slot, asset_id, name) DO UPDATE SET value = value + excluded.value",
                [(microseconds(slot), asset_id, name, value) for name, value in counters.items()],
            )

    def noted(self, slot: datetime) -> Sequence[tuple[AssetId, Counters]]:
        """By the table's own key."""
        rows = self._database.read(
            "SELECT asset_id, name, value FROM insight_slots WHERE slot = ?", (microseconds(slot),)
        )
        found: dict[AssetId, dict[str, int]] = {}
        for asset_id, name, value in rows:
            found.setdefault(AssetId(str(asset_id)), {})[str(name)] = int(value or 0)
        return list(found.items())

    def sweep(self, now: datetime, *, days_before: date, slots_before: datetime) -> None:
        """By the indexes on ends and days."""
        ended = (microseconds(now),)
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM insight_views WHERE ends_at < ?", ended)
            connection.execute("DELETE FROM insight_viewers WHERE ends_at < ?", ended)
            connection.execute("DELETE FROM insight_slots WHERE slot < ?", (microseconds(slots_before),))
            connection.execute("DELETE FROM insight_counters WHERE day < ?", (days_before.isoformat(),))
