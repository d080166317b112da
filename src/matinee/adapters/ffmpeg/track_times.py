"""What the packets of an MP4 or MOV say about time, from its index alone: no packet is read, however long the film.

It must not decide what the times mean. They are those that ffprobe lists for the same file; where the index is not
plain there are none, and ffprobe has to be asked.
"""

import logging
from array import array
from collections.abc import Callable
from contextlib import suppress

from matinee.adapters.ffmpeg.boxes import BoxError
from matinee.adapters.ffmpeg.movie import AUDIO, VIDEO, Movie, SourceTrack, read_movie
from matinee.adapters.ffmpeg.refusals import Json
from matinee.adapters.ffmpeg.samples import Track
from matinee.adapters.ffmpeg.timing import PacketTimes
from matinee.ports.encoder import Source

log = logging.getLogger(__name__)


def read_ahead(source: Source) -> Movie:
    """The index of a source with the tables of its tracks, which `track_times` then need not read any more."""
    movie = read_movie(source)
    for track in movie.tracks:
        if track.handler in (VIDEO, AUDIO):
            with suppress(BoxError):  # it may be one that nobody asks for
                track.read()
    return movie


def track_times(read: Callable[[], Movie], streams: list[Json]) -> dict[int, PacketTimes] | None:
    """The packets' times by stream, for every stream of `streams` (ffprobe's); None: ask ffprobe.

    `read` gives the very file's index, or raises what `read_movie` raises.
    """
    try:
        tracks = {track.id: track for track in read().tracks}
        return {int(stream["index"]): _times_of(stream, tracks) for stream in streams}
    except (BoxError, OSError) as surprise:
        log.info("packets are listed by ffprobe: %s", surprise)
        return None


def _times_of(stream: Json, tracks: dict[int, SourceTrack]) -> PacketTimes:
    if stream.get("disposition", {}).get("attached_pic"):  # no track: it lies among the titles
        return PacketTimes(shown=array("q", [0]), keys=(0,), last_duration=0, count=1, missing=0, sizes=())
    track = tracks.get(int(str(stream.get("id", "-1")), 0))
    if track is None:
        raise BoxError(f"stream {stream['index']} is no track")
    return _packet_times(track.read())


def _packet_times(track: Track) -> PacketTimes:
    return PacketTimes(
        shown=track.shown,
        keys=track.keys,
        last_duration=track.durations[_latest(track)],
        count=len(track.sizes),
        missing=0,
        sizes=track.sizes,
        ticks_per_second=track.timescale,
        rising=track.rising,
    )


def _latest(track: Track) -> int:
    """The number of the sample that shows last; of several, the one that is decoded last."""
    if isinstance(track.shown, range):
        return len(track.shown) - 1
    # From behind: it is nearly always among the last few.
    last = max(track.shown) if track.rising is None else track.rising[-1]
    return next(n for n in range(len(track.shown) - 1, -1, -1) if track.shown[n] == last)
