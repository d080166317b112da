"""The index of an MP4 or MOV file as a stranger made it: read whole, the media never.

It must not know what the index is wanted for. Only what is plain is read: whoever meets anything else (a fragmented
file, an edit list that cuts or repeats, media in another file) gets BoxError, and asks ffmpeg instead.

    [ftyp] moov(mvhd trak…) mdat    in any order; `moov` alone is read, the other boxes' heads say where it lies
"""

import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import ge
from pathlib import Path

from matinee.adapters.ffmpeg.boxes import BoxError, children, every, find, need, top_level_by
from matinee.adapters.ffmpeg.inputs import size_of
from matinee.adapters.ffmpeg.samples import Track, runs_of, timescale_of, track_of
from matinee.adapters.ffmpeg.timing import closed_order
from matinee.ports.encoder import Source

MAX_INDEX_BYTES = 1 << 28  # a film of three days; more would only fill the memory
UNITY_RATE = 0x10000
VIDEO, AUDIO = b"vide", b"soun"
# A part of these that ffmpeg reads differently from the tables alone (Apple's partial sync samples).
PARTIAL_SYNC = b"stps"
RANDOM_ACCESS_GROUP = b"rap "  # ISO/IEC 14496-12, 10.4: key frames of open groups

Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit list of one stretch, in the track's ticks: shown from `delay` on is what lies from `begin` to `end`."""

    delay: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class SourceTrack:
    """A track as its box holds it, unread. `id` is the file's own number for it."""

    id: int
    handler: bytes
    box: bytes
    movie_scale: int
    file_size_bytes: int

    def read(self) -> Track:
        """The samples that are shown or decoded, on the track's clock after the edit list.

        Raises BoxError when the tables cannot be had, or are not plain. Nobody may change what it returns.
        """
        return _tables(self)

    def check_plain(self) -> None:
        """Raises BoxError when its boxes say anything that the tables alone do not."""
        table = need(self.box, b"mdia", b"minf", b"stbl").payload
        _check_self_contained(self.box)
        if find(table, PARTIAL_SYNC) or any(b.body[:4] == RANDOM_ACCESS_GROUP for b in every(table, b"sgpd")):
            raise BoxError("key frames of open groups")
        if need(table, b"stsd").body[:4] != b"\0\0\0\1":
            raise BoxError("several sample descriptions")
        lengths = runs_of(table, b"stts")[0]
        if not lengths or min(lengths) < 1 or max(lengths) >= 1 << 31:
            raise BoxError("samples of no length")
        if self.handler == AUDIO:
            if need(table, b"stsz").body[:4] != bytes(4):
                raise BoxError("sound that is not in packets")
            if len(runs_of(table, b"ctts")[0]) > 1:
                raise BoxError("sound that is not in order")

    def check_samples(self, track: Track) -> None:
        """Raises BoxError when samples have no order, or no media in the file."""
        if not track.keys or not all(0 <= key < len(track.sizes) for key in (track.keys[0], track.keys[-1])):
            raise BoxError("no key frames, or beyond the end")
        if not isinstance(track.keys, range) and any(map(ge, track.keys, track.keys[1:])):
            raise BoxError("key frames that are not in order")
        if not track.places.lie_below(self.file_size_bytes):
            raise BoxError("its media goes beyond the end of the file")


# A film is indexed soon after it was probed, from the same tables.
@lru_cache(maxsize=4)
def _tables(source: SourceTrack) -> Track:
    with surprises():
        timescale = timescale_of(need(source.box, b"mdia", b"mdhd").payload)
        edit = _edit_of(source.box, source.movie_scale, timescale)
        source.check_plain()
        track = track_of(source.box, edit.delay - edit.begin if edit else 0)
        source.check_samples(track)
        if track.handler == VIDEO and track.rising is None:
            track = replace(track, rising=closed_order(track.shown, track.keys))
        return _edited(track, edit) if edit else track


@contextmanager
def read_once() -> Iterator[None]:
    """What is read in the block, or was before, is forgotten at its end: tables of long films are large."""
    try:
        yield
    finally:
        _tables.cache_clear()


@dataclass(frozen=True, slots=True)
class Movie:
    """A file's tracks, in the order in which ffmpeg numbers them."""

    tracks: tuple[SourceTrack, ...]


def read_movie(source: Source) -> Movie:
    """The index of `source`. BoxError when it is no plain MP4 or MOV; `source_missing` when it cannot be read."""
    size = size_of(source)
    with reading(source) as read, surprises():
        moov = _index(read, size)
        if find(moov, b"mvex") or find(moov, b"cmov"):
            raise BoxError("a fragmented or compressed index")
        scale = timescale_of(need(moov, b"mvhd").payload)
        traks = [b.payload for b in every(moov, b"trak")]
        if not scale or not traks:
            raise BoxError("no tracks, or no clock")
        return Movie(tuple(_source_track(trak, scale, size) for trak in traks))


@contextmanager
def reading(source: Source) -> Iterator[Read]:
    """A function that gives `length` bytes from `start` of the source."""
    if not isinstance(source, Path):
        yield source.read
        return
    with source.open("rb") as file:

        def read(start: int, length: int) -> bytes:
            file.seek(start)
            return file.read(length)

        yield read


@contextmanager
def surprises() -> Iterator[None]:
    """Whatever crooked tables make of the arithmetic is BoxError."""
    try:
        yield
    except (struct.error, IndexError, OverflowError, ZeroDivisionError, MemoryError) as crooked:
        raise BoxError(f"crooked tables ({crooked})") from crooked


def _index(read: Read, size: int) -> bytes:
    found: bytes | None = None
    for kind, offset, length in top_level_by(read, size):
        if kind == b"moof":
            raise BoxError("a fragmented file")
        if kind == b"moov":
            if found is not None or length > MAX_INDEX_BYTES:
                raise BoxError("several indexes, or one that is too large")
            found = read(offset, length)
    if found is None:
        raise BoxError("no moov box")
    return found


def _source_track(trak: bytes, movie_scale: int, file_size_bytes: int) -> SourceTrack:
    head = need(trak, b"tkhd").payload
    number = int.from_bytes(head[20:24] if head[0] == 1 else head[12:16], "big")
    return SourceTrack(number, need(trak, b"mdia", b"hdlr").body[4:8], trak, movie_scale, file_size_bytes)


def _check_self_contained(trak: bytes) -> None:
    dref = need(trak, b"mdia", b"minf", b"dinf", b"dref").body[4:]
    if any(not entry.flags & 1 for entry in children(dref)):
        raise BoxError("its media lies in another file")


def _edit_of(trak: bytes, movie_scale: int, timescale: int) -> Edit | None:
    elst = find(trak, b"edts", b"elst")
    if elst is None or elst.body[:4] == bytes(4):
        return None
    entries = list(struct.iter_unpack(">QqI" if elst.version == 1 else ">IiI", elst.body[4:]))
    if len(entries) != int.from_bytes(elst.body[:4], "big"):
        raise BoxError("an edit list that is cut off")
    delay = 0
    if len(entries) == 2 and entries[0][1] == -1:
        delay = _scaled(entries.pop(0)[0], timescale, movie_scale)
    length, begin, rate = entries[0]
    if len(entries) != 1 or begin < 0 or rate != UNITY_RATE or not length:
        raise BoxError("an edit list that does more than shift")
    return Edit(delay, begin, begin + _scaled(length, timescale, movie_scale))


def _scaled(ticks: int, to: int, of: int) -> int:
    """Rounded as ffmpeg does: to the nearest, half away from zero."""
    return (ticks * to + of // 2) // of


def _edited(track: Track, edit: Edit) -> Track:
    """What ffmpeg shows of a track whose times are after the edit already."""
    end = edit.delay + edit.end - edit.begin
    if track.handler == AUDIO and edit.begin < track.timescale // 2:  # priming; more is a cut
        track = _until(track, end)
    else:
        earliest, latest = _bounds(track)
        if earliest != edit.delay or latest >= end:
            raise BoxError("an edit list that cuts pictures away")
    if track.shown[-1] < edit.delay:
        raise BoxError("an edit list that leaves nothing")
    return track


def _bounds(track: Track) -> tuple[int, int]:
    """When the earliest and the latest sample show."""
    if track.rising is not None:
        return track.rising[0], track.rising[-1]
    return min(track.shown), max(track.shown)


def _until(track: Track, end: int) -> Track:
    """The sound up to the sample in which the edit ends, as ffmpeg reads it. (No offsets: times only rise.)"""
    count = bisect_left(track.shown, end, 1)  # each ends where the next one begins
    if count >= len(track.sizes):
        return track
    return replace(
        track,
        sizes=track.sizes[:count],
        durations=track.durations[:count],
        shown=track.shown[:count],
        keys=track.keys[: bisect_left(track.keys, count)],
    )
