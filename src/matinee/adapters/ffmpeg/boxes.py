"""ISO base media file format boxes (ISO/IEC 14496-12, 4.2): finding, reading and writing them.

It must not know what any box means; `samples`, `segments` and `measuring` do.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

VIDEO_ENTRY_BYTES = 78  # before the boxes of a picture's sample entry (ISO/IEC 14496-12, 12.1.3)


class BoxError(ValueError):
    """The bytes are not the boxes they should be."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its type and its payload, header left out."""

    kind: bytes
    payload: bytes

    @property
    def version(self) -> int:
        """The version of a full box."""
        return self.payload[0]

    @property
    def flags(self) -> int:
        """The flags of a full box."""
        return int.from_bytes(self.payload[1:4], "big")

    @property
    def body(self) -> bytes:
        """The payload of a full box behind version and flags."""
        return self.payload[4:]


def top_level(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """(type, payload offset, payload size) of each box of a file of `size` bytes. No payload is read."""

    def read(start: int, length: int) -> bytes:
        file.seek(start)
        return file.read(length)

    return top_level_by(read, size)


def top_level_by(read: Callable[[int, int], bytes], size: int) -> Iterator[tuple[bytes, int, int]]:
    """The same by a function that gives `length` bytes from `start`."""
    offset = 0
    while offset < size:
        header = read(offset, min(16, size - offset))
        if len(header) < 8:
            raise BoxError(f"{size - offset} stray bytes at {offset}")
        length, kind = struct.unpack_from(">I4s", header)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", header, 8)[0], 16
        elif length == 0:
            length = size - offset
        if length < head or offset + length > size:
            raise BoxError(f"box {kind!r} at {offset} claims {length} bytes of {size - offset}")
        yield kind, offset + head, length - head
        offset += length


def children(payload: bytes) -> Iterator[Box]:
    """The boxes inside a container box's payload."""
    for kind, begin, end in _inside(payload, 0, len(payload)):
        yield Box(kind, payload[begin:end])


def find(payload: bytes, *path: bytes) -> Box | None:
    """The first box at `path` below a container's payload, None when there is none."""
    begin, end = 0, len(payload)
    for wanted in path:  # nothing is copied on the way: tables are large
        found = next((bounds for kind, *bounds in _inside(payload, begin, end) if kind == wanted), None)
        if found is None:
            return None
        begin, end = found
    return Box(path[-1], payload[begin:end])


def every(payload: bytes, kind: bytes) -> Iterator[Box]:
    """The boxes of one kind inside a container box's payload; the others, which may be large, are passed over."""
    for found, begin, end in _inside(payload, 0, len(payload)):
        if found == kind:
            yield Box(kind, payload[begin:end])


def _inside(payload: bytes, offset: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box's type between two places, and where its own payload begins and ends."""
    while offset + 8 <= end:
        length, kind = struct.unpack_from(">I4s", payload, offset)
        if length < 8 or offset + length > end:
            raise BoxError(f"box {kind!r} claims {length} bytes of {end - offset}")
        yield kind, offset + 8, offset + length
        offset += length


def need(payload: bytes, *path: bytes) -> Box:
    """The same for a box that must be there."""
    box = find(payload, *path)
    if box is None:
        raise BoxError(f"no box {b'/'.join(path).decode('latin-1')}")
    return box


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box around its parts."""
    size = 8 + sum(map(len, parts))
    return struct.pack(">I4s", size, kind) + b"".join(parts)


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with version and flags around its parts."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)
