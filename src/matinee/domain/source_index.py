"""What each file of a rendition that is packaged just in time consists of: heads of our own, and runs of the source.

It must not know what the bytes mean, nor how a source is read. A document of it is small (about a thousandth of the
film), written once and read whole.

    MTNX | length of the header | header (JSON) | columns of the tracks and of the parts (little-endian) | heads
    a file = parts in order; a part = its head, then a stretch of a track's samples
"""

import json
import struct
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, chain

from matinee.domain.places import Places, Run

MAGIC = b"MTNX"
FORMAT = 2
TRACK_COLUMNS = 5
# Columns of the parts: where the head ends, which track, its first sample, its last but one.
PART_COLUMNS = 4

# A head, and the samples behind it: the first, and the one after the last.
Part = tuple[bytes, int, int]
Piece = bytes | Run


@dataclass(frozen=True, kw_only=True)
class SourceIndex:
    """An index over the source `source_key`, as it was when `source_etag` was its tag.

    `files` says how many parts each file has, in order. Part n's head ends at `head_ends[n]` in `heads`; samples
    `firsts[n]` to `ends[n]` of track `of_tracks[n]` follow it.
    """

    files: dict[str, int]
    heads: bytes
    tracks: tuple[Places, ...]
    head_ends: "array[int]"
    of_tracks: "array[int]"
    firsts: "array[int]"
    ends: "array[int]"
    source_key: str = ""
    source_etag: str = ""

    def of(self, source_key: str, source_etag: str) -> "SourceIndex":
        """The same, over this object of the store."""
        return replace(self, source_key=source_key, source_etag=source_etag)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, nearly."""
        return len(self.heads) + sum(column.itemsize * len(column) for column in self._columns)

    def pieces(self, name: str) -> list[Piece] | None:
        """What the file consists of, in order; None when it is not one of the index."""
        if name not in self._first_parts:
            return None
        pieces: list[Piece] = []
        first = self._first_parts[name]
        for n in range(first, first + self.files[name]):
            pieces.append(self.heads[self.head_ends[n - 1] if n else 0 : self.head_ends[n]])
            if self.ends[n] > self.firsts[n]:
                pieces += self.tracks[self.of_tracks[n]].runs_of(self.firsts[n], self.ends[n])
        return pieces

    @cached_property
    def _first_parts(self) -> dict[str, int]:
        return dict(zip(self.files, accumulate(self.files.values(), initial=0), strict=False))

    @property
    def _columns(self) -> "list[array[int]]":
        tracks = ((t.sizes, t.offsets, t.chunks, t.held, t.firsts) for t in self.tracks)
        return [*chain.from_iterable(tracks), self.head_ends, self.of_tracks, self.firsts, self.ends]

    def to_bytes(self) -> bytes:
        """The document."""
        columns = [[column.typecode, len(column)] for column in self._columns]
        head = {"format": FORMAT, "source": self.source_key, "etag": self.source_etag, "files": self.files}
        header = json.dumps(head | {"columns": columns}, separators=(",", ":")).encode()
        data = (_little(column).tobytes() for column in self._columns)
        return b"".join((MAGIC, struct.pack("<I", len(header)), header, *data, self.heads))

    @classmethod
    def from_bytes(cls, document: bytes) -> "SourceIndex":
        """The value `to_bytes` was called on. ValueError when it is no document of a format this version knows."""
        if document[:4] != MAGIC:
            raise ValueError("not an index")
        at = 8 + int.from_bytes(document[4:8], "little")
        header = json.loads(document[8:at])
        if header["format"] != FORMAT:
            raise ValueError(f"indexes of format {header['format']} are not known to this version")
        columns = []
        for code, length in header["columns"]:
            column = array(code)
            column.frombytes(document[at : at + length * column.itemsize])
            columns.append(_little(column))
            at += length * column.itemsize
        tracks, parts = columns[:-PART_COLUMNS], columns[-PART_COLUMNS:]
        return cls(
            files=header["files"],
            heads=document[at:],
            tracks=tuple(map(Places, *(tracks[n::TRACK_COLUMNS] for n in range(TRACK_COLUMNS)))),
            head_ends=parts[0],
            of_tracks=parts[1],
            firsts=parts[2],
            ends=parts[3],
            source_key=header["source"],
            source_etag=header["etag"],
        )


@dataclass(slots=True)
class IndexWriter:
    """Gathers files, in the order they are added."""

    files: dict[str, int] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)
    tracks: list[Places] = field(default_factory=list)
    of_tracks: "array[int]" = field(default_factory=lambda: array("I"))
    firsts: "array[int]" = field(default_factory=lambda: array("I"))
    ends: "array[int]" = field(default_factory=lambda: array("I"))

    def add_track(self, track: Places) -> None:
        """The samples that the files added from now on are made of."""
        self.tracks.append(track)

    def add(self, name: str, parts: Iterable[Part]) -> None:
        """A file, made of these."""
        heads, firsts, ends = tuple(zip(*parts, strict=True)) or ((), (), ())
        self.heads += heads
        self.of_tracks.extend((len(self.tracks) - 1,) * len(heads))
        self.firsts.extend(firsts)
        self.ends.extend(ends)
        self.files[name] = len(heads)

    def index(self) -> SourceIndex:
        """What was gathered."""
        return SourceIndex(
            files=self.files,
            heads=b"".join(self.heads),
            tracks=tuple(self.tracks),
            head_ends=array("Q", accumulate(map(len, self.heads))),
            of_tracks=self.of_tracks,
            firsts=self.firsts,
            ends=self.ends,
        )


def size_of(pieces: Iterable[Piece]) -> int:
    """How many bytes they are together."""
    return sum(len(piece) if isinstance(piece, bytes) else piece.length for piece in pieces)


def clipped(pieces: list[Piece], offset: int, count: int) -> Iterator[Piece]:
    """The pieces of the `count` bytes from `offset` on."""
    starts = list(accumulate((size_of((piece,)) for piece in pieces), initial=0))
    for n in range(max(0, bisect_right(starts, offset) - 1), len(pieces)):
        begin, end = max(offset, starts[n]) - starts[n], min(offset + count, starts[n + 1]) - starts[n]
        if begin >= end:
            if starts[n] >= offset + count:
                return
            continue
        piece = pieces[n]
        yield piece[begin:end] if isinstance(piece, bytes) else Run(piece.offset + begin, end - begin)


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers
