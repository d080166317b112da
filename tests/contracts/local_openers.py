"""Opens the local adapters in a folder, in this process or in a child; picklable with `functools.partial`."""

from datetime import datetime, timedelta
from pathlib import Path

from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_audit import SqliteAudit
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.adapters.local.sqlite_outbox import SqliteOutbox
from matinee.adapters.local.sqlite_queue import SqliteQueue
from matinee.adapters.local.sqlite_revocations import SqliteRevocations
from matinee.adapters.local.sqlite_webhooks import SqliteWebhooks
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.services.standing import Side

BASE_URL = "http://matinee.test"
LINK_KEY = b"the key every opener signs with!"


class ShiftedClock:
    """The system's clock, some time later: how a test lets hours pass."""

    def __init__(self) -> None:
        self.by = timedelta(0)

    def now(self) -> datetime:
        """The shifted time, in UTC."""
        return SystemClock().now() + self.by

    def let_pass(self, seconds: int) -> None:
        """So many seconds pass at once."""
        self.by += timedelta(seconds=seconds)


def open_store(root: Path, clock: ShiftedClock | None = None) -> FileStore:
    """The store in `root`."""
    return FileStore(root, LinkSigner(LINK_KEY, lambda: BASE_URL, clock or ShiftedClock()), SystemEntropy())


def open_catalog(root: Path) -> SqliteCatalog:
    """The catalog in `root`."""
    return SqliteCatalog(Database(root / "matinee.db"))


def open_queue(root: Path) -> SqliteQueue:
    """The queue in `root`."""
    return SqliteQueue(Database(root / "matinee.db"))


def open_revocations(root: Path) -> SqliteRevocations:
    """The revocations in `root`."""
    return SqliteRevocations(Database(root / "matinee.db"))


def open_audit(root: Path) -> SqliteAudit:
    """The record of what was done with sessions, in `root`."""
    return SqliteAudit(Database(root / "matinee.db"))


def open_webhooks(root: Path) -> SqliteWebhooks:
    """Endpoints, events and deliveries in `root`."""
    return SqliteWebhooks(Database(root / "matinee.db"))


def open_outbox(root: Path) -> SqliteOutbox:
    """The events in `root` that nobody was told of."""
    return SqliteOutbox(Database(root / "matinee.db"))


def open_side(root: Path) -> Side:
    """The whole library in `root`."""
    insights = SqliteInsights(Database(root / "matinee.db"))
    return Side(
        name=root.name,
        store=open_store(root),
        catalog=open_catalog(root),
        insights=insights,
        webhooks=open_webhooks(root),
    )


def open_keys(root: Path) -> KeyFile:
    """The signing keys in `root`."""
    return KeyFile(root / "keys.json", SystemEntropy())
