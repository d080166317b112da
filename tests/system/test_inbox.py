"""Files dropped into `inbox/` are ingested by themselves, once they have stopped changing."""

import shutil
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.system.clips import make_clip, padded
from tests.system.remains import leftovers, rows, runs_of
from tests.system.server import Server, eventually

SETTLE_SECONDS = 1
STEP_SECONDS = 0.3
TRIES = 5


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an inbox of its own; files settle after a second."""
    running = Server(
        tmp_path_factory.mktemp("inbox") / "data", MATINEE_INBOX_SETTLE_SECONDS=str(SETTLE_SECONDS)
    ).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of two seconds."""
    return make_clip(tmp_path_factory.mktemp("small") / "clip.mp4", seconds=2)


def inbox(server: Server) -> Path:
    """The folder a person drops files into."""
    folder = server.data_dir / "objects" / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def titled(server: Server, title: str) -> list[str]:
    """The ids of the assets with this title."""
    with server.client() as http:
        items = http.get("/v1/assets", params={"limit": 100}).json()["items"]
    return [item["id"] for item in items if item["title"] == title]


def arrived(server: Server, title: str) -> str:
    """The one asset with this title, once it is there."""
    eventually(lambda: titled(server, title) != [], seconds=20)
    (asset_id,) = titled(server, title)
    return asset_id


def test_a_dropped_file_becomes_a_film_by_itself(own: Server, small: Path) -> None:
    shutil.copy(small, inbox(own) / "Summer_by the sea.mp4")
    asset = own.settled(arrived(own, "Summer by the sea"))
    assert asset["status"] == "ready"
    assert not (inbox(own) / "Summer_by the sea.mp4").exists()
    assert (own.data_dir / "objects" / "sources" / asset["id"] / "original.mp4").read_bytes() == small.read_bytes()


def test_a_file_in_a_folder_is_taken_too(own: Server, small: Path) -> None:
    (inbox(own) / "2026" / "may").mkdir(parents=True)
    shutil.copy(small, inbox(own) / "2026" / "may" / "folded.mp4")
    assert own.settled(arrived(own, "folded"))["status"] == "ready"


def test_a_file_is_not_taken_while_it_is_being_written(own: Server, small: Path) -> None:
    data = small.read_bytes()
    for title in (f"slow {number}" for number in range(TRIES)):
        longest, taken = written_slowly(own, title, data)
        asset = own.settled(arrived(own, title))
        if longest < SETTLE_SECONDS:  # or else the machine was too busy to write all the time, and taking it was right
            break
    assert longest < SETTLE_SECONDS
    assert taken == []
    assert (asset["status"], asset["size_bytes"]) == ("ready", len(data))


def written_slowly(own: Server, title: str, data: bytes) -> tuple[float, list[str]]:
    """The longest time in seconds that the file may have been still while it was written, and what was made of it."""
    pause, moments, taken = threading.Event(), [], []
    with (inbox(own) / f"{title}.mp4").open("wb") as file:
        for at in range(8):  # longer in all than the settling time
            began = time.monotonic()
            file.write(data[len(data) * at // 8 : len(data) * (at + 1) // 8])
            file.flush()
            moments.append((began, time.monotonic()))
            taken += titled(own, title)
            pause.wait(STEP_SECONDS)
    moments.append((0.0, time.monotonic()))
    return max(after - before for (before, _), (_, after) in pairwise(moments)), taken


def test_hidden_and_empty_files_are_left_alone(own: Server, small: Path) -> None:
    shutil.copy(small, inbox(own) / ".partial.mp4")
    (inbox(own) / "empty.mp4").touch()
    shutil.copy(small, inbox(own) / "after.mp4")
    own.settled(arrived(own, "after"))
    assert titled(own, "empty") == []
    assert titled(own, "partial") == []
    assert (inbox(own) / ".partial.mp4").exists()
    for name in (".partial.mp4", "empty.mp4"):
        (inbox(own) / name).unlink()


def test_a_link_in_the_inbox_is_not_followed(own: Server, small: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").write_bytes(small.read_bytes())
    (inbox(own) / "linked.mp4").symlink_to(tmp_path / "secret.mp4")
    shutil.copy(small, inbox(own) / "beside.mp4")
    own.settled(arrived(own, "beside"))
    assert titled(own, "linked") == []
    (inbox(own) / "linked.mp4").unlink()


def test_the_same_file_dropped_again_is_another_film(own: Server, small: Path) -> None:
    shutil.copy(small, inbox(own) / "twice.mp4")
    own.settled(arrived(own, "twice"))
    shutil.copy(small, inbox(own) / "twice.mp4")
    eventually(lambda: len(titled(own, "twice")) == 2, seconds=20)
    assert all(own.settled(asset_id)["status"] == "ready" for asset_id in titled(own, "twice"))


def test_what_is_no_film_fails_with_a_sentence_and_leaves_the_inbox(own: Server) -> None:
    (inbox(own) / "letter.mp4").write_text("Dear Anna,\n")
    asset = own.settled(arrived(own, "letter"))
    assert (asset["status"], asset["error"]["code"]) == ("failed", "source_unreadable")
    assert not (inbox(own) / "letter.mp4").exists()


MOMENTS = {
    "its asset is added": "SELECT 1 FROM assets",
    "its run is added": "SELECT 1 FROM runs",
    "its run is queued": "SELECT 1 FROM queue",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_while_it_takes_a_file_the_server_makes_one_film(tmp_path: Path, small: Path, moment: str) -> None:
    own = Server(tmp_path / "data", MATINEE_WORKERS="0").start()
    try:
        drop = padded(small, inbox(own) / "once.mp4", size_bytes=48 * 1024 * 1024)  # its copy takes a moment to be hit
        data = drop.read_bytes()
        eventually(lambda: bool(rows(own.data_dir, MOMENTS[moment])), seconds=20, every_seconds=0.001)
        own.kill()
        print("still in the inbox:", drop.exists())
        own.start()
        eventually(lambda: not drop.exists(), seconds=20)
        asset_id = arrived(own, "once")
        eventually(lambda: len(runs_of(own.data_dir, asset_id)) == 1)
        assert own.asset(asset_id)["status"] == "queued"
        assert [path for path in leftovers(own.data_dir) if path.startswith("tmp/")] == []
        assert (own.data_dir / "objects" / "sources" / asset_id / "original.mp4").read_bytes() == data
    finally:
        own.stop()
