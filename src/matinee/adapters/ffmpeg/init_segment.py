"""Writes the init segment of a track: what a player must know before the first picture (ISO/IEC 14496-12, 8.2 to 8.8).

It must not know segments; `segments` writes those.
"""

import struct

from matinee.adapters.ffmpeg.boxes import box, full_box
from matinee.adapters.ffmpeg.samples import Track

UNITY_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
UNDETERMINED_LANGUAGE = 0x55C4  # "und" in five-bit letters; the playlist carries the language


def init_segment(track: Track, duration: int, lead: int) -> bytes:
    """The init segment. `lead` ticks are skipped by an edit list; 0 writes none."""
    edits = b""
    if lead:
        edits = box(b"edts", full_box(b"elst", 0, 0, struct.pack(">IIiI", 1, 0, lead, 0x10000)))
    trak = box(b"trak", _tkhd(track), edits, _mdia(track))
    mehd = full_box(b"mehd", 1, 0, struct.pack(">Q", duration))
    trex = full_box(b"trex", 0, 0, struct.pack(">IIIII", 1, 1, 0, 0, 0))
    moov = box(b"moov", _mvhd(track), trak, box(b"mvex", mehd, trex))
    return box(b"ftyp", b"iso6", bytes(4), b"iso6", b"cmfc") + moov


def _mvhd(track: Track) -> bytes:
    times = struct.pack(">IIII", 0, 0, track.timescale, 0)
    rest = struct.pack(">IH", 0x10000, 0x0100) + bytes(10) + UNITY_MATRIX + bytes(24) + struct.pack(">I", 2)
    return full_box(b"mvhd", 0, 0, times, rest)


def _tkhd(track: Track) -> bytes:
    head = struct.pack(">IIIII", 0, 0, 1, 0, 0) + bytes(8)
    volume = 0x0100 if track.handler == b"soun" else 0
    middle = struct.pack(">hhHH", 0, 0, volume, 0)
    return full_box(
        b"tkhd", 0, 3, head, middle, UNITY_MATRIX, struct.pack(">II", track.width << 16, track.height << 16)
    )


def _mdia(track: Track) -> bytes:
    mdhd = full_box(b"mdhd", 0, 0, struct.pack(">IIIIHH", 0, 0, track.timescale, 0, UNDETERMINED_LANGUAGE, 0))
    hdlr = full_box(b"hdlr", 0, 0, bytes(4), track.handler, bytes(12), b"Matinee\0")
    video = track.handler == b"vide"
    media = full_box(b"vmhd", 0, 1, bytes(8)) if video else full_box(b"smhd", 0, 0, bytes(4))
    dinf = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    empty = [full_box(kind, 0, 0, bytes(4)) for kind in (b"stts", b"stsc")]
    empty += [full_box(b"stsz", 0, 0, bytes(8)), full_box(b"stco", 0, 0, bytes(4))]
    stbl = box(b"stbl", box(b"stsd", track.entry), *empty)
    return box(b"mdia", mdhd, hdlr, box(b"minf", media, dinf, stbl))
