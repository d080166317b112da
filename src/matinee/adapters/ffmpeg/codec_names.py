"""What a sample entry is called in playlists (RFC 6381), by the decoder's configuration. It must not know its media."""

import struct
from collections.abc import Callable

from matinee.adapters.ffmpeg.boxes import Box, BoxError, need

# A sample entry's own fields, before its boxes (ISO/IEC 14496-12, 12.1.3 and 12.2.3).
VISUAL_BYTES = 78
AUDIO_BYTES = 28


def codecs_of(entry: Box) -> str:
    """The name of what the entry describes. BoxError when it is of no kind that is made here."""
    named = NAMES.get(entry.kind)
    if named is None:
        raise BoxError(f"a sample entry of the kind {entry.kind!r}")
    return named(entry.kind.decode("ascii"), entry.payload)


def _avc(kind: str, entry: bytes) -> str:
    """RFC 6381, 3.3: profile, constraints and level as they stand in avcC (ISO/IEC 14496-15, 5.3.3.1)."""
    avcc = need(entry[VISUAL_BYTES:], b"avcC").payload
    return f"{kind}.{avcc[1:4].hex()}"


def _hevc(kind: str, entry: bytes) -> str:
    """ISO/IEC 14496-15, E.3: profile, compatibility (bits in reverse), tier and level, constraints without zeros."""
    hvcc = need(entry[VISUAL_BYTES:], b"hvcC").payload
    space, tier, profile = hvcc[1] >> 6, hvcc[1] >> 5 & 1, hvcc[1] & 0x1F
    compatible = int(f"{int.from_bytes(hvcc[2:6], 'big'):032b}"[::-1], 2)
    constraints = [f"{byte:X}" for byte in hvcc[6:12].rstrip(b"\0")]
    return ".".join(
        [
            kind,
            f"{'ABC'[space - 1] if space else ''}{profile}",
            f"{compatible:X}",
            f"{'LH'[tier]}{hvcc[12]}",
            *constraints,
        ]
    )


def _av1(kind: str, entry: bytes) -> str:
    """AV1 in ISO media files, 5: profile, level and tier, bit depth; the rest has its default, 4:2:0."""
    first, second = struct.unpack_from(">BB", need(entry[VISUAL_BYTES:], b"av1C").payload, 1)
    tier = "MH"[second >> 7]
    depth = (12 if second & 0x20 else 10) if second & 0x40 else 8
    return f"{kind}.{first >> 5}.{first & 0x1F:02}{tier}.{depth:02}"


def _aac(kind: str, entry: bytes) -> str:
    """RFC 6381, 3.3: object type of the decoder configuration and AAC's own audio object type."""
    esds = need(entry[AUDIO_BYTES:], b"esds").body
    config = _descriptor(esds, 0x03)[3:]  # ES_Descriptor: id and flags (ISO/IEC 14496-1, 7.2.6.5)
    decoder = _descriptor(config, 0x04)
    specific = _descriptor(decoder[13:], 0x05)
    object_type = specific[0] >> 3
    if object_type == 31:  # the escape value of ISO/IEC 14496-3, 1.6.2.1
        object_type = 32 + (int.from_bytes(specific[:2], "big") >> 5 & 0x3F)
    return f"{kind}.{decoder[0]:x}.{object_type}"


def _descriptor(data: bytes, tag: int) -> bytes:
    """The payload of the descriptor that `data` begins with; lengths have seven bits a byte (14496-1, 8.3.3)."""
    if data[0] != tag:
        raise BoxError(f"descriptor {data[0]:#x} where {tag:#x} belongs")
    length, at = 0, 1
    while True:
        length = length << 7 | data[at] & 0x7F
        at += 1
        if data[at - 1] < 0x80:
            return data[at : at + length]


NAMES: dict[bytes, Callable[[str, bytes], str]] = {
    b"avc1": _avc,
    b"avc3": _avc,
    b"hvc1": _hevc,
    b"av01": _av1,
    b"mp4a": _aac,
}
