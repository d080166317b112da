"""Makes the instant rendition of an MP4 or MOV without its media: from the index alone, what each segment consists of.

It must not know where segments are kept or made. They are those of `segments`, which the remux writes as files: the
same cuts, times and heads, over runs of the source instead of a copy.

    moov ──movie──▶ Track ──segments.cut_rendition──▶ Cut ──▶ heads and runs (SourceIndex), and what they are (Media)

Whatever the tables do not tell plainly is BoxError; the source is remuxed then.
"""

import struct
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import repeat
from operator import add, mul

from matinee.adapters.ffmpeg.boxes import VIDEO_ENTRY_BYTES, Box, BoxError, box, children, find, need
from matinee.adapters.ffmpeg.columns import Shifted
from matinee.adapters.ffmpeg.heads import media_size
from matinee.adapters.ffmpeg.init_segment import init_segment
from matinee.adapters.ffmpeg.measuring import Heard, Init, read_init, rendition_of
from matinee.adapters.ffmpeg.movie import AUDIO, VIDEO, Movie, read_movie, read_once, surprises
from matinee.adapters.ffmpeg.samples import Track
from matinee.adapters.ffmpeg.segments import SEGMENT_TYPE, Fragment, cut_rendition, segments
from matinee.domain.media import Media, Plan
from matinee.domain.rendition import KeyFrame, Rendition, segment_name
from matinee.domain.source_index import IndexWriter, Part, SourceIndex
from matinee.ports.encoder import Source

# What ffmpeg's muxer does to slow clocks: double them until they are fine enough.
LEAST_VIDEO_TIMESCALE = 10_000
# Bytes before the boxes of a sound's sample entry (ISO/IEC 14496-12, 12.2.3; QuickTime's version 1 has 16 more).
AUDIO_ENTRY_BYTES = {0: 28, 1: 44}


def index_source(source: Source, plan: Plan) -> tuple[Media, SourceIndex]:
    """The renditions of `plan`, which comes from `chunks.instant_plan`, and what their files consist of.

    BoxError when the source's index does not tell.
    """
    movie = read_movie(source)
    writer = IndexWriter()
    with surprises(), read_once():
        made = [_picture(movie, plan, writer)] if plan.rungs else []
        made += [_sound(movie, plan, n, writer) for n in range(len(plan.audio))]
    return Media(renditions=tuple(made)), writer.index()


def _picture(movie: Movie, plan: Plan, writer: IndexWriter) -> Rendition:
    video = plan.probe.video
    if video is None:
        raise BoxError("no picture")
    track = _track(movie, plan, video.index, VIDEO)
    if len(track.sizes) != video.frame_count:
        raise BoxError(f"{len(track.sizes)} pictures, not {video.frame_count}")
    entry = _entry(track, _video_entry)
    track = _finer(replace(track, entry=entry, width=video.width, height=video.height))
    return _written(track, plan, plan.rungs[0].name, writer)


def _sound(movie: Movie, plan: Plan, position: int, writer: IndexWriter) -> Rendition:
    wanted = plan.audio[position]
    track = _track(movie, plan, wanted.stream_index, AUDIO)
    if track.timescale != wanted.sample_rate_hz:
        raise BoxError("a sound whose clock is not its samples")
    entry = _entry(track, lambda found: _audio_entry(found, wanted.channels, wanted.sample_rate_hz))
    return _written(replace(track, entry=entry, width=0, height=0), plan, wanted.name, writer)


def _track(movie: Movie, plan: Plan, stream: int, handler: bytes) -> Track:
    """The stream's track, on the film's clock."""
    if stream >= len(movie.tracks) or movie.tracks[stream].handler != handler:
        raise BoxError(f"stream {stream} is another track")
    track = movie.tracks[stream].read()
    zero = round(Fraction(dict(plan.probe.reader_zero_seconds)[stream]).limit_denominator(1_000_000) * track.timescale)
    return _timed(track, lambda times: _later(times, -zero)) if zero else track


def _finer(track: Track) -> Track:
    """On a clock at least as fine as ffmpeg's own."""
    times = 1
    while track.timescale * times < LEAST_VIDEO_TIMESCALE:
        times *= 2
    if times == 1:
        return track
    finer = _timed(track, lambda ticks: _longer(ticks, times))
    durations = array("q", map(mul, track.durations, repeat(times)))
    return replace(finer, timescale=track.timescale * times, durations=durations)


def _timed(track: Track, change: Callable[[Sequence[int]], Sequence[int]]) -> Track:
    """The track with its times changed."""
    shown = change(track.shown)
    if track.rising is None or track.rising is track.shown:
        return replace(track, shown=shown, rising=track.rising and shown)
    return replace(track, shown=shown, rising=change(track.rising))


def _later(times: Sequence[int], ticks: int) -> Sequence[int]:
    if isinstance(times, range):
        return range(times.start + ticks, times.stop + ticks, times.step)
    if isinstance(times, Shifted):
        return Shifted(_later(times.times, ticks), times.offsets)
    return array("q", map(add, times, repeat(ticks)))


def _longer(times: Sequence[int], factor: int) -> Sequence[int]:
    if isinstance(times, range):
        return range(times.start * factor, times.stop * factor, times.step * factor)
    if isinstance(times, Shifted):
        return Shifted(_longer(times.times, factor), array("q", map(mul, times.offsets, repeat(factor))))
    return array("q", map(mul, times, repeat(factor)))


def _written(track: Track, plan: Plan, name: str, writer: IndexWriter) -> Rendition:
    cut = cut_rendition(track, plan.segment_seconds, Fraction(plan.probe.duration_seconds))
    head = init_segment(track, cut.duration, cut.lead)
    init = read_init(head)
    writer.add_track(track.places)
    writer.add(f"{name}/init.mp4", [(head, 0, 0)])
    heard, at = [], 0
    for number, parts in segments(track, cut):
        writer.add(f"{name}/{segment_name(number)}", parts)
        heard.append(_heard(track, init, parts, cut.fragments[at : at + len(parts)]))
        at += len(parts)
    return rendition_of(name, init, heard, plan)


def _heard(track: Track, init: Init, parts: list[Part], fragments: tuple[Fragment, ...]) -> Heard:
    """What `measuring` would find in the segment."""
    video = init.kind == "video"
    keys, at = [], 0
    # The first head begins with the segment's own type, which is no part of what shows the key frame.
    before = len(SEGMENT_TYPE)
    for (head, *_), fragment in zip(parts, fragments, strict=True):
        own = len(head) - before
        if video:
            keys.append(KeyFrame(at + before, own + track.sizes[fragment.first], fragment.stop - fragment.start))
        at, before = at + before + own + media_size(head), 0
    first, last = fragments[0], fragments[-1]
    return Heard(
        start_ticks=first.start if video else first.start + init.lead,
        duration_ticks=last.stop - first.start,
        frame_count=last.end - first.first,
        size_bytes=at,
        keys=tuple(keys),
    )


def _entry(track: Track, rewritten: Callable[[Box], bytes]) -> bytes:
    """The sample description with nothing in it but what decoders need: no names, no maker's boxes."""
    found = next(children(track.entry[8:]))
    return struct.pack(">II", 0, 1) + rewritten(found)


def _video_entry(found: Box) -> bytes:
    if found.kind != b"avc1":
        raise BoxError(f"pictures of kind {found.kind!r}")
    head, rest = found.payload[:VIDEO_ENTRY_BYTES], found.payload[VIDEO_ENTRY_BYTES:]
    # Data reference 1 (the file itself), then as it was, but for the compressor's name.
    head = bytes(6) + b"\0\1" + head[8:42] + bytes(32) + head[74:]
    parts = [box(b"avcC", need(rest, b"avcC").payload)]
    color = find(rest, b"colr")
    if color is not None and color.payload[:4] in (b"nclx", b"nclc"):
        full_range = color.payload[10:11] or b"\0"  # QuickTime's form ends before it
        parts.append(box(b"colr", b"nclx", color.payload[4:10], full_range))
    return box(b"avc1", head, *parts)


def _audio_entry(found: Box, channels: int, sample_rate_hz: int) -> bytes:
    version = int.from_bytes(found.payload[8:10], "big")
    if found.kind != b"mp4a" or version not in AUDIO_ENTRY_BYTES:
        raise BoxError(f"sound of kind {found.kind!r}, version {version}")
    rest = found.payload[AUDIO_ENTRY_BYTES[version] :]
    esds = find(rest, b"esds") or find(rest, b"wave", b"esds")
    if esds is None:
        raise BoxError("no decoder configuration")
    rate = sample_rate_hz << 16 if sample_rate_hz < 1 << 16 else 0
    head = bytes(6) + b"\0\1" + bytes(8) + struct.pack(">HHII", channels, 16, 0, rate)
    return box(b"mp4a", head, box(b"esds", esds.payload))
