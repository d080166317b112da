"""The sample table of a one-track MP4 file (ISO/IEC 14496-12, 8.6 and 8.7): where each sample lies and when it shows.

It must not know segments. ffmpeg writes such a file per rendition; this reads its index, never its media.
"""

import struct
from array import array
from dataclasses import dataclass
from pathlib import Path

from matinee.adapters.ffmpeg.boxes import BoxError, children, need, top_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track. Lists run in decode order; `shown` is each sample's presentation time after the edit list.

    Numbers are signed 64-bit (array code "q"), for a long film's offsets and ticks. `entry` is the sample description
    box as it stands (codec configuration included), `handler` is b"vide" or b"soun".
    """

    path: Path
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
    movie_scale = _timescale(need(moov, b"mvhd").payload)
    trak = next((b.payload for b in children(moov) if b.kind == b"trak"), None)
    if trak is None:
        raise BoxError("no track")
    mdia = need(trak, b"mdia").payload
    timescale = _timescale(need(mdia, b"mdhd").payload)
    table = need(mdia, b"minf", b"stbl").payload
    sizes = _sizes(need(table, b"stsz").payload)
    if not sizes:
        raise BoxError("no samples")
    durations = _durations(need(table, b"stts").payload)
    shift = _edit_shift(trak, movie_scale, timescale)
    width, height = struct.unpack(">II", need(trak, b"tkhd").payload[-8:])
    return Track(
        path=path,
        handler=need(mdia, b"hdlr").body[4:8],
        timescale=timescale,
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


def _timescale(payload: bytes) -> int:
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
    same, count = struct.unpack_from(">II", payload, 4)
    if same:
        return array("q", [same] * count)
    return array("q", struct.unpack_from(f">{count}I", payload, 12))


def _durations(payload: bytes) -> "array[int]":
    durations = array("q")
    for count, delta in struct.iter_unpack(">II", payload[8:]):
        durations.extend(array("q", [delta]) * count)
    return durations


def _shown(table: bytes, durations: "array[int]", shift: int) -> "array[int]":
    shown, at = array("q"), shift
    for duration in durations:
        shown.append(at)
        at += duration
    ctts = next((b for b in children(table) if b.kind == b"ctts"), None)
    if ctts is None:
        return shown
    position = 0
    # Version 0 is unsigned by the standard; no real offset reaches 2^31, so one signed reading serves both.
    for count, offset in struct.iter_unpack(">Ii", ctts.body[4:]):
        for n in range(position, position + count):
            shown[n] += offset
        position += count
    return shown


def _offsets(table: bytes, sizes: "array[int]") -> "array[int]":
    chunks = _chunk_offsets(table)
    runs = list(struct.iter_unpack(">III", need(table, b"stsc").payload[8:]))
    offsets, sample = array("q"), 0
    for n, (first, per_chunk, _description) in enumerate(runs):
        last = runs[n + 1][0] if n + 1 < len(runs) else len(chunks) + 1
        for chunk in range(first - 1, last - 1):
            at = chunks[chunk]
            for _ in range(per_chunk):
                offsets.append(at)
                at += sizes[sample]
                sample += 1
    if sample != len(sizes):
        raise BoxError(f"{len(sizes)} samples, {sample} placed")
    return offsets


def _chunk_offsets(table: bytes) -> tuple[int, ...]:
    for entry in children(table):
        if entry.kind in (b"stco", b"co64"):
            count = int.from_bytes(entry.payload[4:8], "big")
            return struct.unpack_from(f">{count}{'I' if entry.kind == b'stco' else 'Q'}", entry.payload, 8)
    raise BoxError("no chunk offsets")


def _keys(table: bytes, count: int) -> tuple[int, ...]:
    for entry in children(table):
        if entry.kind == b"stss":
            return tuple(n - 1 for (n,) in struct.iter_unpack(">I", entry.payload[8:]))
    return tuple(range(count))
