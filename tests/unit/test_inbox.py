"""The inbox takes each dropped file once and whole, and lets none keep another from being taken."""

from datetime import timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.file_copies import FileCopies
from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_queue import SqliteQueue
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.asset import Asset, AssetError, Status
from matinee.domain.ids import AssetId
from matinee.domain.object_keys import check_key
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery
from matinee.ports.object_store import ObjectInfo
from matinee.services.inbox import Inbox
from matinee.services.runs import Runs
from tests.hand import Hand


class Room:
    """An inbox over real local adapters."""

    def __init__(self, root: Path) -> None:
        self.clock = Hand()
        self.store = FileStore(root, LinkSigner(b"k" * 32, lambda: "", self.clock), SystemEntropy())
        database = Database(root / "matinee.db")
        self.catalog = SqliteCatalog(database)
        self.queue = SqliteQueue(database)
        runs = Runs(self.store, self.catalog, self.queue, self.clock)
        self.inbox = Inbox(self.store, FileCopies(self.store), self.catalog, runs, self.clock, timedelta(seconds=5))
        self.root = root

    def drop(self, name: str, data: bytes = b"a film") -> Path:
        path = self.root / "objects" / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def settled(self) -> tuple[AssetId, ...]:
        self.inbox.scan()
        self.clock.time += timedelta(seconds=6)
        return self.inbox.scan()

    def assets(self) -> tuple[Asset, ...]:
        return self.catalog.list_assets(AssetQuery()).items


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """An empty inbox."""
    return Room(tmp_path)


def test_a_settled_file_is_queued_and_gone_from_the_inbox(room: Room) -> None:
    path = room.drop("one.mp4")
    (asset_id,) = room.settled()
    assert room.catalog.get_asset(asset_id).status is Status.QUEUED
    assert len(room.queue.waiting()) == 1
    assert not path.exists()


def test_a_file_that_changes_starts_to_settle_anew(room: Room) -> None:
    room.drop("one.mp4")
    room.inbox.scan()
    room.clock.time += timedelta(seconds=4)
    room.drop("one.mp4", b"a longer film")
    room.inbox.scan()
    room.clock.time += timedelta(seconds=4)
    assert room.inbox.scan() == ()


def test_the_same_file_dropped_after_its_asset_was_deleted_is_taken_again(room: Room) -> None:
    path = room.drop("one.mp4")
    kept = path.with_name(".kept")
    kept.hardlink_to(path)
    (first,) = room.settled()
    room.catalog.replace_asset(room.catalog.get_asset(first).deleted(room.clock.now()))
    path.hardlink_to(kept)
    (second,) = room.settled()
    assert second != first
    assert room.catalog.get_asset(second).status is Status.QUEUED


def test_the_same_file_dropped_after_its_asset_failed_is_taken_again(room: Room) -> None:
    path = room.drop("one.mp4")
    kept = path.with_name(".kept")
    kept.hardlink_to(path)
    (first,) = room.settled()
    error = AssetError(code=ErrorCode.SOURCE_UNREADABLE, message="no film")
    room.catalog.replace_asset(room.catalog.get_asset(first).failed(error, room.clock.now()))
    path.hardlink_to(kept)
    assert room.settled() != (first,)


def test_a_file_that_changes_while_it_is_copied_stays(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    path = room.drop("one.mp4")
    copy = room.store.copy

    def changed_meanwhile(source: str, target: str) -> ObjectInfo:
        done = copy(source, target)
        path.write_bytes(b"a longer film, still coming")
        return done

    monkeypatch.setattr(room.store, "copy", changed_meanwhile)
    assert room.settled() == ()
    assert path.exists()
    assert room.assets() == ()
    assert room.store.list("sources/").items == ()


def test_one_file_that_cannot_be_taken_keeps_no_other(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.drop("a locked one.mp4")
    room.drop("good.mp4")
    copy = room.store.copy

    def refusing(source: str, target: str) -> ObjectInfo:
        if "locked" in check_key(source):
            raise MatineeError(ErrorCode.STORE_UNAVAILABLE, "It cannot be read.")
        return copy(source, target)

    monkeypatch.setattr(room.store, "copy", refusing)
    assert len(room.settled()) == 1
    assert [asset.title for asset in room.assets()] == ["good"]


def test_a_file_whose_taking_was_interrupted_is_one_film(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.drop("one.mp4")
    with monkeypatch.context() as patched:
        patched.setattr(room.store, "delete", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            room.settled()
    room.settled()
    assert room.store.list("inbox/").items == ()
    assert len(room.assets()) == len(room.queue.waiting()) == 1
