"""Caption files in, WebVTT out. It must not know where they are kept.

SRT and ASS are read by `domain.subtitles`; WebVTT is passed through when webvtt-py finds it well-formed, and otherwise
refused with the reason.
"""

import io
import re

import webvtt

from matinee.domain.subtitles import read_ass, read_srt, webvtt_of
from matinee.errors import ErrorCode, MatineeError

SIGNATURE = re.compile(r"WEBVTT(?:[ \t\n]|\Z)")  # W3C WebVTT, 6.1
LATEST_MILLISECONDS = 100 * 3_600_000 - 1
MAX_CAPTION_BYTES = 5 * 1024 * 1024  # ten hours of dense speech are about 1 MB


def to_webvtt(data: bytes) -> bytes:
    """`data` (WebVTT, SRT or ASS; UTF-8, UTF-16 or Windows-1252) as WebVTT in UTF-8. Raises `caption_invalid`."""
    if len(data) > MAX_CAPTION_BYTES:
        raise _invalid(f"it has {len(data)} bytes, over the limit of {MAX_CAPTION_BYTES}")
    text = _decoded(data).replace("\r\n", "\n").replace("\r", "\n")
    if SIGNATURE.match(text):
        return _checked(text).encode()
    try:
        captions = read_ass(text) if "[Script Info]" in text else read_srt(text)
    except ValueError as error:
        raise _invalid(f"it is neither WebVTT nor SRT ({error})") from error
    if not captions:
        raise _invalid("it holds no captions")
    if any(max(each.start, each.end) > LATEST_MILLISECONDS for each in captions):
        raise _invalid("a time in it is later than 99 hours")
    return _checked(webvtt_of(captions)).encode()


def _checked(text: str) -> str:
    try:
        captions = webvtt.from_buffer(io.BytesIO(text.encode())).captions
    except webvtt.errors.MalformedFileError as error:
        raise _invalid(f"it is not well-formed WebVTT ({error})") from error
    if not captions:
        raise _invalid("it holds no captions")
    return text if text.endswith("\n") else text + "\n"


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what Windows editors write


def _invalid(reason: str) -> MatineeError:
    sentence = f"The caption file was not accepted: {reason}. Export it again as WebVTT or SRT in UTF-8."
    return MatineeError(ErrorCode.CAPTION_INVALID, sentence)
