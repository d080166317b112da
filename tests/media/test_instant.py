"""The instant rendition: the source's own packets in new segments, when browsers can play them."""

from pathlib import Path

import pytest

from matinee.domain.chunks import instant_plan
from tests.media.tools import ENCODER, SETTINGS, complaints, frame_times, instant_of, make, onset_seconds

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=9")
TONE = ("-f", "lavfi", "-i", "sine=d=9")
GOOD = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mov", "a.flv"])
def test_a_copied_film_has_every_frame_at_its_time_and_decodes_silently(tmp_path: Path, name: str) -> None:
    source = make(tmp_path / name, *PICTURE, *TONE, *GOOD)
    stream = instant_of(source, tmp_path)
    assert [r.name for r in stream.media.renditions] == ["source", "source-audio-1"]
    made, given = frame_times(stream.of("source")), frame_times(source)
    assert len(made) == len(given)
    # Everything may begin a little later (the source's audio priming), but all of it by the same amount.
    offsets = [a - b for a, b in zip(made, given, strict=True)]
    assert max(offsets[1:]) - min(offsets[1:]) < 0.0015
    assert complaints(stream) == ""


def test_copied_sound_stays_with_the_picture(tmp_path: Path) -> None:
    beep = ("-f", "lavfi", "-i", "sine=frequency=1000:duration=9,volume='if(gte(t,2),8,0)':eval=frame")
    source = make(tmp_path / "a.mp4", *PICTURE, *beep, *GOOD)
    stream = instant_of(source, tmp_path)
    assert abs(onset_seconds(stream.of("source-audio-1")) - onset_seconds(source)) < 0.002


def test_a_copied_song_plays(tmp_path: Path) -> None:
    source = make(tmp_path / "a.m4a", *TONE, "-c:a", "aac")
    stream = instant_of(source, tmp_path)
    assert [r.name for r in stream.media.renditions] == ["source-audio-1"]
    assert complaints(stream) == ""


@pytest.mark.parametrize(
    ("why", "flags"),
    [
        ("codec", ("-c:v", "libx265", "-preset", "ultrafast")),
        ("ten bits", ("-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-preset", "ultrafast")),
        ("4:4:4", ("-c:v", "libx264", "-pix_fmt", "yuv444p", "-preset", "ultrafast")),
        ("open groups", ("-c:v", "libx264", "-x264-params", "open-gop=1:keyint=25:bframes=3:scenecut=0")),
        ("aspect", ("-c:v", "libx264", "-vf", "setsar=4/3", "-preset", "ultrafast")),
        ("sound", (*GOOD[:-2], "-c:a", "ac3")),
    ],
)
def test_what_browsers_cannot_play_or_cut_is_not_copied(tmp_path: Path, why: str, flags: tuple[str, ...]) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, *TONE, "-c:a", "aac", *flags)
    assert instant_plan(ENCODER.probe(source), SETTINGS) is None, why


def test_few_key_frames_are_not_copied(tmp_path: Path) -> None:
    long = ("-f", "lavfi", "-i", "color=s=160x90:r=25:d=64")
    source = make(tmp_path / "a.mp4", *long, "-c:v", "libx264", "-preset", "ultrafast", "-g", "9999")
    assert instant_plan(ENCODER.probe(source), SETTINGS) is None
