"""Counters of what was watched in SQLite, held to their contract."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.ports.insights import Advance, Insights
from tests.contracts.insights import MONDAY, ONE, OTHER, TUESDAY, InsightsContract
from tests.contracts.local_openers import open_catalog
from tests.contracts.samples import later


def open_sqlite_insights(root: Path) -> SqliteInsights:
    """What is counted in `root`."""
    return SqliteInsights(Database(root / "matinee.db"))


class TestSqliteInsights(InsightsContract):
    """In a file."""

    @pytest.fixture
    def open_insights(self, tmp_path: Path) -> Callable[[], Insights]:
        return partial(open_sqlite_insights, tmp_path)

    def test_a_sweep_drops_what_is_over(self, insights: Insights) -> None:
        insights.add(ONE, MONDAY, {"views": 1})
        insights.advance("view-e", 2, ends_at=later(10))
        insights.first_today(ONE, date(2026, 1, 1), "hash", ends_at=later(10))
        insights.note(later(-3600), ONE, {"errors": 1})
        insights.sweep(later(30), days_before=TUESDAY, slots_before=later(-3599))
        assert not insights.noted(later(-3600))
        assert not insights.days(ONE, MONDAY, TUESDAY)
        assert insights.advance("view-e", 2, ends_at=later(60)) is Advance.NEW
        assert insights.first_today(ONE, date(2026, 1, 1), "hash", ends_at=later(60))

    def test_the_catalog_forgets_the_counters_of_a_deleted_asset(self, tmp_path: Path, insights: Insights) -> None:
        for place in (ONE, OTHER, None):
            insights.add(place, MONDAY, {"views": 1})
        insights.note(later(0), ONE, {"errors": 1})
        open_catalog(tmp_path).forget_asset(ONE)
        assert [len(insights.days(place, MONDAY, MONDAY)) for place in (ONE, OTHER, None)] == [0, 1, 1]
        assert not insights.noted(later(0))
