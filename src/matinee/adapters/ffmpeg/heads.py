"""Writes the heads of a track's fragments: `moof`, and the head of the `mdat` behind it (ISO/IEC 14496-12, 8.8).

It must not know where a track is cut, nor where its media lies. The tables of all samples are written at once, for a
fragment's is a stretch of them; what is left to do for each fragment takes no longer when it holds more samples.
"""

import struct
import sys
from array import array
from functools import cached_property

from matinee.adapters.ffmpeg.samples import Track

# Sample flags (8.8.3.1): "depends on no other sample", and "depends on others, is no key".
KEY_FLAGS = 0x02000000
OTHER_FLAGS = 0x01010000
# tfhd: default duration, default flags, default-base-is-moof. tfdt: version 1, 64 bits.
TFHD_FLAGS = 0x020028
TFDT_VERSION = 1 << 24
# trun: data offset and sizes always; else the first sample's flags, durations, composition offsets.
TRUN, FIRST_FLAGS, DURATIONS, OFFSETS = 0x201, 0x4, 0x100, 0x800
# moof(mfhd traf(tfhd tfdt trun …)), up to the first sample's flags or the table.
HEAD = struct.Struct(">I4s I4sII I4s I4sIIII I4sIQ I4sIIi")
MEDIA_HEAD = struct.Struct(">I4s")
KEY = struct.pack(">I", KEY_FLAGS)
MFHD_BYTES, TFHD_BYTES, TFDT_BYTES, TRUN_BYTES, BOX_BYTES = 16, 24, 20, 20, 8


class Heads:
    """The heads of a track whose samples are decoded for `durations`; a picture's `offsets`, if any, are none below 0.

    Presentation is decode time + offset - `lead` in both kinds: video decodes on its presentation grid and is shown
    `lead` later by its offsets, audio has no offsets and decodes `lead` earlier than its first sound.
    """

    def __init__(self, track: Track, durations: "array[int]", offsets: "array[int] | None", lead: int) -> None:
        self._sizes = track.sizes
        self._video = track.handler == b"vide"
        self._durations = durations
        self._lead = lead
        self._offsets = offsets if self._video else None
        self._tables: dict[int, tuple[int, bytes]] = {}

    def of(self, first: int, end: int, start: int, sequence: int) -> bytes:
        """The head of samples `first` to `end` (exclusive), the first of which is decoded at `start`."""
        default = self._durations[first]
        flags = TRUN | FIRST_FLAGS if self._video else TRUN
        if self._uneven and self._durations[first:end] != array("q", [default]) * (end - first):
            flags |= DURATIONS
        if self._offsets is not None and any(self._offsets[first:end]):
            flags |= OFFSETS
        table = self._table(flags, first, end)
        trun = TRUN_BYTES + len(table)
        traf = BOX_BYTES + TFHD_BYTES + TFDT_BYTES + trun
        moof = BOX_BYTES + MFHD_BYTES + traf
        others, time = (OTHER_FLAGS, start) if self._video else (KEY_FLAGS, start + self._lead)
        head = HEAD.pack(
            moof, b"moof", MFHD_BYTES, b"mfhd", 0, sequence, traf, b"traf",
            TFHD_BYTES, b"tfhd", TFHD_FLAGS, 1, default, others,
            TFDT_BYTES, b"tfdt", TFDT_VERSION, time,
            trun, b"trun", flags, end - first, moof + BOX_BYTES,
        )  # fmt: skip
        return head + table + MEDIA_HEAD.pack(sum(self._sizes[first:end]) + BOX_BYTES, b"mdat")

    @cached_property
    def _uneven(self) -> bool:
        return self._durations != array("q", self._durations[:1]) * len(self._durations)

    def _table(self, flags: int, first: int, end: int) -> bytes:
        """The first sample's flags where they differ, then the samples' rows, with the columns that `flags` promise."""
        if flags not in self._tables:
            columns = [self._sizes]
            if flags & DURATIONS:
                columns.insert(0, array("I", self._durations))
            if flags & OFFSETS and self._offsets is not None:
                columns.append(self._offsets)
            self._tables[flags] = 4 * len(columns), _rows(columns)
        width, rows = self._tables[flags]
        table = rows[first * width : end * width]
        return KEY + table if self._video else table


def media_size(head: bytes) -> int:
    """How many bytes of media follow a head."""
    return int.from_bytes(head[-BOX_BYTES:-4], "big") - BOX_BYTES


def _rows(columns: "list[array[int]]") -> bytes:
    """Several columns of numbers, row by row, big-endian."""
    rows = array("I", bytes(4 * len(columns) * len(columns[0])))
    for n, column in enumerate(columns):
        rows[n :: len(columns)] = column
    if sys.byteorder == "little":
        rows.byteswap()
    return rows.tobytes()
