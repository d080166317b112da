"""Copies of objects among files, held to their contract."""

from pathlib import Path

import pytest

from matinee.adapters.local.file_copies import FileCopies
from matinee.domain.ids import AssetId
from tests.contracts.copies import CopiesContract, Place
from tests.contracts.local_openers import open_store


class TestFileCopies(CopiesContract):
    """In a folder."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        store = open_store(tmp_path)
        return Place(store=store, copies=FileCopies(store))

    def test_there_is_no_cdn(self, place: Place) -> None:
        assert not place.copies.forget_cached(AssetId("ast_a"))
