"""What every `Meter` must do. Give `open_meter`: a call that opens the same, at first nothing taken."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.domain.rate import Rate
from matinee.ports.meter import Meter
from tests.contracts.children import in_threads
from tests.contracts.samples import NOON

TEN = Rate(10, 60)  # one more every six seconds


class MeterContract:
    """The obligations of `ports.meter`."""

    @pytest.fixture
    def open_meter(self, tmp_path: Path) -> Callable[[], Meter]:
        """Opens what is under test."""
        raise NotImplementedError

    @pytest.fixture
    def meter(self, open_meter: Callable[[], Meter]) -> Meter:
        """What is under test."""
        return open_meter()

    def test_the_limit_may_be_taken_at_once_and_no_more(self, meter: Meter) -> None:
        assert [meter.take("one", 1, TEN, NOON) for _ in range(12)] == [0.0] * 10 + [6.0] * 2
        assert meter.take("another", 10, TEN, NOON) == 0.0

    def test_after_the_wait_it_may_be_taken(self, meter: Meter) -> None:
        assert meter.take("one", 10, TEN, NOON) == 0.0
        assert meter.take("one", 3, TEN, NOON + timedelta(seconds=6)) == 12.0
        assert meter.take("one", 3, TEN, NOON + timedelta(seconds=18)) == 0.0
        assert meter.take("one", 1, TEN, NOON + timedelta(seconds=18)) == 6.0

    def test_who_was_away_has_the_whole_limit_and_not_more(self, meter: Meter) -> None:
        meter.take("one", 4, TEN, NOON)
        later = NOON + timedelta(hours=1)
        assert meter.take("one", 10, TEN, later) == 0.0
        assert meter.take("one", 1, TEN, later) == 6.0

    def test_what_is_given_back_may_be_taken_again(self, meter: Meter) -> None:
        meter.take("one", 10, TEN, NOON)
        meter.give_back("one", 2, TEN, NOON)
        assert [meter.take("one", 1, TEN, NOON) for _ in range(3)] == [0.0, 0.0, 6.0]
        meter.give_back("nobody", 1, TEN, NOON)
        assert meter.take("nobody", 10, TEN, NOON) == 0.0

    def test_of_many_at_once_no_more_get_something(self, open_meter: Callable[[], Meter]) -> None:
        meters = [open_meter() for _ in range(4)]
        waits = in_threads(lambda n: meters[n % 4].take("one", 1, TEN, NOON), range(16))
        assert sum(wait == 0 for wait in waits) == 10
        assert meters[0].take("one", 1, TEN, NOON) > 0
