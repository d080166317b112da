"""Storyboards and posters from real files: which moments are shown, and what is read for it."""

import subprocess
from pathlib import Path

import pytest

from matinee.domain.chapters import Chapter
from matinee.ports.encoder import Ranges
from tests.media.tools import ENCODER, FFPROBE, make, nothing

SECONDS = 24


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Black, then a soft picture, then a sharp one; a key frame every second, and names for its three parts."""
    folder = tmp_path_factory.mktemp("pictures")
    names = folder / "chapters.txt"
    names.write_text(
        ";FFMETADATA1\n"
        + "".join(
            f"[CHAPTER]\nTIMEBASE=1/1\nSTART={start}\nEND={start + 8}\ntitle={title}\n"
            for start, title in ((0, "Dark"), (8, "Soft"), (16, "Sharp \N{EN DASH} at last"))
        )
    )
    picture = (
        f"testsrc2=s=640x360:r=25:d={SECONDS},drawbox=c=black:t=fill:enable='lt(t,8)',"
        "gblur=sigma=14:enable='between(t,7.99,15.99)'"
    )
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "2", "-pix_fmt", "yuv420p"]
    inputs = ["-f", "lavfi", "-i", picture, "-f", "ffmetadata", "-i", str(names), "-map", "0:v", "-map_metadata", "1"]
    return make(folder / "it's a film [1].mp4", *inputs, *codec, "-movflags", "+faststart")


def test_a_storyboard_has_a_tile_for_every_interval(film: Path, tmp_path: Path) -> None:
    board = ENCODER.pictures(film, ENCODER.probe(film), tmp_path, nothing).storyboard
    assert board is not None
    assert board.times == pytest.approx([float(second) for second in range(SECONDS)], abs=0.13)
    assert (board.tile_width, board.tile_height) == (192, 108)
    assert board.sheet_count == 1
    assert size_of(tmp_path / "pictures" / "sheet-1.jpg") == "960x540"


def test_the_poster_is_the_sharp_picture_and_not_the_soft_or_the_black_one(film: Path, tmp_path: Path) -> None:
    pictures = ENCODER.pictures(film, ENCODER.probe(film), tmp_path, nothing)
    assert len(pictures.candidates) == 6
    assert pictures.best is not None
    assert pictures.best.at_seconds > 15.9
    dark, soft, sharp = pictures.candidates[0], pictures.candidates[2], pictures.candidates[-1]
    assert dark.score < soft.score < sharp.score
    for one in pictures.candidates:
        assert (tmp_path / "pictures" / f"poster-{one.number}.jpg").read_bytes().startswith(b"\xff\xd8")


def test_pictures_made_twice_are_the_same(film: Path, tmp_path: Path) -> None:
    probe = ENCODER.probe(film)
    first, files = ENCODER.pictures(film, probe, tmp_path, nothing), contents(tmp_path)
    assert ENCODER.pictures(film, probe, tmp_path, nothing) == first
    assert contents(tmp_path) == files
    assert [path.name for path in tmp_path.iterdir()] == ["pictures"]


def test_pictures_of_a_film_read_by_ranges_are_those_of_the_file(film: Path, tmp_path: Path) -> None:
    data = film.read_bytes()
    ranges = Ranges(read=lambda at, length: data[at : at + length], size_bytes=len(data), name=film.name)
    far = ENCODER.pictures(ranges, ENCODER.probe(film), tmp_path / "far", nothing)
    assert far == ENCODER.pictures(film, ENCODER.probe(film), tmp_path / "near", nothing)
    assert contents(tmp_path / "far") == contents(tmp_path / "near")


def test_a_sound_has_no_pictures(tmp_path: Path) -> None:
    sound = make(tmp_path / "tone.m4a", "-f", "lavfi", "-i", "sine=d=3", "-c:a", "aac")
    pictures = ENCODER.pictures(sound, ENCODER.probe(sound), tmp_path / "out", nothing)
    assert (pictures.storyboard, pictures.candidates) == (None, ())


def test_a_films_own_chapters_are_read(film: Path) -> None:
    assert ENCODER.probe(film).chapters == (
        Chapter(start_seconds=0.0, title="Dark"),
        Chapter(start_seconds=8.0, title="Soft"),
        Chapter(start_seconds=16.0, title="Sharp \N{EN DASH} at last"),
    )


def size_of(picture: Path) -> str:
    """Width and height."""
    asked = ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0:s=x", str(picture)]
    return subprocess.run([FFPROBE, *asked], capture_output=True, text=True, check=True, timeout=60).stdout.strip()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file's bytes by its name."""
    return {path.name: path.read_bytes() for path in folder.rglob("*.jpg")}
