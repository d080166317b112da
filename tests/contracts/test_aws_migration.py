"""A migration from one machine to AWS and back, against the emulator."""

from functools import partial
from pathlib import Path

import pytest

from tests.contracts.aws_openers import open_aws_side
from tests.contracts.emulator import Emulator
from tests.contracts.local_openers import open_side
from tests.contracts.migration import MigrationContract, Opener, a_library, migrate, objects_of


class TestToAws(MigrationContract):
    """One machine to AWS."""

    @pytest.fixture
    def open_source(self, tmp_path: Path) -> Opener:
        return partial(open_side, tmp_path / "here")

    @pytest.fixture
    def open_target(self, emulator: Emulator) -> Opener:
        return partial(open_aws_side, emulator.adapter, emulator.new_bucket(), emulator.new_table())


def test_a_library_comes_back_from_aws_as_it_went(emulator: Emulator, tmp_path: Path) -> None:
    here, back = open_side(tmp_path / "here"), open_side(tmp_path / "back")
    aws = open_aws_side(emulator.adapter, emulator.new_bucket(), emulator.new_table())
    films = a_library(here)
    migrate(here, aws)
    migrate(aws, back, check=True)
    assert objects_of(back) == objects_of(here)
    assert [back.catalog.get_asset(film.id) for film in films] == films
