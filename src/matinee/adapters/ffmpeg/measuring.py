"""Reads finished renditions back from their files. It must not know how they were made: it is the witness.

What it reports (codecs, sizes, times) is what players will meet, because it comes from the bytes they will get.
"""

import hashlib
import struct
from dataclasses import dataclass
from fractions import Fraction as Ratio
from itertools import pairwise
from pathlib import Path

from matinee.adapters.ffmpeg.boxes import BoxError, children, find, need
from matinee.adapters.ffmpeg.codec_names import codecs_of
from matinee.adapters.ffmpeg.movie import surprises
from matinee.domain.assembly import Stretch
from matinee.domain.media import Plan
from matinee.domain.rendition import KeyFrame, Kind, Rendition, Segment, segment_name
from matinee.errors import ErrorCode, MatineeError

SAMPLE_DEPENDS_ON_NONE = 2  # ISO/IEC 14496-12, 8.6.4.3


@dataclass(frozen=True, slots=True)
class Init:
    """What an init segment says. `lead` are the ticks of decoder priming its edit list skips."""

    kind: Kind
    codecs: str
    timescale: int
    width: int
    height: int
    channels: int
    duration_ticks: int
    lead: int


@dataclass(frozen=True, slots=True)
class Heard:
    """What a media segment says."""

    start_ticks: int
    duration_ticks: int
    frame_count: int
    size_bytes: int
    keys: tuple[KeyFrame, ...]


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a moof says: decode time, length, samples, flags of the first, bytes of media, bytes of the first sample."""

    start_ticks: int
    duration_ticks: int
    count: int
    first_flags: int
    size_bytes: int
    first_size_bytes: int

    @property
    def begins_with_key(self) -> bool:
        """Whether the first sample can be decoded without any other."""
        return self.first_flags >> 24 & 3 == SAMPLE_DEPENDS_ON_NONE


def measure_rendition(folder: Path, plan: Plan) -> Rendition:
    """The rendition in `folder`. `output_incomplete` when a segment is missing, empty, or does not join the last."""
    stretch = measure_stretch(folder, plan, 1)
    if stretch.end_ticks != stretch.film_ticks:
        raise incomplete(folder.name, f"it ends at {stretch.end_ticks} ticks, its header says {stretch.film_ticks}")
    return stretch.rendition


def measure_stretch(folder: Path, plan: Plan, first_segment: int) -> Stretch:
    """The stretch of a rendition in `folder`, its segments numbered from `first_segment`; errors as above."""
    try:
        head = (folder / "init.mp4").read_bytes()
        init = read_init(head)
        heard = [_read(folder / name, init) for name in _names(folder, first_segment)]
        _check_joined(heard, folder.name)
    except (OSError, BoxError, struct.error, IndexError) as broken:
        raise incomplete(folder.name, str(broken)) from broken
    return Stretch(
        rendition=rendition_of(folder.name, init, heard, plan),
        first_segment=first_segment,
        init_sha256=hashlib.sha256(head).hexdigest(),
        film_ticks=init.duration_ticks,
    )


def incomplete(name: str, reason: str) -> MatineeError:
    """The one error of this module."""
    return MatineeError(
        ErrorCode.OUTPUT_INCOMPLETE, f"Rendition {name} is not whole ({reason}). Ingest the asset again."
    )


def read_init(data: bytes) -> Init:
    """What an init segment says. BoxError when it is none."""
    with surprises():
        return _init_of(data)


def _init_of(data: bytes) -> Init:
    moov = need(data, b"moov").payload
    trak = need(moov, b"trak").payload
    mdia = need(trak, b"mdia").payload
    entries = need(mdia, b"minf", b"stbl", b"stsd").body[4:]
    entry = next(children(entries), None)
    if entry is None:
        raise BoxError("no sample description")
    elst = find(trak, b"edts", b"elst")
    video = need(mdia, b"hdlr").body[4:8] == b"vide"
    width, height = struct.unpack_from(">HH", entry.payload, 24) if video else (0, 0)
    return Init(
        kind="video" if video else "audio",
        codecs=codecs_of(entry),
        timescale=int.from_bytes(need(mdia, b"mdhd").body[8:12], "big"),
        width=width,
        height=height,
        channels=0 if video else int.from_bytes(entry.payload[16:18], "big"),
        duration_ticks=int.from_bytes(need(moov, b"mvex", b"mehd").body, "big"),
        lead=struct.unpack_from(">i", elst.body, 8)[0] if elst else 0,
    )


def _names(folder: Path, first_segment: int) -> list[str]:
    names = sorted(p.name for p in folder.glob("seg-*.m4s"))
    if not names:
        raise BoxError("it has no segments")
    if names != [segment_name(first_segment + n) for n in range(len(names))]:
        raise BoxError(f"of {names[-1]} and the segments before it only {len(names)} are there")
    return names


def _read(path: Path, init: Init) -> Heard:
    data = path.read_bytes()
    boxes = list(children(data))
    if sum(8 + len(b.payload) for b in boxes) != len(data):
        raise BoxError(f"{path.name} is cut off")
    fragments, keys, at = [], [], 0
    for position, found in enumerate(boxes):
        length = 8 + len(found.payload)
        if found.kind == b"moof":
            fragment = _read_moof(found.payload)
            if boxes[position + 1].kind != b"mdat" or len(boxes[position + 1].payload) != fragment.size_bytes:
                raise BoxError(f"{path.name} holds other media than it lists")
            fragments.append(fragment)
            if init.kind == "video":
                if not fragment.begins_with_key:
                    raise BoxError(f"{path.name} does not begin with a key frame")
                # The fragment's head, the head of its media box, and the first sample.
                keys.append(KeyFrame(at, length + 8 + fragment.first_size_bytes, fragment.duration_ticks))
        at += length
    if not fragments or not all(fragment.count for fragment in fragments):
        raise BoxError(f"{path.name} is empty")
    for before, after in pairwise(fragments):
        if after.start_ticks != before.start_ticks + before.duration_ticks:
            raise BoxError(f"{path.name} has a hole before {after.start_ticks} ticks")
    return Heard(
        start_ticks=fragments[0].start_ticks,
        duration_ticks=sum(fragment.duration_ticks for fragment in fragments),
        frame_count=sum(fragment.count for fragment in fragments),
        size_bytes=len(data),
        keys=tuple(keys),
    )


def _read_moof(payload: bytes) -> Fragment:
    traf = need(payload, b"traf").payload
    tfhd, trun = need(traf, b"tfhd"), need(traf, b"trun")
    default_duration, flags = struct.unpack_from(">II", tfhd.body, 4)
    count = int.from_bytes(trun.body[:4], "big")
    at = 8
    if trun.flags & 0x4:
        flags, at = int.from_bytes(trun.body[8:12], "big"), 12
    columns = [bool(trun.flags & bit) for bit in (0x100, 0x200, 0x400, 0x800)]
    width = sum(columns)
    cells = struct.unpack_from(f">{count * width}I", trun.body, at)
    sizes = cells[columns[0] :: width]
    return Fragment(
        start_ticks=int.from_bytes(need(traf, b"tfdt").body, "big"),
        duration_ticks=sum(cells[0::width]) if columns[0] else default_duration * count,
        count=count,
        first_flags=flags,
        size_bytes=sum(sizes),
        first_size_bytes=sizes[0] if sizes else 0,
    )


def _check_joined(heard: list[Heard], name: str) -> None:
    at = heard[0].start_ticks
    for number, segment in enumerate(heard, start=1):
        if segment.start_ticks != at:
            raise incomplete(name, f"segment {number} begins {segment.start_ticks - at} ticks off")
        at += segment.duration_ticks


def rendition_of(name: str, init: Init, heard: list[Heard], plan: Plan) -> Rendition:
    """A rendition of `plan` whose segments say this."""
    segments = tuple(Segment(h.duration_ticks, h.size_bytes, h.keys) for h in heard)
    frames, ticks = sum(h.frame_count for h in heard), sum(h.duration_ticks for h in heard)
    if init.kind == "video":
        return Rendition(
            name=name,
            kind="video",
            codecs=init.codecs,
            timescale=init.timescale,
            start_ticks=heard[0].start_ticks,
            frame_count=frames,
            segments=segments,
            width=init.width,
            height=init.height,
            frame_rate=plan.frame_rate or Ratio(frames * init.timescale, ticks).limit_denominator(1001),
        )
    wanted = next(a for a in plan.audio if a.name == name)
    return Rendition(
        name=name,
        kind="audio",
        codecs=init.codecs,
        timescale=init.timescale,
        start_ticks=heard[0].start_ticks,
        frame_count=frames,
        segments=segments,
        channels=wanted.channels,
        sample_rate_hz=wanted.sample_rate_hz,
        language=wanted.language,
        label=wanted.label,
        default=wanted.default,
        group=wanted.group,
    )
