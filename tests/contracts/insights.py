"""What every `Insights` must do. Give `open_insights`: a call that opens the same, at first nothing counted."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from matinee.domain.beacon import Beacon, counted
from matinee.ports.insights import Advance, Insights
from tests.contracts.children import in_threads
from tests.contracts.samples import NOON, asset_id, later

MONDAY = NOON.date()
TUESDAY = MONDAY + timedelta(days=1)
ONE, OTHER = asset_id("one"), asset_id("other")


class InsightsContract:
    """The obligations of `ports.insights`."""

    @pytest.fixture
    def open_insights(self, tmp_path: Path) -> Callable[[], Insights]:
        """Opens what is under test."""
        raise NotImplementedError

    @pytest.fixture
    def insights(self, open_insights: Callable[[], Insights]) -> Insights:
        """What is under test."""
        return open_insights()

    def test_counters_add_up_by_asset_and_day(self, insights: Insights) -> None:
        insights.add(ONE, MONDAY, {"views": 1, "watch_ms": 30_000})
        insights.add(ONE, MONDAY, {"watch_ms": 12_000, "error_network": 1})
        insights.add(ONE, TUESDAY, {"views": 2})
        insights.add(OTHER, MONDAY, {"views": 7})
        insights.add(None, MONDAY, {"views": 8})
        assert list(insights.days(ONE, MONDAY, TUESDAY)) == [
            (MONDAY, {"views": 1, "watch_ms": 42_000, "error_network": 1}),
            (TUESDAY, {"views": 2}),
        ]
        assert list(insights.days(None, MONDAY, MONDAY)) == [(MONDAY, {"views": 8})]

    def test_only_the_days_asked_for_are_told_oldest_first(self, insights: Insights) -> None:
        for n in (3, 0, 2, 1):
            insights.add(ONE, date(2026, 2, 27) + timedelta(days=n), {"views": n + 1})
        found = insights.days(ONE, date(2026, 2, 28), date(2026, 3, 1))
        assert [(day.isoformat(), counters["views"]) for day, counters in found] == [
            ("2026-02-28", 2),
            ("2026-03-01", 3),
        ]
        assert not insights.days(asset_id("unseen"), MONDAY, TUESDAY)

    def test_more_counters_than_a_request_takes_are_all_counted(self, insights: Insights) -> None:
        many = {f"kept_{n:03d}": n + 1 for n in range(100)} | {"rendition_1080p_hevc": 5}
        insights.add(ONE, MONDAY, many)
        insights.add(ONE, MONDAY, many)
        assert insights.days(ONE, MONDAY, MONDAY)[0][1] == {name: 2 * value for name, value in many.items()}

    def test_every_counter_of_a_beacon_is_kept(self, insights: Insights) -> None:
        told = Beacon(
            view="view-0001",
            number=1,
            watched_ms=9000,
            stalls=1,
            stalled_ms=500,
            startup_ms=60_001,
            seen=(0, 99),
            rendition="2160p-hevc",
            error="unsupported",
            ended=True,
            view_watched_ms=9000,
            view_stalled_ms=500,
        )
        counts = counted(told, device="desktop", new_view=True, new_viewer=True)
        insights.add(ONE, MONDAY, counts)
        assert insights.days(ONE, MONDAY, MONDAY) == [(MONDAY, counts)]

    def test_of_many_adding_at_once_none_is_lost(self, insights: Insights) -> None:
        in_threads(lambda n: insights.add(ONE, MONDAY, {"views": 1, f"device_{n % 2}": 1}), range(16))
        assert insights.days(ONE, MONDAY, MONDAY)[0][1] == {"views": 16, "device_0": 8, "device_1": 8}

    def test_a_beacon_heard_twice_or_overtaken_is_known(self, insights: Insights) -> None:
        heard = [insights.advance("view-a", n, ends_at=later(60)) for n in (1, 1, 2, 4, 3, 4, 5)]
        known, following = Advance.KNOWN, Advance.NEXT
        assert heard == [Advance.NEW, known, following, following, known, known, following]

    def test_a_view_whose_first_beacon_was_lost_is_new(self, insights: Insights) -> None:
        assert insights.advance("view-b", 3, ends_at=later(60)) is Advance.NEW
        assert insights.advance("view-b", 1, ends_at=later(60)) is Advance.KNOWN

    def test_a_view_is_new_to_one_of_many_at_once(self, open_insights: Callable[[], Insights]) -> None:
        heard = in_threads(lambda _: open_insights().advance("view-c", 1, ends_at=later(60)), range(8))
        assert Counter(heard) == {Advance.NEW: 1, Advance.KNOWN: 7}

    def test_a_viewer_is_new_once_a_day_to_each_asset(self, insights: Insights) -> None:
        def new(asset: object, day: date, viewer: str = "hash") -> bool:
            return insights.first_today(asset, day, viewer, ends_at=later(60))  # type: ignore[arg-type]  # an id or None

        assert [new(ONE, MONDAY), new(ONE, MONDAY), new(ONE, TUESDAY), new(OTHER, MONDAY)] == [True, False, True, True]
        assert [new(None, MONDAY), new(None, MONDAY), new(ONE, MONDAY, "another")] == [True, False, True]

    def test_five_minutes_are_told_film_by_film_and_apart_from_the_days(self, insights: Insights) -> None:
        slot, next_one = NOON, later(300)
        for counters in ({"watch_ms": 30_000, "starts": 1}, {"watch_ms": 1_000, "stalled_ms": 4_000}):
            insights.note(slot, ONE, counters)
        insights.note(slot, OTHER, {"errors": 1})
        insights.note(next_one, ONE, {"errors": 2})
        assert dict(insights.noted(slot)) == {
            ONE: {"watch_ms": 31_000, "starts": 1, "stalled_ms": 4_000},
            OTHER: {"errors": 1},
        }
        assert dict(insights.noted(next_one)) == {ONE: {"errors": 2}}
        assert dict(insights.noted(later(600))) == {}
        assert list(insights.days(ONE, MONDAY, TUESDAY)) == []
        insights.sweep(later(1800), days_before=MONDAY, slots_before=slot)
        assert len(insights.noted(slot)) == 2

    def test_of_many_noting_at_once_none_is_lost(self, insights: Insights) -> None:
        in_threads(lambda _: insights.note(NOON, ONE, {"watch_ms": 5}), range(16))
        assert dict(insights.noted(NOON)) == {ONE: {"watch_ms": 80}}

    def test_a_sweep_keeps_the_days_that_are_kept(self, insights: Insights) -> None:
        insights.add(ONE, TUESDAY, {"views": 1})
        insights.advance("view-d", 2, ends_at=later(60))
        insights.sweep(later(30), days_before=TUESDAY, slots_before=NOON)
        assert insights.days(ONE, MONDAY, TUESDAY) == [(TUESDAY, {"views": 1})]
        assert insights.advance("view-d", 2, ends_at=later(60)) is Advance.KNOWN
