"""Many encoders of one film at once: killed, stopped or failing, nothing is done twice and nothing stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.domain.media import MediaSettings
from matinee.errors import ErrorCode, MatineeError
from tests.media.place import ASSET, RUN, Place
from tests.media.test_chunks import contents
from tests.media.test_process import running_with, wait_until
from tests.media.tools import make

SETTINGS = MediaSettings(chunk_seconds=6, rung_heights=(240,))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds: seven chunks and a sound."""
    flags = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac")
    picture = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=40", "-f", "lavfi", "-i", "sine=d=40")
    return make(tmp_path_factory.mktemp("film") / "a.mp4", *picture, *flags)


@pytest.fixture(scope="module")
def undisturbed(film: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one encoder alone makes of it."""
    place = Place(tmp_path_factory.mktemp("undisturbed"), SETTINGS)
    place.ingest(film, encoders=1)
    return contents(place.media)


def written(folder: Path) -> dict[str, int]:
    """When each file below a folder was written."""
    return {str(p.relative_to(folder)): p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def test_several_encoders_make_the_same_bytes_as_one(tmp_path: Path, film: Path, undisturbed: dict[str, bytes]) -> None:
    seen: list[float] = []
    place = Place(tmp_path, SETTINGS)
    media = place.ingest(film, encoders=3, progress=seen.append)
    assert contents(place.media) == undisturbed
    assert media.video[0].frame_count == 1000
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(set(seen)) > 3
    assert contents(place.scratch) == {}


def test_a_run_killed_again_and_again_encodes_no_finished_chunk_twice(
    tmp_path: Path, film: Path, undisturbed: dict[str, bytes]
) -> None:
    place = Place(tmp_path / "place", SETTINGS)
    made: dict[str, int] = {}
    for wanted in (1, 3, 5):
        kill_with(wanted, film, place)
        there = written(place.results)
        assert {name: there[name] for name in made} == made
        made = there
    place.ingest(film)
    after = written(place.results)
    assert {name: after[name] for name in made} == made
    assert len(after) == 7
    assert contents(place.media) == undisturbed


def kill_with(finished: int, film: Path, place: Place) -> None:
    """`kill -9` of a process that encodes, once so many chunks are there."""
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.media.place import Place; from tests.media.test_encoding import SETTINGS\n"
        "Place(Path(sys.argv[2]), SETTINGS).ingest(Path(sys.argv[1]))\n"
    )
    command = [sys.executable, "-c", program, str(film), str(place.folder)]
    worker = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"})
    try:
        wait_until(lambda: len(list(place.results.glob("*.json"))) >= finished, f"{finished} chunks", seconds=60)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    wait_until(lambda: not running_with(str(place.folder)), "ffmpeg is gone")


def test_what_progress_raises_stops_every_encoder(tmp_path: Path, film: Path) -> None:
    def stop(share: float) -> None:
        if share > 0:
            raise InterruptedError

    place = Place(tmp_path, SETTINGS)
    with pytest.raises(InterruptedError):
        place.ingest(film, encoders=3, progress=stop)
    assert not running_with(str(tmp_path))
    assert contents(place.scratch) == {}


def test_the_first_error_stops_the_others_and_is_told(tmp_path: Path, film: Path) -> None:
    place = Place(tmp_path, SETTINGS)
    plan = place.plan_of(film)
    impossible = tuple(replace(r, width=r.width * 1000) if r is plan.rungs[1] else r for r in plan.rungs)
    with pytest.raises(MatineeError) as failed:
        place.ingest(film, plan=replace(plan, rungs=impossible))
    assert failed.value.code in {ErrorCode.ENCODE_FAILED, ErrorCode.SOURCE_UNREADABLE}
    assert not running_with(str(tmp_path))
    assert contents(place.results) == {}
    assert contents(place.scratch) == {}


def test_a_second_try_keeps_the_plan_and_one_nobody_can_read_is_made_anew(tmp_path: Path, film: Path) -> None:
    place = Place(tmp_path, SETTINGS)
    planned = place.planned(film)
    assert Place(tmp_path, MediaSettings()).planned(film) == planned
    place.steps.encode_chunk(planned, 1, place.scratch, lambda _: None)
    place.store.put(planned.key, planned.to_json().replace('"format":1', '"format":0').encode())
    assert place.steps.planned(ASSET, RUN) is None
    assert contents(place.results) == {}


def test_a_step_done_twice_is_done_once(tmp_path: Path, film: Path) -> None:
    place = Place(tmp_path, SETTINGS)
    planned = place.planned(film)
    place.steps.encode_chunk(planned, 2, place.scratch, lambda _: None)
    before = written(place.folder)
    place.steps.encode_chunk(planned, 2, place.scratch, lambda _: None)
    assert written(place.folder) == before


@pytest.fixture(scope="module")
def finished(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place where every chunk has been encoded."""
    place = Place(tmp_path_factory.mktemp("finished"), SETTINGS)
    place.ingest(film)
    return place


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (3, lambda text: None),
        (1, lambda text: text.replace('"first_segment":1', '"first_segment":2')),
        (4, lambda text: text.replace('"start_ticks":', '"start_ticks":1')),
        (5, lambda text: text.replace('"init_sha256":"', '"init_sha256":"0', 1)),
        (6, lambda text: text.replace('"codecs":"avc1.64', '"codecs":"avc1.42', 1)),
        (7, lambda text: text.replace('"segments":[[', '"segments":[[1', 1)),
        (2, lambda text: text.replace('"name":"240p"', '"name":"241p"')),
    ],
    ids=["missing", "number", "time", "init", "codec", "length", "rung"],
)
def test_chunks_that_do_not_join_are_refused_and_made_anew(
    finished: Place, film: Path, undisturbed: dict[str, bytes], number: int, change: Callable[[str], str | None]
) -> None:
    planned = finished.planned(film)
    results = {path: path.read_text() for path in finished.results.parent.rglob("*.json")}
    path = finished.results / f"{number:05d}.json"
    broken = change(results[path])
    assert broken != results[path]
    finished.store.delete(planned.chunk_key(number))
    if broken is not None:
        finished.store.put(planned.chunk_key(number), broken.encode())
    with pytest.raises(MatineeError) as refused:
        finished.steps.assemble(planned)
    assert refused.value.code is ErrorCode.OUTPUT_INCOMPLETE
    assert finished.steps.planned(ASSET, RUN) is None
    for there, text in results.items():
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_text(text)
    assert finished.steps.assemble(planned).video[0].frame_count == 1000
    assert contents(finished.media) == undisturbed
