"""Whole columns of numbers come out as the same numbers one by one would."""

import struct
from array import array

from hypothesis import given
from hypothesis import strategies as st

from matinee.adapters.ffmpeg.columns import Shifted, raised, spread

LEAST, MOST = -(1 << 31), (1 << 31) - 1


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(LEAST, MOST)), max_size=60))
def test_a_table_of_runs_is_spread(runs: list[tuple[int, int]]) -> None:
    table = b"head" + b"".join(struct.pack(">Ii", count, value) for count, value in runs)
    assert list(spread(table, 4, len(runs))) == [value for count, value in runs for _ in range(count)]


@given(st.integers(0, MOST), st.data())
def test_a_column_is_raised_by_what_leaves_none_negative(by: int, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(-by, MOST), max_size=60))
    for code in "iq":
        assert list(raised(array(code, numbers), by)) == [number + by for number in numbers]


def test_shifted_times_are_a_sequence_like_any_other() -> None:
    times = Shifted(range(0, 60, 10), array("i", [20, 0, 40, 20, 0, 20]))
    assert list(times) == [20, 10, 60, 50, 40, 70]
    assert (times[2], times[-1], len(times)) == (60, 70, 6)
    assert list(times[1:3]) == [10, 60]
