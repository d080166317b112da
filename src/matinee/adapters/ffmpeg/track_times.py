"""What the packets of an MP4 or MOV say about time, from its index alone: no packet is read, however long the film.

It must not decide what the times mean. They are those that ffprobe lists for the same file; where the index is not
plain there are none, and ffprobe has to be asked.
"""

import logging
from array import array
from itertools import repeat
from operator import mul

from matinee.adapters.ffmpeg.boxes import BoxError
from matinee.adapters.ffmpeg.movie import SourceTrack, read_movie
from matinee.adapters.ffmpeg.refusals import Json
from matinee.adapters.ffmpeg.samples import Track
from matinee.adapters.ffmpeg.timing import PacketTimes
from matinee.ports.encoder import Source

log = logging.getLogger(__name__)


def track_times(source: Source, streams: list[Json]) -> dict[int, PacketTimes] | None:
    """The packets' times by stream, for every stream of `streams` (ffprobe's, of this very file); None: ask ffprobe."""
    try:
        tracks = {track.id: track for track in read_movie(source).tracks}
        return {int(stream["index"]): _times_of(stream, tracks) for stream in streams}
    except (BoxError, OSError) as surprise:
        log.info("packets are listed by ffprobe: %s", surprise)
        return None


def _times_of(stream: Json, tracks: dict[int, SourceTrack]) -> PacketTimes:
    if stream.get("disposition", {}).get("attached_pic"):  # no track: it lies among the titles
        return PacketTimes(shown=array("q", [0]), keys=(0,), last_duration=0, count=1, missing=0, size_bytes=0)
    track = tracks.get(int(str(stream.get("id", "-1")), 0))
    if track is None:
        raise BoxError(f"stream {stream['index']} is no track")
    return _packet_times(track.read())


def _packet_times(track: Track) -> PacketTimes:
    microseconds = 1e6 / track.timescale
    times = array("q", map(round, map(mul, track.shown, repeat(microseconds))))
    latest = len(times) - 1 - times[::-1].index(max(times))
    return PacketTimes(
        shown=times,
        keys=track.keys,
        last_duration=round(track.durations[latest] * microseconds),
        count=len(times),
        missing=0,
        size_bytes=sum(track.sizes),
    )
