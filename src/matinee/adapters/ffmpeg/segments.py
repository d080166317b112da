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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import repeat
from operator import add, sub
from pathlib import Path

from matinee.adapters.ffmpeg.boxes import VIDEO_ENTRY_BYTES, BoxError, box, children
from matinee.adapters.ffmpeg.columns import Shifted, raised
from matinee.adapters.ffmpeg.heads import Heads
from matinee.adapters.ffmpeg.init_segment import init_segment
from matinee.adapters.ffmpeg.samples import Track
from matinee.adapters.ffmpeg.timing import closed_order
from matinee.domain.rendition import segment_name
from matinee.domain.sound import FRAME_SAMPLES
from matinee.domain.source_index import Part

SEGMENT_TYPE = box(b"styp", b"cmfs", bytes(4), b"cmfs", b"msdh")
# Object type "Audio ISO/IEC 14496-3", stream type "audio": how a decoder configuration of AAC begins.
AAC_DECODER = b"\x40\x15"


@dataclass(frozen=True, slots=True)
class Fragment:
    """Samples `first` to `end` (exclusive), decoded from `start` to `stop` (exclusive)."""

    first: int
    end: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Where a track is cut: its fragments, the grid its segments begin on, and what its init segment says, in ticks.

    `durations` are how long each sample is decoded, `shifts` plus `later` how much later than that it shows (None: all
    at once).
    """

    fragments: tuple[Fragment, ...]
    durations: "array[int]"
    shifts: "array[int] | None"
    grid_ticks: int
    first_segment: int
    duration: int
    lead: int
    later: int = 0


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
    grid = segment_seconds * track.timescale
    if track.handler == b"vide":
        track = _closed(_from_zero(track))
        end = _video_end(track, int(film_end * track.timescale))
        return _picture_cut(track, end, grid)
    fragments = tuple(_audio_fragments(track, grid))
    lead = max(0, -track.shown[0])
    return Cut(
        fragments=fragments,
        durations=track.durations,
        shifts=None,
        grid_ticks=grid,
        first_segment=1,
        duration=fragments[-1].stop + lead,
        lead=lead,
    )


def write_stretch(track: Track, file: Path, folder: Path, segment_seconds: int, stretch: Stretch) -> None:
    """The same for a chunk's track, whose first sample shows at zero. BoxError when it is not exactly the stretch."""
    grid = [n * stretch.step for n in range(stretch.count)]
    if sorted(track.shown) != grid or tuple(track.keys) != stretch.keys:
        raise BoxError(f"{len(track.sizes)} pictures, of which {len(track.keys)} are key frames, are not the plan's")
    track = replace(track, shown=array("q", map(add, track.shown, repeat(stretch.start))), rising=None)
    if stretch.first_segment == 1:
        track = _from_zero(track)
    cut = _picture_cut(_closed(track), stretch.end, segment_seconds * track.timescale)
    if cut.lead > stretch.lead:
        raise BoxError("pictures are reordered further than the plan allows")
    cut = replace(cut, first_segment=stretch.first_segment, duration=stretch.duration, lead=stretch.lead)
    _write(replace(track, entry=_without_rates(track.entry)), file, folder, cut)


def write_sound(track: Track, file: Path, folder: Path, segment_seconds: int, sound: SoundPiece) -> None:
    """The same for a piece of a sound, of which the track has some frames more on both sides. BoxError if not."""
    begin, end = sound.margin, sound.margin + sound.count
    if len(track.sizes) < end or track.shown[0] != -FRAME_SAMPLES:
        raise BoxError(f"{len(track.sizes)} frames do not hold the {sound.count} behind {sound.margin}")
    piece = replace(
        track,
        entry=_nominal_rates(track.entry, sound.bits_per_second),
        sizes=track.sizes[begin:end],
        places=track.places.without_first(begin),
        durations=array("q", [FRAME_SAMPLES]) * sound.count,
        shown=range((sound.first - 1) * FRAME_SAMPLES, (sound.first - 1 + sound.count) * FRAME_SAMPLES, FRAME_SAMPLES),
        keys=range(sound.count),
    )
    grid = segment_seconds * track.timescale
    cut = Cut(
        fragments=tuple(_audio_fragments(piece, grid)),
        durations=piece.durations,
        shifts=None,
        grid_ticks=grid,
        first_segment=sound.first_segment,
        duration=sound.film_ticks,
        lead=FRAME_SAMPLES,
    )
    _write(piece, file, folder, cut)


def _without_rates(entry: bytes) -> bytes:
    """A picture's sample description without `btrt`: ffmpeg writes what came out of this chunk alone.

    (Of H.264 the cap, unless the chunk's average is above it: at the beginning the buffer may be spent on top.)
    """
    found = next(children(entry[8:]))
    kept = (box(b.kind, b.payload) for b in children(found.payload[VIDEO_ENTRY_BYTES:]) if b.kind != b"btrt")
    return entry[:8] + box(found.kind, found.payload[:VIDEO_ENTRY_BYTES], *kept)


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
                for head, first, end in parts:
                    out.write(head)
                    for run in track.places.runs_of(first, end):
                        source.seek(run.offset)
                        out.write(source.read(run.length))


def segments(track: Track, cut: Cut) -> Iterator[tuple[int, list[Part]]]:
    """Every segment with its number, as the parts it is joined from, one per fragment."""
    shifts = cut.shifts if cut.shifts is None else raised(cut.shifts, cut.later + cut.lead)
    heads = Heads(track, cut.durations, shifts, cut.lead)
    for number, group in enumerate(_segments(cut.fragments, cut.grid_ticks), start=cut.first_segment):
        # Rising in a rendition (8.8.5); a segment never holds a thousand groups of pictures that matter here.
        parts = [(heads.of(f.first, f.end, f.start, number * 1000 + n), f.first, f.end) for n, f in enumerate(group)]
        parts[0] = SEGMENT_TYPE + parts[0][0], *parts[0][1:]
        yield number, parts


def _from_zero(track: Track) -> Track:
    """The first picture stands from zero."""
    if track.shown[0] <= 0:
        return track
    shown = array("q", track.shown)
    shown[0] = 0
    return replace(track, shown=shown, rising=None)


def _closed(track: Track) -> Track:
    """The track with its times sorted. BoxError when a group of pictures is not closed."""
    rising = closed_order(track.shown, track.keys) if track.rising is None else track.rising
    if rising is None:
        raise BoxError("a group of pictures is not closed, or the first picture is no key frame")
    return replace(track, rising=rising)


def _picture_cut(track: Track, end_of_all: int, grid_ticks: int) -> Cut:
    """One fragment per closed group. Decode times are the group's own presentation times in rising order."""
    decoded = track.shown if track.rising is None else track.rising
    durations = _lengths(decoded, end_of_all)
    shifts, later = (None, 0) if decoded is track.shown else _shifts(track.shown, decoded)
    starts = (*(decoded[key] for key in track.keys), end_of_all)
    bounds = zip(track.keys, (*track.keys[1:], len(decoded)), starts, starts[1:], strict=False)
    return Cut(
        fragments=tuple(Fragment(first, end, start, stop) for first, end, start, stop in bounds),
        durations=durations,
        shifts=shifts,
        grid_ticks=grid_ticks,
        first_segment=1,
        duration=end_of_all,
        lead=max(0, -min(shifts) - later) if shifts else 0,
        later=later,
    )


def _shifts(shown: Sequence[int], decoded: Sequence[int]) -> "tuple[array[int], int]":
    """How much later than it is decoded each shows: a column, and what is to be added to all of it."""
    if isinstance(shown, Shifted) and _in_step(shown.times, decoded):
        return shown.offsets, shown.times[0] - decoded[0]  # the file's own column
    return array("q", map(sub, shown, decoded)), 0


def _in_step(times: Sequence[int], others: Sequence[int]) -> bool:
    return isinstance(times, range) and isinstance(others, range) and times.step == others.step


def _lengths(rising: Sequence[int], end: int) -> "array[int]":
    """From each to the next, and from the last to the end. BoxError when two are at once."""
    last = end - rising[-1]
    if isinstance(rising, range):
        lengths = array("q", [rising.step]) * len(rising)
        lengths[-1] = last
    else:
        lengths = array("q", map(sub, rising[1:], rising))
        lengths.append(last)
    if last < 1 or (not isinstance(rising, range) and min(lengths) < 1):
        raise BoxError("two pictures at once")
    return lengths


def _video_end(track: Track, film_end: int) -> int:
    """When the last picture ends: with the film, unless only the rounding of frames and samples lies between."""
    *before, last = (track.rising or track.shown)[-2:]
    # As long as the one before it stood. What the file says last is of the picture decoded last: with a varying rate
    # another one in each codec, and rungs would end apart.
    own_end = last + max(1, last - before[0] if before else track.durations[-1])
    return film_end if film_end - own_end > track.timescale // 10 else own_end


def _audio_fragments(track: Track, grid_ticks: int) -> Iterator[Fragment]:
    """One per segment: cut at the first sample at or after each boundary, so audio cuts lie beside the video's."""
    first, count = 0, len(track.sizes)
    while first < count:
        boundary = (max(track.shown[first], 0) // grid_ticks + 1) * grid_ticks
        end = bisect_left(track.shown, boundary, first + 1)
        stop = track.shown[end] if end < count else track.shown[-1] + track.durations[-1]
        yield Fragment(first, end, track.shown[first], stop)
        first = end


def _segments(fragments: tuple[Fragment, ...], grid: int) -> Iterator[list[Fragment]]:
    group: list[Fragment] = []
    for fragment in fragments:
        if group and max(fragment.start, 0) // grid > max(group[0].start, 0) // grid:
            yield group
            group = []
        group.append(fragment)
    yield group
