"""What each chunk left behind, and the whole film put together from it. Pure; it must not know files or stores.

    chunk 1 ─▶ ChunkResult ┐
    chunk 2 ─▶ ChunkResult ┼─ assembled ─▶ Media, checked
    sound 1 ─▶ ChunkResult ┘

A result is measured from the chunk's own bytes by whoever encoded it, and is all that anybody reads of the chunk later:
an hour of film is joined from a few hundred small documents.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict

from matinee.domain.media import Media, Plan
from matinee.domain.rendition import Rendition, RenditionDocument
from matinee.domain.whole import check_whole
from matinee.errors import ErrorCode, MatineeError

FORMAT = 1


class StretchDocument(TypedDict):
    """A stretch as JSON."""

    rendition: RenditionDocument
    first_segment: int
    init_sha256: str
    film_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A chunk's share of one rendition: `rendition` holds these segments alone, numbered from `first_segment`.

    `init_sha256` is its init segment's digest, `film_ticks` how long the whole rendition is by that segment.
    """

    rendition: Rendition
    first_segment: int
    init_sha256: str
    film_ticks: int

    @property
    def end_ticks(self) -> int:
        """Where the next stretch begins."""
        return self.rendition.start_ticks + self.rendition.duration_ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkResult:
    """What one chunk, or one piece of the sound, has become: a stretch of each of its renditions."""

    number: int
    stretches: tuple[Stretch, ...]

    def to_json(self) -> str:
        """The result as text; the same result is always the same text."""
        stretches: list[StretchDocument] = [
            {
                "rendition": stretch.rendition.to_json(),
                "first_segment": stretch.first_segment,
                "init_sha256": stretch.init_sha256,
                "film_ticks": stretch.film_ticks,
            }
            for stretch in self.stretches
        ]
        document = {"format": FORMAT, "number": self.number, "stretches": stretches}
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "ChunkResult":
        """The value `to_json` was called on. ValueError when it is of a format this version does not know."""
        document = json.loads(text)
        if document.get("format") != FORMAT:
            raise ValueError(f"chunk results of format {document.get('format')} are not known to this version")
        stretches: list[StretchDocument] = document["stretches"]
        return cls(
            number=document["number"],
            stretches=tuple(
                Stretch(
                    rendition=Rendition.from_json(stretch["rendition"]),
                    first_segment=stretch["first_segment"],
                    init_sha256=stretch["init_sha256"],
                    film_ticks=stretch["film_ticks"],
                )
                for stretch in stretches
            ),
        )


def assembled(plan: Plan, chunks: Sequence[ChunkResult], sound: Sequence[ChunkResult]) -> Media:
    """The whole film, from the results of its chunks and of its sound, each in order of number.

    Raises `output_incomplete`, with the rendition and the reason, when a chunk is missing or was made otherwise, when
    times do not join to the tick, or when less came out than the plan promised. Nothing may be published before.
    """
    renditions = [_joined(name, chunks) for name in plan.video_names]
    renditions += [_joined(name, sound) for name in plan.audio_names]
    media = Media(renditions=tuple(renditions))
    check_whole(media, plan)
    return media


def _joined(name: str, results: Sequence[ChunkResult]) -> Rendition:
    stretches = [stretch for result in results for stretch in result.stretches if stretch.rendition.name == name]
    if len(stretches) != len(results) or not stretches:
        raise _incomplete(name, "a chunk is missing")
    first = stretches[0]
    if len({stretch.init_sha256 for stretch in stretches}) != 1 or len({_kind(s) for s in stretches}) != 1:
        raise _incomplete(name, "its chunks were made with different settings")
    number, at = 1, first.rendition.start_ticks
    for result, stretch in zip(results, stretches, strict=True):
        if (stretch.first_segment, stretch.rendition.start_ticks) != (number, at):
            raise _incomplete(name, f"chunk {result.number} does not begin where the one before it ends")
        number, at = number + len(stretch.rendition.segments), stretch.end_ticks
    if at != first.film_ticks:
        raise _incomplete(name, f"it ends at {at} ticks, its header says {first.film_ticks}")
    return replace(
        first.rendition,
        segments=tuple(segment for stretch in stretches for segment in stretch.rendition.segments),
        frame_count=sum(stretch.rendition.frame_count for stretch in stretches),
    )


def _kind(stretch: Stretch) -> Rendition:
    """Everything of a rendition that its stretches have in common."""
    return replace(stretch.rendition, segments=(), frame_count=0, start_ticks=0)


def _incomplete(name: str, reason: str) -> MatineeError:
    return MatineeError(
        ErrorCode.OUTPUT_INCOMPLETE, f"Rendition {name} is not whole ({reason}). Ingest the asset again."
    )
