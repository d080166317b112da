"""What was watched, as a publisher reads it: sums and percentiles of counters. Pure; it must not know their store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matinee.domain.beacon import HUNDREDTHS, STALL_EDGES, STARTUP_EDGES, percentile


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day (UTC)."""

    day: date
    views: int
    viewers: int
    watch_seconds: float
    stalled_seconds: float
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Days together. `retention[n]` is the share of views that saw hundredth n; percentiles are bucket edges.

    `viewers` are counted day by day, each under another salt: somebody who watched on two days counts twice.
    """

    first: date
    last: date
    views: int
    viewers: int
    watch_seconds: float
    stalls: int
    stalled_share: float
    startup_ms_p50: int | None
    startup_ms_p95: int | None
    stalled_share_p50: float | None
    stalled_share_p95: float | None
    errors: Mapping[str, int]
    devices: Mapping[str, int]
    renditions: Mapping[str, float]
    retention: tuple[float, ...]
    days: tuple[Day, ...]


def report(days: Sequence[tuple[date, Mapping[str, int]]], first: date, last: date) -> Report:
    """The report of `days`, counters each, oldest first."""
    total: Counter[str] = Counter()
    for _, counters in days:
        total.update(counters)
    watched, stalled = total["watch_ms"], total["stalled_ms"]
    startup, stall = _histogram(total, "startup_"), _histogram(total, "stall_")
    return Report(
        first=first,
        last=last,
        views=total["views"],
        viewers=total["viewers"],
        watch_seconds=watched / 1000,
        stalls=total["stalls"],
        stalled_share=round(stalled / (watched + stalled), 4) if watched + stalled else 0.0,
        startup_ms_p50=percentile(startup, STARTUP_EDGES, 0.5),
        startup_ms_p95=percentile(startup, STARTUP_EDGES, 0.95),
        stalled_share_p50=_share(percentile(stall, STALL_EDGES, 0.5)),
        stalled_share_p95=_share(percentile(stall, STALL_EDGES, 0.95)),
        errors=_named(total, "error_"),
        devices=_named(total, "device_"),
        renditions={name.replace("_", "-"): ms / 1000 for name, ms in _named(total, "rendition_").items()},
        retention=tuple(_part(total[f"kept_{n:03d}"], total["views"]) for n in range(HUNDREDTHS)),
        days=tuple(_day(day, counters) for day, counters in days),
    )


def _day(day: date, counters: Mapping[str, int]) -> Day:
    return Day(
        day=day,
        views=counters.get("views", 0),
        viewers=counters.get("viewers", 0),
        watch_seconds=counters.get("watch_ms", 0) / 1000,
        stalled_seconds=counters.get("stalled_ms", 0) / 1000,
        errors=sum(_named(counters, "error_").values()),
    )


def _histogram(total: Mapping[str, int], prefix: str) -> list[tuple[int, int]]:
    return [(int(name), count) for name, count in _named(total, prefix).items()]


def _named(total: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in sorted(total.items()) if name.startswith(prefix)}


def _part(count: int, of: int) -> float:
    return min(1.0, round(count / of, 4)) if of else 0.0


def _share(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / 1000
