"""What a source is (`Probe`), what is made of it (`Plan`) and what was made (`Media`).

It must not know ffmpeg, files or any store: values only, built valid, so that every later step can trust them.

    Probe ──ladder, chunks──▶ Plan ──Encoder──▶ files ──measure──▶ Media ──playlist, dash──▶ texts
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from typing import Literal, TypedDict

from matinee.domain.chapters import Chapter
from matinee.domain.rendition import Kind, RenditionDocument
from matinee.domain.rendition import Rendition as Rendition  # noqa: PLC0414 - for those who build Media

# Transfer functions of high dynamic range (ITU-R BT.2100): perceptual quantiser and hybrid log-gamma.
HDR_TRANSFERS = frozenset({"smpte2084", "arib-std-b67"})
# What pictures can be coded in: H.264, which plays everywhere, and two that make the same picture of fewer bits.
Codec = Literal["h264", "hevc", "av1"]
CODECS: tuple[Codec, ...] = ("h264", "hevc", "av1")


def with_h264(codecs: Iterable[Codec]) -> tuple[Codec, ...]:
    """These and H.264, which every player has, each once and in the order of `CODECS`; none stay none."""
    asked = set(codecs)
    return tuple(codec for codec in CODECS if codec in asked or codec == "h264") if asked else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Color:
    """How the numbers of a picture mean colours, in ffmpeg's names; None where the source does not say."""

    primaries: str | None = None
    transfer: str | None = None
    matrix: str | None = None
    full_range: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """The one moving picture of a source.

    `width` and `height` are as coded; `display_*` are what a viewer sees, after sample aspect and rotation.
    `start_seconds` counts from the film's start (`Probe.start_seconds`), `frame_count` counts what the file holds.
    `key_interval_seconds` is the longest distance between two key frames; `closed_gops` says that no frame is
    shown before the key frame it comes after (so that the stream can be cut at every key frame).
    """

    index: int
    codec: str
    profile: str | None
    pixel_format: str
    width: int
    height: int
    display_width: int
    display_height: int
    rotation_degrees: int
    frame_rate: Fraction
    variable_frame_rate: bool
    frame_count: int
    start_seconds: float
    duration_seconds: float
    key_interval_seconds: float
    closed_gops: bool
    interlaced: bool
    color: Color
    square_pixels: bool = True
    has_b_frames: bool = False

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.display_width, self.display_height) < 1:
            raise ValueError(f"a picture has at least one pixel, not {self.width}x{self.height}")
        if self.frame_rate <= 0:
            raise ValueError(f"a frame rate is positive, not {self.frame_rate}")

    @property
    def hdr(self) -> bool:
        """True when the picture needs tone mapping before an ordinary screen can show it."""
        return self.color.transfer in HDR_TRANSFERS


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream:
    """One audio track of a source. `language` is a BCP 47 tag, None when the file does not say.

    `even` says that every packet begins exactly where the one before it ends, and that all are of one length.
    """

    index: int
    codec: str
    profile: str | None
    channels: int
    layout: str | None
    sample_rate_hz: int
    language: str | None
    title: str | None
    default: bool
    start_seconds: float
    duration_seconds: float
    even: bool = False

    def __post_init__(self) -> None:
        if self.channels < 1 or self.sample_rate_hz < 1:
            raise ValueError(f"audio has channels and a sample rate, not {self.channels} at {self.sample_rate_hz} Hz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a source file holds. At least one of `video` and `audio` is there.

    `duration_seconds` is the film's: from the first moment of any track to the last of any. `start_seconds` is that
    first moment in the file's own clock; `reader_zero_seconds` is the moment the reading tool calls zero for each
    track it opens alone (index → seconds), which differs for broadcast formats and keeps tracks in step. `exact_seek`
    says that reading may begin in the middle and every picture then has the time it has when the whole is read.
    `chapters` are those the file names, in the film's own time, none when they tell nothing.
    `cover_index` is a still picture that came with the file (an album cover), never a video. `damage` holds
    sentences about what is wrong with the file when something of it can be saved all the same.
    """

    container: str
    size_bytes: int
    duration_seconds: float
    start_seconds: float
    video: VideoStream | None
    audio: tuple[AudioStream, ...]
    cover_index: int | None = None
    damage: tuple[str, ...] = ()
    reader_zero_seconds: tuple[tuple[int, float], ...] = ()
    exact_seek: bool = False
    chapters: tuple[Chapter, ...] = ()

    def __post_init__(self) -> None:
        if self.video is None and not self.audio:
            raise ValueError("a source has video or audio")
        if not isfinite(self.duration_seconds) or self.duration_seconds <= 0:
            raise ValueError(f"a source has a length, not {self.duration_seconds} seconds")

    @property
    def kind(self) -> Kind:
        """`video` when there is a moving picture, else `audio`."""
        return "video" if self.video else "audio"

    @property
    def bits_per_second(self) -> int:
        """The average rate of the whole file."""
        return round(self.size_bytes * 8 / self.duration_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSettings:
    """The numbers an operator may turn; docs/media.md has the reason of each.

    Setting tone mapping up takes about 6 CPU seconds in each process: 2 % of the encode of a minute of HDR film.
    """

    segment_seconds: int = 6
    gop_seconds: int = 2
    chunk_seconds: int = 12
    hdr_chunk_seconds: int = 60
    crf: int = 23
    preset: str = "veryfast"
    rung_heights: tuple[int, ...] = (2160, 1440, 1080, 720, 480, 360)
    max_height: int = 2160
    max_frame_rate: int = 60
    full_hd_bits_per_second: int = 6_000_000
    stereo_bits_per_second: int = 128_000
    surround_bits_per_second: int = 384_000
    codecs: tuple[Codec, ...] = ("h264",)

    def __post_init__(self) -> None:
        if self.codecs[:1] != ("h264",) or len(set(self.codecs)) != len(self.codecs):
            raise ValueError("codecs begin with h264, which every player has, and name each once")
        if self.segment_seconds % self.gop_seconds:
            raise ValueError("segment_seconds must be a multiple of gop_seconds: segments begin with a key frame")
        if self.chunk_seconds < self.segment_seconds or self.chunk_seconds % self.segment_seconds:
            raise ValueError("chunk_seconds must be a multiple of segment_seconds: chunks are whole segments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One video rendition to be made, in even sizes. The two caps are for the encoder's rate control.

    `crf` is on the scale of the codec's own encoder.
    """

    name: str
    width: int
    height: int
    max_bits_per_second: int
    buffer_bits: int
    crf: int
    codec: Codec = "h264"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRendition:
    """One audio rendition to be made from the source's stream `stream_index`.

    `group` is the HLS audio group: every group holds every language once. `label` is what a menu shows.
    """

    name: str
    stream_index: int
    channels: int
    sample_rate_hz: int
    bits_per_second: int
    language: str | None
    label: str
    default: bool
    group: Literal["stereo", "surround", "source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A stretch of the film that one worker encodes, in every rung. Its segments are numbered from `first_segment`.

    Of a film that is cut, `first_frame` and `frame_count` say exactly which pictures of the output it holds, and
    `key_frames` which of them (counted from 0 at the chunk's first) are key frames. `frame_count` is None for a film
    that is encoded as one: all pictures there are, at times only the encoder sees. `cpu_seconds` and `usd` are what it
    is thought to take (`domain.estimate`); a chunk is the same whatever was thought.
    """

    number: int
    start_seconds: Fraction
    length_seconds: Fraction
    first_segment: int
    first_frame: int = 0
    frame_count: int | None = None
    key_frames: tuple[int, ...] = ()
    cpu_seconds: float = field(default=0.0, compare=False)
    usd: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything an encoder needs to know besides the source itself.

    `copy` means that the source's own packets are repackaged (the instant rendition), nothing is encoded.
    `frame_rate` is the output's; None means every source timestamp is kept (variable frame rate), or no video.
    `timescale` is the video's ticks per second, the same in every rung. `picture_start_seconds` is where the grid of a
    constant rate has its first picture. `whole_reason` is why the film is one chunk, None where it is cut. `sound` are
    the pieces in which the sound is encoded, apart from the picture (none for a film without); `sound_reason` is why
    it is one.
    """

    probe: Probe
    rungs: tuple[Rung, ...]
    audio: tuple[AudioRendition, ...]
    chunks: tuple[Chunk, ...]
    segment_seconds: int
    gop_seconds: int
    frame_rate: Fraction | None
    timescale: int
    preset: str
    copy: bool = False
    picture_start_seconds: Fraction = Fraction(0)
    whole_reason: str | None = None
    sound: tuple[Chunk, ...] = ()
    sound_reason: str | None = None

    def __post_init__(self) -> None:
        if not self.rungs and not self.audio:
            raise ValueError("a plan makes at least one rendition")
        if not self.chunks:
            raise ValueError("a plan has at least one chunk")
        if self.cut and (self.frame_rate is None or any(c.frame_count is None for c in self.chunks)):
            raise ValueError("only a film of constant rate is cut, and every chunk then knows its frames")

    @property
    def cut(self) -> bool:
        """True when chunks are encoded apart from each other, at exact frames."""
        return self.chunks[0].frame_count is not None

    @property
    def picture_end_seconds(self) -> Fraction:
        """Where the picture of a film that is cut ends."""
        return self.chunks[-1].start_seconds + self.chunks[-1].length_seconds

    @property
    def video_names(self) -> tuple[str, ...]:
        """The video renditions' names, best first."""
        return tuple(r.name for r in self.rungs)

    @property
    def audio_names(self) -> tuple[str, ...]:
        """The audio renditions' names, in the source's order."""
        return tuple(a.name for a in self.audio)

    @property
    def names(self) -> tuple[str, ...]:
        """The renditions' names: the folders an encoder leaves behind."""
        return self.video_names + self.audio_names


class MediaDocument(TypedDict):
    """A whole run's media as JSON."""

    format: int
    renditions: list[RenditionDocument]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """All renditions of one run, best video first. From this value alone playlists are written, now or a year later."""

    renditions: tuple[Rendition, ...]

    @property
    def video(self) -> tuple[Rendition, ...]:
        """The video renditions, best first in each codec."""
        return tuple(r for r in self.renditions if r.kind == "video")

    @property
    def video_by_codec(self) -> tuple[tuple[Rendition, ...], ...]:
        """The same, a ladder per codec; the codec that plays everywhere comes first."""
        ladders: dict[str, list[Rendition]] = {}
        for rendition in self.video:
            ladders.setdefault(rendition.sample_entry, []).append(rendition)
        return tuple(map(tuple, ladders.values()))

    @property
    def audio(self) -> tuple[Rendition, ...]:
        """The audio renditions, in the source's order."""
        return tuple(r for r in self.renditions if r.kind == "audio")

    @property
    def duration_seconds(self) -> float:
        """The longest rendition's length."""
        return max(r.duration_seconds for r in self.renditions)

    @property
    def size_bytes(self) -> int:
        """What all renditions take in the store, init segments aside."""
        return sum(r.size_bytes for r in self.renditions)

    def to_json(self) -> MediaDocument:
        """A plain document for `json.dumps`."""
        return {"format": 1, "renditions": [r.to_json() for r in self.renditions]}

    @classmethod
    def from_json(cls, document: MediaDocument) -> "Media":
        """The value `to_json` was called on. ValueError when the document is of a format this version does not know."""
        if document["format"] != 1:
            raise ValueError(f"media documents of format {document['format']} are not known to this version")
        return cls(renditions=tuple(Rendition.from_json(r) for r in document["renditions"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionTrack:
    """A WebVTT track of a version, at `captions/{language}.vtt` beside the playlists. `label` is what a menu shows."""

    language: str
    label: str
    default: bool = False
