"""Films that are cut off, scribbled over, or no films at all: saved as far as they can be, refused with a sentence."""

import random
from itertools import pairwise
from pathlib import Path

import pytest

from matinee.domain.chunks import instant_plan
from matinee.errors import ErrorCode, MatineeError
from tests.media.tools import ENCODER, SETTINGS, complaints, frame_times, make, stream_of

FILM = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=6", "-f", "lavfi", "-i", "sine=d=6")
CODED = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac")


def refusal(source: Path) -> MatineeError:
    """What a probe says of a file that cannot be used."""
    with pytest.raises(MatineeError) as refused:
        ENCODER.probe(source)
    assert len(refused.value.detail.split()) > 6
    assert str(source.parent) not in refused.value.detail
    return refused.value


def cut(source: Path, share: float) -> Path:
    """The first part of a file."""
    data = source.read_bytes()
    source.write_bytes(data[: int(len(data) * share)])
    return source


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("film.mp4", b"", ErrorCode.SOURCE_EMPTY),
        ("film.mp4", b"I am a letter, not a film.\n" * 50, ErrorCode.SOURCE_UNREADABLE),
        ("letter.txt", b"I am a letter, not a film.\n" * 50, ErrorCode.SOURCE_UNREADABLE),
        ("film.mkv", bytes(5000), ErrorCode.SOURCE_UNREADABLE),
        ("film.mp4", b"#EXTM3U\n#EXTINF:3,\nfile:///etc/passwd\n", ErrorCode.SOURCE_UNSUPPORTED),
        ("film.m3u8", b"\n\n#EXTM3U\n#EXTINF:3,\nfile:///etc/passwd\n", ErrorCode.SOURCE_UNSUPPORTED),
        ("film.mp4", b"ffconcat version 1.0\nfile a.mp4\n", ErrorCode.SOURCE_UNSUPPORTED),
        ("film.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 1 RTP/AVP 96\n", ErrorCode.SOURCE_UNSUPPORTED),
        (
            "film.mp4",
            b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>',
            ErrorCode.SOURCE_UNSUPPORTED,
        ),
        ("film.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", ErrorCode.SOURCE_UNSUPPORTED),
    ],
)
def test_what_is_no_film_is_refused_with_its_reason(tmp_path: Path, name: str, content: bytes, code: ErrorCode) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    assert refusal(source).code is code


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone.mp4").code is ErrorCode.SOURCE_MISSING


def test_a_photograph_is_no_film(tmp_path: Path) -> None:
    picture = make(tmp_path / "a.jpg", "-f", "lavfi", "-i", "testsrc2=s=320x180", "-frames:v", "1")
    assert refusal(picture.rename(tmp_path / "film.mp4")).code is ErrorCode.SOURCE_UNSUPPORTED


def test_a_film_of_text_only_has_no_media(tmp_path: Path) -> None:
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    assert refusal(make(tmp_path / "a.mkv", "-i", str(text))).code is ErrorCode.SOURCE_NO_MEDIA


def test_an_mp4_without_its_index_is_cut_off(tmp_path: Path) -> None:
    assert refusal(cut(make(tmp_path / "a.mp4", *FILM, *CODED), 0.6)).code is ErrorCode.SOURCE_TRUNCATED


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.flv"])
def test_a_film_cut_off_later_is_kept_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    whole = make(tmp_path / name, *FILM, *CODED, *(("-movflags", "+faststart") if name == "a.mp4" else ()))
    stream = stream_of(cut(whole, 0.5), tmp_path)
    video = stream.media.video[0]
    assert 1.5 < video.duration_seconds < 5
    assert complaints(stream) == ""
    if name == "a.mp4":
        assert "cut off" in stream.probe.damage[0]
        assert instant_plan(stream.probe, SETTINGS) is None


@pytest.mark.parametrize("name", ["a.mkv", "a.nut", "a.mp4", "a.ts"])
def test_a_film_that_begins_late_is_whole(tmp_path: Path, name: str) -> None:
    begins = ("-itsoffset", "10")
    late = make(tmp_path / name, *begins, *FILM[:4], *begins, *FILM[4:], *CODED)
    found = ENCODER.probe(late)
    assert found.damage == ()
    assert found.start_seconds > 9
    half = ENCODER.probe(cut(late, 0.5)) if name == "a.mkv" else None
    assert half is None or "cut off" in half.damage[0]


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.mpg"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_scribbled_film_comes_out_without_a_gap(tmp_path: Path, name: str, seed: int) -> None:
    flags = ("-c:v", "mpeg2video", "-c:a", "mp2") if name == "a.mpg" else (*CODED, "-bf", "2")
    source = make(tmp_path / name, *FILM, *flags, *(("-movflags", "+faststart") if name == "a.mp4" else ()))
    data = bytearray(source.read_bytes())
    dice = random.Random(seed)  # noqa: S311 - damage, not a secret
    for _ in range(30):
        at = dice.randrange(len(data) // 5, len(data))
        data[at : at + 20] = dice.randbytes(min(20, len(data) - at))
    source.write_bytes(bytes(data))
    stream = stream_of(source, tmp_path)
    times = frame_times(stream.of(stream.media.video[0].name))
    # The first picture stands from zero, where the sound began.
    assert stream.plan.frame_rate is None or max(b - a for a, b in pairwise(times[1:])) <= 0.041
    assert abs(stream.media.video[0].duration_seconds - stream.probe.duration_seconds) < 0.2
    assert complaints(stream) == ""


def test_a_missing_second_in_the_middle_is_a_standing_picture(tmp_path: Path) -> None:
    source = make(tmp_path / "a.ts", *FILM, *CODED, "-muxrate", "2M")
    data = source.read_bytes()
    packet = 188
    middle = len(data) // packet // 2 * packet
    source.write_bytes(data[:middle] + data[middle + packet * 1300 :])
    stream = stream_of(source, tmp_path)
    video = stream.media.video[0]
    assert abs(video.duration_seconds - stream.probe.duration_seconds) < 0.2
    assert abs(stream.media.audio[0].duration_seconds - stream.probe.duration_seconds) < 0.2
    assert complaints(stream) == ""


def test_a_film_of_which_nothing_decodes_ends_in_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", *FILM[:4], *CODED[:6])
    data = bytearray(source.read_bytes())
    data[1200:-400] = bytes((b * 7 + 13) % 251 for b in data[1200:-400])
    source.write_bytes(bytes(data))
    with pytest.raises(MatineeError) as refused:
        stream_of(source, tmp_path)
    assert refused.value.code in {ErrorCode.SOURCE_UNREADABLE, ErrorCode.SOURCE_TRUNCATED}
    assert [p for p in (tmp_path / "m").rglob("*") if p.is_file()] == []
