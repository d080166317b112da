"""Caption files in, WebVTT out. It must not know where they are kept.

SRT and ASS are read by pysubs2, which understands what people's tools write; WebVTT is passed through when webvtt-py
finds it well-formed, and otherwise refused with the reason.
"""

import io
import re

import pysubs2
import webvtt

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
        subtitles = pysubs2.SSAFile.from_string(text, format_="ass" if "[Script Info]" in text else "srt")
    except (pysubs2.exceptions.Pysubs2Error, ValueError, IndexError) as error:
        raise _invalid(f"it is neither WebVTT nor SRT ({error})") from error
    if not subtitles.events:
        raise _invalid("it holds no captions")
    if any(max(event.start, event.end) > LATEST_MILLISECONDS for event in subtitles.events):
        raise _invalid("a time in it is later than 99 hours")  # the writer would change it, and only warn
    return _checked(str(subtitles.to_string("vtt"))).encode()


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
