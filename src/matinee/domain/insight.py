"""What was watched, as a publisher reads it: sums and percentiles of counters. Pure; it must not know their store."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from matinee.domain.beacon import HUNDREDTHS, STALL_EDGES, STARTUP_EDGES, percentile

DIVIDED = re.compile(r"(?P<name>\w+?)_(?P<what>startup_\d\d|stalled_ms|watch_ms)\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """How views began and ran on one kind of device, or in one rendition; percentiles are bucket edges."""

    watch_seconds: float
    startup_ms_p50: int | None
    startup_ms_p95: int | None
    stalled_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day (UTC)."""

    day: date
    views: int
    viewers: int
    watch_seconds: float
    stalled_seconds: float
    startup_ms_p50: int | None
    startup_ms_p95: int | None
    stalled_share: float
    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Days together. `retention[n]` is the share of views that saw hundredth n; percentiles are bucket edges.

    `viewers` are counted day by day, each under another salt: somebody who watched on two days counts twice.
    `by_device` and `by_rendition` know nothing of days older than their counters.
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
    by_device: Mapping[str, Experience]
    by_rendition: Mapping[str, Experience]
    retention: tuple[float, ...]
    days: tuple[Day, ...]


def report(days: Sequence[tuple[date, Mapping[str, int]]], first: date, last: date) -> Report:
    """The report of `days`, counters each, oldest first."""
    total: Counter[str] = Counter()
    for _, counters in days:
        total.update(counters)
    all_of_it, stall = _experience(total), _histogram(total, "stall_")
    return Report(
        first=first,
        last=last,
        views=total["views"],
        viewers=total["viewers"],
        watch_seconds=all_of_it.watch_seconds,
        stalls=total["stalls"],
        stalled_share=all_of_it.stalled_share,
        startup_ms_p50=all_of_it.startup_ms_p50,
        startup_ms_p95=all_of_it.startup_ms_p95,
        stalled_share_p50=_share(percentile(stall, STALL_EDGES, 0.5)),
        stalled_share_p95=_share(percentile(stall, STALL_EDGES, 0.95)),
        errors=_named(total, "error_"),
        devices=_named(total, "device_"),
        renditions={_rendition(name): ms / 1000 for name, ms in _named(total, "rendition_").items()},
        by_device=_divided(_named(total, "by_device_")),
        by_rendition={_rendition(name): each for name, each in _divided(_named(total, "by_rendition_")).items()},
        retention=tuple(_part(total[f"kept_{n:03d}"], total["views"]) for n in range(HUNDREDTHS)),
        days=tuple(_day(day, counters) for day, counters in days),
    )


def _day(day: date, counters: Mapping[str, int]) -> Day:
    all_of_it = _experience(counters)
    return Day(
        day=day,
        views=counters.get("views", 0),
        viewers=counters.get("viewers", 0),
        watch_seconds=all_of_it.watch_seconds,
        stalled_seconds=counters.get("stalled_ms", 0) / 1000,
        startup_ms_p50=all_of_it.startup_ms_p50,
        startup_ms_p95=all_of_it.startup_ms_p95,
        stalled_share=all_of_it.stalled_share,
        errors=sum(_named(counters, "error_").values()),
    )


def _divided(counts: Mapping[str, int]) -> dict[str, Experience]:
    """By name, of counters `NAME_startup_NN`, `NAME_stalled_ms` and `NAME_watch_ms`."""
    groups: dict[str, Counter[str]] = {}
    for counter, value in counts.items():
        if found := DIVIDED.match(counter):
            groups.setdefault(found["name"], Counter())[found["what"]] += value
    return {name: _experience(group) for name, group in groups.items()}


def _experience(counters: Mapping[str, int]) -> Experience:
    watched, stalled = counters.get("watch_ms", 0), counters.get("stalled_ms", 0)
    startup = _histogram(counters, "startup_")
    return Experience(
        watch_seconds=watched / 1000,
        startup_ms_p50=percentile(startup, STARTUP_EDGES, 0.5),
        startup_ms_p95=percentile(startup, STARTUP_EDGES, 0.95),
        stalled_share=_part(stalled, watched + stalled),
    )


def _rendition(name: str) -> str:
    return name.replace("_", "-")


def _histogram(total: Mapping[str, int], prefix: str) -> list[tuple[int, int]]:
    return [(int(name), count) for name, count in _named(total, prefix).items()]


def _named(total: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): count for name, count in sorted(total.items()) if name.startswith(prefix)}


def _part(count: int, of: int) -> float:
    return min(1.0, round(count / of, 4)) if of else 0.0


def _share(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / 1000
