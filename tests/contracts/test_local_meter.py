"""Rates in this process, held to their contract."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from matinee.adapters.local import memory_meter
from matinee.adapters.local.memory_meter import MemoryMeter
from matinee.ports.meter import Meter
from tests.contracts.meter import TEN, MeterContract
from tests.contracts.samples import NOON


class TestMemoryMeter(MeterContract):
    """In memory: there is one in a server, so that to open it again is to have the same."""

    @pytest.fixture
    def open_meter(self) -> Callable[[], Meter]:
        meter = MemoryMeter()
        return lambda: meter

    def test_whoever_took_most_is_remembered_when_there_are_too_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(memory_meter, "MAX_NAMES", 4)
        meter = MemoryMeter()
        meter.take("greedy", 10, TEN, NOON)
        for number in range(20):
            meter.take(f"many {number}", 1, TEN, NOON)
        assert meter.take("greedy", 1, TEN, NOON) > 0
        assert meter.take("later", 1, TEN, NOON + timedelta(hours=1)) == 0.0
