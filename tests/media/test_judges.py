"""Readers that are not ours agree: hls-parser (strict mode) on playlists, mp4box on every box, m3u8 on durations."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TypedDict

import m3u8
import pytest

from tests.media.tools import Stream, instant_of, make, stream_of

HERE = Path(__file__).parent / "judges"
CACHE = Path(__file__).parents[2] / ".cache" / "judges"
PICTURE = ("-f", "lavfi", "-i")


class Found(TypedDict):
    """What the judges read of one rendition."""

    uri: str
    segments: int
    seconds: float
    codec: str
    timescale: int
    ticks: int
    samples: int
    first_is_key: bool


class KeyFrames(TypedDict):
    """What the judges read of a rendition's key frames."""

    uri: str
    segments: int
    seconds: float


class Verdict(TypedDict):
    """What the judges read of a stream."""

    variants: int
    keys: list[KeyFrames]
    media: list[Found]


@cache
def judge() -> Path:
    """The judges, installed once from their lockfile."""
    stamp = CACHE / "package-lock.json"
    if not stamp.exists() or stamp.read_bytes() != (HERE / "package-lock.json").read_bytes():
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in (".npmrc", "package.json"):
            shutil.copy(HERE / name, CACHE / name)
        shutil.copy(HERE / "package-lock.json", CACHE / "package-lock.json")
        subprocess.run(["npm", "ci", "--silent"], cwd=CACHE, check=True, timeout=300, capture_output=True)
    shutil.copy(HERE / "judge.mjs", CACHE / "judge.mjs")
    return CACHE / "judge.mjs"


def verdict(version: Path) -> Verdict:
    """The judges' reading; AssertionError with their words when they refuse."""
    done = subprocess.run(
        ["node", str(judge()), str(version)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    read: Verdict = json.loads(done.stdout)
    return read


def agree(stream: Stream) -> None:
    """The judges read what was measured, to the tick."""
    read = {found["uri"].removesuffix(".m3u8"): found for found in verdict(stream.version)["media"]}
    assert set(read) == {r.name for r in stream.media.renditions}
    for rendition in stream.media.renditions:
        found = read[rendition.name]
        assert found["codec"] == rendition.codecs
        assert found["samples"] == rendition.frame_count
        assert found["segments"] == len(rendition.segments)
        assert found["timescale"] == rendition.timescale
        assert found["ticks"] == rendition.start_ticks + rendition.duration_ticks
        assert found["first_is_key"]
        playlist = m3u8.load(str(stream.of(rendition.name)))
        assert sum(s.duration for s in playlist.segments) == pytest.approx(rendition.duration_seconds, abs=0.001)


def test_judges_agree_on_a_film_in_two_languages_with_surround(tmp_path: Path) -> None:
    source = make(
        tmp_path / "a.mkv",
        *(*PICTURE, "testsrc2=s=1280x720:r=30000/1001:d=7", *PICTURE, "sine=d=7", *PICTURE, "anoisesrc=d=7:a=0.1"),
        *("-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "ac3"),
        *("-ac:a:1", "6", "-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=fre"),
    )
    agree(stream_of(source, tmp_path))


def test_judges_agree_on_a_variable_rate(tmp_path: Path) -> None:
    uneven = "testsrc2=s=320x180:r=60:d=7,select='not(mod(n,3))+gt(random(1),0.6)'"
    source = make(tmp_path / "a.mkv", *PICTURE, uneven, "-fps_mode", "vfr", "-c:v", "libx264", "-preset", "ultrafast")
    agree(stream_of(source, tmp_path))


def test_judges_agree_on_a_copied_film(tmp_path: Path) -> None:
    source = make(
        tmp_path / "a.mp4",
        *(*PICTURE, "testsrc2=s=640x360:r=25:d=13", *PICTURE, "sine=d=13", "-c:v", "libx264", "-pix_fmt", "yuv420p"),
        *("-g", "60", "-c:a", "aac"),
    )
    agree(instant_of(source, tmp_path))


def test_judges_agree_on_a_song(tmp_path: Path) -> None:
    agree(stream_of(make(tmp_path / "a.wav", *PICTURE, "sine=d=13"), tmp_path))


def test_judges_refuse_a_stream_with_a_segment_missing(tmp_path: Path) -> None:
    """A judge that never refuses is none."""
    stream = stream_of(make(tmp_path / "a.mkv", *PICTURE, "testsrc2=s=160x90:r=25:d=13"), tmp_path)
    folder = stream.version.parent / "m" / "run_1" / "90p"
    shutil.copy(folder / "seg-00003.m4s", folder / "seg-00002.m4s")
    with pytest.raises(AssertionError, match="tfdt"):
        verdict(stream.version)
