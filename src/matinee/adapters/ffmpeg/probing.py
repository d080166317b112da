"""Looks at a source with ffprobe and says what it is, or why it cannot be used.

It must not know what will be made of it. One call reads the headers. Every packet's time is listed too, because headers
guess (frame rate, length) and a cut-off file still carries the header of the whole one: from the index of an MP4 or
MOV, which takes no longer for a long film, else by a second call, which reads the file.
"""

import json
import re
from array import array
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import isfinite
from typing import cast

from matinee.adapters.ffmpeg.formats import (
    EXACT_SEEK,
    INDEXED,
    LENGTH_FROM_ZERO,
    PLAYLIST_BEGINNINGS,
    PLAYLIST_ELEMENTS,
    ZERO_PER_TRACK,
)
from matinee.adapters.ffmpeg.inputs import Input, head_of, opened, size_of
from matinee.adapters.ffmpeg.process import Limits, run
from matinee.adapters.ffmpeg.refusals import (
    EXPORT_AGAIN,
    Json,
    a_playlist,
    begins_like_mp4,
    check_extent,
    no_decoder,
    no_media,
    refused,
    unreadable,
)
from matinee.adapters.ffmpeg.timing import (
    PacketTimes,
    closed_groups,
    constant_rate,
    evenly_spaced,
    key_interval_seconds,
    mean_rate,
)
from matinee.adapters.ffmpeg.track_times import read_ahead, track_times
from matinee.domain.chapters import Chapter, found_chapters
from matinee.domain.language import language_tag
from matinee.domain.media import AudioStream, Color, Probe, VideoStream
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Source

# Reading headers is quick whatever the length; listing packets reads the file once (a slow disk: 20 MB/s).
HEADER_SECONDS = 60.0
SLOWEST_BYTES_PER_SECOND = 5_000_000
COMPLAINT_BYTES = 64 * 1024 * 1024
# The index of a film of twelve hours at 60 pictures a second is some 150 MB in ffmpeg.
PROBE_MEMORY_BYTES = 2 * 1024**3
# What is looked at to tell a playlist or a text from a film.
HEAD_BYTES = 4096
# A file is called cut off when this much of the length its header promises is not there.
MISSING_TAIL_SECONDS = 1.0


def probe_source(ffprobe: str, source: Source) -> Probe:
    """The probe of a source; the errors are those of `ports.encoder.Encoder.probe`."""
    size = _checked_size(source)
    head = head_of(source, HEAD_BYTES)
    with opened(source) as given, ThreadPoolExecutor(max_workers=1, thread_name_prefix="index") as beside:
        # While ffprobe looks at the headers: both take longer for a longer film.
        ahead = beside.submit(read_ahead, source) if begins_like_mp4(head) else None
        document = _headers(ffprobe, given, head)
        usable = _usable(ffprobe, document)
        plain = ahead if document["format"].get("format_name") in INDEXED else None
        indexed = track_times(plain.result, usable) if plain else None
        return _probe_document(document, size, usable, indexed or _packets(ffprobe, given, size))


def _usable(ffprobe: str, document: Json) -> list[Json]:
    """The streams that can be decoded. Raises `source_unsupported` and `source_no_media`."""
    streams = cast("list[Json]", document.get("streams", []))
    if any(s.get("codec_name") == "av1" for s in streams) and not _decodes_av1(ffprobe):
        raise no_decoder("AV1")
    usable = [s for s in streams if _decodable(s)]
    if not usable:
        raise no_media(streams)
    return usable


def _probe_document(document: Json, size: int, usable: list[Json], times: dict[int, PacketTimes]) -> Probe:
    # A stream without a packet is a promise only: broadcast files and multi-rate WMV announce more than they hold.
    there = [s for s in usable if int(s["index"]) in times]
    video, cover = _pick_video(there, times)
    found = _probe(document, size, video, cover, [s for s in there if s["codec_type"] == "audio"], times)
    check_extent(found)
    # ffmpeg seeks by one video stream, and with several that need not be the one that was picked.
    alone = sum(s.get("codec_type") == "video" for s in cast("list[Json]", document["streams"])) == 1
    named = found_chapters(_chapters(document, found.start_seconds), found.duration_seconds)
    return replace(found, exact_seek=alone and found.container in EXACT_SEEK, chapters=named)


def _checked_size(source: Source) -> int:
    size = size_of(source)
    head = head_of(source, HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    if size == 0:
        raise MatineeError(ErrorCode.SOURCE_EMPTY, "The file is empty (0 bytes). Upload the original file.")
    if head.startswith(PLAYLIST_BEGINNINGS) or any(element in head for element in PLAYLIST_ELEMENTS):
        raise a_playlist()
    return size


def _headers(ffprobe: str, source: Input, head: bytes) -> Json:
    command = [
        ffprobe,
        "-v",
        "error",
        "-of",
        "json",
        "-show_format",
        "-show_streams",
        "-show_chapters",
        *source.arguments,
    ]
    code, output, errors = run(command, _limits(source, HEADER_SECONDS))
    document = cast("Json", json.loads(output or b"{}"))
    if code == 0 and document.get("format"):
        return document
    if "moov atom not found" in errors and begins_like_mp4(head):
        raise MatineeError(
            ErrorCode.SOURCE_TRUNCATED,
            f"The file is cut off: the index at its end is missing, so nothing of it can be read. {EXPORT_AGAIN}",
        )
    if "not on whitelist" in errors.lower():
        raise refused(errors)
    raise unreadable()


def _limits(source: Input, seconds: float) -> Limits:
    """ffprobe only reads: what it writes are complaints, to stderr."""
    return Limits(
        time_limit_seconds=seconds,
        stall_seconds=seconds,
        cell=source.cell(),
        file_bytes=COMPLAINT_BYTES,
        memory_bytes=PROBE_MEMORY_BYTES,
    )


@cache
def _decodes_av1(ffprobe: str) -> bool:
    """ffmpeg's own AV1 decoder only drives hardware: without dav1d or libaom in the build, every frame is lost."""
    limits = Limits(time_limit_seconds=HEADER_SECONDS, stall_seconds=HEADER_SECONDS)
    _, listed, _ = run([ffprobe, "-hide_banner", "-decoders"], limits)
    return b" libdav1d " in listed or b" libaom-av1 " in listed


def _decodable(stream: Json) -> bool:
    if stream.get("codec_name") in {None, "unknown", "none"}:
        return False
    if stream.get("codec_type") == "audio":
        return int(stream.get("channels") or 0) > 0 and int(stream.get("sample_rate") or 0) > 0
    size = int(stream.get("width") or 0) > 0 and int(stream.get("height") or 0) > 0
    return size and stream.get("codec_type") == "video"


def _pick_video(streams: list[Json], times: dict[int, PacketTimes]) -> tuple[Json | None, int | None]:
    """The moving picture (the default one, else the largest, else the richest) and the index of a cover picture."""
    usable = [s for s in streams if s.get("codec_type") == "video"]

    def rank(stream: Json) -> tuple[bool, int, int]:
        pixels = int(stream["width"]) * int(stream["height"])
        return _marked(stream, "default"), pixels, times[int(stream["index"])].size_bytes

    moving = [s for s in usable if not _marked(s, "attached_pic") and not _marked(s, "timed_thumbnails")]
    covers = [int(s["index"]) for s in usable if s not in moving]
    if len(moving) > 1:  # adding up the bytes of a long film takes its time
        moving.sort(key=rank, reverse=True)
    return (moving[0] if moving else None), (covers[0] if covers else None)


def _marked(stream: Json, disposition: str) -> bool:
    return bool(cast("Json", stream.get("disposition", {})).get(disposition))


def _packets(ffprobe: str, source: Input, size: int) -> dict[int, PacketTimes]:
    entries = "packet=stream_index,pts_time,duration_time,size,flags:packet_side_data=skip_samples"
    command = [ffprobe, "-v", "error", "-of", "csv=p=0:nk=1", "-show_entries", entries, *source.arguments]
    limit = HEADER_SECONDS + size / SLOWEST_BYTES_PER_SECOND
    _, output, _ = run(command, _limits(source, limit))
    return packet_times(output.decode("utf-8", "replace"))


def packet_times(listing: str) -> dict[int, PacketTimes]:
    """ffprobe's packet lines `stream,pts,duration,size,flags…` by stream. Lines of damaged packets are passed over."""
    shown: dict[int, array[int]] = {}
    keys: dict[int, list[int]] = {}
    seen: dict[int, list[int]] = {}  # stream: [packets, without a time, bytes, duration of the latest]
    latest: dict[int, int] = {}
    for line in listing.splitlines():
        fields = line.split(",")
        if len(fields) < 5 or not fields[0].isdigit():
            continue
        stream = int(fields[0])
        stamps, totals = shown.setdefault(stream, array("q")), seen.setdefault(stream, [0, 0, 0, 0])
        totals[0] += 1
        totals[2] += int(fields[3]) if fields[3].isdigit() else 0
        if fields[1] == "N/A":
            totals[1] += 1
            continue
        if "D" in fields[4]:  # discarded by an edit list: decoded, never shown
            continue
        at = round(float(fields[1]) * 1e6)
        if "K" in fields[4]:
            keys.setdefault(stream, []).append(len(stamps))
        stamps.append(at)
        if at >= latest.get(stream, at):
            latest[stream] = at
            totals[3] = round(float(fields[2]) * 1e6) if fields[2] != "N/A" else 0
    return {
        stream: PacketTimes(
            shown=shown[stream],
            keys=tuple(keys.get(stream, ())),
            last_duration=totals[3],
            count=totals[0],
            missing=totals[1],
            sizes=(totals[2],),
        )
        for stream, totals in seen.items()
    }


def _probe(
    document: Json,
    size: int,
    video: Json | None,
    cover: int | None,
    audio: list[Json],
    times: dict[int, PacketTimes],
) -> Probe:
    header = cast("Json", document["format"])
    container = str(header.get("format_name", ""))
    used = [*([video] if video else []), *audio]
    if not used:
        raise MatineeError(
            ErrorCode.SOURCE_TRUNCATED, f"The file has a header, but no picture or sound behind it. {EXPORT_AGAIN}"
        )
    starts = {int(s["index"]): _start(s, times[int(s["index"])]) for s in used}
    zero = min(starts.values())
    file_zero = _float(header.get("start_time"), zero)
    film_video = _video(video, times[int(video["index"])], zero) if video else None
    tracks = tuple(_audio(s, times[int(s["index"])], starts[int(s["index"])] - zero) for s in audio)
    ends = [t.start_seconds + t.duration_seconds for t in (film_video, *tracks) if t]
    return Probe(
        container=container,
        size_bytes=size,
        duration_seconds=round(max(ends), 6),
        start_seconds=zero,
        video=film_video,
        audio=tracks,
        cover_index=cover,
        damage=_damage(header, max(ends), zero if container in LENGTH_FROM_ZERO else 0.0),
        reader_zero_seconds=tuple(
            (index, start if container in ZERO_PER_TRACK else file_zero) for index, start in starts.items()
        ),
    )


def _start(stream: Json, times: PacketTimes) -> float:
    """ffprobe's start time of a stream leaves decoder priming out, a packet's time does not."""
    return _float(stream.get("start_time"), times.first_seconds)


def _damage(header: Json, end: float, before: float) -> tuple[str, ...]:
    """`before` is what the header's length holds before the film begins."""
    promised = _float(header.get("duration"), 0.0) - before
    if promised - end > max(MISSING_TAIL_SECONDS, promised / 100):
        return (
            f"The file is cut off: its header promises {promised:.1f} seconds, {end:.1f} are there. "
            "What is there was kept.",
        )
    return ()


def _chapters(document: Json, zero: float) -> Iterator[Chapter]:
    for chapter in cast("list[Json]", document.get("chapters", [])):
        tags = {str(k).lower(): str(v) for k, v in cast("Json", chapter.get("tags", {})).items()}
        yield Chapter(start_seconds=_float(chapter.get("start_time"), 0.0) - zero, title=tags.get("title", ""))


def _video(stream: Json, times: PacketTimes, zero: float) -> VideoStream:
    declared = tuple(r for r in (_rate(stream.get("r_frame_rate")), _rate(stream.get("avg_frame_rate"))) if r)
    constant = constant_rate(times, declared) if not times.missing else None
    if times.missing:  # AVI and raw streams keep no presentation times: the header's rate is the truth there
        constant = next(iter(declared[::-1]), Fraction(25))
    rate = constant or mean_rate(times, declared)
    rotation = _rotation(stream)
    width, height = int(stream["width"]), int(stream["height"])
    aspect = _aspect(stream.get("sample_aspect_ratio"))
    shown = max(1, round(width * aspect)), height
    if rotation % 180:
        shown = shown[1], shown[0]
    start = max(0.0, _start(stream, times) - zero)
    length = _length(times, 1 / float(rate), _start(stream, times))
    return VideoStream(
        index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        profile=stream.get("profile"),
        pixel_format=str(stream.get("pix_fmt") or "unknown"),
        width=width,
        height=height,
        display_width=shown[0],
        display_height=shown[1],
        rotation_degrees=rotation,
        frame_rate=rate,
        variable_frame_rate=constant is None,
        frame_count=len(times.shown) or times.count,
        start_seconds=round(start, 6),
        duration_seconds=length,
        key_interval_seconds=key_interval_seconds(times),
        closed_gops=closed_groups(times),
        interlaced=stream.get("field_order") in {"tt", "bb", "tb", "bt"},
        color=_color(stream),
        square_pixels=aspect == 1,
        has_b_frames=bool(stream.get("has_b_frames")),
    )


def _length(times: PacketTimes, one: float, start: float) -> float:
    if times.missing:
        return max(times.count * one, one)
    return max(round(times.end_seconds(one) - start, 6), 0.001)


def _audio(stream: Json, times: PacketTimes, start: float) -> AudioStream:
    tags = {str(k).lower(): str(v) for k, v in cast("Json", stream.get("tags", {})).items()}
    length = _float(stream.get("duration"), 0.0)
    if not times.missing and times.shown:
        length = _length(times, 0.02, _start(stream, times))
    return AudioStream(
        index=int(stream["index"]),
        codec=str(stream["codec_name"]),
        profile=stream.get("profile"),
        channels=int(stream["channels"]),
        layout=stream.get("channel_layout"),
        sample_rate_hz=int(stream["sample_rate"]),
        language=language_tag(tags.get("language")),
        title=tags.get("title"),
        default=_marked(stream, "default"),
        start_seconds=round(max(0.0, start), 6),
        duration_seconds=max(length, 0.001),
        even=evenly_spaced(times, int(stream["sample_rate"])),
    )


def _color(stream: Json) -> Color:
    def said(key: str) -> str | None:
        value = stream.get(key)
        return None if value in (None, "unknown", "reserved") else str(value)

    full = stream.get("color_range") == "pc" or str(stream.get("pix_fmt")).startswith("yuvj")
    return Color(
        primaries=said("color_primaries"), transfer=said("color_transfer"), matrix=said("color_space"), full_range=full
    )


def _rotation(stream: Json) -> int:
    for entry in cast("list[Json]", stream.get("side_data_list", [])):
        if "rotation" in entry:
            return round(_float(entry["rotation"], 0.0)) % 360
    return 0


def _aspect(text: object) -> Fraction:
    found = re.fullmatch(r"(\d+):(\d+)", str(text))
    if not found or int(found[1]) == 0 or int(found[2]) == 0:
        return Fraction(1)
    return Fraction(int(found[1]), int(found[2]))


def _rate(text: object) -> Fraction | None:
    found = re.fullmatch(r"(\d+)/(\d+)", str(text))
    if not found or int(found[1]) == 0 or int(found[2]) == 0:
        return None
    rate = Fraction(int(found[1]), int(found[2]))
    # 90000 and the like are timebases that stand where a rate should.
    return rate if rate <= 1000 else None


def _float(value: object, default: float) -> float:
    """ffprobe's number; the default for `N/A`, and for what a crooked clock comes to (`nan`, `inf`)."""
    try:
        found = float(str(value))
    except ValueError:
        return default
    return found if isfinite(found) else default
