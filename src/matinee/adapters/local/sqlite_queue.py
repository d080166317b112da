"""The ingest queue in SQLite. It must not know what a run does; `ports.ingest` is what it promises.

A row is a run in the queue; `worker` says who holds it. Every move names the fence it was claimed with, so a worker
that lost its run changes nothing.
"""

from datetime import datetime, timedelta

from matinee.adapters.documents import microseconds
from matinee.adapters.local.sqlite import Database
from matinee.domain.ids import RunId
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.ingest import Lease

AT_ONCE = 0  # before every real time: claimed next


class SqliteQueue:
    """Implements the `IngestQueue` port; safe from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, run_id: RunId, *, now: datetime) -> bool:
        """Have the run worked on. False when it is in the queue already."""
        sql = "INSERT INTO queue (run_id, available_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
        return self._database.write(sql, (run_id, microseconds(now))) == 1

    def claim(self, worker: str, *, now: datetime, lease_seconds: int) -> Lease | None:
        """The run that has been available longest, waiting or with a lease that ran out."""
        # A look first: an idle worker asks every second, and taking the write lock for nothing would slow the others.
        if not self._database.read("SELECT 1 FROM queue WHERE available_at <= ? LIMIT 1", (microseconds(now),)):
            return None
        with self._database.transaction() as connection:
            sql = "SELECT run_id, crashes FROM queue WHERE available_at <= ? ORDER BY available_at, place LIMIT 1"
            row = connection.execute(sql, (microseconds(now),)).fetchone()
            if row is None:
                return None
            fence = connection.execute("UPDATE fences SET last = last + 1 RETURNING last").fetchall()[0][0]
            connection.execute(
                "UPDATE queue SET worker = ?, fence = ?, available_at = ? WHERE run_id = ?",
                (worker, fence, _lease_end(now, lease_seconds), row[0]),
            )
        return Lease(run_id=RunId(row[0]), worker=worker, fence=fence, crashes=row[1])

    def extend(self, lease: Lease, *, now: datetime, lease_seconds: int) -> None:
        """Still at it. A lease that ran out but nobody took is still good."""
        sql = "UPDATE queue SET available_at = ? WHERE run_id = ? AND worker = ? AND fence = ?"
        self._held(lease, self._database.write(sql, (_lease_end(now, lease_seconds), *_holder(lease))))

    def finish(self, lease: Lease) -> None:
        """The run leaves the queue."""
        sql = "DELETE FROM queue WHERE run_id = ? AND worker = ? AND fence = ?"
        self._held(lease, self._database.write(sql, _holder(lease)))

    def release(self, lease: Lease, *, not_before: datetime) -> None:
        """Give the run back."""
        sql = "UPDATE queue SET worker = NULL, available_at = ? WHERE run_id = ? AND worker = ? AND fence = ?"
        self._held(lease, self._database.write(sql, (microseconds(not_before), *_holder(lease))))

    def crashed(self, lease: Lease, *, not_before: datetime) -> None:
        """Give the run back, with one crash more."""
        sql = (
            "UPDATE queue SET worker = NULL, available_at = ?, crashes = crashes + 1 "
            "WHERE run_id = ? AND worker = ? AND fence = ?"
        )
        self._held(lease, self._database.write(sql, (microseconds(not_before), *_holder(lease))))

    def absolve(self, lease: Lease) -> None:
        """The run's crashes are forgotten."""
        sql = "UPDATE queue SET crashes = 0 WHERE run_id = ? AND worker = ? AND fence = ?"
        self._held(lease, self._database.write(sql, _holder(lease)))

    def worker_died(self, worker: str) -> tuple[RunId, ...]:
        """The worker's runs wait again at once, before all others; the suspects among them, or all, are blamed."""
        with self._database.transaction() as connection:
            sql = "SELECT run_id, crashes FROM queue WHERE worker = ? ORDER BY place"
            held = connection.execute(sql, (worker,)).fetchall()
            suspected = any(crashes for _, crashes in held)
            for run_id, crashes in held:
                blame = 1 if crashes or not suspected else 0
                connection.execute(
                    "UPDATE queue SET worker = NULL, available_at = ?, crashes = ? WHERE run_id = ?",
                    (AT_ONCE, crashes + blame, run_id),
                )
        return tuple(RunId(run_id) for run_id, _ in held)

    def release_all(self) -> int:
        """Every leased run waits again, no crash counted."""
        sql = "UPDATE queue SET worker = NULL, available_at = ? WHERE worker IS NOT NULL"
        return self._database.write(sql, (AT_ONCE,))

    def waiting(self) -> tuple[RunId, ...]:
        """Every run in the queue, by arrival."""
        return tuple(RunId(str(row[0])) for row in self._database.read("SELECT run_id FROM queue ORDER BY place"))

    def _held(self, lease: Lease, changed: int) -> None:
        if changed != 1:
            sentence = f"{lease.run_id} is no longer {lease.worker}'s; another worker has it, or it ended. Stop here."
            raise MatineeError(ErrorCode.RUN_SUPERSEDED, sentence)


def _holder(lease: Lease) -> tuple[str, str, int]:
    return lease.run_id, lease.worker, lease.fence


def _lease_end(now: datetime, lease_seconds: int) -> int:
    return microseconds(now + timedelta(seconds=lease_seconds))
