"""Many encoders of one film at once: killed, stopped or failing, nothing is done twice and nothing stays behind."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.domain import chunks
from matinee.domain.media import MediaSettings, Plan
from matinee.errors import ErrorCode, MatineeError
from matinee.services.encoding import encode, keep_only_chunks_of
from tests.media.test_chunks import contents
from tests.media.test_process import running_with, wait_until
from tests.media.tools import ENCODER, make, nothing

SETTINGS = MediaSettings(chunk_seconds=6, rung_heights=(240,))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds: seven chunks and a sound."""
    flags = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac")
    picture = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=40", "-f", "lavfi", "-i", "sine=d=40")
    return make(tmp_path_factory.mktemp("film") / "a.mp4", *picture, *flags)


@pytest.fixture(scope="module")
def plan(film: Path) -> Plan:
    """Its plan."""
    return chunks.plan(ENCODER.probe(film), SETTINGS)


@pytest.fixture(scope="module")
def undisturbed(film: Path, plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one encoder alone makes of it."""
    out = tmp_path_factory.mktemp("undisturbed")
    encode(ENCODER, film, plan, out, 1, nothing)
    return contents(out)


def test_several_encoders_make_the_same_bytes_as_one(
    tmp_path: Path, film: Path, plan: Plan, undisturbed: dict[str, bytes]
) -> None:
    seen: list[float] = []
    encode(ENCODER, film, plan, tmp_path, 3, seen.append)
    assert contents(tmp_path) == undisturbed
    assert ENCODER.measure(tmp_path, plan).video[0].frame_count == 1000
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(set(seen)) > 3


def test_a_run_killed_again_and_again_encodes_no_finished_chunk_twice(
    tmp_path: Path, film: Path, plan: Plan, undisturbed: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    made: dict[Path, int] = {}
    for wanted in (1, 3, 5):
        kill_with(wanted, film, out)
        there = {path: path.stat().st_mtime_ns for path in out.glob("chunks/*/*/*")}
        assert all(there[path] == written for path, written in made.items())
        made = there
    encode(ENCODER, film, plan, out, 2, nothing)
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("360p/seg-*")}
    assert all(after[path.name] == written for path, written in made.items() if path.match("360p/seg-*"))
    assert contents(out) == undisturbed


def kill_with(finished: int, film: Path, out: Path) -> None:
    """`kill -9` of a process that encodes, once so many chunks are there."""
    program = (
        "import sys; from pathlib import Path\n"
        "from matinee.domain import chunks; from matinee.services.encoding import encode\n"
        "from tests.media.test_encoding import SETTINGS; from tests.media.tools import ENCODER, nothing\n"
        "film, out = map(Path, sys.argv[1:])\n"
        "encode(ENCODER, film, chunks.plan(ENCODER.probe(film), SETTINGS), out, 2, nothing)\n"
    )
    command = [sys.executable, "-c", program, str(film), str(out)]
    worker = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"})
    try:
        wait_until(lambda: len(list(out.glob("chunks/*"))) >= finished, f"{finished} chunks", seconds=60)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    wait_until(lambda: not running_with(str(out)), "ffmpeg is gone")


def test_what_progress_raises_stops_every_encoder(tmp_path: Path, film: Path, plan: Plan) -> None:
    def stop(share: float) -> None:
        if share > 0:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        encode(ENCODER, film, plan, tmp_path, 3, stop)
    assert not running_with(str(tmp_path))
    assert not list(tmp_path.glob(".making*"))


def test_the_first_error_stops_the_others_and_is_told(tmp_path: Path, film: Path, plan: Plan) -> None:
    impossible = tuple(replace(r, width=r.width * 1000) if r is plan.rungs[1] else r for r in plan.rungs)
    with pytest.raises(MatineeError) as failed:
        encode(ENCODER, film, replace(plan, rungs=impossible), tmp_path, 2, nothing)
    assert failed.value.code in {ErrorCode.ENCODE_FAILED, ErrorCode.SOURCE_UNREADABLE}
    assert not running_with(str(tmp_path))
    assert not list(tmp_path.glob("chunks/*"))


def test_chunks_of_another_plan_are_thrown_away_and_those_of_this_one_kept(tmp_path: Path, plan: Plan) -> None:
    out = tmp_path / "ladder"
    keep_only_chunks_of(plan, out)
    (out / "chunks" / "1").mkdir(parents=True)
    keep_only_chunks_of(plan, out)
    assert (out / "chunks" / "1").is_dir()
    keep_only_chunks_of(replace(plan, preset="medium"), out)
    assert list(out.iterdir()) == []
