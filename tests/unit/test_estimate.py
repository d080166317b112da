"""What a chunk is thought to cost, and how long a run still takes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain import plan_document
from matinee.domain.chunks import plan
from matinee.domain.estimate import Pace, cpu_seconds, estimated, weight, whole_cpu_seconds
from matinee.domain.media import Probe
from tests.unit.test_cutting import long_film
from tests.unit.test_ladder import SETTINGS, audio, film, video

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def full_hd(frames: int) -> Probe:
    """A film of so many pictures, 30 a second, that may be cut."""
    small = long_film(frames)
    assert small.video is not None
    picture = replace(small.video, width=1920, height=1080, display_width=1920, display_height=1080)
    return replace(small, video=picture)


def test_a_second_of_full_hd_costs_what_was_measured() -> None:
    made = plan(full_hd(600), SETTINGS)
    assert cpu_seconds(made.chunks) / 20 == pytest.approx(5.9, rel=0.02)


def test_an_hour_of_full_hd_costs_about_half_a_dollar() -> None:
    made = plan(full_hd(30 * 3600), SETTINGS)
    assert sum(chunk.usd for chunk in made.chunks) == pytest.approx(0.49, abs=0.01)


def test_slower_codecs_weigh_what_they_take() -> None:
    plain = plan(full_hd(600), SETTINGS)
    av1 = tuple(replace(rung, name=f"{rung.name}-av1", codec="av1") for rung in plain.rungs)
    both = estimated(replace(plain, rungs=(*plain.rungs, *av1)))
    assert cpu_seconds(both.chunks) == pytest.approx(3 * cpu_seconds(plain.chunks), rel=0.001)


def test_a_film_that_is_not_cut_is_weighed_by_its_rate() -> None:
    made = plan(film(video(640, 360, variable=True)), SETTINGS)
    assert made.chunks[0].frame_count is None
    assert made.chunks[0].cpu_seconds > 1


def test_a_sound_alone_weighs_something() -> None:
    made = plan(film(None, audio(1)), SETTINGS)
    assert whole_cpu_seconds(made) == pytest.approx(0.03 * made.probe.duration_seconds * len(made.audio), abs=0.01)


def test_estimates_travel_with_the_plan() -> None:
    made = plan(long_film(600, Fraction(30)), SETTINGS)
    again = plan_document.from_json(plan_document.to_json(made))
    assert [(c.cpu_seconds, c.usd) for c in again.chunks] == [(c.cpu_seconds, c.usd) for c in made.chunks]


def test_a_plan_of_before_is_weighed_by_its_lengths() -> None:
    chunk = replace(plan(long_film(600, Fraction(30)), SETTINGS).chunks[0], cpu_seconds=0.0)
    assert weight(chunk) == float(chunk.length_seconds)


def pace(encoders: int = 2) -> Pace:
    """A run of 100 CPU seconds, of which a fifth was done when it began."""
    return Pace(cpu_seconds=100, encoders=encoders, began_at=NOON, began_share=0.2)


def test_at_first_the_time_left_is_the_estimate() -> None:
    assert pace().seconds_left(0.2, NOON) == 40
    assert pace(encoders=4).seconds_left(0.2, NOON) == 20


def test_the_measured_pace_corrects_the_estimate() -> None:
    # 20 CPU seconds' worth in 100 s: a fifth of a CPU second each second, not the two that were thought.
    assert pace().seconds_left(0.4, NOON + timedelta(seconds=100)) == round(60 / (40 / 110))


@given(st.floats(0, 1), st.floats(0, 1e6))
def test_the_time_left_is_never_negative_and_nothing_at_the_end(share: float, seconds: float) -> None:
    now = NOON + timedelta(seconds=seconds)
    assert pace().seconds_left(share, now) >= 0
    assert pace().seconds_left(1.0, now) == 0
