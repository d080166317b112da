"""Dividing a row of things between workers by their size. Pure; it must not know what they are."""

from collections.abc import Sequence


def shares(sizes: Sequence[int], share_size: int, most: int) -> tuple[tuple[int, int], ...]:
    """The row as stretches (first, last), each of about `share_size` at most, and `most` of them at most.

    A thing larger than a share is a share of its own; where there would be too many shares, they are larger.
    """
    limit = max(share_size, -(-sum(sizes) // most))
    found: list[tuple[int, int]] = []
    first, held = 0, 0
    for number, size in enumerate(sizes):
        if number > first and held + size > limit and len(found) < most - 1:
            found.append((first, number - 1))
            first, held = number, 0
        held += size
    return (*found, (first, len(sizes) - 1)) if sizes else ()
