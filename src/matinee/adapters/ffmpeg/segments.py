"""Writes a track as CMAF (ISO/IEC 23000-19): one init segment and media segments that join without a gap.

It must not know ffmpeg's options or the plan's meaning. Why our own and not a muxer's segments: decode times here
equal the presentation grid of each closed group of pictures, so every rung of a film gets the same boundaries to the
tick and durations add up exactly, at a variable rate too; and an AAC track's priming is skipped by the edit list it
needs (ffmpeg 8.1's HLS muxer writes one that plays audio 21 ms late).

Each track has at most one edit, its `lead`: for audio the decoder's priming, for video the reordering delay of
B-frames (composition offsets stay positive so; ffmpeg shifts a picture whose offsets are negative by the delay).

    init.mp4       ftyp moov(mvhd trak(… stsd as the encoder wrote it …) mvex(mehd trex))
    seg-00001.m4s  styp, then moof mdat per group of pictures (video) or once (audio)
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import nlargest
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from matinee.adapters.ffmpeg.boxes import BoxError, box, full_box
from matinee.adapters.ffmpeg.samples import Track
from matinee.domain.rendition import segment_name
from matinee.domain.sound import FRAME_SAMPLES

# Sample flags (8.8.3.1): "depends on no other sample", and "depends on others, is no key".
KEY_FLAGS = 0x02000000
OTHER_FLAGS = 0x01010000
UNITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
# Object type "Audio ISO/IEC 14496-3", stream type "audio": how a decoder configuration of AAC begins.
AAC_DECODER = b"\x40\x15"
UNDETERMINED_LANGUAGE = 0x55C4  # "und" in five-bit letters; the playlist carries the language


@dataclass(frozen=True, slots=True)
class Fragment:
    """Samples `first` to `end` (exclusive), decoded from `start` on; `durations` and `shifts` are one per sample."""

    first: int
    end: int
    start: int
    durations: "array[int]"
    shifts: "array[int]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Where a chunk's samples stand in their rendition, all fixed by the plan and none by the chunk, in ticks.

    The chunk's first sample belongs at `start`, each next one `step` later, the one after its last at `end`; `keys`
    are its key frames, counted from 0. `duration` and `lead` are the whole rendition's.
    """

    first_segment: int
    start: int
    step: int
    count: int
    keys: tuple[int, ...]
    end: int
    duration: int
    lead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundPiece:
    """Which frames of a piece's track count: `count` behind `margin`, the first of them number `first` of the film.

    `film_ticks` is the whole rendition's length, priming included.
    """

    first_segment: int
    margin: int
    first: int
    count: int
    film_ticks: int
    bits_per_second: int


def write_rendition(track: Track, folder: Path, segment_seconds: int, film_end: Fraction) -> None:
    """`init.mp4` and the segments of a whole track in `folder`, which must exist. BoxError when it cannot be cut.

    `film_end` is when the film ends, in seconds: the last picture stands until then where the sound goes on, because
    a player stalls at the end of the shorter track. The first picture stands from zero for the same reason.
    """
    if track.handler == b"vide":
        track.shown[0] = min(track.shown[0], 0)
        fragments = tuple(_video_fragments(track, _video_end(track, int(film_end * track.timescale))))
        lead = -min(0, *(min(fragment.shifts) for fragment in fragments))
    else:
        fragments = tuple(_audio_fragments(track, segment_seconds))
        lead = max(0, -track.shown[0])
    end = fragments[-1].start + sum(fragments[-1].durations)
    end += 0 if track.handler == b"vide" else lead
    _write(track, folder, segment_seconds, fragments, 1, end, lead)


def write_stretch(track: Track, folder: Path, segment_seconds: int, stretch: Stretch) -> None:
    """The same for a chunk's track, whose first sample shows at zero. BoxError when it is not exactly the stretch."""
    grid = [n * stretch.step for n in range(stretch.count)]
    if sorted(track.shown) != grid or track.keys != stretch.keys:
        raise BoxError(f"{len(track.sizes)} pictures, of which {len(track.keys)} are key frames, are not the plan's")
    for n in range(stretch.count):
        track.shown[n] += stretch.start
    if stretch.first_segment == 1:
        track.shown[0] = 0
    fragments = tuple(_video_fragments(track, stretch.end))
    if -min(min(fragment.shifts) for fragment in fragments) > stretch.lead:
        raise BoxError("pictures are reordered further than the plan allows")
    track = replace(track, entry=_without_rates(track.entry))
    _write(track, folder, segment_seconds, fragments, stretch.first_segment, stretch.duration, stretch.lead)


def write_sound(track: Track, folder: Path, segment_seconds: int, sound: SoundPiece) -> None:
    """The same for a piece of a sound, of which the track has some frames more on both sides. BoxError if not."""
    begin, end = sound.margin, sound.margin + sound.count
    if len(track.sizes) < end or track.shown[0] != -FRAME_SAMPLES:
        raise BoxError(f"{len(track.sizes)} frames do not hold the {sound.count} behind {sound.margin}")
    piece = replace(
        track,
        entry=_nominal_rates(track.entry, sound.bits_per_second),
        offsets=track.offsets[begin:end],
        sizes=track.sizes[begin:end],
        durations=array("q", [FRAME_SAMPLES]) * sound.count,
        shown=array("q", ((sound.first + n - 1) * FRAME_SAMPLES for n in range(sound.count))),
        keys=tuple(range(sound.count)),
    )
    fragments = tuple(_audio_fragments(piece, segment_seconds))
    _write(piece, folder, segment_seconds, fragments, sound.first_segment, sound.film_ticks, FRAME_SAMPLES)


def _without_rates(entry: bytes) -> bytes:
    """An AV1 sample description without `btrt`: ffmpeg writes what came out of this chunk alone (H.264 has the cap)."""
    at, size = entry.find(b"btrt") - 4, 20
    if entry[12:16] != b"av01" or at < 0:
        return entry
    return entry[:8] + struct.pack(">I", len(entry) - 8 - size) + entry[12:at] + entry[at + size :]


def _nominal_rates(entry: bytes, bits_per_second: int) -> bytes:
    """A sound's sample description with the rate it was asked for, instead of what came out of this piece alone."""
    rates = struct.pack(">II", bits_per_second, bits_per_second)
    at = entry.index(AAC_DECODER, entry.index(b"esds")) + len(AAC_DECODER)  # DecoderConfigDescriptor (14496-1, 7.2.6.6)
    entry = entry[: at + 3] + rates + entry[at + 11 :]
    if (box_at := entry.find(b"btrt")) > 0:  # ISO/IEC 14496-12, 8.5.2: buffer size, then the same two
        entry = entry[: box_at + 8] + rates + entry[box_at + 16 :]
    return entry


def _write(
    track: Track,
    folder: Path,
    segment_seconds: int,
    fragments: tuple[Fragment, ...],
    first_segment: int,
    duration: int,
    lead: int,
) -> None:
    (folder / "init.mp4").write_bytes(init_segment(track, duration, lead))
    with track.path.open("rb") as source:
        for number, group in enumerate(_segments(fragments, segment_seconds * track.timescale), start=first_segment):
            with (folder / segment_name(number)).open("wb") as out:
                _write_segment(out, source, track, group, number, lead)


def init_segment(track: Track, duration: int, lead: int) -> bytes:
    """The init segment. `lead` ticks are skipped by an edit list; 0 writes none."""
    edits = b""
    if lead:
        edits = box(b"edts", full_box(b"elst", 0, 0, struct.pack(">IIiI", 1, 0, lead, 0x10000)))
    trak = box(b"trak", _tkhd(track), edits, _mdia(track))
    mehd = full_box(b"mehd", 1, 0, struct.pack(">Q", duration))
    trex = full_box(b"trex", 0, 0, struct.pack(">IIIII", 1, 1, 0, 0, 0))
    moov = box(b"moov", _mvhd(track), trak, box(b"mvex", mehd, trex))
    return box(b"ftyp", b"iso6", bytes(4), b"iso6", b"cmfc") + moov


def _video_end(track: Track, film_end: int) -> int:
    """When the last picture ends: with the film, unless only the rounding of frames and samples lies between."""
    last, *before = nlargest(2, track.shown)
    # As long as the one before it stood. What the file says last is of the picture decoded last: with a varying rate
    # another one in each codec, and rungs would end apart.
    own_end = last + max(1, last - before[0] if before else track.durations[-1])
    return film_end if film_end - own_end > track.timescale // 10 else own_end


def _video_fragments(track: Track, end_of_all: int) -> Iterator[Fragment]:
    """One per closed group of pictures. Decode times are the group's own presentation times in rising order."""
    if track.keys[0] != 0:
        raise BoxError("the first sample is no key frame")
    ends = (*track.keys[1:], len(track.sizes))
    groups = [sorted(track.shown[first:end]) for first, end in zip(track.keys, ends, strict=True)]
    for n, (first, end) in enumerate(zip(track.keys, ends, strict=True)):
        decoded = groups[n]
        following = groups[n + 1][0] if n + 1 < len(groups) else end_of_all
        times = array("q", (*decoded, following))
        durations = array("q", (b - a for a, b in pairwise(times)))
        if min(durations) < 1 or track.shown[first] != decoded[0]:
            raise BoxError("a group of pictures is not closed")
        shifts = array("q", (s - d for s, d in zip(track.shown[first:end], decoded, strict=True)))
        yield Fragment(first, end, decoded[0], durations, shifts)


def _audio_fragments(track: Track, segment_seconds: int) -> Iterator[Fragment]:
    """One per segment: cut at the first sample at or after each boundary, so audio cuts lie beside the video's."""
    grid, first = segment_seconds * track.timescale, 0
    count = len(track.sizes)
    for n in range(1, count + 1):
        if n == count or max(track.shown[n], 0) // grid > max(track.shown[first], 0) // grid:
            yield Fragment(first, n, track.shown[first], track.durations[first:n], array("q", bytes(8 * (n - first))))
            first = n


def _segments(fragments: tuple[Fragment, ...], grid: int) -> Iterator[list[Fragment]]:
    group: list[Fragment] = []
    for fragment in fragments:
        if group and max(fragment.start, 0) // grid > max(group[0].start, 0) // grid:
            yield group
            group = []
        group.append(fragment)
    yield group


def _write_segment(
    out: BinaryIO, source: BinaryIO, track: Track, group: list[Fragment], number: int, lead: int
) -> None:
    out.write(box(b"styp", b"cmfs", bytes(4), b"cmfs", b"msdh"))
    for position, fragment in enumerate(group):
        # Rising in a rendition (8.8.5); a segment never holds a thousand groups of pictures that matter here.
        out.write(_moof(track, fragment, number * 1000 + position, lead))
        size = sum(track.sizes[fragment.first : fragment.end])
        out.write(struct.pack(">I4s", size + 8, b"mdat"))
        for offset, length in _runs(track, fragment):
            source.seek(offset)
            out.write(source.read(length))


def _runs(track: Track, fragment: Fragment) -> Iterator[tuple[int, int]]:
    """Neighbouring samples as one read each."""
    at, length = track.offsets[fragment.first], 0
    for n in range(fragment.first, fragment.end):
        if track.offsets[n] != at + length:
            yield at, length
            at, length = track.offsets[n], 0
        length += track.sizes[n]
    yield at, length


def _moof(track: Track, fragment: Fragment, sequence: int, lead: int) -> bytes:
    default = fragment.durations[0]
    uneven = any(d != default for d in fragment.durations)
    video = track.handler == b"vide"
    # Both ways presentation is decode time + offset - lead: video decodes on its presentation grid and is shown `lead`
    # later by its offsets, audio has no offsets and decodes `lead` earlier than its first sound.
    decode_time = fragment.start if video else fragment.start + lead
    offsets = [shift + lead for shift in fragment.shifts] if video else []
    # tfhd: default duration, default flags, default-base-is-moof.
    flags = struct.pack(">I", OTHER_FLAGS if video else KEY_FLAGS)
    tfhd = full_box(b"tfhd", 0, 0x020028, struct.pack(">II", 1, default), flags)
    tfdt = full_box(b"tfdt", 1, 0, struct.pack(">Q", decode_time))
    # trun: data offset, (first sample's flags), (durations), sizes, (composition offsets).
    columns = [track.sizes[fragment.first : fragment.end]]
    if uneven:
        columns.insert(0, fragment.durations)
    if any(offsets):
        columns.append(array("q", offsets))
    trun_flags = 0x201 | 0x4 * video | 0x100 * uneven | 0x800 * any(offsets)
    first_flags = struct.pack(">I", KEY_FLAGS) if video else b""
    cells = [value for row in zip(*columns, strict=True) for value in row]
    table = struct.pack(f">{len(cells)}I", *cells)

    def moof(data_offset: int) -> bytes:
        head = struct.pack(">Ii", fragment.end - fragment.first, data_offset)
        trun = full_box(b"trun", 0, trun_flags, head, first_flags, table)
        return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)), box(b"traf", tfhd, tfdt, trun))

    return moof(len(moof(0)) + 8)


def _mvhd(track: Track) -> bytes:
    times = struct.pack(">IIII", 0, 0, track.timescale, 0)
    rest = struct.pack(">IH", 0x10000, 0x0100) + bytes(10) + UNITY_MATRIX + bytes(24) + struct.pack(">I", 2)
    return full_box(b"mvhd", 0, 0, times, rest)


def _tkhd(track: Track) -> bytes:
    head = struct.pack(">IIIII", 0, 0, 1, 0, 0) + bytes(8)
    volume = 0x0100 if track.handler == b"soun" else 0
    middle = struct.pack(">hhHH", 0, 0, volume, 0)
    return full_box(
        b"tkhd", 0, 3, head, middle, UNITY_MATRIX, struct.pack(">II", track.width << 16, track.height << 16)
    )


def _mdia(track: Track) -> bytes:
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, track.timescale, 0, UNDETERMINED_LANGUAGE, 0))
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), track.handler, bytes(12), b"Matinee\0")
    video = track.handler == b"vide"
    media = full_box(b"vmhd", 0, 1, bytes(8)) if video else full_box(b"smhd", 0, 0, bytes(4))
    dinf = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    empty = [full_box(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc")]
    empty += [full_box(b"stsz", 0, 0, bytes(8)), full_box(b"stco", 0, 0, bytes(4))]
    stbl = box(b"stbl", box(b"stsd", track.entry), *empty)
    return box(b"mdia", mdhd, hdlr, box(b"minf", media, dinf, stbl))
