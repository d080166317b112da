"""What every `Ledger` must do. Give `open_ledger`: a call that opens the same, at first nothing counted."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from matinee.domain.ids import RunId
from matinee.domain.spending import Spent
from matinee.errors import MatineeError
from matinee.ports.ledger import Ledger
from tests.contracts.children import in_threads

MONTH, NEXT = "2026-11", "2026-12"


class LedgerContract:
    """The obligations of `ports.ledger`."""

    @pytest.fixture
    def open_ledger(self, tmp_path: Path) -> Callable[[], Ledger]:
        """Opens what is under test."""
        raise NotImplementedError

    @pytest.fixture
    def ledger(self, open_ledger: Callable[[], Ledger]) -> Ledger:
        """What is under test."""
        return open_ledger()

    def test_runs_add_up_by_month(self, ledger: Ledger) -> None:
        assert ledger.spent(MONTH) == Spent(month=MONTH)
        for name, month in (("run_a", MONTH), ("run_b", MONTH), ("run_c", NEXT)):
            assert ledger.count(month, RunId(name), seconds=90, micro_usd=1_500, most_seconds=None)
        assert ledger.spent(MONTH) == Spent(month=MONTH, runs=2, seconds=180, micro_usd=3_000)
        assert ledger.spent(NEXT) == Spent(month=NEXT, runs=1, seconds=90, micro_usd=1_500)

    def test_a_run_counted_twice_is_counted_once_in_its_first_month(self, ledger: Ledger) -> None:
        for month, most in ((MONTH, 60), (MONTH, 60), (MONTH, 10), (NEXT, None)):
            assert ledger.count(month, RunId("run_a"), seconds=60, micro_usd=1, most_seconds=most)
        assert ledger.spent(MONTH).seconds == 60
        assert ledger.spent(NEXT) == Spent(month=NEXT)

    def test_what_passes_the_most_is_not_counted(self, ledger: Ledger) -> None:
        assert not ledger.count(MONTH, RunId("run_a"), seconds=61, micro_usd=1, most_seconds=60)
        assert ledger.count(MONTH, RunId("run_b"), seconds=40, micro_usd=1, most_seconds=60)
        assert not ledger.count(MONTH, RunId("run_c"), seconds=21, micro_usd=1, most_seconds=60)
        assert ledger.count(MONTH, RunId("run_d"), seconds=20, micro_usd=1, most_seconds=60)
        assert ledger.spent(MONTH).seconds == 60
        assert ledger.count(MONTH, RunId("run_c"), seconds=21, micro_usd=1, most_seconds=None)

    def test_of_many_at_once_none_is_lost_and_no_sum_passes_the_most(self, open_ledger: Callable[[], Ledger]) -> None:
        def patiently(number: int) -> bool:
            for _ in range(50):  # writers of one item may be told to come again, as a step of a run is
                with suppress(MatineeError):
                    return open_ledger().count(MONTH, RunId(f"run_{number}"), seconds=10, micro_usd=1, most_seconds=30)
            raise AssertionError("it was never taken")

        assert Counter(in_threads(patiently, range(8))) == {True: 3, False: 5}
        assert open_ledger().spent(MONTH) == Spent(month=MONTH, runs=3, seconds=30, micro_usd=3)
