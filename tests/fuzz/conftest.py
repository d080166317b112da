"""One world for all, made once."""

import pytest

from tests.fuzz.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A machine with one of everything."""
    return make_world(tmp_path_factory.mktemp("world") / "machine")
