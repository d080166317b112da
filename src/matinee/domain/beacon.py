"""What a player tells of a view, and what is counted of it. Pure; it must not know who watched, nor where counts lie.

A view is one opening of the watch page. Its beacons are numbered from 1 and tell what is new since the one before;
the last also says what the view came to. Counters are plain sums by name, so that days and assets add up:

    views viewers ended                        how often
    watch_ms stalls stalled_ms                 how long, how often it stood still
    startup_NN stall_NN                        a histogram: the bucket below `…_EDGES[NN]`
    kept_NNN                                   views that saw that hundredth of the film
    error_KIND device_KIND rendition_NAME      the last in milliseconds watched
    by_device_KIND_…, by_rendition_NAME_…      of the above startup_NN, watch_ms, stalled_ms
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from matinee.errors import ErrorCode, MatineeError

VIEW = re.compile(r"[0-9A-Za-z_-]{8,64}\Z", re.ASCII)
RENDITION = re.compile(r"(?:\d{2,4}p(?:-(?:hevc|av1))?|source|audio)\Z", re.ASCII)
ERRORS: Final = ("network", "decode", "unsupported", "expired", "revoked", "missing", "other")
DEVICES: Final = ("desktop", "phone", "tablet", "tv", "other")
MAX_NUMBER = 100_000
MAX_MS = 10 * 60 * 1000  # a beacon speaks of half a minute; ten are a page that slept
STARTUP_EDGES: Final = (100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000, 15_000, 30_000, 60_000)
STALL_EDGES: Final = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # thousandths of a view's time
HUNDREDTHS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Beacon:
    """One beacon. Times in milliseconds; `seen` are hundredths of the film (0 to 99) seen for the first time."""

    view: str
    number: int
    watched_ms: int = 0
    stalls: int = 0
    stalled_ms: int = 0
    startup_ms: int | None = None
    seen: tuple[int, ...] = ()
    rendition: str | None = None
    error: str | None = None
    ended: bool = False
    view_watched_ms: int | None = None
    view_stalled_ms: int | None = None

    def __post_init__(self) -> None:
        """A beacon is built valid or not at all: counters must not be inflated by one request."""
        _check("view", VIEW.match(self.view) is not None)
        _check("number", 1 <= self.number <= MAX_NUMBER)
        for name in ("watched_ms", "stalled_ms"):
            _check(name, 0 <= getattr(self, name) <= MAX_MS)
        _check("stalls", 0 <= self.stalls <= 1000)
        _check("startup_ms", self.startup_ms is None or 0 <= self.startup_ms <= MAX_MS)
        _check("seen", len(set(self.seen)) == len(self.seen) and all(0 <= n < HUNDREDTHS for n in self.seen))
        _check("rendition", self.rendition is None or RENDITION.match(self.rendition) is not None)
        _check("error", self.error is None or self.error in ERRORS)
        for name in ("view_watched_ms", "view_stalled_ms"):
            value = getattr(self, name)
            _check(name, value is None or 0 <= value <= MAX_MS * MAX_NUMBER)


def counted(beacon: Beacon, *, device: str, new_view: bool, new_viewer: bool) -> dict[str, int]:
    """What the beacon adds to its day."""
    counts = {
        "views": int(new_view),
        "viewers": int(new_viewer),
        f"device_{device}": int(new_view),
        "stalls": beacon.stalls,
        "ended": int(beacon.ended),
    }
    counts |= _experienced(beacon, "") | _experienced(beacon, f"by_device_{device}_")
    if beacon.error is not None:
        counts[f"error_{beacon.error}"] = 1
    if beacon.rendition is not None:
        rendition = beacon.rendition.replace("-", "_")
        counts[f"rendition_{rendition}"] = beacon.watched_ms
        counts |= _experienced(beacon, f"by_rendition_{rendition}_")
    if beacon.view_watched_ms is not None:
        counts[f"stall_{bisect_left(STALL_EDGES, _thousandths(beacon)):02d}"] = 1
    counts |= {f"kept_{n:03d}": 1 for n in beacon.seen}
    return {name: count for name, count in counts.items() if count}


def _experienced(beacon: Beacon, prefix: str) -> dict[str, int]:
    counts = {f"{prefix}watch_ms": beacon.watched_ms, f"{prefix}stalled_ms": beacon.stalled_ms}
    if beacon.startup_ms is not None:
        counts[f"{prefix}startup_{bisect_left(STARTUP_EDGES, beacon.startup_ms):02d}"] = 1
    return counts


def device_of(user_agent: str) -> str:
    """What kind of device a browser says it is; no more of it is kept."""
    said = user_agent.lower()
    if any(word in said for word in ("smart-tv", "smarttv", "appletv", "googletv", "bravia", "tizen", "webos", "aft")):
        return "tv"
    if "ipad" in said or "tablet" in said or ("android" in said and "mobile" not in said):
        return "tablet"
    if "mobi" in said or "iphone" in said:
        return "phone"
    return "desktop" if any(word in said for word in ("windows", "macintosh", "x11", "cros")) else "other"


def percentile(counts: Iterable[tuple[int, int]], edges: tuple[int, ...], share: float) -> int | None:
    """The upper edge of the bucket in which `share` of what was counted lies; None when nothing was."""
    buckets = sorted(counts)
    wanted = share * sum(count for _, count in buckets)
    so_far = 0
    for bucket, count in buckets:
        so_far += count
        if count and so_far >= wanted:
            return edges[min(bucket, len(edges) - 1)]
    return None


def _thousandths(beacon: Beacon) -> int:
    stalled, watched = beacon.view_stalled_ms or 0, beacon.view_watched_ms or 0
    return round(1000 * stalled / (stalled + watched)) if stalled + watched else 0


def _check(name: str, right: bool) -> None:  # noqa: FBT001 - an assertion by another name
    if not right:
        sentence = f"'{name}' is not what a player may send; docs/insight.md says what each field of a beacon holds."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
