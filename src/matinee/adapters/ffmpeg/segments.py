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
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import nlargest
from itertools import chain, compress
from operator import add, ne, sub
from pathlib import Path

from matinee.adapters.ffmpeg.boxes import BoxError, box, full_box
from matinee.adapters.ffmpeg.init_segment import init_segment
from matinee.adapters.ffmpeg.samples import Track
from matinee.domain.rendition import segment_name
from matinee.domain.sound import FRAME_SAMPLES
from matinee.domain.source_index import Part

# Sample flags (8.8.3.1): "depends on no other sample", and "depends on others, is no key".
KEY_FLAGS = 0x02000000
OTHER_FLAGS = 0x01010000
SEGMENT_TYPE = box(b"styp", b"cmfs", bytes(4), b"cmfs", b"msdh")
# Object type "Audio ISO/IEC 14496-3", stream type "audio": how a decoder configuration of AAC begins.
AAC_DECODER = b"\x40\x15"


@dataclass(frozen=True, slots=True)
class Fragment:
    """Samples `first` to `end` (exclusive), decoded from `start` on; `durations` and `shifts` are one per sample."""

    first: int
    end: int
    start: int
    durations: "array[int]"
    shifts: "array[int]"


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a track is cut: its fragments, the grid its segments begin on, and what its init segment says, in ticks."""

    fragments: tuple[Fragment, ...]
    grid_ticks: int
    first_segment: int
    duration: int
    lead: int


# A head of our own, and the runs (offset, length) of the file that follow it.


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


def write_rendition(track: Track, file: Path, folder: Path, segment_seconds: int, film_end: Fraction) -> None:
    """`init.mp4` and the segments of a whole track in `folder`, which must exist. BoxError when it cannot be cut."""
    _write(track, file, folder, cut_rendition(track, segment_seconds, film_end))


def cut_rendition(track: Track, segment_seconds: int, film_end: Fraction) -> Cut:
    """Where a whole track is cut. BoxError when it cannot be.

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
    return Cut(fragments, segment_seconds * track.timescale, 1, end, lead)


def write_stretch(track: Track, file: Path, folder: Path, segment_seconds: int, stretch: Stretch) -> None:
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
    grid_ticks = segment_seconds * track.timescale
    _write(track, file, folder, Cut(fragments, grid_ticks, stretch.first_segment, stretch.duration, stretch.lead))


def write_sound(track: Track, file: Path, folder: Path, segment_seconds: int, sound: SoundPiece) -> None:
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
    grid_ticks = segment_seconds * track.timescale
    _write(piece, file, folder, Cut(fragments, grid_ticks, sound.first_segment, sound.film_ticks, FRAME_SAMPLES))


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


def _write(track: Track, file: Path, folder: Path, cut: Cut) -> None:
    (folder / "init.mp4").write_bytes(init_segment(track, cut.duration, cut.lead))
    with file.open("rb") as source:
        for number, parts in segments(track, cut):
            with (folder / segment_name(number)).open("wb") as out:
                for head, runs in parts:
                    out.write(head)
                    for offset, length in runs:
                        source.seek(offset)
                        out.write(source.read(length))


def segments(track: Track, cut: Cut) -> Iterator[tuple[int, list[Part]]]:
    """Every segment with its number, as the parts it is joined from, one per fragment."""
    for number, group in enumerate(_segments(cut.fragments, cut.grid_ticks), start=cut.first_segment):
        # Rising in a rendition (8.8.5); a segment never holds a thousand groups of pictures that matter here.
        parts = [_part(track, fragment, number * 1000 + n, cut.lead) for n, fragment in enumerate(group)]
        parts[0] = SEGMENT_TYPE + parts[0][0], parts[0][1]
        yield number, parts


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
        durations = array("q", map(sub, times[1:], times))
        if min(durations) < 1 or track.shown[first] != decoded[0]:
            raise BoxError("a group of pictures is not closed")
        shifts = array("q", map(sub, track.shown[first:end], decoded))
        yield Fragment(first, end, decoded[0], durations, shifts)


def _audio_fragments(track: Track, segment_seconds: int) -> Iterator[Fragment]:
    """One per segment: cut at the first sample at or after each boundary, so audio cuts lie beside the video's."""
    grid, first = segment_seconds * track.timescale, 0
    count = len(track.sizes)
    while first < count:
        boundary = (max(track.shown[first], 0) // grid + 1) * grid
        end = bisect_left(track.shown, boundary, first + 1)
        yield Fragment(first, end, track.shown[first], track.durations[first:end], array("q", bytes(8 * (end - first))))
        first = end


def _segments(fragments: tuple[Fragment, ...], grid: int) -> Iterator[list[Fragment]]:
    group: list[Fragment] = []
    for fragment in fragments:
        if group and max(fragment.start, 0) // grid > max(group[0].start, 0) // grid:
            yield group
            group = []
        group.append(fragment)
    yield group


def _part(track: Track, fragment: Fragment, sequence: int, lead: int) -> Part:
    size = sum(track.sizes[fragment.first : fragment.end])
    head = _moof(track, fragment, sequence, lead) + struct.pack(">I4s", size + 8, b"mdat")
    return head, _runs(track, fragment)


def _runs(track: Track, fragment: Fragment) -> list[tuple[int, int]]:
    """Neighbouring samples as one read each: where it begins in the source, and how long it is."""
    offsets, sizes = track.offsets[fragment.first : fragment.end], track.sizes[fragment.first : fragment.end]
    ends = array("q", map(add, offsets, sizes))
    breaks = list(compress(range(1, len(ends)), map(ne, ends, offsets[1:])))
    bounds = zip((0, *breaks), (*breaks, len(offsets)), strict=True)
    return [(offsets[first], ends[last - 1] - offsets[first]) for first, last in bounds]


def _moof(track: Track, fragment: Fragment, sequence: int, lead: int) -> bytes:
    default = fragment.durations[0]
    uneven = fragment.durations.count(default) != len(fragment.durations)
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
    shifted = any(offsets)
    if shifted:
        columns.append(array("q", offsets))
    trun_flags = 0x201 | 0x4 * video | 0x100 * uneven | 0x800 * shifted
    first_flags = struct.pack(">I", KEY_FLAGS) if video else b""
    cells = list(chain.from_iterable(zip(*columns, strict=True)))
    table = struct.pack(f">{len(cells)}I", *cells)

    def moof(data_offset: int) -> bytes:
        head = struct.pack(">Ii", fragment.end - fragment.first, data_offset)
        trun = full_box(b"trun", 0, trun_flags, head, first_flags, table)
        return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)), box(b"traf", tfhd, tfdt, trun))

    return moof(len(moof(0)) + 8)
