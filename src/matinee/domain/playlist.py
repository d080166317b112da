"""HLS playlists (RFC 8216) from measured media. Pure text; it must not know files, tokens or any player.

Playlists lie at streams/{asset}/{version}/, media at streams/{asset}/m/{run}/, so `base` is "../m/{run}/". Every URI
is relative: a playback token in the path is inherited by each, and playlists are the same bytes for every viewer.

    main.m3u8 ─┬─ 1080p.m3u8 …            one per video rendition
               ├─ 1080p-iframes.m3u8 …    its key frames alone, for scrubbing
               ├─ audio-1-stereo.m3u8 …   groups: stereo, and surround where the source has it
               └─ captions/de.m3u8 → captions/de.vtt
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from matinee.domain.media import CaptionTrack, Media
from matinee.domain.rendition import Rendition

# EXT-X-MAP in a playlist of ordinary segments asks for version 6 (RFC 8216, 7); 7 is what fragmented MP4 needs by
# Apple's authoring rules, and no tag here asks for more.
VERSION = 7
SUBTITLES_GROUP = "subs"
YES_NO = {True: "YES", False: "NO"}


def multivariant(media: Media, captions: Iterable[CaptionTrack]) -> str:
    """The multivariant playlist, `main.m3u8`. It names the media playlists beside it, so it holds no media address."""
    tracks = tuple(captions)
    groups = audio_groups(media)
    # A single sound without a picture is its own variant: there is nothing to choose from.
    named = groups if media.video or len(groups[0][1]) > 1 else ()
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    lines += [_audio_media(group, r) for group, members in named for r in members]
    lines += [_subtitle_media(track) for track in tracks]
    for group, members in groups or (("", ()),):
        for variant in media.video or (default_audio(members),):
            choices = [f'AUDIO="{group}"'] if named else []
            choices += [f'SUBTITLES="{SUBTITLES_GROUP}"'] if tracks else []
            lines += _variant(variant, members, choices)
    lines += [_iframe_variant(rendition) for rendition in media.video if rendition.key_frames]
    return "\n".join(lines) + "\n"


def media_playlist(rendition: Rendition, base: str) -> str:
    """The media playlist of one rendition; `base` leads from the playlist's folder to the run's media folder."""
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{rendition.target_duration_seconds}",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f'#EXT-X-MAP:URI="{base}{rendition.init_uri}"',
    ]
    for number, segment in enumerate(rendition.segments, start=1):
        lines.append(f"#EXTINF:{_seconds(segment.duration_ticks, rendition.timescale)},")
        lines.append(f"{base}{rendition.segment_uri(number)}")
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def iframe_playlist(rendition: Rendition, base: str) -> str:
    """The key frames of a video rendition, each as a range of its segment (RFC 8216, 4.3.3.6): what scrubbing loads.

    A range begins with the fragment that holds the key frame and ends with the key frame itself.
    """
    longest = Fraction(max(key.duration_ticks for _, key in rendition.key_frames), rendition.timescale)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, int(longest + Fraction(1, 2)))}",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-I-FRAMES-ONLY",
        f'#EXT-X-MAP:URI="{base}{rendition.init_uri}"',
    ]
    for number, key in rendition.key_frames:
        lines.append(f"#EXTINF:{_seconds(key.duration_ticks, rendition.timescale)},")
        lines.append(f"#EXT-X-BYTERANGE:{key.size_bytes}@{key.offset}")
        lines.append(f"{base}{rendition.segment_uri(number)}")
    lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def iframe_name(rendition: Rendition) -> str:
    """The file name of a rendition's key frame playlist."""
    return f"{rendition.name}-iframes.m3u8"


def caption_playlist(track: CaptionTrack, duration_seconds: float) -> str:
    """The media playlist of a caption track, at `captions/{language}.m3u8` beside its WebVTT file: one segment."""
    length = Fraction(duration_seconds).limit_denominator(1_000_000)
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, int(length + Fraction(1, 2)))}",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f"#EXTINF:{_seconds(*length.as_integer_ratio())},",
        f"{track.language}.vtt",
        "#EXT-X-ENDLIST",
    ]
    return "\n".join(lines) + "\n"


def audio_groups(media: Media) -> tuple[tuple[str, tuple[Rendition, ...]], ...]:
    """The HLS audio groups, most compatible first; each holds every track once (RFC 8216, 4.3.4.1.1).

    A track that has no surround stands in the surround group with its stereo, so that switching groups keeps it.
    """
    base = tuple(r for r in media.audio if r.group != "surround")
    surround = {r.label: r for r in media.audio if r.group == "surround"}
    if not base:
        return ()
    first = (base[0].group or "stereo", base)
    if not surround:
        return (first,)
    return (first, ("surround", tuple(surround.get(r.label, r) for r in base)))


def default_audio(members: tuple[Rendition, ...]) -> Rendition:
    """The rendition of a group that plays when nobody chooses."""
    return next((r for r in members if r.default), members[0])


def _audio_media(group: str, rendition: Rendition) -> str:
    attributes = [
        "TYPE=AUDIO",
        f'GROUP-ID="{group}"',
        f'NAME="{rendition.label}"',
        f"DEFAULT={YES_NO[rendition.default]}",
        "AUTOSELECT=YES",
        f'CHANNELS="{rendition.channels}"',
        f'URI="{rendition.name}.m3u8"',
    ]
    if rendition.language:
        attributes.insert(2, f'LANGUAGE="{rendition.language}"')
    return "#EXT-X-MEDIA:" + ",".join(attributes)


def _subtitle_media(track: CaptionTrack) -> str:
    name = " ".join(track.label.replace('"', "'").split())
    return (
        f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="{SUBTITLES_GROUP}",LANGUAGE="{track.language}",NAME="{name}",'
        f'DEFAULT={YES_NO[track.default]},AUTOSELECT=YES,FORCED=NO,URI="captions/{track.language}.m3u8"'
    )


def _variant(variant: Rendition, members: tuple[Rendition, ...], choices: list[str]) -> Iterator[str]:
    others = members if variant.kind == "video" else ()
    # The worst pairing of the group: no player may be surprised by the track it is in (RFC 8216, 4.3.4.2).
    peak = variant.bandwidth + max((r.bandwidth for r in others), default=0)
    average = variant.average_bandwidth + max((r.average_bandwidth for r in others), default=0)
    codecs = ",".join(dict.fromkeys(r.codecs for r in (variant, *members)))
    attributes = [f"BANDWIDTH={peak}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{codecs}"']
    if variant.width and variant.height:
        attributes.append(f"RESOLUTION={variant.width}x{variant.height}")
    if variant.frame_rate:
        attributes.append(f"FRAME-RATE={float(variant.frame_rate):.3f}")
    yield "#EXT-X-STREAM-INF:" + ",".join([*attributes, *choices])
    yield f"{variant.name}.m3u8"


def _iframe_variant(rendition: Rendition) -> str:
    keys = [key for _, key in rendition.key_frames]
    ticks = max(1, sum(key.duration_ticks for key in keys))
    average = -(-sum(key.size_bytes for key in keys) * 8 * rendition.timescale // ticks)
    # The rate while every key frame is shown for its own time; players ask for some of them only (4.3.4.3).
    peak = max(-(-key.size_bytes * 8 * rendition.timescale // max(1, key.duration_ticks)) for key in keys)
    attributes = [f"BANDWIDTH={max(peak, average)}", f"AVERAGE-BANDWIDTH={average}", f'CODECS="{rendition.codecs}"']
    attributes += [f"RESOLUTION={rendition.width}x{rendition.height}", f'URI="{iframe_name(rendition)}"']
    return "#EXT-X-I-FRAME-STREAM-INF:" + ",".join(attributes)


def _seconds(ticks: int, timescale: int) -> str:
    """Six decimals: a microsecond a segment is 1.2 ms in a two-hour film, far below one frame."""
    return f"{ticks / timescale:.6f}"
