"""One SQLite file with its connections, migrations and errors. It must not know what the tables mean.

    matinee.db   WAL, so that readers never wait for the writer; synchronous=FULL, so that a write that returned
                 survives power loss (sqlite.org/pragma: in WAL mode NORMAL may lose the last commits)

Every thread has its own connection, and so has every process: a connection carried over a fork would corrupt the file
(sqlite.org/howtocorrupt, 2.6).
"""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from matinee.adapters.local.durable import locked, make_folders, storage_errors
from matinee.adapters.local.secret_file import check_private
from matinee.adapters.local.sqlite_schema import MIGRATIONS
from matinee.errors import ErrorCode, MatineeError

BUSY_TIMEOUT_SECONDS = 10.0  # a writer holds the lock for milliseconds; ten seconds of waiting means something is stuck
CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Row = tuple[str | int | None, ...]
Parameters = Sequence[str | int | None]

# Connections a forked child inherited: kept, never used nor closed, since closing would drop the parent's work.
_inherited: list[sqlite3.Connection] = []


class _Held:
    """A thread's connection, closed when the thread ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.process = os.getpid()

    def __del__(self) -> None:
        if self.process == os.getpid():
            self.connection.close()
        else:
            _inherited.append(self.connection)


class Database:
    """The SQLite file at `path`, migrated to this version's schema when it is made.

    Raises `setting_invalid` when a newer Matinee wrote it, `catalog_unavailable` when it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        with storage_errors("opening the catalog"):
            make_folders(path.parent)
            # Turning WAL on wants the file for itself; two processes at it at once would see "database is locked".
            with locked(path.with_suffix(".lock")):
                path.touch(mode=0o600)
                check_private(path, path.stat())
                self._migrate()

    def read(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Every row of a query."""
        try:  # as `_database_errors` does, at a tenth of its cost: every segment asks here
            return self._connection().execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _told(error) from error

    def write(self, sql: str, parameters: Parameters = ()) -> int:
        """One statement as its own durable transaction; how many rows it changed."""
        with _database_errors():
            return self._connection().execute(sql, parameters).rowcount

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Several statements, all or nothing, alone with the file from the first on (BEGIN IMMEDIATE)."""
        with _database_errors():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    def close(self) -> None:
        """Close this thread's connection; others close with their threads."""
        self._local.__dict__.clear()

    def _connection(self) -> sqlite3.Connection:
        held: _Held | None = getattr(self._local, "held", None)
        if held is None or held.process != os.getpid():
            held = self._local.held = _Held(self._open())
        return held.connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,  # transactions begin where the code says so
            check_same_thread=False,  # used by one thread only, but closed by whoever collects it
            cached_statements=256,
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _migrate(self) -> None:
        with _database_errors():
            self._connection().execute("PRAGMA journal_mode = WAL")
        with self.transaction() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY) STRICT")
            done = connection.execute("SELECT coalesce(max(number), 0) FROM migrations").fetchone()[0]
            if done > len(MIGRATIONS):
                sentence = (
                    f"{self._path} was written by a newer Matinee (schema {done}, this one knows {len(MIGRATIONS)}); "
                    "run that version again, or put an older backup back."
                )
                raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
            for number in range(done + 1, len(MIGRATIONS) + 1):
                for statement in MIGRATIONS[number - 1]:
                    connection.execute(statement)
                connection.execute("INSERT INTO migrations VALUES (?)", (number,))


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _told(error) from error


def _told(error: sqlite3.Error) -> MatineeError:
    """The one place where SQLite's errors become ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary result code (sqlite.org/rescode)
    if code == sqlite3.SQLITE_FULL:
        sentence = "The disk is full, so the catalog could not be written; free space, then try again."
        return MatineeError(ErrorCode.STORE_FULL, sentence)
    if code in CORRUPT:
        sentence = f"The catalog is damaged ({error}); stop the server and put matinee.db back from a backup."
        return MatineeError(ErrorCode.CATALOG_UNAVAILABLE, sentence)
    sentence = f"The catalog did not answer ({error}); try again, and if it stays so run: matinee doctor"
    return MatineeError(ErrorCode.CATALOG_UNAVAILABLE, sentence)
