"""Is what was made whole? The last question before anything is published. Pure; it must not know files.

every rung    the same boundaries to the tick, so that a player may switch at any of them
every track   as long as the film, within the tolerance below
"""

from matinee.domain.media import Media, Plan
from matinee.domain.rendition import Rendition
from matinee.errors import ErrorCode, MatineeError

# An intact source's tracks end within this of the film's end: the last frame's length and AAC's padding.
END_TOLERANCE_SECONDS = 0.25


def check_whole(media: Media, plan: Plan) -> None:
    """Raises `output_incomplete`, with the rendition and the reason, when anything planned is missing or cut short."""
    if {r.name for r in media.renditions} != set(plan.names):
        raise _incomplete("the run", "renditions are missing")
    for rung in media.video[1:]:
        _check_aligned(media.video[0], rung)
    if plan.probe.damage or plan.copy:
        return  # no length to expect: what could be saved, or what the source holds
    for rendition in media.renditions:
        _check_length(rendition, plan)


def _check_aligned(first: Rendition, other: Rendition) -> None:
    same_ticks = [s.duration_ticks for s in first.segments] == [s.duration_ticks for s in other.segments]
    if not same_ticks or (first.timescale, first.start_ticks) != (other.timescale, other.start_ticks):
        raise _incomplete(other.name, f"its segments do not begin where those of {first.name} do")


def _check_length(rendition: Rendition, plan: Plan) -> None:
    frame = 1 / float(rendition.frame_rate) if rendition.frame_rate else 0.0
    missing = plan.probe.duration_seconds - rendition.duration_seconds
    if missing > max(END_TOLERANCE_SECONDS, 1.5 * frame):
        raise _incomplete(rendition.name, f"its last {missing:.2f} seconds are missing")


def _incomplete(name: str, reason: str) -> MatineeError:
    return MatineeError(ErrorCode.OUTPUT_INCOMPLETE, f"{name}: {reason}. Ingest the asset again.")
