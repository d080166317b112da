"""What times say, said in three ways: as a grid, as a list in ticks, and in the microseconds that ffprobe prints."""

from array import array
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.adapters.ffmpeg.timing import (
    PacketTimes,
    closed_groups,
    closed_order,
    constant_rate,
    evenly_spaced,
    key_interval_seconds,
    mean_rate,
)

RATES = (Fraction(25), Fraction(30000, 1001), Fraction(24))
CLOCKS = (600, 1000, 12_800, 30_000, 44_100, 48_000, 90_000)


def times_of(shown: range, clock: int, *keys: int) -> PacketTimes:
    """A track whose table says that it is even."""
    return PacketTimes(
        shown=shown,
        keys=keys or (0,),
        last_duration=shown.step,
        count=len(shown),
        missing=0,
        sizes=(),
        ticks_per_second=clock,
    )


def as_listed(times: PacketTimes) -> PacketTimes:
    """The same packets as ffprobe lists them."""
    stamps = array("q", map(times.microseconds, times.shown))
    length = times.microseconds(times.last_duration)
    return replace(times, shown=stamps, last_duration=length, ticks_per_second=1_000_000, rising=None)


def verdicts(times: PacketTimes) -> list[object]:
    """Everything that is concluded from them."""
    return [
        evenly_spaced(times, 48_000),
        evenly_spaced(times, 44_100),
        constant_rate(times, RATES),
        mean_rate(times, RATES),
        key_interval_seconds(times),
        closed_groups(times),
        times.first_seconds,
        times.end_seconds(0.04),
    ]


@settings(derandomize=True)  # a microsecond's rounding may decide at the very edge of a tolerance
@given(st.integers(-5000, 5000), st.integers(1, 4000), st.integers(1, 400), st.sampled_from(CLOCKS))
def test_a_grid_is_judged_as_its_packets_are(start: int, step: int, count: int, clock: int) -> None:
    keys = (0, count // 2) if count > 1 else (0,)
    times = times_of(range(start, start + step * count, step), clock, *keys)
    assert verdicts(replace(times, shown=array("q", times.shown))) == verdicts(times)
    assert verdicts(as_listed(times)) == verdicts(times)


@pytest.mark.parametrize("clock", CLOCKS)
def test_hours_of_even_sound_are_even(clock: int) -> None:
    times = times_of(range(-1024, 1024 * 500_000, 1024), clock)
    assert evenly_spaced(times, clock)
    assert not evenly_spaced(times, clock + 1)


@pytest.mark.parametrize("off", [3, 64, 777, 999])
def test_one_picture_beside_the_grid_makes_the_rate_vary(off: int) -> None:
    shown = array("q", range(0, 512 * 1000, 512))
    times = replace(times_of(range(0, 512 * 1000, 512), 12_800), shown=shown)
    assert constant_rate(times, ()) == 25
    shown[off] += 20
    assert constant_rate(times, ()) is None


@given(st.lists(st.lists(st.integers(1, 50), min_size=1, max_size=6), min_size=1, max_size=6), st.randoms())
def test_groups_that_show_one_after_the_other_are_in_order(groups: list[list[int]], random: Random) -> None:
    rising = list(accumulate(step for group in groups for step in group))
    keys = list(accumulate(map(len, groups[:-1]), initial=0))
    shown: list[int] = []
    for first, group in zip(keys, groups, strict=True):
        rest = rising[first + 1 : first + len(group)]
        random.shuffle(rest)
        shown += [rising[first], *rest]
    found = closed_order(array("q", shown), keys)
    assert found is not None
    assert list(found) == rising


@pytest.mark.parametrize(
    ("shown", "keys"),
    [
        ([0, 1, 2, 3], [1]),  # does not begin with a key frame
        ([0, 1, 2, 3], []),
        ([0, 2, 4, 3, 1, 5], [0, 3]),  # shown before its key frame
        ([0, 3, 1, 2, 4, 5], [0, 3]),  # shown after the next key frame
        ([1, 0, 2], [0]),  # a key frame that is not shown first
        ([0, 1, 1, 2], [0, 2]),  # two at once
    ],
)
def test_open_groups_have_no_order(shown: list[int], keys: list[int]) -> None:
    assert closed_order(array("q", shown), keys) is None
