"""The sample table of a one-track MP4 file (ISO/IEC 14496-12, 8.6 and 8.7): where each sample lies and when it shows.

It must not know segments. ffmpeg writes such a file per rendition; this reads its index, never its media. The tables
of strangers' files are read by the same functions, so each checks its counts before it makes anything of that size.
"""

import struct
import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, chain, repeat
from operator import add, sub
from pathlib import Path

from matinee.adapters.ffmpeg.boxes import BoxError, children, find, need, top_level

MAX_SAMPLES = 1 << 24  # 77 hours at 60 pictures a second; what claims more only fills the memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track. Lists run in decode order; `shown` is each sample's presentation time after the edit list.

    Numbers are signed 64-bit (array code "q"), for a long film's offsets and ticks. `entry` is the sample description
    box as it stands (codec configuration included), `handler` is b"vide" or b"soun".
    """

    handler: bytes
    timescale: int
    entry: bytes
    width: int
    height: int
    offsets: "array[int]"
    sizes: "array[int]"
    durations: "array[int]"
    shown: "array[int]"
    keys: tuple[int, ...]


def read_track(path: Path) -> Track:
    """The track of a file. BoxError when it has none, or no sample."""
    moov = _moov(path)
    trak = next((b.payload for b in children(moov) if b.kind == b"trak"), None)
    if trak is None:
        raise BoxError("no track")
    movie_scale = timescale_of(need(moov, b"mvhd").payload)
    return track_of(trak, _edit_shift(trak, movie_scale, timescale_of(need(trak, b"mdia", b"mdhd").payload)))


def track_of(trak: bytes, shift: int) -> Track:
    """The track in a `trak` box; `shift` is what its edit list adds to composition times. BoxError without a sample."""
    mdia = need(trak, b"mdia").payload
    table = need(mdia, b"minf", b"stbl").payload
    sizes = _sizes(need(table, b"stsz").payload)
    durations = _durations(need(table, b"stts").payload)
    if not sizes or len(durations) != len(sizes):
        raise BoxError(f"{len(sizes)} samples, {len(durations)} of them timed")
    width, height = struct.unpack(">II", need(trak, b"tkhd").payload[-8:])
    return Track(
        handler=need(mdia, b"hdlr").body[4:8],
        timescale=timescale_of(need(mdia, b"mdhd").payload),
        entry=need(table, b"stsd").payload,
        width=width >> 16,
        height=height >> 16,
        offsets=_offsets(table, sizes),
        sizes=sizes,
        durations=durations,
        shown=_shown(table, durations, shift),
        keys=_keys(table, len(sizes)),
    )


def _moov(path: Path) -> bytes:
    with path.open("rb") as file:
        for kind, offset, size in top_level(file, path.stat().st_size):
            if kind == b"moov":
                file.seek(offset)
                return file.read(size)
    raise BoxError("no moov box")


def timescale_of(payload: bytes) -> int:
    """Ticks per second, from the payload of `mvhd` or `mdhd` (8.2.2, 8.4.2)."""
    return int.from_bytes(payload[20:24] if payload[0] == 1 else payload[12:16], "big")


def _edit_shift(trak: bytes, movie_scale: int, timescale: int) -> int:
    """What to add to a composition time to get the presentation time: empty edits less the first media time (8.6.6)."""
    try:
        elst = need(trak, b"edts", b"elst")
    except BoxError:
        return 0
    form = ">QqI" if elst.version == 1 else ">IiI"
    shift = 0
    for length, media_time, _rate in struct.iter_unpack(form, elst.body[4:]):
        if media_time >= 0:
            return shift - int(media_time)
        shift += length * timescale // movie_scale
    return shift


def _sizes(payload: bytes) -> "array[int]":
    same, count = int.from_bytes(payload[4:8], "big"), int.from_bytes(payload[8:12], "big")
    _check_count(count)
    if same:
        return array("q", [same]) * count
    return array("q", _numbers("I", payload, 12, count))


def _durations(payload: bytes) -> "array[int]":
    cells = _numbers("I", payload, 8, 2 * int.from_bytes(payload[4:8], "big"))
    return _repeated(cells[1::2], cells[::2])


def _shown(table: bytes, durations: "array[int]", shift: int) -> "array[int]":
    shown = array("q", accumulate(durations[:-1], initial=shift))
    ctts = find(table, b"ctts")
    if ctts is None:
        return shown
    # Version 0 is unsigned by the standard; no real offset reaches 2^31, so one signed reading serves both.
    cells = _numbers("i", ctts.payload, 8, 2 * int.from_bytes(ctts.payload[4:8], "big"))
    offsets = _repeated(cells[1::2], cells[::2])
    if len(offsets) != len(shown):
        raise BoxError("composition offsets are not one per sample")
    return array("q", map(add, shown, offsets))


def _repeated(values: Iterable[int], counts: "array[int]") -> "array[int]":
    """Each value as often as its count says."""
    _check_count(sum(counts))
    if counts and min(counts) == max(counts) == 1:
        return array("q", values)
    return array("q", chain.from_iterable(map(repeat, values, counts)))


def _offsets(table: bytes, sizes: "array[int]") -> "array[int]":
    chunks, held = _chunk_offsets(table), _samples_per_chunk(table)
    if sum(held) != len(sizes):
        raise BoxError(f"{len(sizes)} samples, {sum(held)} placed in {len(chunks)} chunks")
    before = array("q", accumulate(sizes[:-1], initial=0))
    firsts = accumulate(held[:-1], initial=0)
    # A sample lies as far behind its chunk's beginning as the sizes before it say, less those before the chunk.
    shifts = map(sub, chunks, map(before.__getitem__, firsts))
    return array("q", map(add, before, _repeated(shifts, held)))


def _samples_per_chunk(table: bytes) -> "array[int]":
    """For each chunk; the box tells it for runs of chunks (8.7.4)."""
    stsc = need(table, b"stsc").payload
    cells = _numbers("I", stsc, 8, 3 * int.from_bytes(stsc[4:8], "big"))
    firsts, counts = cells[::3], cells[1::3]
    nexts = (*firsts[1:], len(_chunk_offsets(table)) + 1)
    runs = array("q", map(sub, nexts, firsts))
    if not firsts or firsts[0] != 1 or min(runs) < 1 or not min(counts):
        raise BoxError("chunks are not in order")
    return _repeated(counts, runs)


def _chunk_offsets(table: bytes) -> "array[int]":
    for entry in children(table):
        if entry.kind in (b"stco", b"co64"):
            count = int.from_bytes(entry.payload[4:8], "big")
            return array("q", _numbers("I" if entry.kind == b"stco" else "Q", entry.payload, 8, count))
    raise BoxError("no chunk offsets")


def _keys(table: bytes, count: int) -> tuple[int, ...]:
    stss = find(table, b"stss")
    if stss is None:
        return tuple(range(count))
    keys = _numbers("I", stss.payload, 8, int.from_bytes(stss.payload[4:8], "big"))
    return tuple(n - 1 for n in keys)


def _numbers(code: str, payload: bytes, at: int, count: int) -> "array[int]":
    """A column of big-endian numbers."""
    numbers = array(code)
    cells = payload[at : at + count * numbers.itemsize]
    if len(cells) != count * numbers.itemsize:
        raise BoxError(f"a table of {count} entries is cut off")
    numbers.frombytes(cells)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _check_count(count: int) -> None:
    if count > MAX_SAMPLES:
        raise BoxError(f"{count} samples are more than any film has")
