"""What was measured and what lies in the store must be the same: the last look before anything is published."""

from collections.abc import Callable
from pathlib import Path

import pytest

from matinee.errors import ErrorCode, MatineeError
from tests.media.place import ASSET, RUN, Place
from tests.media.tools import make

SHORT = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
FAULTS: dict[str, Callable[[Path], object]] = {
    "a segment is gone": lambda media: (media / "96p" / "seg-00001.m4s").unlink(),
    "a segment is cut short": lambda media: shorten(media / "96p" / "seg-00001.m4s"),
    "a segment of the sound is gone": lambda media: (media / "audio-1-stereo" / "seg-00001.m4s").unlink(),
    "the init segment is gone": lambda media: (media / "96p" / "init.mp4").unlink(),
}


def shorten(path: Path) -> None:
    """The file without its last byte."""
    path.write_bytes(path.read_bytes()[:-1])


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of picture and sound."""
    sources = ("-f", "lavfi", "-i", "testsrc2=s=170x96:r=25:d=3", "-f", "lavfi", "-i", "sine=d=3")
    return make(tmp_path_factory.mktemp("stored") / "film.mp4", *sources, *SHORT)


@pytest.mark.parametrize("name", FAULTS)
def test_a_run_whose_files_are_not_in_the_store_is_not_whole(film: Path, tmp_path: Path, name: str) -> None:
    place = Place(tmp_path)
    place.ingest(film)
    FAULTS[name](place.media)
    planned = place.steps.planned(ASSET, RUN)
    assert planned is not None
    with pytest.raises(MatineeError) as raised:
        place.steps.assemble(planned)
    assert raised.value.code is ErrorCode.OUTPUT_INCOMPLETE
    assert "is not in the store" in raised.value.detail
    assert not list(place.results.glob("*")), "made again from these results, it would stay broken"
    place.ingest(film)
