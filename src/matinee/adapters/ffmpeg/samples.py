"""The sample table of a one-track MP4 file (ISO/IEC 14496-12, 8.6 and 8.7): where each sample lies and when it shows.

It must not know segments. ffmpeg writes such a file per rendition; this reads its index, never its media. The tables
of strangers' files are read by the same functions, so each checks its counts before it makes anything of that size.
"""

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from matinee.adapters.ffmpeg.boxes import BoxError, children, find, need, top_level
from matinee.adapters.ffmpeg.columns import Shifted, numbers, spread
from matinee.domain.places import Places, places

MAX_SAMPLES = 1 << 24  # 77 hours at 60 pictures a second; what claims more only fills the memory
FEW_RUNS = 16  # so many are put one behind the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track. Lists run in decode order; `shown` is each sample's presentation time after the edit list.

    Times are a `range` where the file says that they are even, which takes no time however many there are, else signed
    64-bit numbers (array code "q") or what is `Shifted` from either.

    `rising` are they in rising order, where every group of pictures is known to be
    closed (`timing.closed_order`), else None. `entry` is the sample description box as it stands (codec configuration
    included), `handler` is b"vide" or b"soun".
    """

    handler: bytes
    timescale: int
    entry: bytes
    width: int
    height: int
    sizes: "array[int]"
    places: Places
    durations: "array[int]"
    shown: Sequence[int]
    keys: Sequence[int]
    rising: Sequence[int] | None = None


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
    stts = need(table, b"stts").payload
    values, counts = _runs(stts)
    if not sizes or sum(counts) != len(sizes):
        raise BoxError(f"{len(sizes)} samples, {sum(counts)} of them timed")
    width, height = struct.unpack(">II", need(trak, b"tkhd").payload[-8:])
    durations = _durations(stts, values, counts)
    decoded = _decoded(durations, _step(values, counts), shift)
    shown, keys = _shown(table, decoded), _keys(table, len(sizes))
    in_order = shown is decoded or isinstance(shown, range)
    return Track(
        handler=need(mdia, b"hdlr").body[4:8],
        timescale=timescale_of(need(mdia, b"mdhd").payload),
        entry=need(table, b"stsd").payload,
        width=width >> 16,
        height=height >> 16,
        sizes=sizes,
        places=_places(table, sizes),
        durations=durations,
        shown=shown,
        keys=keys,
        rising=shown if in_order and keys and not keys[0] else None,
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
        return array("I", [same]) * count
    return numbers("I", payload, 12, count)


def runs_of(table: bytes, kind: bytes) -> "tuple[array[int], array[int]]":
    """The values of a table of runs (`stts`, `ctts`: 8.6.1), and how often each stands; none when it is not there."""
    found = find(table, kind)
    return (array("i"), array("I")) if found is None else _runs(found.payload)


def _runs(payload: bytes) -> "tuple[array[int], array[int]]":
    # Unsigned by the standard but for offsets of version 1; no real one reaches 2^31, so one reading serves all.
    cells = numbers("i", payload, 8, 2 * int.from_bytes(payload[4:8], "big"))
    return cells[1::2], cells[::2]


def _step(values: "array[int]", counts: "array[int]") -> int:
    """How long each sample is but the last, whose length moves no other; 0 when they differ."""
    if len(values) == 1 or (len(values) == 2 and counts[1] == 1):
        return values[0]
    return 0


def _decoded(durations: "array[int]", step: int, shift: int) -> Sequence[int]:
    if step:
        return range(shift, shift + step * len(durations), step)
    return array("q", accumulate(durations[:-1], initial=shift))


def _shown(table: bytes, decoded: Sequence[int]) -> Sequence[int]:
    found = find(table, b"ctts")
    values, counts = _runs(found.payload) if found else (array("i"), array("I"))
    if found is None or not values:
        return decoded
    if sum(counts) != len(decoded):
        raise BoxError("composition offsets are not one per sample")
    if len(values) == 1 and isinstance(decoded, range):
        return range(decoded.start + values[0], decoded.stop + values[0], decoded.step)
    return Shifted(decoded, spread(found.payload, 8, len(values)))


def _durations(payload: bytes, values: "array[int]", counts: "array[int]") -> "array[int]":
    """Each value as often as its count says."""
    _check_count(sum(counts))
    if len(values) > FEW_RUNS:
        return array("q", spread(payload, 8, len(values)))
    lengths = array("q")
    for value, count in zip(values, counts, strict=True):
        lengths += array("q", [value]) * count
    return lengths


def _places(table: bytes, sizes: "array[int]") -> Places:
    """The box tells how many samples a chunk has for runs of chunks, numbered from 1 (8.7.4)."""
    stsc, offsets = need(table, b"stsc").payload, _chunk_offsets(table)
    cells = numbers("I", stsc, 8, 3 * int.from_bytes(stsc[4:8], "big"))
    try:
        return places(sizes, offsets, cells[::3], cells[1::3])
    except ValueError as wrong:
        raise BoxError(str(wrong)) from wrong


def _chunk_offsets(table: bytes) -> "array[int]":
    for entry in children(table):
        if entry.kind in (b"stco", b"co64"):
            count = int.from_bytes(entry.payload[4:8], "big")
            return numbers("I" if entry.kind == b"stco" else "Q", entry.payload, 8, count)
    raise BoxError("no chunk offsets")


def _keys(table: bytes, count: int) -> Sequence[int]:
    stss = find(table, b"stss")
    if stss is None:
        return range(count)
    keys = numbers("I", stss.payload, 8, int.from_bytes(stss.payload[4:8], "big"))
    return tuple(n - 1 for n in keys)


def _check_count(count: int) -> None:
    if count > MAX_SAMPLES:
        raise BoxError(f"{count} samples are more than any film has")
