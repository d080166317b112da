"""Runs paused, resumed and cancelled at any moment, and what is left to do when the process died in between."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_queue import SqliteQueue
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.asset import Asset, Published, Status
from matinee.domain.ids import AssetId, RunId, VersionId, instant_run_id
from matinee.domain.run import RunState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.ingest import Lease
from matinee.services.moving import move_run
from matinee.services.runs import Runs
from tests.hand import Hand

FILM = AssetId("ast_film")
SOURCE = "sources/ast_film/original.mp4"


class Room:
    """Runs over real local adapters, and a film that was just uploaded."""

    def __init__(self, root: Path) -> None:
        self.clock = Hand()
        store = FileStore(root, LinkSigner(b"k" * 32, lambda: "", self.clock), SystemEntropy())
        database = Database(root / "matinee.db")
        self.catalog, self.queue = SqliteCatalog(database), SqliteQueue(database)
        self.runs = Runs(store, self.catalog, self.queue, self.clock)
        store.put(SOURCE, b"a film", content_type="video/mp4")
        now = self.clock.now()
        new = Asset(id=FILM, title="A film", status=Status.UPLOADING, created_at=now, updated_at=now)
        self.run = self.runs.begin(self.catalog.add_asset(new), SOURCE).id

    @property
    def asset(self) -> Asset:
        return self.catalog.get_asset(FILM)

    @property
    def state(self) -> RunState:
        return self.catalog.get_run(self.run).state

    def held(self) -> Lease:
        """A worker took the run."""
        lease = self.queue.claim("w", now=self.clock.now(), lease_seconds=60)
        assert lease is not None
        self.move(lambda asset: asset.processing(self.clock.now()))
        move_run(self.catalog, lease.run_id, lambda run: run.running(self.clock.now()))
        return lease

    def move(self, change: Callable[[Asset], Asset]) -> None:
        """The asset goes on."""
        self.catalog.replace_asset(change(self.asset))

    def published(self, media_run: RunId) -> Published:
        """A version over the media of `media_run`."""
        version = VersionId(f"ver_{media_run}")
        return Published(version=version, media_run=media_run, renditions=(), captions=(), has_poster=False)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A film whose first run waits for a worker."""
    return Room(tmp_path)


def test_a_paused_run_waits_for_a_person_and_for_nobody_else(room: Room) -> None:
    room.queue.finish(room.held())
    room.runs.pause(FILM)
    room.runs.put_back(room.asset)
    room.runs.put_back_run(room.run)
    assert (room.state, room.queue.waiting()) == (RunState.PAUSED, ())
    assert room.runs.report(room.asset).paused


def test_pausing_and_resuming_twice_is_once(room: Room) -> None:
    room.queue.finish(room.held())
    for _ in range(2):
        assert room.runs.pause(FILM).state is RunState.PAUSED
    for _ in range(2):
        assert room.runs.resume(FILM).state is RunState.QUEUED
    assert room.queue.waiting() == (room.run,)


def test_a_run_resumed_before_its_worker_let_go_is_not_lost(room: Room) -> None:
    lease = room.held()
    room.runs.pause(FILM)
    room.runs.resume(FILM)  # it is in the queue still, as the worker's
    room.queue.finish(lease)
    assert room.queue.waiting() == ()
    room.runs.put_back_run(room.run)
    assert room.queue.waiting() == (room.run,)


def test_a_run_of_a_deleted_asset_is_not_put_back(room: Room) -> None:
    room.queue.finish(room.held())
    move_run(room.catalog, room.run, lambda run: run.tried())
    room.move(lambda asset: asset.deleted(room.clock.now()))
    room.runs.put_back_run(room.run)
    assert room.queue.waiting() == ()


def test_the_first_run_cancelled_leaves_a_failed_asset_and_work_for_a_worker(room: Room) -> None:
    room.queue.finish(room.held())
    for _ in range(2):
        room.runs.cancel(FILM)
    asset = room.asset
    assert asset.error is not None
    assert (asset.status, asset.error.code) == (Status.FAILED, ErrorCode.RUN_CANCELLED)
    assert room.queue.waiting() == (room.run,)  # who alone removes what was made
    assert room.runs.begin(asset, SOURCE).id != room.run


def test_a_film_that_could_be_watched_for_the_time_being_still_has_no_whole_version(room: Room) -> None:
    room.held()
    room.move(lambda asset: asset.playable(room.published(instant_run_id(room.run)), room.clock.now()))
    room.runs.cancel(FILM)
    assert room.asset.status is Status.FAILED
    assert room.asset.watchable


def test_a_later_run_cancelled_leaves_the_version_that_was_there(room: Room) -> None:
    room.queue.finish(room.held())
    room.move(lambda asset: asset.ready(room.published(room.run), room.clock.now()))
    before = room.asset
    room.runs.begin(before, SOURCE)
    room.runs.cancel(FILM)
    after = room.asset
    assert (after.status, after.error, after.version) == (Status.READY, None, before.version)
    assert room.runs.report(after).progress == 100


def test_a_cancellation_cut_short_is_finished_by_the_reconciler(room: Room) -> None:
    room.queue.finish(room.held())
    move_run(room.catalog, room.run, lambda run: run.cancelled(room.clock.now()))  # and the server was killed
    room.runs.put_back(room.asset)
    assert room.asset.status is Status.FAILED
    assert room.queue.waiting() == (room.run,)


@pytest.mark.parametrize("change", ["pause", "resume", "cancel"])
def test_nothing_can_be_done_to_a_run_that_is_over(room: Room, change: str) -> None:
    room.held()
    room.move(lambda asset: asset.ready(room.published(room.run), room.clock.now()))
    move_run(room.catalog, room.run, lambda run: run.done(room.clock.now()))
    with pytest.raises(MatineeError) as refused:
        getattr(room.runs, change)(FILM)
    assert refused.value.code is ErrorCode.RUN_OVER


def test_a_cancelled_run_can_be_neither_paused_nor_resumed(room: Room) -> None:
    room.runs.cancel(FILM)
    for change in (room.runs.pause, room.runs.resume):
        with pytest.raises(MatineeError) as refused:
            change(FILM)
        assert refused.value.code is ErrorCode.RUN_OVER


def test_the_report_tells_the_time_left_and_how_soon_it_could_be_watched(room: Room) -> None:
    room.held()
    move_run(room.catalog, room.run, lambda run: run.at_step("video", 40, 90))
    assert room.runs.report(room.asset).seconds_left == 90
    room.clock.time += timedelta(seconds=3)
    move_run(room.catalog, room.run, lambda run: run.playable(room.clock.now()))
    report = room.runs.report(room.asset)
    assert (report.progress, report.playable_after_seconds, report.paused) == (40, 3, False)
