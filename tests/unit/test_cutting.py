"""Where a film is cut: every picture and every moment in exactly one chunk, on segments' boundaries."""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import settings as judged
from hypothesis import strategies as st

from matinee.domain import plan_document
from matinee.domain.chunks import instant_plan, plan
from matinee.domain.media import Chunk, Color, MediaSettings, Plan, Probe
from tests.unit.test_ladder import SETTINGS, audio, film, video

# Exact fractions on a busy machine: no deadline for one example, the whole test has its own.
UNHURRIED = judged(deadline=None, max_examples=60)
RATES = [
    *(Fraction(n, 1001) for n in (24000, 30000, 60000)),
    *(Fraction(n) for n in (1, 5, 10, 12, 15, 24, 25, 30, 48, 50, 60, 100, 120)),
    Fraction(2997, 100),
    Fraction(10_000_000, 333_667),
]


def long_film(frames: int, rate: Fraction = Fraction(30), start: float = 0.0, tail: float = 0.0) -> Probe:
    """A film that may be cut."""
    length = frames / float(rate)
    picture = replace(video(640, 360, rate), frame_count=frames, start_seconds=start, duration_seconds=round(length, 6))
    sound = replace(audio(1), start_seconds=0, duration_seconds=start + length + tail)
    return replace(
        film(picture, sound), exact_seek=True, duration_seconds=round(start + length + tail, 6), start_seconds=0
    )


@st.composite
def films(draw: st.DrawFn) -> Probe:
    """Films of every rate, length, start and end."""
    rate = draw(st.sampled_from(RATES))
    frames = draw(st.integers(1, int(rate * 600)))
    start = draw(st.floats(0, 1.99).map(lambda s: round(s, 6)))
    return long_film(frames, rate, start, draw(st.floats(0, 5.9).map(lambda s: round(s, 6))))


@st.composite
def settings(draw: st.DrawFn) -> MediaSettings:
    """Any lengths of groups, segments and chunks that fit into each other."""
    gop = draw(st.integers(1, 4))
    segment = gop * draw(st.integers(1, 4))
    return MediaSettings(gop_seconds=gop, segment_seconds=segment, chunk_seconds=segment * draw(st.integers(1, 8)))


@UNHURRIED
@given(films(), settings())
def test_a_plan_covers_every_picture_and_every_moment_once(source: Probe, numbers: MediaSettings) -> None:
    made = plan(source, numbers)
    assert [chunk.number for chunk in made.chunks] == list(range(1, len(made.chunks) + 1))
    at = Fraction(0)
    for chunk in made.chunks:
        assert chunk.start_seconds == at
        assert chunk.length_seconds > 0
        at += chunk.length_seconds
    if not made.cut:
        assert len(made.chunks) == 1
        assert made.whole_reason
        return
    frame = 0
    for chunk in made.chunks:
        assert chunk.first_frame == frame
        frame += chunk.frame_count or 0
    assert frame == expected_frames(source, made)
    assert abs(float(at) - source.duration_seconds) <= 0.11


def expected_frames(source: Probe, made: Plan) -> int:
    """What the output must have: all, or every second of a film over the highest rate."""
    assert source.video is not None
    assert made.frame_rate is not None
    return round(source.video.frame_count * made.frame_rate / source.video.frame_rate) or 1


@UNHURRIED
@given(films(), settings())
def test_every_chunk_is_whole_segments_and_begins_with_a_key_frame(source: Probe, numbers: MediaSettings) -> None:
    made = plan(source, numbers)
    if not made.cut:
        return
    assert made.frame_rate is not None
    keys = [chunk.first_frame + key for chunk in made.chunks for key in chunk.key_frames]
    assert keys == sorted(set(keys))
    assert all(chunk.key_frames[0] == 0 for chunk in made.chunks)
    # Written out, not taken from the planner: the first picture at or after every multiple of a group's length.
    times = [made.picture_start_seconds + key / made.frame_rate for key in keys]
    assert all(at // numbers.gop_seconds < later // numbers.gop_seconds for at, later in pairwise(times))
    assert all(at - at // numbers.gop_seconds * numbers.gop_seconds < 1 / made.frame_rate for at in times[1:])
    for chunk in made.chunks[1:]:
        assert chunk.start_seconds // numbers.segment_seconds == chunk.first_segment - 1
        assert chunk.start_seconds % numbers.segment_seconds < 1 / made.frame_rate


@UNHURRIED
@given(films(), settings())
def test_boundaries_are_whole_ticks(source: Probe, numbers: MediaSettings) -> None:
    made = plan(source, numbers)
    if made.cut:
        assert all((chunk.start_seconds * made.timescale).denominator == 1 for chunk in made.chunks)
        assert (made.picture_end_seconds * made.timescale).denominator == 1


@UNHURRIED
@given(films(), settings())
def test_chunks_are_as_even_as_segments_allow(source: Probe, numbers: MediaSettings) -> None:
    made = plan(source, numbers)
    firsts = [chunk.first_segment for chunk in made.chunks]
    lengths = [after - before for before, after in pairwise(firsts)]
    assert not lengths or max(lengths) - min(lengths) <= 1


@UNHURRIED
@given(films(), settings())
def test_a_plan_is_the_same_after_a_journey_as_text(source: Probe, numbers: MediaSettings) -> None:
    made = plan(source, numbers)
    assert plan_document.from_json(plan_document.to_json(made)) == made


def test_a_plan_of_another_format_is_refused() -> None:
    text = plan_document.to_json(plan(long_film(900), SETTINGS))
    with pytest.raises(ValueError, match="format 2"):
        plan_document.from_json(json.dumps(json.loads(text) | {"format": 2}))


def test_the_plan_of_a_picture_without_times_is_json_all_the_same() -> None:
    source = film(replace(video(640, 360), key_interval_seconds=float("inf")))
    made = plan(source, SETTINGS)
    assert made.whole_reason == "Its pictures carry no times."
    assert plan_document.from_json(plan_document.to_json(made)) == made


def test_an_ntsc_film_is_cut_at_its_own_pictures() -> None:
    made = plan(long_film(600, Fraction(30000, 1001)), SETTINGS)
    # 20.02 s are four segments. The first picture at or after 12 s is number 360, at 360 x 1001/30000 = 12.012 s.
    assert made.chunks == (
        chunk(1, Fraction(0), Fraction(12012, 1000), 1, 0, 360),
        chunk(2, Fraction(12012, 1000), Fraction(1001 * 240, 30000), 3, 360, 240),
    )


def chunk(number: int, start: Fraction, length: Fraction, segment: int, frame: int, count: int) -> Chunk:
    """A chunk with a key frame every sixty pictures."""
    return Chunk(
        number=number,
        start_seconds=start,
        length_seconds=length,
        first_segment=segment,
        first_frame=frame,
        frame_count=count,
        key_frames=tuple(range(0, count, 60)),
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"damage": ("It is cut off.",)}, "damaged"),
        ({"exact_seek": False}, "container"),
        ({"video": video(640, 360, variable=True)}, "varies"),
        ({"video": None}, "no picture"),
        ({"duration_seconds": 60.0}, "before its sound"),
    ],
)
def test_a_film_is_encoded_as_one_where_cutting_is_not_safe(change: dict[str, object], words: str) -> None:
    made = plan(replace(long_film(900), **change), SETTINGS)  # type: ignore[arg-type]  # one field each
    assert not made.cut
    assert made.whole_reason is not None
    assert words in made.whole_reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start_seconds": 3.0}, "late"),
        ({"frame_rate": Fraction(1, 4), "frame_count": 300, "duration_seconds": 1200.0}, "less than one picture"),
        ({"frame_count": 360, "duration_seconds": 12.0}, "no longer than one chunk"),
        ({"key_interval_seconds": 25.0}, "no longer than one chunk"),
    ],
)
def test_a_picture_is_encoded_as_one_where_cutting_is_not_safe(change: dict[str, object], words: str) -> None:
    whole = long_film(900)
    assert whole.video is not None
    picture = replace(whole.video, **change)  # type: ignore[arg-type]  # one field each
    length = picture.start_seconds + picture.duration_seconds
    made = plan(replace(whole, video=picture, duration_seconds=length), SETTINGS)
    assert made.whole_reason is not None
    assert words in made.whole_reason


def test_a_film_of_long_groups_or_high_dynamic_range_has_longer_chunks() -> None:
    source = long_film(30 * 600)
    assert source.video is not None
    plain = len(plan(source, SETTINGS).chunks)
    groups = replace(source, video=replace(source.video, key_interval_seconds=30.0))
    opened = replace(source, video=replace(source.video, key_interval_seconds=30.0, closed_gops=False))
    bright = replace(source, video=replace(source.video, color=Color(transfer="smpte2084")))
    assert [plain, *(len(plan(p, SETTINGS).chunks) for p in (groups, opened, bright))] == [50, 20, 10, 10]


def test_the_instant_plan_is_one_chunk() -> None:
    made = instant_plan(long_film(900), SETTINGS)
    assert made is not None
    assert len(made.chunks) == 1
    assert not made.cut


def test_chunks_are_whole_segments() -> None:
    with pytest.raises(ValueError, match="multiple"):
        MediaSettings(chunk_seconds=10)


def test_a_plan_written_before_there_were_other_codecs_is_read_as_h264() -> None:
    made = plan(long_film(900), SETTINGS)
    document = json.loads(plan_document.to_json(made))
    for rung in document["plan"]["rungs"]:
        del rung["codec"]
    assert plan_document.from_json(json.dumps(document)) == made
