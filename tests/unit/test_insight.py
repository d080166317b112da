"""What is counted of a beacon, and what a publisher reads of the counters."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.beacon import STALL_EDGES, STARTUP_EDGES, Beacon, counted, device_of, percentile
from matinee.domain.insight import Experience, report
from matinee.errors import ErrorCode, MatineeError

DAY = date(2026, 3, 1)
FIRST = Beacon(view="view-0001", number=1, watched_ms=4000, startup_ms=640, seen=(0, 1), rendition="720p-av1")
LAST = Beacon(
    view="view-0001",
    number=2,
    watched_ms=6000,
    stalls=1,
    stalled_ms=250,
    seen=(2, 3),
    rendition="720p-av1",
    view_watched_ms=10_000,
    view_stalled_ms=250,
    ended=True,
)


def count(beacon: Beacon, *, new: bool = False) -> dict[str, int]:
    """What a desktop's beacon adds."""
    return counted(beacon, device="desktop", new_view=new, new_viewer=new)


def test_a_first_beacon_counts_the_view() -> None:
    assert count(FIRST, new=True) == {
        "views": 1,
        "viewers": 1,
        "device_desktop": 1,
        "watch_ms": 4000,
        "startup_04": 1,
        "rendition_720p_av1": 4000,
        "by_device_desktop_watch_ms": 4000,
        "by_device_desktop_startup_04": 1,
        "by_rendition_720p_av1_watch_ms": 4000,
        "by_rendition_720p_av1_startup_04": 1,
        "kept_000": 1,
        "kept_001": 1,
    }


def test_a_last_beacon_says_what_the_view_came_to() -> None:
    found = count(LAST)
    assert found["ended"] == 1
    assert found["stall_06"] == 1  # 250 of 10,250 ms are 24 thousandths
    assert "views" not in found


def test_counters_become_a_report() -> None:
    days = [(DAY, count(FIRST, new=True)), (DAY + timedelta(days=1), count(LAST))]
    told = report(days, DAY, DAY + timedelta(days=1))
    assert (told.views, told.viewers, told.watch_seconds, told.stalls) == (1, 1, 10.0, 1)
    assert told.stalled_share == pytest.approx(0.0244, abs=0.0001)
    assert (told.startup_ms_p50, told.startup_ms_p95) == (700, 700)
    assert (told.stalled_share_p50, told.stalled_share_p95) == (0.05, 0.05)
    assert told.retention[:5] == (1.0, 1.0, 1.0, 1.0, 0.0)
    assert told.renditions == {"720p-av1": 10.0}
    assert told.devices == {"desktop": 1}
    assert [day.watch_seconds for day in told.days] == [4.0, 6.0]


def test_start_and_standing_still_are_told_by_day_device_and_rendition() -> None:
    phone = counted(replace(FIRST, startup_ms=4000, rendition="360p"), device="phone", new_view=True, new_viewer=True)
    days = [(DAY, count(FIRST, new=True)), (DAY + timedelta(days=1), sums(count(LAST), phone))]
    told = report(days, DAY, DAY + timedelta(days=1))
    assert [(day.startup_ms_p50, day.startup_ms_p95, day.stalled_share) for day in told.days] == [
        (700, 700, 0.0),
        (5000, 5000, 0.0244),
    ]
    assert told.by_device == {
        "desktop": Experience(watch_seconds=10.0, startup_ms_p50=700, startup_ms_p95=700, stalled_share=0.0244),
        "phone": Experience(watch_seconds=4.0, startup_ms_p50=5000, startup_ms_p95=5000, stalled_share=0.0),
    }
    assert {name: (each.startup_ms_p95, each.stalled_share) for name, each in told.by_rendition.items()} == {
        "720p-av1": (700, 0.0244),
        "360p": (5000, 0.0),
    }


def test_days_from_before_there_were_such_counters_are_told_without() -> None:
    old = {name: value for name, value in count(FIRST, new=True).items() if not name.startswith("by_")}
    told = report([(DAY, old)], DAY, DAY)
    assert (told.by_device, told.by_rendition, told.renditions) == ({}, {}, {"720p-av1": 4.0})
    assert told.days[0].startup_ms_p50 == 700


def sums(*counters: dict[str, int]) -> dict[str, int]:
    """What a day holds after all of these."""
    return dict(sum((Counter(each) for each in counters), Counter()))


def test_nothing_watched_is_a_report_too() -> None:
    told = report([], DAY, DAY)
    assert (told.views, told.startup_ms_p50, told.stalled_share, set(told.retention)) == (0, None, 0.0, {0.0})


def test_a_percentile_is_the_edge_of_its_bucket() -> None:
    assert percentile([(0, 50), (5, 49), (9, 1)], STARTUP_EDGES, 0.5) == 100
    assert percentile([(0, 50), (5, 49), (9, 1)], STARTUP_EDGES, 0.95) == 1000
    assert percentile([(99, 1)], STALL_EDGES, 0.5) == 1000


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(1, 100)), min_size=1, unique_by=lambda each: each[0]))
def test_percentiles_never_fall(counts: list[tuple[int, int]]) -> None:
    found = [percentile(counts, STARTUP_EDGES, share) or 0 for share in (0.1, 0.5, 0.9, 0.99, 1.0)]
    assert found == sorted(found)


@pytest.mark.parametrize(
    "change",
    [
        {"view": "short"},
        {"view": "with space 1"},
        {"number": 0},
        {"watched_ms": -1},
        {"watched_ms": 600_001},
        {"seen": (1, 1)},
        {"seen": (100,)},
        {"rendition": "x" * 20},
        {"rendition": "720p_av1"},
        {"error": "made up"},
        {"view_stalled_ms": -1},
    ],
)
def test_a_beacon_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MatineeError) as refused:
        replace(FIRST, **change)  # type: ignore[arg-type]  # one of its fields
    assert refused.value.code is ErrorCode.FIELD_INVALID


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36", "desktop"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/150.0 Mobile Safari/537.36", "phone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/150.0 Safari/537.36", "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)", "tablet"),
        ("Mozilla/5.0 (Linux; Tizen 7.0) SmartTV", "tv"),
        ("curl/8.5.0", "other"),
        ("", "other"),
    ],
)
def test_a_browser_is_known_by_its_kind_alone(agent: str, device: str) -> None:
    assert device_of(agent) == device
