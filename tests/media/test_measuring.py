"""What is not whole is never measured as if it were."""

from collections.abc import Callable
from pathlib import Path

import pytest

from matinee.domain import chunks
from matinee.domain.assembly import assembled
from matinee.domain.media import MediaSettings, Plan
from matinee.errors import ErrorCode, MatineeError
from tests.media.tools import ENCODER, SETTINGS, make, nothing

FOLDER = "source"


QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirteen seconds: three segments."""
    return make(tmp_path_factory.mktemp("film") / "a.mkv", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=13", *QUICK)


def instant(film: Path) -> Plan:
    """The plan of its instant rendition."""
    plan = chunks.instant_plan(ENCODER.probe(film), SETTINGS)
    assert plan is not None
    return plan


def shorten(path: Path, count: int) -> None:
    """Takes bytes off a file's end."""
    path.write_bytes(path.read_bytes()[:-count])


FAULTS: dict[str, Callable[[Path], object]] = {
    "no segments": lambda f: [p.rename(f / f"{p.stem}.old") for p in f.glob("*.m4s")],
    "the middle one missing": lambda f: (f / "seg-00002.m4s").unlink(),
    "the last one missing": lambda f: (f / "seg-00003.m4s").unlink(),
    "an empty one": lambda f: (f / "seg-00002.m4s").write_bytes(b""),
    "one cut off": lambda f: shorten(f / "seg-00003.m4s", 1),
    "one twice": lambda f: (f / "seg-00002.m4s").write_bytes((f / "seg-00001.m4s").read_bytes()),
    "no init": lambda f: (f / "init.mp4").unlink(),
    "a broken init": lambda f: shorten(f / "init.mp4", 30),
    "an empty init": lambda f: (f / "init.mp4").write_bytes(b""),
    "rubbish": lambda f: (f / "seg-00001.m4s").write_bytes(bytes(range(256)) * 20),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_rendition_with_a_fault_is_refused_and_made_anew(tmp_path: Path, film: Path, fault: str) -> None:
    plan = instant(film)
    ENCODER.remux(film, plan, tmp_path, nothing)
    whole = ENCODER.measure(tmp_path, plan)
    FAULTS[fault](tmp_path / FOLDER)
    with pytest.raises(MatineeError) as refused:
        ENCODER.measure(tmp_path, plan)
    assert refused.value.code is ErrorCode.OUTPUT_INCOMPLETE
    ENCODER.remux(film, plan, tmp_path, nothing)
    assert ENCODER.measure(tmp_path, plan) == whole


@pytest.mark.parametrize("fault", FAULTS)
def test_a_chunk_with_a_fault_is_refused(tmp_path: Path, film: Path, fault: str) -> None:
    plan = chunks.plan(ENCODER.probe(film), MediaSettings(chunk_seconds=18))
    folder = ENCODER.encode_chunk(film, plan, plan.chunks[0], tmp_path, nothing)
    assert ENCODER.measure_chunk(folder, plan.chunks[0], plan).stretches[0].rendition.frame_count == 325
    FAULTS[fault](folder / "180p")

    def assemble() -> None:  # a chunk's own segments may join: that its last is missing shows only against the whole
        assembled(plan, [ENCODER.measure_chunk(folder, plan.chunks[0], plan)], [])

    with pytest.raises(MatineeError) as refused:
        assemble()
    assert refused.value.code is ErrorCode.OUTPUT_INCOMPLETE


def test_a_missing_rendition_is_refused(tmp_path: Path, film: Path) -> None:
    plan = instant(film)
    with pytest.raises(MatineeError, match="source is not whole"):
        ENCODER.measure(tmp_path, plan)
