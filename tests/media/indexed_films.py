"""MP4 and MOV files of every shape whose index is read by ours: plain ones, and such as must be left to ffmpeg."""

from collections.abc import Callable
from pathlib import Path

from tests.media.tools import make

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=14")
TONE = ("-f", "lavfi", "-i", "sine=sample_rate=48000:d=14")
SHORE = ("-f", "lavfi", "-i", "sine=frequency=300:sample_rate=44100:d=14")
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "50")
AAC = ("-c:a", "aac")
UNEVEN = "testsrc2=s=160x90:r=60:d=9,select='not(mod(n,3))+gt(random(1),0.6)'"

# Those whose index alone tells everything.
PLAIN: dict[str, tuple[str, tuple[str, ...]]] = {
    "B-frames": ("a.mp4", (*PICTURE, *TONE, *X264, *AAC)),
    "no B-frames": ("a.mp4", (*PICTURE, *TONE, *X264, "-bf", "0", *AAC)),
    "the index in front": ("a.mp4", (*PICTURE, *SHORE, *X264, *AAC, "-movflags", "+faststart")),
    "QuickTime": ("a.mov", (*PICTURE, *TONE, *X264, *AAC)),
    "29.97": ("a.mp4", ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=30000/1001:d=13", *TONE, *X264, *AAC)),
    "a slow clock": ("a.mp4", (*PICTURE, *X264, "-bf", "0", "-video_track_timescale", "25")),
    "a variable rate": (
        "a.mp4",
        ("-f", "lavfi", "-i", UNEVEN, *TONE, "-fps_mode", "vfr", *X264, "-video_track_timescale", "90000", *AAC),
    ),
    "no edit list": ("a.mp4", (*PICTURE, *TONE, *X264, *AAC, "-use_editlist", "0")),
    "offsets below zero": ("a.mp4", (*PICTURE, *TONE, *X264, *AAC, "-movflags", "+negative_cts_offsets")),
    "the picture begins later": ("a.mp4", ("-itsoffset", "0.08", *PICTURE, *TONE, *X264, *AAC)),
    "the sound begins later": ("a.mp4", (*PICTURE, "-itsoffset", "0.05", *TONE, *X264, *AAC)),
    "everything begins later": ("a.mp4", ("-itsoffset", "5", *PICTURE, "-itsoffset", "5.04", *TONE, *X264, *AAC)),
    "three sounds": (
        "a.mp4",
        (*PICTURE, *TONE, *SHORE, *TONE, *("-map", "0", "-map", "1", "-map", "2", "-map", "3"), *X264, *AAC),
    ),
    "a gap in the sound": (
        "a.mp4",
        (*PICTURE, *TONE, "-af", "aselect='not(between(t,5,5.3))'", "-fps_mode", "vfr", *X264, *AAC),
    ),
    "a song": ("a.m4a", (*TONE, *AAC)),
    "only a picture": ("a.mp4", (*PICTURE, *X264)),
    "one picture": ("a.mp4", (*PICTURE, *X264, "-frames:v", "1")),
}


def sixty_four_bit(film: Path, out: Path) -> Path:
    """The same film with chunk offsets of 64 bits (co64), its index at the end."""
    data = film.read_bytes()
    start = data.rindex(b"moov") - 4
    out.write_bytes(data[:start] + _widened(data[start:]))
    return out


def _widened(box: bytes) -> bytes:
    kind, payload = box[4:8], box[8:]
    if kind == b"stco":
        numbers = [payload[n : n + 4] for n in range(8, len(payload), 4)]
        kind, payload = b"co64", payload[:8] + b"".join(b"\0\0\0\0" + number for number in numbers)
    elif kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        parts, at = [], 0
        while at < len(payload):
            length = int.from_bytes(payload[at : at + 4], "big")
            parts.append(_widened(payload[at : at + length]))
            at += length
        payload = b"".join(parts)
    return (len(payload) + 8).to_bytes(4, "big") + kind + payload


def edited(film: Path, out: Path, change: Callable[[bytearray, int], None]) -> Path:
    """The same film after `change` of its first edit list, given where that one's first entry begins."""
    data = bytearray(film.read_bytes())
    change(data, data.index(b"elst") + 12)
    out.write_bytes(data)
    return out


def film_of(name: str, folder: Path) -> Path:
    """One of the plain ones."""
    file, arguments = PLAIN[name]
    return make(folder / file, *arguments)
