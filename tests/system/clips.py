"""Small films made with ffmpeg, for tests that need a real one."""

import random
import subprocess
from pathlib import Path

from matinee.adapters.ffmpeg.tools import find_tools


def make_clip(path: Path, *, seconds: float = 4, size: str = "640x360", rate: str = "25", sound: bool = True) -> Path:
    """An H.264 (and AAC) MP4 with a key frame every second and a visible clock."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"] if sound else []
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", rate, "-pix_fmt", "yuv420p", "-c:a", "aac"]
    start = [str(find_tools().ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    command = [*start, *picture, *tone, *codecs, "-movflags", "+faststart", str(path)]
    subprocess.run(command, check=True, timeout=120)
    return path


def padded(clip: Path, path: Path, *, size_bytes: int) -> Path:
    """`clip` with a free box of noise at its end (ISO/IEC 14496-12, 8.1.2): the same film in a file of this size."""
    film = clip.read_bytes()
    free = size_bytes - len(film)
    path.write_bytes(film + free.to_bytes(4, "big") + b"free" + random.Random(1).randbytes(free - 8))  # noqa: S311 - noise
    return path
