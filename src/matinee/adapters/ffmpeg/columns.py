"""Columns of numbers, one per sample, worked on whole: a film has hundreds of thousands, and somebody waits for it.

It must not know what the numbers mean.
"""

import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from operator import add
from typing import overload

from matinee.adapters.ffmpeg.boxes import BoxError

RUN = struct.Struct(">Ii")
CELL = (1).to_bytes(4, sys.byteorder)


class Shifted(Sequence[int]):
    """`times[n] + offsets[n]`, added when somebody asks: of most films only their order is ever wanted."""

    __slots__ = ("offsets", "times")

    def __init__(self, times: Sequence[int], offsets: "array[int]") -> None:
        if len(times) != len(offsets):
            raise BoxError(f"{len(offsets)} offsets of {len(times)} times")
        self.times = times
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[int]:
        return map(add, self.times, self.offsets)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: slice) -> "Shifted": ...
    def __getitem__(self, at: int | slice) -> "int | Shifted":
        if isinstance(at, slice):
            return Shifted(self.times[at], self.offsets[at])
        return self.times[at] + self.offsets[at]


def numbers(code: str, payload: bytes, at: int, count: int) -> "array[int]":
    """`count` big-endian numbers from a place on, as an array of type `code`. BoxError when they are not there."""
    column = array(code)
    cells = payload[at : at + count * column.itemsize]
    if len(cells) != count * column.itemsize:
        raise BoxError(f"a table of {count} entries is cut off")
    column.frombytes(cells)
    if sys.byteorder == "little":
        column.byteswap()
    return column


def spread(payload: bytes, at: int, count: int) -> "array[int]":
    """A table of runs (how often, which value; `count` of them from a place on) as a value for each.

    There are few different runs: each is written out once, then the pieces are joined.
    """
    runs = array("Q", payload[at : at + 8 * count])
    pieces = {run: _written_out(run) for run in set(runs)}
    return array("i", b"".join(map(pieces.__getitem__, runs)))


def _written_out(run: int) -> bytes:
    count, value = RUN.unpack(run.to_bytes(8, sys.byteorder))
    return array("i", [value]).tobytes() * int(count)


def raised(column: "array[int]", by: int) -> "array[int]":
    """Every number of a signed column plus `by`, which leaves none negative, as an unsigned one."""
    if column.typecode == "i":
        return array("I", _plus(column.tobytes(), by) if by else column.tobytes())
    return array("I", [number + by for number in column])


def _plus(cells: bytes, by: int) -> bytes:
    """32-bit numbers of this machine's order, each plus `by`: all in one, since none of the sums passes its cell.

    Turning the sign bit adds 2^31, so that no number is negative; what is too much is then taken away.
    """
    count = len(cells) // 4
    each = int.from_bytes(CELL * count, sys.byteorder)
    all_of_them = int.from_bytes(cells, sys.byteorder) ^ each << 31
    return (all_of_them - each * ((1 << 31) - by)).to_bytes(len(cells), sys.byteorder)
