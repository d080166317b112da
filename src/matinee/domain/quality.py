"""How films play now, by what players told in the last quarter of an hour, and when that is worth waking somebody.

Pure. A film complains only when several people are behind it: one viewer with a bad line is no fault of the film.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from matinee.domain.beacon import Beacon
from matinee.domain.ids import AssetId

SLOT = timedelta(minutes=5)
SLOTS = 3  # a quarter of an hour, beside the slot that is being filled
SLOW_START_MS = 10_000
# Fewer than these, and a share says nothing: twenty minutes of wanted time are two people for most of the window.
LEAST_WANTED_MS = 20 * 60 * 1000
LEAST_STARTS = 5
LEAST_ERRORS = 5
HALF = 0.5
# What a player says when its link ended: that is as it should be.
NO_FAULTS = frozenset({"expired", "revoked"})


class Complaint(StrEnum):
    """What viewers of a film have to complain of. Stable: programs read it."""

    STALLING = "stalling"
    SLOW_START = "slow_start"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How one film plays. Times in milliseconds; `wanted_ms` is what was watched and what stood still."""

    asset_id: AssetId
    wanted_ms: int
    stalled_ms: int
    starts: int
    slow_starts: int
    errors: int

    @property
    def stalled_share(self) -> float:
        """Of the time playing was wanted, 0 to 1."""
        return self.stalled_ms / self.wanted_ms if self.wanted_ms else 0.0

    def complaint(self, stall_percent: int) -> Complaint | None:
        """What is worth waking somebody for, the worst first; None when nothing is."""
        if self.errors >= LEAST_ERRORS and self.errors >= HALF * (self.starts + self.errors):
            return Complaint.FAILING
        if self.wanted_ms >= LEAST_WANTED_MS and 100 * self.stalled_share >= stall_percent:
            return Complaint.STALLING
        if self.starts >= LEAST_STARTS and self.slow_starts >= HALF * self.starts:
            return Complaint.SLOW_START
        return None


def slot_of(at: datetime) -> datetime:
    """The beginning of the five minutes `at` lies in."""
    return at - timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)


def slots(now: datetime) -> tuple[datetime, ...]:
    """The beginnings of the last quarter of an hour's slots and of the one under way, oldest first."""
    latest = slot_of(now)
    return tuple(latest - SLOT * n for n in range(SLOTS, -1, -1))


def noted(beacon: Beacon) -> dict[str, int]:
    """What the beacon adds to its film's slot; nothing when it tells nothing of how it plays."""
    counts = {
        "watch_ms": beacon.watched_ms,
        "stalled_ms": beacon.stalled_ms,
        "starts": int(beacon.startup_ms is not None),
        "slow_starts": int(beacon.startup_ms is not None and beacon.startup_ms > SLOW_START_MS),
        "errors": int(beacon.error is not None and beacon.error not in NO_FAULTS),
    }
    return {name: count for name, count in counts.items() if count}


def quality(asset_id: AssetId, told: Iterable[Mapping[str, int]]) -> Quality:
    """The film's slots, added up."""
    total = dict.fromkeys(("watch_ms", "stalled_ms", "starts", "slow_starts", "errors"), 0)
    for counters in told:
        for name in total:
            total[name] += counters.get(name, 0)
    return Quality(
        asset_id=asset_id,
        wanted_ms=total["watch_ms"] + total["stalled_ms"],
        stalled_ms=total["stalled_ms"],
        starts=total["starts"],
        slow_starts=total["slow_starts"],
        errors=total["errors"],
    )
