"""A sound encoded in pieces by many workers: nobody can hear where it was cut."""

from array import array
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.adapters.ffmpeg import commands
from matinee.adapters.ffmpeg.timing import PacketTimes, evenly_spaced
from matinee.domain import chunks, sound
from matinee.domain.media import Chunk, MediaSettings, Plan
from matinee.domain.sound import FRAME_SAMPLES, Frames, frame_count, frames_of
from tests.media.place import Place
from tests.media.test_chunks import contents
from tests.media.tools import ENCODER, Stream, make, nothing, samples, stream_of

SETTINGS = MediaSettings(rung_heights=())
RATE = 48_000
SOURCES = {
    "a tone": "sine=440:r=48000:d=50,volume=3",
    "a sweep": "aevalsrc=0.6*sin(2*PI*(100+60*t)*t):s=48000:d=50",
    "noise": "anoisesrc=d=50:a=0.5:r=48000:seed=7",
    "clicks": "aevalsrc=if(lt(mod(t\\,0.31)\\,0.003)\\,0.8\\,0.1*sin(700*t)):s=48000:d=50",
}
CONTAINERS = {"a.mp4": ("-c:a", "aac", "-b:a", "256k"), "a.wav": (), "a.mov": ("-c:a", "alac")}


@pytest.fixture
def short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of ten seconds, so that a film of a minute has some."""
    monkeypatch.setattr(sound, "PIECE_SECONDS", 10)
    monkeypatch.setattr(sound, "WHOLE_SECONDS", 10)


def error_at(stream: Stream, original: "memoryview[int]", sample: int) -> float:
    """The mean difference of the stream's sound to the original's within a frame on both sides of a sample."""
    made = samples(stream.of(stream.media.audio[0].name))
    span = range(sample - FRAME_SAMPLES, sample + FRAME_SAMPLES)
    return sum(abs(made[n] - original[n]) for n in span) / len(span)


def seams(plan: Plan) -> list[int]:
    """The first sample of every piece but the first, as heard."""
    found = [frames_of(piece, plan.sound, RATE, plan.probe.duration_seconds).first for piece in plan.sound[1:]]
    return [(first - 1) * FRAME_SAMPLES for first in found]


@pytest.mark.usefixtures("short_pieces")
@pytest.mark.parametrize(
    ("kind", "name"),
    [*((kind, "a.wav") for kind in SOURCES), *(("clicks", name) for name in CONTAINERS if name != "a.wav")],
)
def test_a_seam_sounds_like_everything_else(tmp_path: Path, name: str, kind: str) -> None:
    source = make(tmp_path / name, "-f", "lavfi", "-i", SOURCES[kind], "-ac", "2", *CONTAINERS[name])
    stream = stream_of(source, tmp_path, SETTINGS)
    assert len(stream.plan.sound) == 5, stream.plan.sound_reason
    whole = stream_of(source, tmp_path / "whole", SETTINGS, replace(stream.plan, sound=one(stream.plan)))
    original = samples(source)
    for sample in seams(stream.plan):
        # Not a hair worse than the sound encoded as one is at the same place: both differ from the original by what
        # coding costs, which is much where there is noise and little where there is a tone.
        assert error_at(stream, original, sample) <= 1.05 * error_at(whole, original, sample) + 0.5
    assert stream.media.audio[0].frame_count == frame_count(sound.film_samples(RATE, stream.probe.duration_seconds))


def one(plan: Plan) -> tuple[Chunk, ...]:
    """The same sound as one piece."""
    return (replace(plan.sound[0], length_seconds=plan.sound[-1].start_seconds + plan.sound[-1].length_seconds),)


@pytest.mark.usefixtures("short_pieces")
def test_without_its_margins_a_seam_would_be_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that cannot hear a bad seam would prove nothing."""
    monkeypatch.setattr(commands, "SOUND_MARGIN_FRAMES", 0)
    source = make(tmp_path / "a.wav", "-f", "lavfi", "-i", SOURCES["a tone"], "-ac", "2")
    stream = stream_of(source, tmp_path, SETTINGS)
    whole = stream_of(source, tmp_path / "whole", SETTINGS, replace(stream.plan, sound=one(stream.plan)))
    original = samples(source)
    worst = [(error_at(stream, original, s), error_at(whole, original, s)) for s in seams(stream.plan)]
    assert any(bad > 1.05 * good + 0.5 for bad, good in worst), worst


@pytest.mark.usefixtures("short_pieces")
def test_two_tracks_of_different_rates_and_a_late_start_stay_in_step(tmp_path: Path) -> None:
    click = "aevalsrc=if(lt(mod(t\\,1)\\,0.002)\\,0.9\\,0):s={rate}:d=45"
    source = make(
        tmp_path / "a.mp4",
        *("-f", "lavfi", "-i", "testsrc2=s=96x54:r=25:d=46"),
        *("-itsoffset", "0.5", "-f", "lavfi", "-i", click.format(rate=48000)),
        *("-itsoffset", "0.5", "-f", "lavfi", "-i", click.format(rate=44100)),
        *("-map", "0", "-map", "1", "-map", "2", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
    )
    stream = stream_of(source, tmp_path, SETTINGS)
    assert len(stream.plan.sound) == 5, stream.plan.sound_reason
    for rendition, rate in zip(stream.media.audio, (48_000, 44_100), strict=True):
        clicks = onsets(samples(stream.of(rendition.name), rate_hz=rate), rate)
        assert len(clicks) == 45
        # Coding smears a click over some samples before it; a frame lost or doubled would be 1,024 of them.
        assert abs(clicks[0] - 0.5 * rate) < 64
        assert [at - clicks[0] - n * rate for n, at in enumerate(clicks)] == pytest.approx([0] * 45, abs=64)


def onsets(samples: "memoryview[int]", rate: int) -> list[int]:
    """Where each click begins."""
    found: list[int] = []
    for n, value in enumerate(samples):
        if abs(value) > 8000 and (not found or n - found[-1] > rate // 2):
            found.append(n)
    return found


@pytest.mark.usefixtures("short_pieces")
def test_the_same_piece_twice_is_the_same_bytes(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", "-f", "lavfi", "-i", SOURCES["a sweep"], *CONTAINERS["a.mp4"])
    plan = chunks.plan(ENCODER.probe(source), SETTINGS)
    for name in ("one", "two"):
        ENCODER.encode_sound(source, plan, plan.sound[2], tmp_path / name, nothing)
    assert contents(tmp_path / "one") == contents(tmp_path / "two") != {}


@pytest.mark.usefixtures("short_pieces")
@pytest.mark.parametrize(
    ("name", "flags", "reason"),
    [
        ("a.mkv", ("-c:a", "aac"), "container"),
        ("a.mp3", (), "container"),
        ("a.wav", ("-ar", "44100"), ""),
        ("a.wav", ("-ar", "37800"), "another sample rate"),
        ("a.mp4", ("-af", "aselect=not(between(t\\,20\\,21))", "-c:a", "aac"), "holes"),
    ],
)
def test_what_cannot_be_cut_to_the_sample_is_encoded_as_one_and_says_why(
    tmp_path: Path, name: str, flags: tuple[str, ...], reason: str
) -> None:
    source = make(tmp_path / name, "-f", "lavfi", "-i", SOURCES["a tone"], *flags)
    stream = stream_of(source, tmp_path, SETTINGS)
    assert reason in (stream.plan.sound_reason or "")
    assert (len(stream.plan.sound) == 1) == bool(reason)


def test_a_short_film_is_not_worth_a_seam(tmp_path: Path) -> None:
    source = make(tmp_path / "a.wav", "-f", "lavfi", "-i", SOURCES["a tone"], "-ac", "2")
    assert Place(tmp_path / "place").plan_of(source).sound_reason == "Its sound is short enough for one worker."


@given(st.floats(601, 40_000), st.sampled_from((8000, 22_050, 44_100, 48_000, 96_000)), st.sampled_from((2, 4, 6, 10)))
def test_pieces_cover_every_frame_once_and_begin_where_segments_do(seconds: float, rate: int, segment: int) -> None:
    count = max(2, round(seconds / sound.PIECE_SECONDS))
    starts = [segment * (n * round(seconds / segment) // count) for n in range(count)]
    pieces = tuple(
        Chunk(number=n + 1, start_seconds=Fraction(at), length_seconds=Fraction(1), first_segment=1)
        for n, at in enumerate(starts)
    )
    found: list[Frames] = [frames_of(piece, pieces, rate, seconds) for piece in pieces]
    at = 0
    for piece, frames in zip(pieces, found, strict=True):
        assert frames.first == at
        at += frames.count
        begins = max(0, frames.first - 1) * FRAME_SAMPLES
        assert 0 <= begins - piece.start_seconds * rate < FRAME_SAMPLES
    assert at == frame_count(found[0].film_samples)
    assert [frames.last for frames in found] == [False] * (count - 1) + [True]


def test_every_packet_counts_when_it_is_told_whether_a_sound_is_even() -> None:
    def times(stamps: list[int]) -> PacketTimes:
        return PacketTimes(shown=array("q", stamps), keys=(), last_duration=0, count=len(stamps), missing=0, sizes=())

    even = [round(n * 1024e6 / 44_100) for n in range(1000)]
    assert evenly_spaced(times(even), 44_100)
    assert not evenly_spaced(times([*even[:500], even[500] + 23, *even[501:]]), 44_100)
    assert not evenly_spaced(times([*even[:500], *(at + 23 for at in even[500:])]), 44_100)
