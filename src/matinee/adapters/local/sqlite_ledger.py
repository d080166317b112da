"""What runs were let go on for, in SQLite. It must not know limits; `ports.ledger` is what it promises."""

from matinee.adapters.local.sqlite import Database
from matinee.domain.ids import RunId
from matinee.domain.spending import Spent

SUMS = "SELECT COUNT(*), COALESCE(SUM(seconds), 0), COALESCE(SUM(micro_usd), 0) FROM ledger WHERE month = ?"


class SqliteLedger:
    """Implements the `Ledger` port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, month: str, run_id: RunId, *, seconds: int, micro_usd: int, most_seconds: int | None) -> bool:
        """One transaction decides: SQLite has one writer."""
        with self._database.transaction() as connection:
            if connection.execute("SELECT 1 FROM ledger WHERE run_id = ?", (run_id,)).fetchone() is not None:
                return True
            before = connection.execute(SUMS, (month,)).fetchone()[1]
            if most_seconds is not None and before + seconds > most_seconds:
                return False
            connection.execute("INSERT INTO ledger VALUES (?, ?, ?, ?)", (run_id, month, seconds, micro_usd))
        return True

    def spent(self, month: str) -> Spent:
        """By the index on months."""
        runs, seconds, micro_usd = self._database.read(SUMS, (month,))[0]
        return Spent(month=month, runs=int(runs or 0), seconds=int(seconds or 0), micro_usd=int(micro_usd or 0))
