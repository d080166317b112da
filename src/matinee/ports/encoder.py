"""What Matinee asks of an encoder: look at a source, make renditions of it, say what was made.

It must not know which program does it. Every obligation here is held by tests/media.

A folder `out` looks like this when a step is done; what has its final name is whole:

    out/chunks/1/1080p/init.mp4  seg-00001.m4s …       encode_chunk: segments numbered as in the whole film
    out/audio-1-stereo/init.mp4  seg-00001.m4s …       encode_sound of a sound that is one piece, else
    out/sound/1/audio-1-stereo/init.mp4 …
    out/source/init.mp4 …                              remux
    out/poster.jpg
    out/pictures/sheet-1.jpg … poster-1.jpg …         pictures

Promises that hold for every method that writes:
- safe to run twice, also after being killed anywhere: what is already whole is left alone and the call returns soon;
- nothing half-made under a final name, and no process outlives the caller;
- `progress` is called with a share from 0.0 to 1.0, never falling; what it raises stops the work and is passed on;
- MatineeError `encode_failed` when the encoder failed or stood still, with its last words in the sentence;
  `store_full` when the disk was full.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from matinee.domain.assembly import ChunkResult
from matinee.domain.media import Chunk, Media, Plan, Probe
from matinee.domain.pictures import Pictures
from matinee.domain.source_index import SourceIndex

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """A source read where it lies. `read(start, length)` gives those bytes, fewer only at the source's end.

    `read` may be called from several threads at once. What it raises ends the step as `source_missing`. `name` is the
    file's, for its ending alone.
    """

    read: Callable[[int, int], bytes]
    size_bytes: int
    name: str


Source = Path | Ranges


class Encoder(Protocol):
    """Turns a source into CMAF renditions (ISO/IEC 23000-19): one set of segments for HLS and DASH."""

    def probe(self, source: Source) -> Probe:
        """What the source holds; nothing is written.

        Raises `source_missing`, `source_empty` (no bytes), `source_unreadable` (not media), `source_unsupported`
        (a playlist, a still picture, a codec that cannot be read), `source_truncated` (cut off so that nothing of it
        can be read) or `source_no_media` (readable, but neither video nor audio).
        """
        ...

    def encode_chunk(self, source: Source, plan: Plan, chunk: Chunk, out: Path, progress: Progress) -> Path:
        """Every rung of `plan` for this stretch of the film, decoded once, as `out/chunks/{number}`, which it returns.

        Nothing to do for a plan without video. Segment boundaries fall on the same frames in every rung; the first
        frame of each is a key frame. Of a film that is cut only the chunk's stretch is decoded (and what its first
        picture needs); the same chunk is the same bytes, whoever makes it, and its init segment every chunk's.
        Chunks may be made in any order and at once, by processes that share nothing but source and plan.
        """
        ...

    def encode_sound(self, source: Source, plan: Plan, piece: Chunk, out: Path, progress: Progress) -> Path:
        """Every audio rendition of `plan` for one piece of its `sound`, in the folder it returns.

        The same obligations as for a chunk. Joined, the pieces are continuous to the sample, and nobody hears where.
        """
        ...

    def measure_chunk(self, folder: Path, chunk: Chunk, plan: Plan) -> ChunkResult:
        """What lies in a folder that one of the above returned, read from the files themselves.

        Raises `output_incomplete` when a segment is missing, empty, or does not go on where the last one ended.
        """
        ...

    def index(self, source: Source, plan: Plan) -> tuple[Media, SourceIndex] | None:
        """The instant rendition without a copy: what it is, and what its files consist of; nothing is written.

        `plan` comes from `chunks.instant_plan`. Takes no longer for a long film. The files hold the packets that
        `remux` would write, at the same times. None when the source's own index does not tell enough: then remux.
        """
        ...

    def copy(self, source: Source, plan: Plan, out: Path, progress: Progress) -> Path:
        """The packets of the instant rendition's tracks, in the plan's order, in one MP4 that `index` may read.

        For sources whose own container has no index of every picture. Returns the file, below `out`.
        """
        ...

    def remux(self, source: Source, plan: Plan, out: Path, progress: Progress) -> None:
        """The instant rendition: the source's own packets in new segments. `plan` comes from `chunks.instant_plan`."""
        ...

    def poster(self, source: Source, probe: Probe, out: Path) -> Path | None:
        """One telling picture as `out/poster.jpg`, at most 1280 pixels wide; None for audio without a cover."""
        ...

    def pictures(self, source: Source, probe: Probe, out: Path, progress: Progress) -> Pictures:
        """The storyboard's sheets and the candidates for the poster, in `out/pictures`; none of a sound.

        Of a film that can be entered anywhere only key frames are read. Tiles stand in the film's order; candidates
        are spread over the film, each the sharpest and best lit of its stretch. `progress` may stop the work.
        """
        ...

    def measure(self, out: Path, plan: Plan) -> Media:
        """What lies in `out`, read from the files themselves and checked to be whole.

        Raises `output_incomplete` when a segment is missing or empty, times do not join, or boundaries differ between
        rungs; the plan's renditions are thrown away then, so that a next try makes them anew. Nothing may be
        published that was not measured.
        """
        ...
