"""Programs that hang, fail or lose their parent: none outlives its worker, none fails without a reason."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.process import Limits, run, watch
from matinee.domain import chunks
from matinee.errors import ErrorCode, MatineeError
from tests.media.tools import ENCODER, FFMPEG, FFPROBE, SETTINGS, make, nothing

QUICK = Limits(time_limit_seconds=2, stall_seconds=1)
STANDING = (sys.executable, "-c", "import time; print('frame=1', flush=True); time.sleep(60)")
MOVING = "import time, itertools\nfor n in itertools.count(): print(f'out_time_us={n}', flush=True); time.sleep(0.1)"


def test_a_program_that_stands_still_is_ended_with_its_last_words() -> None:
    command = [
        sys.executable,
        "-c",
        "import sys, time; sys.stderr.write('stuck here'); sys.stderr.flush(); time.sleep(60)",
    ]
    with pytest.raises(MatineeError) as stopped:
        watch(command, QUICK, nothing)
    assert stopped.value.code is ErrorCode.ENCODE_FAILED
    assert "no progress" in stopped.value.detail
    assert "stuck here" in stopped.value.detail


def test_a_program_that_moves_for_ever_meets_its_time_limit() -> None:
    with pytest.raises(MatineeError, match="took more than 2 seconds"):
        watch([sys.executable, "-c", MOVING], QUICK, nothing)


def test_a_short_program_meets_its_time_limit_too() -> None:
    with pytest.raises(MatineeError, match="took more than 2 seconds"):
        run(list(STANDING), QUICK)


def test_settings_an_encoder_tells_do_not_push_out_the_reason() -> None:
    chatter = "print('Svt[info]: SVT [config]: preset', file=sys.stderr);"
    script = f"import sys; print('out of bits', file=sys.stderr); {chatter * 20} sys.exit(3)"
    with pytest.raises(MatineeError, match="out of bits") as failed:
        watch([sys.executable, "-c", script], Limits(time_limit_seconds=30, stall_seconds=30), nothing)
    assert "Svt" not in failed.value.detail


def test_a_full_disk_has_its_own_code() -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('av_interleaved_write_frame(): No space left on device')"]
    with pytest.raises(MatineeError) as stopped:
        watch(failing, QUICK, nothing)
    assert stopped.value.code is ErrorCode.STORE_FULL


def test_what_progress_raises_stops_the_work_and_leaves_nothing(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=20", "-c:v", "mpeg2video")
    plan = chunks.plan(ENCODER.probe(source), SETTINGS)

    def stop(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        ENCODER.encode_chunk(source, plan, plan.chunks[0], tmp_path / "out", stop)
    assert list((tmp_path / "out").iterdir()) == []
    assert not running_with(str(tmp_path / "out"))


def test_progress_rises_to_one(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", "-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=20", "-c:v", "mpeg2video")
    plan = chunks.plan(ENCODER.probe(source), SETTINGS)
    seen: list[float] = []
    ENCODER.encode_chunk(source, plan, plan.chunks[0], tmp_path / "out", seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert all(0 <= share <= 1 for share in seen)


def test_ffmpeg_dies_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=60", "-c:v", "mpeg2video")
    out = tmp_path / "out"
    program = (
        "import sys; from pathlib import Path; from tests.media.tools import ENCODER, SETTINGS, nothing\n"
        "from matinee.domain import chunks\n"
        f"source = Path({str(source)!r}); plan = chunks.plan(ENCODER.probe(source), SETTINGS)\n"
        f"ENCODER.encode_chunk(source, plan, plan.chunks[0], Path({str(out)!r}), nothing)\n"
    )
    root = Path(__file__).parents[2]
    worker = subprocess.Popen([sys.executable, "-c", program], cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    try:
        wait_until(lambda: running_with(str(out)), "ffmpeg runs")
    finally:
        worker.kill()
        worker.wait()
    wait_until(lambda: not running_with(str(out)), "ffmpeg is gone")
    # What the killed worker left is no obstacle: the next try starts afresh and ends whole.
    short = make(tmp_path / "b.mkv", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg2video")
    plan = chunks.plan(ENCODER.probe(short), SETTINGS)
    ENCODER.encode_chunk(short, plan, plan.chunks[0], out, nothing)
    assert sorted(p.name for p in out.iterdir()) == ["chunks"]


def test_a_path_with_every_awkward_sign_works(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg2video")
    odd = source.rename(tmp_path / "-i http: 100% 'öß' $(x) [a],b;c.mkv")
    folder = tmp_path / "o'ut: 100%d [x]"
    plan = chunks.plan(ENCODER.probe(odd), SETTINGS)
    ENCODER.encode_chunk(odd, plan, plan.chunks[0], folder, nothing)
    assert ENCODER.poster(odd, plan.probe, folder) == folder / "poster.jpg"
    assert ENCODER.measure_chunk(folder / "chunks" / "1", plan.chunks[0], plan).stretches


def test_a_missing_program_says_so(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", "-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1", "-c:v", "mpeg2video")
    broken = FfmpegEncoder(ffmpeg=FFMPEG + "-gone", ffprobe=FFPROBE)
    plan = chunks.plan(ENCODER.probe(source), SETTINGS)
    with pytest.raises(MatineeError, match="matinee doctor"):
        broken.encode_chunk(source, plan, plan.chunks[0], tmp_path / "out", nothing)


def running_with(text: str) -> bool:
    """Whether a living ffmpeg has this in its command line."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if b"ffmpeg" in command and text.encode() in command:
            return True
    return False


def wait_until(condition: "object", what: str, seconds: float = 20) -> None:
    """Waits for a condition, with a deadline."""
    assert callable(condition)
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, what
        time.sleep(0.05)
