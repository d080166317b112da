"""Which type a key's ending stands for. It must not know the system's table, which differs between machines."""

MEDIA_TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",  # RFC 8216, 10
    "mpd": "application/dash+xml",  # ISO/IEC 23009-1, annex C
    "m4s": "video/mp4",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "m4a": "audio/mp4",
    "mov": "video/quicktime",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "avi": "video/x-msvideo",
    "ts": "video/mp2t",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "vtt": "text/vtt; charset=utf-8",  # W3C WebVTT, 6.1
    "srt": "application/x-subrip",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "zip": "application/zip",
}

# Endings of files that ffmpeg takes for films and recordings, to tell a publisher before an upload that a file is
# none. No file is refused by its name alone once it is here: the probe decides.
SOURCE_ENDINGS = (
    "3g2", "3gp", "aac", "ac3", "aif", "aiff", "alac", "amr", "asf", "avi", "caf", "dv", "eac3", "f4v", "flac", "flv",
    "h264", "h265", "hevc", "ivf", "m1v", "m2t", "m2ts", "m2v", "m4a", "m4b", "m4v", "mka", "mkv", "mod", "mov", "mp2",
    "mp3", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "nut", "oga", "ogg", "ogm", "ogv", "opus", "qt", "rm", "rmvb",
    "ts", "vob", "wav", "webm", "wma", "wmv", "wtv", "y4m",
)  # fmt: skip


def content_type_of(key: str) -> str | None:
    """The type the ending of a key or file name stands for, or None."""
    name = key.rpartition("/")[2]
    return MEDIA_TYPES.get(name.rpartition(".")[2].lower()) if "." in name else None
