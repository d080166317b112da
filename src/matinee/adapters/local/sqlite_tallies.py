"""How many of what there are, counted by SQLite. It must not know what is done about it."""

from matinee.adapters.local.sqlite import Database

Counts = dict[str, float]


class SqliteTallies:
    """Assets, runs and deliveries by state, and events nobody was told of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def assets(self) -> Counts:
        """Assets by status."""
        return self._grouped("SELECT status, COUNT(*) FROM assets GROUP BY status")

    def runs(self) -> Counts:
        """Runs by state, those of long ago too."""
        return self._grouped("SELECT state, COUNT(*) FROM runs GROUP BY state")

    def deliveries(self) -> Counts:
        """Deliveries to webhooks by state, for as long as events are kept."""
        return self._grouped("SELECT state, COUNT(*) FROM deliveries GROUP BY state")

    def untold(self) -> float:
        """Events of which no delivery was made yet."""
        return float(self._database.read("SELECT COUNT(*) FROM events WHERE told = 0", ())[0][0] or 0)

    def _grouped(self, sql: str) -> Counts:
        return {str(name): float(count or 0) for name, count in self._database.read(sql, ())}
