"""Where the samples of a track lie in its file, for any stretch of them at once.

It must not know formats, times or what a sample is. A film has hundreds of thousands, which lie in chunks: both are
kept as columns of numbers, and only the stretch that somebody asks for is looked at one by one.
"""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, islice
from operator import mul, sub


@dataclass(frozen=True, slots=True)
class Run:
    """`length` bytes of the source from `offset` on."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Sample n, from 0, has `sizes[n]` bytes; chunk k, from 1, lies at `offsets[k - 1]`.

    Chunks of as many samples each are told together: group g begins with chunk `chunks[g]`, each of its chunks holds
    `held[g]` samples, and the first of them is number `firsts[g]`. `skipped` samples come before number 0. Columns are
    unsigned 32-bit (array code "I"), `offsets` these or 64-bit ("Q").
    """

    sizes: "array[int]"
    offsets: "array[int]"
    chunks: "array[int]"
    held: "array[int]"
    firsts: "array[int]"
    skipped: int = 0

    def size_of(self, first: int, end: int) -> int:
        """The bytes of samples `first` to `end` (exclusive)."""
        return sum(self.sizes[first + self.skipped : end + self.skipped])

    def runs_of(self, first: int, end: int) -> Iterator[Run]:
        """Where these samples lie, in order; neighbours are one run."""
        start = stop = 0
        for offset, length in self._stretches(first + self.skipped, end + self.skipped):
            if offset != stop and stop > start:
                yield Run(start, stop - start)
            start, stop = (start if offset == stop else offset), offset + length
        if stop > start:
            yield Run(start, stop - start)

    def _stretches(self, at: int, end: int) -> Iterator[tuple[int, int]]:
        """The same, a chunk at a time."""
        group = bisect_right(self.firsts, at) - 1
        while at < end:
            last = self.firsts[group + 1] if group + 1 < len(self.firsts) else len(self.sizes)
            for begin in range(at - (at - self.firsts[group]) % self.held[group], min(end, last), self.held[group]):
                chunk = self.chunks[group] - 1 + (begin - self.firsts[group]) // self.held[group]
                stop = min(end, begin + self.held[group])
                yield self.offsets[chunk] + sum(self.sizes[begin:at]), sum(self.sizes[at:stop])
                at = stop
            group += 1

    def lie_below(self, size: int) -> bool:
        """Whether every sample ends within the first `size` bytes of the file."""
        # Only what begins near the end can reach beyond it: the last chunks, where they lie in order.
        near = size - _bound(self.sizes) * _bound(self.held)
        first = len(self.offsets)
        while first and self.offsets[first - 1] > near:
            first -= 1
        if max(self.offsets[:first], default=0) > near:
            first = 0
        return all(self.offsets[k] + self._chunk_size(k + 1) <= size for k in range(first, len(self.offsets)))

    def _chunk_size(self, chunk: int) -> int:
        group = bisect_right(self.chunks, chunk) - 1
        first = self.firsts[group] + (chunk - self.chunks[group]) * self.held[group]
        return sum(self.sizes[first : first + self.held[group]])

    def without_first(self, number: int) -> "Places":
        """The same for a track whose sample 0 is number `number` of this one."""
        return replace(self, skipped=self.skipped + number)


def places(sizes: "array[int]", offsets: "array[int]", chunks: "array[int]", held: "array[int]") -> Places:
    """From the columns that a file has. ValueError when the chunks do not hold these samples, each one."""
    lengths = list(map(sub, islice(chunks, 1, None), chunks))
    if not chunks or chunks[0] != 1 or min(lengths, default=1) < 1 or chunks[-1] > len(offsets) or 0 in held:
        raise ValueError("chunks are not in order")
    lengths.append(len(offsets) + 1 - chunks[-1])
    firsts = array("I", accumulate(map(mul, lengths, held), initial=0))
    if firsts.pop() != len(sizes):
        raise ValueError(f"{len(sizes)} samples are not those of {len(offsets)} chunks")
    return Places(sizes, offsets, chunks, held, firsts)


def _bound(column: "array[int]") -> int:
    """No number of the column is larger, and this is less than twice the largest: all their bits together.

    A film's column has half a million numbers, which Python takes a while to compare one by one.
    """
    lanes, width = len(column), 8 * column.itemsize
    bits = int.from_bytes(column.tobytes(), sys.byteorder)
    while lanes > 1:
        lanes = (lanes + 1) // 2
        bits = bits >> lanes * width | bits & (1 << lanes * width) - 1
    return bits
