"""A migration from one data directory to another."""

from functools import partial
from pathlib import Path

import pytest

from tests.contracts.local_openers import open_side
from tests.contracts.migration import MigrationContract, Opener


class TestLocalMigration(MigrationContract):
    """Folder to folder."""

    @pytest.fixture
    def open_source(self, tmp_path: Path) -> Opener:
        return partial(open_side, tmp_path / "here")

    @pytest.fixture
    def open_target(self, tmp_path: Path) -> Opener:
        return partial(open_side, tmp_path / "there")
