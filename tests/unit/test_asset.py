"""An asset moves only as its diagram says, and what was published keeps serving."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from matinee.domain.asset import MOVES, Asset, AssetError, Published, Status, title_from_filename
from matinee.domain.ids import AssetId, RunId, VersionId
from matinee.domain.media import CaptionTrack
from matinee.errors import ErrorCode, MatineeError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
NEW = Asset(id=AssetId("ast_0"), title="A film", status=Status.UPLOADING, created_at=NOW, updated_at=NOW)
WRONG = AssetError(code=ErrorCode.SOURCE_UNREADABLE, message="not a film")


def published(version: str, media_run: str) -> Published:
    """A version as a run publishes it."""
    return Published(
        version=VersionId(version), media_run=RunId(media_run), renditions=(), captions=(), has_poster=True
    )


def ready() -> Asset:
    """An asset that went all the way, by its instant rendition."""
    working = NEW.queued(RunId("run_1"), "sources/ast_0/original.mp4", NOW).processing(NOW)
    return working.playable(published("ver_1", "run_1_instant"), NOW).ready(published("ver_2", "run_1"), LATER)


def test_the_way_from_upload_to_ready_supersedes_the_instant_rendition() -> None:
    asset = ready()
    assert (asset.status, asset.version, asset.media_run) == (Status.READY, "ver_2", "run_1")
    assert {old.prefix for old in asset.superseded} == {"streams/ast_0/ver_1/", "streams/ast_0/m/run_1_instant/"}
    assert asset.updated_at == LATER


@pytest.mark.parametrize("status", list(Status))
def test_no_move_is_possible_but_the_ones_in_the_diagram(status: Status) -> None:
    asset = replace(NEW, status=status)
    moves: dict[Status, Callable[[], Asset]] = {
        Status.QUEUED: lambda: asset.queued(RunId("run_2"), "sources/x", NOW),
        Status.PROCESSING: lambda: asset.processing(NOW),
        Status.READY: lambda: asset.ready(published("ver_9", "run_2"), NOW),
        Status.FAILED: lambda: asset.failed(WRONG, NOW),
        Status.DELETED: lambda: asset.deleted(NOW),
    }
    for to, move in moves.items():
        if to in MOVES[status] or (to is status and to is Status.READY):
            assert move().status is to
        else:
            with pytest.raises(MatineeError) as caught:
                move()
            assert caught.value.code is ErrorCode.ASSET_STATE


def test_a_published_version_keeps_serving_through_a_new_run_and_its_failure() -> None:
    again = ready().queued(RunId("run_2"), "sources/ast_0/original.mp4", LATER)
    failed = again.processing(LATER).failed(WRONG, LATER)
    assert [asset.watchable for asset in (again, failed)] == [True, True]
    assert (failed.version, failed.error) == ("ver_2", WRONG)
    assert failed.queued(RunId("run_3"), "sources/ast_0/original.mp4", LATER).error is None


def test_captions_change_the_version_and_not_the_media() -> None:
    track = CaptionTrack(language="en", label="English")
    captioned = ready().reissued(replace(published("ver_3", "run_1"), captions=(track,)), LATER)
    assert (captioned.status, captioned.captions) == (Status.READY, (track,))
    assert "streams/ast_0/ver_2/" in {old.prefix for old in captioned.superseded}
    assert "streams/ast_0/m/run_1/" not in {old.prefix for old in captioned.superseded}


def test_a_version_that_comes_back_is_not_swept() -> None:
    there = ready().reissued(published("ver_3", "run_1"), LATER)
    back = there.reissued(published("ver_2", "run_1"), LATER)
    assert "streams/ast_0/ver_2/" not in {old.prefix for old in back.superseded}


def test_nothing_of_a_person_stays_in_a_tombstone() -> None:
    asset = replace(ready(), title="Private", description="Private", tags=("private",))
    assert "rivate" not in repr(asset.deleted(LATER))
    assert not asset.deleted(LATER).watchable


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "a\nb", "\x00"])
def test_a_title_that_cannot_be_shown_is_refused(title: str) -> None:
    with pytest.raises(MatineeError, match="title"):
        replace(NEW, title=title)


@pytest.mark.parametrize(
    ("filename", "title"),
    [
        ("my_holiday-2026.final.mp4", "my holiday-2026.final"),
        ("C:\\films\\one.mov", "one"),
        ("/a/b/.hidden", ".hidden"),
        ("\u202etxt.mp4", "txt"),
        ("\x00\n", "Untitled"),
        ("", "Untitled"),
        ("é" * 300 + ".mp4", "é" * 200),
    ],
)
def test_a_files_name_becomes_a_title_a_library_can_show(filename: str, title: str) -> None:
    assert title_from_filename(filename) == title
    replace(NEW, title=title_from_filename(filename))


def test_the_diagram_has_no_way_out_of_deleted_and_one_into_it_from_everywhere() -> None:
    assert not MOVES[Status.DELETED]
    assert all(Status.DELETED in moves for status, moves in MOVES.items() if status is not Status.DELETED)


def test_every_state_on_the_way_follows_the_one_before() -> None:
    way = [Status.UPLOADING, Status.QUEUED, Status.PROCESSING, Status.PLAYABLE, Status.READY]
    assert all(after in MOVES[before] for before, after in pairwise(way))
