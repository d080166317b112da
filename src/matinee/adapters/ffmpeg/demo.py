"""The demonstration clip and the doctor's film, made rather than shipped. It must not know what becomes of them."""

from collections.abc import Iterator
from pathlib import Path

from matinee.adapters.ffmpeg.process import Limits, run
from matinee.adapters.ffmpeg.tools import Tools
from matinee.errors import ErrorCode, MatineeError

SECONDS = 20
LIMITS = Limits(time_limit_seconds=120, stall_seconds=120)

# A slow sunset, made small since it is soft anyway; and a tone that beeps once a second, so that sound and count can
# be told to agree.
COLORS = "c0=0x1b1035:c1=0x6a2c91:c2=0xf5b331:c3=0x0e7c86:n=4"
PICTURE = f"gradients=size=320x180:rate=30:duration={SECONDS}:{COLORS}:speed=0.03:seed=7"
SOUND = f"sine=frequency=220:beep_factor=4:sample_rate=48000:duration={SECONDS}"

# The count has seven segments a digit, as on a clock radio: the packaged ffmpeg draws boxes but no text.
# Each is (left, top, width, height) in units of its thickness, and the digits it lights up for.
SEGMENTS = [
    ((1, 0, 4, 1), "02356789"),
    ((5, 1, 1, 4), "01234789"),
    ((5, 6, 1, 4), "013456789"),
    ((1, 10, 4, 1), "0235689"),
    ((0, 6, 1, 4), "0268"),
    ((0, 1, 1, 4), "045689"),
    ((1, 5, 4, 1), "2345689"),
]
UNIT = 22
DIGIT_WIDTH = 8 * UNIT


def demo_clip(tools: Tools, folder: Path) -> Path:
    """A 20-second MP4 in `folder`. Raises `encode_failed`."""
    clip = folder / "demo.mp4"
    inputs = ["-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND]
    count = [
        "-vf",
        ",".join(
            ["scale=1280:720:flags=bicubic,format=yuv420p", *_digit(10, 640 - DIGIT_WIDTH), *_digit(1, 640 + 2 * UNIT)]
        ),
    ]
    # A key frame every two seconds: a browser can play the file as it is while the ladder is being made.
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "22", "-g", "60"]
    audio = ["-c:a", "aac", "-b:a", "96k", "-ac", "2"]
    start = [str(tools.ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    code, _, words = run([*start, *inputs, *count, *video, *audio, "-movflags", "+faststart", str(clip)], LIMITS)
    if code:
        raise MatineeError(ErrorCode.ENCODE_FAILED, f"The demonstration clip could not be made: {words}")
    return clip


def one_second(tools: Tools, folder: Path) -> Path:
    """A one-second MP4 in `folder` that browsers can play as it is. Raises `encode_failed`."""
    film = folder / "matinee-doctor.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1", "-f", "lavfi", "-i", "sine=duration=1"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart"]
    command = [str(tools.ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *inputs, *coded, str(film)]
    code, _, words = run(command, LIMITS)
    if code:
        raise MatineeError(ErrorCode.ENCODE_FAILED, f"The one-second film could not be made: {words}")
    return film


def _digit(place: int, left: int) -> Iterator[str]:
    """One digit of the seconds (`place` 1 or 10) as boxes that come and go."""
    for (x, y, width, height), digits in SEGMENTS:
        shown = "+".join(f"eq(mod(floor(t/{place})\\,10)\\,{digit})" for digit in digits)
        box = f"x={left + x * UNIT}:y={239 + y * UNIT}:w={width * UNIT}:h={height * UNIT}"
        yield f"drawbox={box}:color=white@0.92:t=fill:enable='{shown}'"
