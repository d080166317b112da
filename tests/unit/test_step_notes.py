"""How far a run is whose parts many functions make: told from what lies in the store."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.domain.ids import AssetId, RunId
from matinee.domain.planned_run import result_name
from matinee.domain.run import Run, RunState, Standing
from matinee.services.step_notes import PARTS_FROM, counted_standing

WORK = "work/ast_film/run_film"


class Later:
    """The clock so many seconds after the store's."""

    def __init__(self, begun_at: datetime, seconds: float) -> None:
        self._now = begun_at + timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self._now


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """A store in which a run's list of eleven parts lies; the pictures are not counted."""
    made = FileStore(tmp_path, LinkSigner(b"k" * 32, lambda: "", SystemClock()), SystemEntropy())
    parts = [{"kind": "sound", "number": 1}, {"kind": "pictures", "number": 0}]
    parts += [{"kind": "chunk", "number": number} for number in range(2, 11)]
    made.put(f"{WORK}/parts.json", json.dumps(parts).encode())
    return made


def standing(store: FileStore, seconds: float, *, progress: int = PARTS_FROM) -> Standing:
    """What is told so many seconds after the list was written."""
    run = Run(
        id=RunId("run_film"),
        asset_id=AssetId("ast_film"),
        source_key="sources/ast_film/original.mp4",
        attempt=1,
        state=RunState.RUNNING,
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
        progress=progress,
    )
    return counted_standing(store, Later(store.stat(f"{WORK}/parts.json").modified_at, seconds), run)


def finish(store: FileStore, *numbers: int) -> None:
    """These chunks are made."""
    for number in numbers:
        store.put(f"{WORK}/{result_name('chunk', number)}", b"{}")


def test_nobody_knows_how_long_it_takes_before_the_first_part_is_made(store: FileStore) -> None:
    assert standing(store, 30) == Standing(progress=PARTS_FROM, seconds_left=None)


def test_the_time_left_follows_the_pace_of_the_parts(store: FileStore) -> None:
    finish(store, 2, 3)
    assert standing(store, 20) == Standing(progress=25, seconds_left=80)
    finish(store, 4, 5, 6)
    assert standing(store, 25) == Standing(progress=52, seconds_left=25)


def test_parts_that_were_there_when_a_run_was_resumed_say_nothing_of_its_pace(store: FileStore) -> None:
    finish(store, 1, 11, 12, 13, 14, 15)  # of an earlier round: none of the list
    assert standing(store, 30).seconds_left is None
    finish(store, 2)
    assert standing(store, 30).seconds_left == 270


def test_nothing_is_left_when_every_part_is_made(store: FileStore) -> None:
    finish(store, *range(2, 11))
    store.put(f"{WORK}/{result_name('sound', 1)}", b"{}")
    assert standing(store, 30) == Standing(progress=96, seconds_left=0)


def test_a_run_that_makes_no_parts_tells_what_was_written_down(store: FileStore) -> None:
    assert standing(store, 30, progress=3) == Standing(progress=3, seconds_left=None)
