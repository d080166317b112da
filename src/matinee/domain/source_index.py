"""What each file of a rendition that is packaged just in time consists of: heads of our own, and runs of the source.

It must not know what the bytes mean, nor how a source is read. A document of it is small (about two thousandths of the
film), written once and read whole.

    MTNX | length of the header | header (JSON) | part tables (64-bit little-endian) | heads
    a file = parts in order; a part = its head, then its runs (offset and length in the source)
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

MAGIC = b"MTNX"
FORMAT = 1

Part = tuple[bytes, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Run:
    """`length` bytes of the source from `offset` on."""

    offset: int
    length: int


Piece = bytes | Run


@dataclass(frozen=True, kw_only=True)
class SourceIndex:
    """An index over the source `source_key`, as it was when `source_etag` was its tag.

    `files` says how many parts each file has, in order. Part n's head ends at `head_ends[n]` in `heads`, and its runs
    end before number `run_ends[n]` of `runs`, which holds an offset and a length for each.
    """

    files: dict[str, int]
    heads: bytes
    head_ends: "array[int]"
    run_ends: "array[int]"
    runs: "array[int]"
    source_key: str = ""
    source_etag: str = ""

    def of(self, source_key: str, source_etag: str) -> "SourceIndex":
        """The same, over this object of the store."""
        return replace(self, source_key=source_key, source_etag=source_etag)

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, nearly."""
        return len(self.heads) + 8 * (len(self.head_ends) + len(self.run_ends) + len(self.runs))

    def pieces(self, name: str) -> list[Piece] | None:
        """What the file consists of, in order; None when it is not one of the index."""
        if name not in self._first_parts:
            return None
        pieces: list[Piece] = []
        first = self._first_parts[name]
        for n in range(first, first + self.files[name]):
            pieces.append(self.heads[self.head_ends[n - 1] if n else 0 : self.head_ends[n]])
            runs = self.runs[2 * (self.run_ends[n - 1] if n else 0) : 2 * self.run_ends[n]]
            pieces += map(Run, runs[::2], runs[1::2])
        return pieces

    @cached_property
    def _first_parts(self) -> dict[str, int]:
        return dict(zip(self.files, accumulate(self.files.values(), initial=0), strict=False))

    def to_bytes(self) -> bytes:
        """The document."""
        head = {"format": FORMAT, "source": self.source_key, "etag": self.source_etag, "files": self.files}
        head |= {"parts": len(self.head_ends), "runs": len(self.runs) // 2}
        header = json.dumps(head, separators=(",", ":")).encode()
        tables = b"".join(_little(numbers).tobytes() for numbers in (self.head_ends, self.run_ends, self.runs))
        return b"".join((MAGIC, struct.pack("<I", len(header)), header, tables, self.heads))

    @classmethod
    def from_bytes(cls, document: bytes) -> "SourceIndex":
        """The value `to_bytes` was called on. ValueError when it is no document of a format this version knows."""
        if document[:4] != MAGIC:
            raise ValueError("not an index")
        at = 8 + int.from_bytes(document[4:8], "little")
        header = json.loads(document[8:at])
        if header["format"] != FORMAT:
            raise ValueError(f"indexes of format {header['format']} are not known to this version")
        tables = []
        for count in (header["parts"], header["parts"], 2 * header["runs"]):
            numbers = array("q", document[at : at + 8 * count])
            tables.append(_little(numbers))
            at += 8 * count
        return cls(
            files=header["files"],
            heads=document[at:],
            head_ends=tables[0],
            run_ends=tables[1],
            runs=tables[2],
            source_key=header["source"],
            source_etag=header["etag"],
        )


@dataclass(slots=True)
class IndexWriter:
    """Gathers files, in the order they are added."""

    files: dict[str, int] = field(default_factory=dict)
    heads: list[bytes] = field(default_factory=list)
    runs: "array[int]" = field(default_factory=lambda: array("q"))
    run_ends: "array[int]" = field(default_factory=lambda: array("q"))

    def add(self, name: str, parts: Iterable[Part]) -> None:
        """A file, made of these."""
        before = len(self.heads)
        for head, runs in parts:
            self.heads.append(head)
            self.runs.extend(chain.from_iterable(runs))
            self.run_ends.append(len(self.runs) // 2)
        self.files[name] = len(self.heads) - before

    def index(self) -> SourceIndex:
        """What was gathered."""
        return SourceIndex(
            files=self.files,
            heads=b"".join(self.heads),
            head_ends=array("q", accumulate(map(len, self.heads))),
            run_ends=self.run_ends,
            runs=self.runs,
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
        numbers = array("q", numbers)
        numbers.byteswap()
    return numbers
