"""How ffmpeg and ffprobe are given a source: a file, or an address on this machine only. It must not know its contents.

A source is a stranger's bytes, and ffmpeg speaks forty protocols: each input names the one it may use. Neither can a
file make it open an address, nor the other way round.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from matinee.adapters.ffmpeg.confinement import Cell
from matinee.adapters.ffmpeg.formats import MAX_PIXELS, READ
from matinee.adapters.ffmpeg.range_server import serve_ranges
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Ranges, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A source as the tools see it. `name` is for people."""

    protocols: str
    address: str
    name: str
    file: Path | None = None
    port: int | None = None

    @property
    def arguments(self) -> list[str]:
        """What both tools get: one protocol, only formats we read, and a name that cannot be an option."""
        # A track that begins seconds into a broadcast file is unknown until its first packet: look further than 5 s
        # for it (ordinary files are known after a few packets, and reading stops there).
        further = ["-probesize", "50M", "-analyzeduration", "30M"]
        formats = ["-format_whitelist", ",".join(READ)]
        # A header is believed: without a limit one of some hundred bytes asks for gigabytes of picture.
        pixels = ["-max_pixels", str(MAX_PIXELS)]
        return ["-protocol_whitelist", self.protocols, *formats, *further, *pixels, "-i", self.address]

    def cell(self, *writes: Path) -> Cell:
        """What a program that reads it may reach besides: the folders it writes to."""
        return Cell(reads=(self.file,) if self.file else (), writes=writes, port=self.port)


def file_input(path: Path) -> Input:
    """A file of this machine."""
    return Input(protocols="file", address=f"file:{path}", name=path.name, file=path)


@contextmanager
def opened(source: Source) -> Iterator[Input]:
    """The source as an input for as long as the block lasts.

    Raises `source_missing` at the block's end when ranges of it could not be read: the tools only see it end early.
    """
    if isinstance(source, Path):
        yield file_input(source)
        return
    with serve_ranges(source) as served:
        try:
            port = urlsplit(served.address).port
            yield Input(protocols="http,tcp", address=served.address, name=source.name, port=port)
        except MatineeError as error:
            raise _lost(source, served.problems) or error from error
        lost = _lost(source, served.problems)
        if lost:
            raise lost


def head_of(source: Source, length: int) -> bytes:
    """The source's first bytes. `source_missing` when they cannot be read."""
    try:
        if isinstance(source, Ranges):
            return source.read(0, min(length, source.size_bytes)) if source.size_bytes else b""
        with source.open("rb") as file:
            return file.read(length)
    except OSError as gone:
        sentence = f"The file cannot be opened ({gone.strerror}). Upload the film again."
        raise MatineeError(ErrorCode.SOURCE_MISSING, sentence) from gone


def size_of(source: Source) -> int:
    """The source's size in bytes. `source_missing` when it is not there."""
    if isinstance(source, Ranges):
        return source.size_bytes
    try:
        return source.stat().st_size
    except OSError as gone:
        sentence = f"The file cannot be opened ({gone.strerror}). Upload the film again."
        raise MatineeError(ErrorCode.SOURCE_MISSING, sentence) from gone


def _lost(source: Ranges, problems: list[Exception]) -> MatineeError | None:
    """What reading a range raised, first of all what tells whether trying again helps."""
    if not problems:
        return None
    first = problems[0]
    if isinstance(first, MatineeError) and first.code is not ErrorCode.OBJECT_NOT_FOUND:
        return first
    return MatineeError(
        ErrorCode.SOURCE_MISSING, f"{source.name} could not be read to its end ({first}). Upload the film again."
    )
