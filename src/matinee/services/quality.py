"""How films play now, and films whose viewers have to complain. It must not know HTTP, nor who is woken.

It knows films, no viewers: what players told is added up by film and five minutes, and soon forgotten.
"""

import logging
from dataclasses import dataclass

from matinee.domain import quality as qualities
from matinee.domain.ids import AssetId
from matinee.domain.quality import Complaint, Quality, slots
from matinee.ports.clock import Clock
from matinee.ports.insights import Counters, Insights

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """How a film plays, and what its viewers have to complain of."""

    quality: Quality
    complaint: Complaint | None


class Watch:
    """Who looks how films play."""

    def __init__(self, insights: Insights, clock: Clock, stall_percent: int) -> None:
        """From `stall_percent` of the wanted time on, standing still is a complaint."""
        self._insights = insights
        self._clock = clock
        self._stall_percent = stall_percent
        self._complaining: frozenset[tuple[AssetId, Complaint]] = frozenset()

    def playing(self) -> tuple[Playing, ...]:
        """Every film that was played in the last quarter of an hour, the worst first."""
        told: dict[AssetId, list[Counters]] = {}
        for slot in slots(self._clock.now()):
            for asset_id, counters in self._insights.noted(slot):
                told.setdefault(asset_id, []).append(counters)
        found = [qualities.quality(asset_id, each) for asset_id, each in told.items()]
        playing = [Playing(quality=each, complaint=each.complaint(self._stall_percent)) for each in found]
        return tuple(sorted(playing, key=lambda each: (each.complaint is None, -each.quality.stalled_ms)))

    def look(self) -> tuple[Playing, ...]:
        """The same, and a line of the log for each film that begins to complain or ends to."""
        found = self.playing()
        now = {(each.quality.asset_id, each.complaint): each.quality for each in found if each.complaint is not None}
        for (asset_id, complaint), quality in now.items():
            if (asset_id, complaint) not in self._complaining:
                log.warning(
                    "viewers complain",
                    extra={
                        "asset": asset_id,
                        "complaint": complaint,
                        "stalled_share": round(quality.stalled_share, 4),
                        "starts": quality.starts,
                        "slow_starts": quality.slow_starts,
                        "errors": quality.errors,
                    },
                )
        for asset_id, complaint in self._complaining - now.keys():
            log.info("viewers content again", extra={"asset": asset_id, "complaint": complaint})
        self._complaining = frozenset(now)
        return found

    @property
    def complaining(self) -> int:
        """How many films complained when `look` was last called here."""
        return len({asset_id for asset_id, _ in self._complaining})
