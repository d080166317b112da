"""What was spent, in SQLite, held to its contract."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_ledger import SqliteLedger
from matinee.ports.ledger import Ledger
from tests.contracts.ledger import LedgerContract


def open_sqlite_ledger(root: Path) -> SqliteLedger:
    """What is counted in `root`."""
    return SqliteLedger(Database(root / "matinee.db"))


class TestSqliteLedger(LedgerContract):
    """In a file."""

    @pytest.fixture
    def open_ledger(self, tmp_path: Path) -> Callable[[], Ledger]:
        return partial(open_sqlite_ledger, tmp_path)
