"""JPEG pictures that people send: checked, and freed of what they tell about the person. It must not decode one.

A phone writes where a picture was taken into it (Exif, XMP), and a poster is shown to every viewer. So only what a
decoder needs is kept (ITU-T T.81, annex B): tables, frames, scans, and the application segments 0 (JFIF), 2 (colour
profile) and 14 (Adobe's colours).
"""

from matinee.errors import ErrorCode, MatineeError

MAX_PICTURE_BYTES = 2 * 1024 * 1024
MAX_SIDE = 4096
START, END, SCAN = 0xD8, 0xD9, 0xDA
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
KEPT_APPLICATION = frozenset({0xE0, 0xE2, 0xEE})


def plain_jpeg(data: bytes) -> bytes:
    """`data` without what is not picture. Raises `field_invalid`."""
    if len(data) > MAX_PICTURE_BYTES:
        raise _invalid(f"has {len(data)} bytes; the limit is {MAX_PICTURE_BYTES}")
    if not data.startswith(b"\xff\xd8\xff") or not data.rstrip(b"\x00").endswith(b"\xff\xd9"):
        raise _invalid("is no whole JPEG")
    kept, at, framed = bytearray(data[:2]), 2, False
    while at + 4 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if data[at] != 0xFF or length < 2:
            break
        if marker in FRAMES:
            framed = _check_size(data[at + 4 : at + 2 + length])
        if marker == SCAN:
            if not framed:
                break
            return bytes(kept + data[at:])  # what follows is the picture, and ends it
        if not 0xE0 <= marker <= 0xEF or marker in KEPT_APPLICATION:
            kept += data[at : at + 2 + length] if marker != 0xFE else b""
        at += 2 + length
    raise _invalid("is a damaged JPEG")


def _check_size(frame: bytes) -> bool:
    height, width = int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5])
    if not 1 <= width <= MAX_SIDE or not 1 <= height <= MAX_SIDE:
        raise _invalid(f"is {width} by {height} pixels; the longest side is {MAX_SIDE}")
    return True


def _invalid(what: str) -> MatineeError:
    return MatineeError(ErrorCode.FIELD_INVALID, f"The picture {what}. Send a JPEG such as a browser or camera makes.")
