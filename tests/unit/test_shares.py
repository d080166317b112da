"""Dividing files between functions."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.shares import shares


def test_neighbours_share_until_a_share_is_full() -> None:
    assert shares([4, 4, 4, 9, 1], 8, 40) == ((0, 1), (2, 2), (3, 3), (4, 4))
    assert shares([], 8, 40) == ()


@given(st.lists(st.integers(0, 100)), st.integers(1, 100), st.integers(1, 10))
def test_every_file_is_in_one_share_and_there_are_no_more_shares_than_asked(
    sizes: list[int], share_size: int, most: int
) -> None:
    found = shares(sizes, share_size, most)
    assert [n for first, last in found for n in range(first, last + 1)] == list(range(len(sizes)))
    assert len(found) <= most
