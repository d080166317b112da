"""The DASH manifest (ISO/IEC 23009-1) on the same segments as HLS. Pure text; it must not know files or tokens.

It lies beside the HLS playlists as `manifest.mpd`, so `base` is "../m/{run}/" here too.
"""

from collections.abc import Iterable
from itertools import groupby
from xml.sax.saxutils import quoteattr

from matinee.domain.media import CaptionTrack, Media
from matinee.domain.rendition import Rendition

# Numbers and file names agree with `media.segment_name`.
MEDIA_TEMPLATE = "$RepresentationID$/seg-$Number%05d$.m4s"
INIT_TEMPLATE = "$RepresentationID$/init.mp4"


def manifest(media: Media, captions: Iterable[CaptionTrack], base: str) -> str:
    """The manifest: one set per codec of the picture, one per sound (stereo and surround are two), one per text.

    A player changes between the members of a set without a break, and chooses a set by what it can decode; the first is
    what plays everywhere (ISO/IEC 23009-1, 5.3.3.1).
    """
    longest = max((r.target_duration_seconds for r in media.renditions), default=1)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static"'
        f' mediaPresentationDuration="PT{media.duration_seconds:.6f}S" minBufferTime="PT{longest}S">',
        "  <Period>",
    ]
    for members in media.video_by_codec:
        lines += _set("video", members, base)
    for rendition in media.audio:
        lines += _set("audio", (rendition,), base)
    for track in captions:
        lines += _text_set(track)
    lines += ["  </Period>", "</MPD>"]
    return "\n".join(lines) + "\n"


def _set(kind: str, members: tuple[Rendition, ...], base: str) -> list[str]:
    first = members[0]
    language = f" lang={quoteattr(first.language)}" if first.language else ""
    lines = [
        f'    <AdaptationSet contentType="{kind}" mimeType="{kind}/mp4"{language} segmentAlignment="true"'
        ' startWithSAP="1">'
    ]
    if kind == "audio":
        lines.append(f"      <Label>{_text(first.label or '')}</Label>")
        lines.append(f'      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="{ROLES[first.default]}"/>')
    lines += _timeline(first, base)
    for member in members:
        lines += _representation(member)
    return [*lines, "    </AdaptationSet>"]


ROLES = {True: "main", False: "alternate"}


def _timeline(rendition: Rendition, base: str) -> list[str]:
    """Exact, run-length coded (5.3.9.6); every rung has the same one, so it stands in the set."""
    lines = [
        f'      <SegmentTemplate timescale="{rendition.timescale}" startNumber="1"'
        f" initialization={quoteattr(base + INIT_TEMPLATE)} media={quoteattr(base + MEDIA_TEMPLATE)}>",
        "        <SegmentTimeline>",
    ]
    start = f' t="{rendition.start_ticks}"'
    for ticks, run in groupby(s.duration_ticks for s in rendition.segments):
        more = len(list(run)) - 1
        lines.append(f'          <S{start} d="{ticks}"{f" r={chr(34)}{more}{chr(34)}" if more else ""}/>')
        start = ""
    return [*lines, "        </SegmentTimeline>", "      </SegmentTemplate>"]


def _representation(rendition: Rendition) -> list[str]:
    head = f'      <Representation id="{rendition.name}" codecs="{rendition.codecs}" bandwidth="{rendition.bandwidth}"'
    if rendition.kind == "video":
        rate = rendition.frame_rate
        shown = f' frameRate="{rate.numerator}/{rate.denominator}"' if rate else ""
        return [f'{head} width="{rendition.width}" height="{rendition.height}"{shown} sar="1:1"/>']
    return [
        f'{head} audioSamplingRate="{rendition.sample_rate_hz}">',
        '        <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011"'
        f' value="{rendition.channels}"/>',
        "      </Representation>",
    ]


def _text_set(track: CaptionTrack) -> list[str]:
    return [
        f'    <AdaptationSet contentType="text" mimeType="text/vtt" lang={quoteattr(track.language)}>',
        f"      <Label>{_text(track.label)}</Label>",
        '      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="subtitle"/>',
        f'      <Representation id="captions-{track.language}" bandwidth="256">',
        f"        <BaseURL>captions/{track.language}.vtt</BaseURL>",
        "      </Representation>",
        "    </AdaptationSet>",
    ]


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
