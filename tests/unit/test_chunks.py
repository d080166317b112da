"""The plan: how a film is divided, and when its own packets may be used."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.chunks import instant_plan, plan
from matinee.domain.cutting import timescale
from matinee.domain.media import Chunk, MediaSettings, Plan
from tests.unit.test_ladder import SETTINGS, audio, film, video


def test_a_film_that_may_not_be_cut_is_one_chunk() -> None:
    made = plan(film(video(1920, 1080), audio(1)), SETTINGS)
    assert made.whole_reason == "Its container cannot be entered in the middle at an exact picture."
    assert made.chunks == (Chunk(number=1, start_seconds=Fraction(0), length_seconds=Fraction(10), first_segment=1),)
    assert made.names == ("1080p", "720p", "480p", "360p", "audio-1-stereo")


@given(st.integers(1, 240_000), st.integers(1, 1001))
def test_every_frame_is_a_whole_number_of_ticks(numerator: int, denominator: int) -> None:
    ticks_per_frame = timescale(Fraction(numerator, denominator)) / Fraction(numerator, denominator)
    assert ticks_per_frame.denominator == 1


def test_a_variable_rate_has_the_fine_clock() -> None:
    made = plan(film(video(640, 360, variable=True)), SETTINGS)
    assert (made.frame_rate, made.timescale) == (None, 90_000)


def test_a_plain_film_is_copied_at_once() -> None:
    made = instant_plan(film(video(640, 360), audio(1)), SETTINGS)
    assert isinstance(made, Plan)
    assert made.names == ("source", "source-audio-1")
    assert made.copy


@pytest.mark.parametrize(
    "reason",
    [
        {"codec": "hevc"},
        {"profile": "High 10"},
        {"pixel_format": "yuv422p"},
        {"closed_gops": False},
        {"key_interval_seconds": 61.0},
        {"rotation_degrees": 90},
        {"interlaced": True},
        {"square_pixels": False},
        {"start_seconds": 0.4},
    ],
)
def test_a_picture_browsers_cannot_take_as_it_is_is_not_copied(reason: dict[str, object]) -> None:
    good = video(640, 360)
    assert instant_plan(film(replace(good, **reason)), SETTINGS) is None  # type: ignore[arg-type]  # one field each


@pytest.mark.parametrize(
    "reason",
    [{"codec": "ac3"}, {"profile": "HE-AAC"}, {"channels": 8}, {"start_seconds": 0.5}, {"duration_seconds": 3.0}],
)
def test_a_sound_browsers_cannot_take_as_it_is_is_not_copied(reason: dict[str, object]) -> None:
    sound = replace(audio(1), **reason)  # type: ignore[arg-type]  # one field each
    assert instant_plan(film(video(640, 360), sound), SETTINGS) is None


def test_a_damaged_film_is_not_copied() -> None:
    assert instant_plan(replace(film(video(640, 360)), damage=("It is cut off.",)), SETTINGS) is None


def test_segments_are_whole_groups_of_pictures() -> None:
    with pytest.raises(ValueError, match="multiple"):
        MediaSettings(segment_seconds=5, gop_seconds=2)
