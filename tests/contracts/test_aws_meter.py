"""Rates in DynamoDB, held to their contract, against the emulator."""

import hashlib
import math
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from matinee.adapters.aws.clients import dynamodb_client
from matinee.adapters.aws.dynamodb_meter import DynamoDbMeter
from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.errors import ErrorCode
from matinee.ports.meter import Meter
from tests.contracts.emulator import Caller, Emulator
from tests.contracts.meter import TEN, MeterContract
from tests.contracts.samples import NOON, raises


def open_dynamodb_meter(caller: Caller, table: str, keys: Path) -> DynamoDbMeter:
    """What is counted in `table`, under names that the signing keys in that file hide."""
    return DynamoDbMeter(dynamodb_client(caller.session(), caller.url), table, KeyFile(keys, SystemEntropy()))


class TestDynamoDbMeter(MeterContract):
    """In a table."""

    @pytest.fixture
    def table(self, emulator: Emulator) -> str:
        return emulator.new_table()

    @pytest.fixture
    def keys(self, tmp_path: Path) -> Path:
        KeyFile(tmp_path / "keys.json", SystemEntropy()).rotate(now=NOON, keep_for_renewal_until=NOON)
        return tmp_path / "keys.json"

    @pytest.fixture
    def open_meter(self, emulator: Emulator, table: str, keys: Path) -> Callable[[], Meter]:
        return partial(open_dynamodb_meter, emulator.adapter, table, keys)

    def test_no_address_is_kept_and_the_item_ends(self, emulator: Emulator, table: str, meter: Meter) -> None:
        meter.take("address|203.0.113.9", 1, TEN, NOON)
        items = dynamodb_client(emulator.root.session(), emulator.root.url).scan(TableName=table)["Items"]
        assert len(items) == 1
        assert "203.0.113" not in str(items)
        assert int(items[0]["expires"]["N"]) == math.ceil(NOON.timestamp()) + TEN.seconds

    def test_nobody_finds_an_address_without_the_key_nor_by_another_day(
        self, emulator: Emulator, table: str, keys: Path, meter: Meter
    ) -> None:
        """Who reads the table and knows every address but no key finds none; and tomorrow's name is another."""
        name = "address|203.0.113.9"
        places: list[set[str]] = []
        for now in (NOON, NOON, NOON + timedelta(days=1)):
            meter.take(name, 1, TEN, now)
            items = dynamodb_client(emulator.root.session(), emulator.root.url).scan(TableName=table)["Items"]
            places.append({item["pk"]["S"] for item in items})
        assert [len(found) for found in places] == [1, 1, 2]
        tried = {hashlib.sha256(each.encode()).hexdigest() for each in (name, "203.0.113.9")}
        tried |= {hashlib.sha256(f"matinee rates {NOON.date()} {name}".encode()).hexdigest()}
        assert not any(whole.startswith(found.removeprefix("rate#")) for whole in tried for found in places[2])
        KeyFile(keys, SystemEntropy()).replace_all()
        open_dynamodb_meter(emulator.adapter, table, keys).take(name, 1, TEN, NOON)
        items = dynamodb_client(emulator.root.session(), emulator.root.url).scan(TableName=table)["Items"]
        assert len(items) == 3, "with another key it is another name"

    def test_a_new_day_begins_anew_and_what_is_left_of_the_old_one_does_no_harm(self, meter: Meter) -> None:
        midnight = NOON.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        before = midnight - timedelta(seconds=1)
        assert [meter.take("one", 5, TEN, before) for _ in range(3)] == [0.0, 0.0, 30.0]
        assert [meter.take("one", 5, TEN, midnight) for _ in range(3)] == [0.0, 0.0, 30.0]
        meter.give_back("one", 1, TEN, midnight)
        assert meter.take("one", 1, TEN, midnight) == 0.0

    def test_before_the_first_key_nothing_is_counted_in_the_open(
        self, emulator: Emulator, table: str, tmp_path: Path
    ) -> None:
        with raises(ErrorCode.GATE_NOT_READY):
            open_dynamodb_meter(emulator.adapter, table, tmp_path / "none.json").take("one", 1, TEN, NOON)
        assert dynamodb_client(emulator.root.session(), emulator.root.url).scan(TableName=table)["Items"] == []
