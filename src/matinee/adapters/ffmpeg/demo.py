"""The demonstration clip, made rather than shipped. It must not know what becomes of it."""

from pathlib import Path

from matinee.adapters.ffmpeg.process import Limits, run
from matinee.adapters.ffmpeg.tools import Tools
from matinee.errors import ErrorCode, MatineeError

SECONDS = 20
LIMITS = Limits(time_limit_seconds=120, stall_seconds=120)

# testsrc2 moves and shows its own clock; the tone rises and falls once a second, so that sound and count can be told
# to agree. A key frame every two seconds lets a browser play the file as it is while the ladder is being made.
PICTURE = f"testsrc2=size=1280x720:rate=30:duration={SECONDS}"
SOUND = f"sine=frequency=440:beep_factor=2:sample_rate=48000:duration={SECONDS}"


def demo_clip(tools: Tools, folder: Path) -> Path:
    """A 20-second MP4 in `folder`. Raises `encode_failed`."""
    clip = folder / "demo.mp4"
    inputs = ["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND]
    video = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "28", "-g", "60", "-pix_fmt", "yuv420p"]
    audio = ["-c:a", "aac", "-b:a", "96k", "-ac", "2"]
    start = [str(tools.ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    code, _, words = run([*start, *inputs, *video, *audio, "-movflags", "+faststart", str(clip)], LIMITS)
    if code:
        raise MatineeError(ErrorCode.ENCODE_FAILED, f"The demonstration clip could not be made: {words}")
    return clip
