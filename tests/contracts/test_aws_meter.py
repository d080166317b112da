"""Rates in DynamoDB, held to their contract, against the emulator."""

import math
from collections.abc import Callable
from functools import partial

import pytest

from matinee.adapters.aws.clients import dynamodb_client
from matinee.adapters.aws.dynamodb_meter import DynamoDbMeter
from matinee.ports.meter import Meter
from tests.contracts.emulator import Caller, Emulator
from tests.contracts.meter import TEN, MeterContract
from tests.contracts.samples import NOON


def open_dynamodb_meter(caller: Caller, table: str) -> DynamoDbMeter:
    """What is counted in `table`."""
    return DynamoDbMeter(dynamodb_client(caller.session(), caller.url), table)


class TestDynamoDbMeter(MeterContract):
    """In a table."""

    @pytest.fixture
    def table(self, emulator: Emulator) -> str:
        return emulator.new_table()

    @pytest.fixture
    def open_meter(self, emulator: Emulator, table: str) -> Callable[[], Meter]:
        return partial(open_dynamodb_meter, emulator.adapter, table)

    def test_no_address_is_kept_and_the_item_ends(self, emulator: Emulator, table: str, meter: Meter) -> None:
        meter.take("address|203.0.113.9", 1, TEN, NOON)
        items = dynamodb_client(emulator.root.session(), emulator.root.url).scan(TableName=table)["Items"]
        assert len(items) == 1
        assert "203.0.113" not in str(items)
        assert int(items[0]["expires"]["N"]) == math.ceil(NOON.timestamp()) + TEN.seconds
