"""One rendition as it was measured: its segments, their exact lengths, and the rates playlists state.

It must not know how it was made or where it lies.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, NotRequired, TypedDict

Kind = Literal["video", "audio"]


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A key frame inside a segment: the bytes that show it, its fragment's head included, until the next one's time."""

    offset: int
    size_bytes: int
    duration_ticks: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One media segment: its exact length in the rendition's ticks, its size, and a picture's key frames in it."""

    duration_ticks: int
    size_bytes: int
    keys: tuple[KeyFrame, ...] = ()

    def to_json(self) -> "SegmentDocument":
        """A plain list; key frames come after."""
        return [self.duration_ticks, self.size_bytes, *((k.offset, k.size_bytes, k.duration_ticks) for k in self.keys)]

    @classmethod
    def from_json(cls, document: "SegmentDocument") -> "Segment":
        """The value `to_json` was called on; those that were written before key frames were noted have none."""
        ticks, size, *keys = document
        return cls(int(ticks), int(size), tuple(KeyFrame(*key) for key in keys))


SegmentDocument = list[Any]


class RenditionDocument(TypedDict):
    """A rendition as JSON. `segments` is a list of `Segment.to_json`."""

    name: str
    kind: Kind
    codecs: str
    timescale: int
    start_ticks: int
    frame_count: int
    segments: list[SegmentDocument]
    width: NotRequired[int]
    height: NotRequired[int]
    frame_rate: NotRequired[str]
    channels: NotRequired[int]
    sample_rate_hz: NotRequired[int]
    language: NotRequired[str]
    label: NotRequired[str]
    default: NotRequired[bool]
    group: NotRequired[str]


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """One rendition as it was measured from its files: `{name}/init.mp4` and `{name}/seg-00001.m4s` onwards.

    What is added up over all segments is kept: a long film has thousands, and playlists ask several times.

    `codecs` is RFC 6381, read from the init segment. `start_ticks` is the first segment's decode time.
    `frame_count` counts pictures, or audio frames.
    """

    name: str
    kind: Kind
    codecs: str
    timescale: int
    start_ticks: int
    frame_count: int
    segments: tuple[Segment, ...]
    width: int | None = None
    height: int | None = None
    frame_rate: Fraction | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None
    language: str | None = None
    label: str | None = None
    default: bool = False
    group: str | None = None

    @property
    def sample_entry(self) -> str:
        """The four characters that name the coding (`avc1`): `codecs` up to its first point."""
        return self.codecs.partition(".")[0]

    @property
    def init_uri(self) -> str:
        """Where the init segment lies, below the run's media folder."""
        return f"{self.name}/init.mp4"

    def segment_uri(self, number: int) -> str:
        """Where segment `number` (from 1) lies, below the run's media folder."""
        return f"{self.name}/{segment_name(number)}"

    @cached_property
    def key_frames(self) -> tuple[tuple[int, KeyFrame], ...]:
        """Every key frame with its segment's number; none for a sound."""
        return tuple((number, key) for number, segment in enumerate(self.segments, start=1) for key in segment.keys)

    @cached_property
    def duration_ticks(self) -> int:
        """The length of all segments together, exact."""
        return sum(s.duration_ticks for s in self.segments)

    @property
    def duration_seconds(self) -> float:
        """The same in seconds."""
        return self.duration_ticks / self.timescale

    @cached_property
    def size_bytes(self) -> int:
        """The bytes of all segments."""
        return sum(s.size_bytes for s in self.segments)

    @cached_property
    def target_duration_seconds(self) -> int:
        """EXT-X-TARGETDURATION: the longest segment, rounded to the nearest second (RFC 8216, 4.3.3.1), at least 1."""
        longest = Fraction(max(s.duration_ticks for s in self.segments), self.timescale)
        return max(1, int(longest + Fraction(1, 2)))

    @property
    def average_bandwidth(self) -> int:
        """Average segment bit rate (RFC 8216, 4.1), in bits per second."""
        return -(-self.size_bytes * 8 * self.timescale // max(1, self.duration_ticks))

    @cached_property
    def bandwidth(self) -> int:
        """Peak segment bit rate (RFC 8216, 4.1), in bits per second.

        The largest rate of any contiguous set of segments whose length is between 0.5 and 1.5 target durations.
        """
        target, peak = self.target_duration_seconds * self.timescale, 0
        for first in range(len(self.segments)):
            ticks = size = 0
            for segment in self.segments[first:]:
                ticks, size = ticks + segment.duration_ticks, size + segment.size_bytes
                if 2 * ticks > 3 * target:
                    break
                if 2 * ticks >= target:
                    peak = max(peak, -(-size * 8 * self.timescale // ticks))
        # A film shorter than half a target duration has no such set: its average is its peak.
        return max(peak, self.average_bandwidth)

    def to_json(self) -> RenditionDocument:
        """A plain document; what is None is left out."""
        document: RenditionDocument = {
            "name": self.name,
            "kind": self.kind,
            "codecs": self.codecs,
            "timescale": self.timescale,
            "start_ticks": self.start_ticks,
            "frame_count": self.frame_count,
            "segments": [segment.to_json() for segment in self.segments],
            "default": self.default,
        }
        if self.width is not None and self.height is not None:
            document["width"], document["height"] = self.width, self.height
        if self.frame_rate is not None:
            document["frame_rate"] = str(self.frame_rate)
        if self.channels is not None:
            document["channels"] = self.channels
        if self.sample_rate_hz is not None:
            document["sample_rate_hz"] = self.sample_rate_hz
        for key in ("language", "label", "group"):
            value: str | None = getattr(self, key)
            if value is not None:
                document[key] = value
        return document

    @classmethod
    def from_json(cls, document: RenditionDocument) -> "Rendition":
        """The value `to_json` was called on."""
        rate = document.get("frame_rate")
        return cls(
            name=document["name"],
            kind=document["kind"],
            codecs=document["codecs"],
            timescale=document["timescale"],
            start_ticks=document["start_ticks"],
            frame_count=document["frame_count"],
            segments=tuple(Segment.from_json(segment) for segment in document["segments"]),
            width=document.get("width"),
            height=document.get("height"),
            frame_rate=Fraction(rate) if rate else None,
            channels=document.get("channels"),
            sample_rate_hz=document.get("sample_rate_hz"),
            language=document.get("language"),
            label=document.get("label"),
            default=document.get("default", False),
            group=document.get("group"),
        )


def segment_name(number: int) -> str:
    """The file name of segment `number`, from 1."""
    return f"seg-{number:05d}.m4s"
