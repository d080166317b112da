"""Why a source cannot be used, in sentences a person can act on. It must not know how sources are read."""

from typing import Any

from matinee.adapters.ffmpeg.formats import MAX_PIXELS, MAX_SECONDS, PLAYLISTS
from matinee.domain.media import Probe
from matinee.errors import ErrorCode, MatineeError

Json = dict[str, Any]  # ffprobe's own document
EXPORT_AGAIN = "Export the film again or upload the original file."


def unreadable() -> MatineeError:
    """Not media at all."""
    return MatineeError(
        ErrorCode.SOURCE_UNREADABLE, f"The file is not a video or audio file that can be read. {EXPORT_AGAIN}"
    )


def begins_like_mp4(head: bytes) -> bool:
    """A text named film.mp4 also has no index: only a file that begins with a box of the format was ever a film."""
    return head[4:8] in {b"ftyp", b"mdat", b"wide", b"free", b"skip", b"pnot", b"moov"}


def refused(errors: str) -> MatineeError:
    """What ffprobe meant when it found a format that is not on the list."""
    if any(f"[{name} @" in errors for name in PLAYLISTS):
        return a_playlist()
    if "[tty @" in errors:  # what ffmpeg takes any file of a text-like name for
        return unreadable()
    return MatineeError(
        ErrorCode.SOURCE_UNSUPPORTED,
        "The file is of a format Matinee does not take. Export it as MP4, MKV, WebM, MOV or an audio file.",
    )


def check_extent(probe: Probe) -> None:
    """Raises `source_unsupported` for a film larger or longer than any: its header lies, or nobody sees its end."""
    video = probe.video
    if video and max(video.width * video.height, video.display_width * video.display_height) > MAX_PIXELS:
        size = f"{video.display_width} x {video.display_height}"
        sentence = f"The picture is said to have {size} points, more than can be encoded. Export it in 8K or smaller."
        raise MatineeError(ErrorCode.SOURCE_UNSUPPORTED, sentence)
    if probe.duration_seconds > MAX_SECONDS:
        days = f"{probe.duration_seconds / 86_400:.0f}"
        sentence = f"The film is said to last {days} days; a week is the longest. Export it again, or cut it in pieces."
        raise MatineeError(ErrorCode.SOURCE_UNSUPPORTED, sentence)


def a_playlist() -> MatineeError:
    """A list of other files: never followed."""
    return MatineeError(
        ErrorCode.SOURCE_UNSUPPORTED,
        "The file is a playlist that only names other files, not a film. Upload the film it names.",
    )


def no_media(streams: list[Json]) -> MatineeError:
    """Readable, but with nothing in it that can be watched or heard."""
    named = [str(s.get("codec_name") or "unknown") for s in streams if s.get("codec_type") in ("video", "audio")]
    if named:
        return no_decoder(", ".join(named))
    return MatineeError(ErrorCode.SOURCE_NO_MEDIA, "The file holds neither video nor audio. Upload the film itself.")


def no_decoder(codecs: str) -> MatineeError:
    """Coded in a way this ffmpeg cannot decode."""
    return MatineeError(
        ErrorCode.SOURCE_UNSUPPORTED,
        f"The file is coded in a way that cannot be read here ({codecs}). Export it as H.264 and AAC.",
    )
