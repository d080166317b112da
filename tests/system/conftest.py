"""One server for the tests that do not hurt it; tests that kill make their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.key_search import leaks
from tests.system.clips import make_clip
from tests.system.server import Server


@pytest.fixture(scope="package", autouse=True)
def _no_key_was_written_down(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After the last of these tests: no key is in what they wrote, in any log, catalog or object of any server."""
    yield
    assert list(leaks(tmp_path_factory.getbasetemp())) == []


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with an empty data directory."""
    running = Server(tmp_path_factory.mktemp("server") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of picture and sound."""
    return make_clip(tmp_path_factory.mktemp("clips") / "four seconds.mp4")


@pytest.fixture(scope="session")
def film(server: Server, clip: Path) -> str:
    """The id of an asset that is ready."""
    asset_id = server.upload(clip, title="A film")
    assert server.settled(asset_id)["status"] == "ready"
    return asset_id


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that may be killed."""
    running = Server(tmp_path / "data").start()
    yield running
    running.stop()
