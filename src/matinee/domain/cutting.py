"""Where a film is cut, so that many workers can encode it at once and nobody can see where. Pure; it knows no files.

Cutting needs a constant rate: then every picture has a number, every segment begins at a number known before anything
is decoded, and chunks are stretches of numbers. All times are fractions, all boundaries exact.

    picture     0 ············ 180 ············ 360 ············ 540 ···· 600
    segment     └ 1 ─────────── └ 2 ─────────── └ 3 ─────────── └ 4 ─────
    chunk       └ 1 ─────────────────────────── └ 2 ─────────────────────
"""

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, isinf

from matinee.domain.media import Chunk, MediaSettings, Probe, VideoStream

# RTP's and MPEG's clock: 1/90000 s keeps any source timestamp within 6 microseconds.
FINE_TIMESCALE = 90_000
# A constant rate's timescale is a multiple of its numerator, so that every frame is a whole number of ticks.
LEAST_TIMESCALE = 10_000
# A chunk decodes from the key frame before it. No chunk is shorter than the longest such distance, twice that where
# groups are open and the one before is decoded too: half as much again is decoded then on average, about 3 % of what
# a ladder costs.
CLOSED_INTERVALS_PER_CHUNK = 1
OPEN_INTERVALS_PER_CHUNK = 2
# HDR in 4K, where a chunk must be encoded within a function's fifteen minutes.
SHORT_HDR_CHUNK_SECONDS = 24
ONE_CHUNK = "It is no longer than one chunk."
# Beyond this the film's end is not the rounding of frames and sound samples: the last picture stands until then.
END_ROUNDING_SECONDS = Fraction(1, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The output's pictures: `count` of them, the first at `start_seconds`, the others at `rate`."""

    start_seconds: Fraction
    rate: Fraction
    count: int

    def at(self, number: int) -> Fraction:
        """When picture `number` (from 0) shows."""
        return self.start_seconds + number / self.rate

    def first_from(self, seconds: int) -> int:
        """The number of the first picture at or after a time; 0 is also the first of all, whatever its time."""
        if not seconds:
            return 0
        # In whole numbers: hours of film have thousands of boundaries, and fractions take their time.
        start, rate = self.start_seconds, self.rate
        before = (start.numerator - seconds * start.denominator) * rate.numerator
        return -(before // (start.denominator * rate.denominator))


def timescale(rate: Fraction | None) -> int:
    """Ticks per second in which every frame of `rate` is a whole number of ticks; fine ones for a variable rate."""
    if rate is None:
        return FINE_TIMESCALE
    return rate.numerator * -(-LEAST_TIMESCALE // rate.numerator)


def picture_grid(video: VideoStream, rate: Fraction) -> Grid:
    """The grid of a constant-rate picture at the output's rate. It begins on a whole tick."""
    ticks = timescale(rate)
    count = max(1, round(video.frame_count * rate / video.frame_rate))
    return Grid(start_seconds=Fraction(round(video.start_seconds * ticks), ticks), rate=rate, count=count)


def whole_reason(probe: Probe, rate: Fraction | None, settings: MediaSettings) -> str | None:
    """Why a film must be encoded as one, in a sentence; None when it may be cut."""
    video = probe.video
    if video is None:
        return "It has no picture."
    if rate is None or video.variable_frame_rate:
        return "Its frame rate varies: no picture has a number before it is decoded."
    still = probe.duration_seconds - video.start_seconds - video.duration_seconds
    grid = picture_grid(video, rate)
    reasons = (
        (bool(probe.damage), "It is damaged: which pictures are there is known only after decoding."),
        (isinf(video.key_interval_seconds), "Its pictures carry no times."),
        (not probe.exact_seek, "Its container cannot be entered in the middle at an exact picture."),
        (rate * settings.gop_seconds < 1, "It has less than one picture in a group of pictures."),
        (video.start_seconds >= settings.gop_seconds, "Its picture begins late."),
        (still > settings.segment_seconds, "Its picture ends before its sound."),
    )
    found = next((sentence for holds, sentence in reasons if holds), None)
    if found is None and grid.at(grid.count) <= chunk_seconds(video, settings):
        return ONE_CHUNK
    return found


def chunk_seconds(video: VideoStream, settings: MediaSettings) -> int:
    """The longest chunk of this film, a whole number of segments."""
    intervals = CLOSED_INTERVALS_PER_CHUNK if video.closed_gops else OPEN_INTERVALS_PER_CHUNK
    wanted = max(
        settings.chunk_seconds, intervals * video.key_interval_seconds, settings.hdr_chunk_seconds if video.hdr else 0
    )
    return ceil(wanted / settings.segment_seconds) * settings.segment_seconds


def whole_film(probe: Probe) -> Chunk:
    """The one chunk of a film that is not cut."""
    length = Fraction(probe.duration_seconds).limit_denominator(1_000_000)
    return Chunk(number=1, start_seconds=Fraction(0), length_seconds=length, first_segment=1)


def cut(probe: Probe, grid: Grid, settings: MediaSettings) -> tuple[Chunk, ...]:
    """The chunks of a film that may be cut: every picture in exactly one, all of about the same length.

    Together they cover the time from zero to the picture's end, which is the film's where the sound goes on.
    """
    if probe.video is None:
        raise ValueError("a film without a picture is not cut")
    segments = _starts(grid, settings.segment_seconds)
    keys = _starts(grid, settings.gop_seconds)
    per_chunk = chunk_seconds(probe.video, settings) // settings.segment_seconds
    count = -(-len(segments) // per_chunk)
    # Evenly, not full chunks and a rest, and the shorter ones last: the last worker then ends when the others do.
    firsts = [-(-len(segments) * n // count) for n in range(count)]
    frames = [*(segments[first] for first in firsts), grid.count]
    times = [Fraction(0), *(grid.at(frame) for frame in frames[1:-1]), _end(probe, grid)]
    return tuple(
        Chunk(
            number=n + 1,
            start_seconds=times[n],
            length_seconds=times[n + 1] - times[n],
            first_segment=firsts[n] + 1,
            first_frame=begin,
            frame_count=end - begin,
            key_frames=tuple(key - begin for key in keys[bisect_left(keys, begin) : bisect_left(keys, end)]),
        )
        for n, (begin, end) in enumerate(pairwise(frames))
    )


def _starts(grid: Grid, every_seconds: int) -> list[int]:
    """The first picture of every stretch of that length."""
    starts: list[int] = []
    while (first := grid.first_from(len(starts) * every_seconds)) < grid.count:
        starts.append(first)
    return starts


def _end(probe: Probe, grid: Grid) -> Fraction:
    own, ticks = grid.at(grid.count), timescale(grid.rate)
    film = Fraction(int(Fraction(probe.duration_seconds) * ticks), ticks)
    return film if film - own > END_ROUNDING_SECONDS else own
