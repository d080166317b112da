"""Joins the chunks' stretches to whole renditions. It must not know how they were made, nor look into a segment.

out/chunks/1/1080p/init.mp4 seg-00001.m4s seg-00002.m4s ┐
out/chunks/2/1080p/init.mp4 seg-00003.m4s …             ┴▶ out/1080p/init.mp4 seg-00001.m4s … seg-00003.m4s …
"""

import os
import shutil
from itertools import pairwise
from pathlib import Path

from matinee.adapters.ffmpeg.measuring import incomplete
from matinee.domain.media import Chunk
from matinee.domain.rendition import segment_name

CHUNKS = "chunks"
INIT = "init.mp4"


def chunk_folder(out: Path, chunk: Chunk) -> Path:
    """Where a finished chunk's rungs lie."""
    return out / CHUNKS / str(chunk.number)


def check_joinable(folders: list[Path], chunks: tuple[Chunk, ...]) -> None:
    """Raises `output_incomplete` when a rung's stretches are not there, number wrongly or differ in their init."""
    name = folders[0].name
    inits = {(folder / INIT).read_bytes() if (folder / INIT).exists() else b"" for folder in folders}
    if b"" in inits:
        raise incomplete(name, "a chunk is missing")
    if len(inits) != 1:
        raise incomplete(name, "its chunks were made with different settings")
    for folder, (chunk, following) in zip(folders, pairwise(chunks), strict=False):
        wanted = {segment_name(n) for n in range(chunk.first_segment, following.first_segment)}
        if {path.name for path in folder.glob("seg-*")} != wanted:
            raise incomplete(name, f"chunk {chunk.number} does not hold its segments")


def join(folders: list[Path], into: Path) -> None:
    """One folder of all stretches, made by links: the chunks stay whole until it has its final name."""
    into.mkdir()
    _place(folders[0] / INIT, into / INIT)
    for folder in folders:
        for segment in folder.glob("seg-*"):
            _place(segment, into / segment.name)


def _place(file: Path, there: Path) -> None:
    try:
        os.link(file, there)
    except OSError:  # a file system without links (exFAT, some network shares)
        shutil.copyfile(file, there)
