"""Counters of what was watched in DynamoDB, held to their contract, against the emulator."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from matinee.adapters.aws.clients import dynamodb_client
from matinee.adapters.aws.dynamodb_insights import DynamoDbInsights
from matinee.ports.insights import Insights
from tests.contracts.aws_openers import open_dynamodb_catalog
from tests.contracts.emulator import Caller, Emulator
from tests.contracts.insights import MONDAY, ONE, OTHER, InsightsContract


def open_dynamodb_insights(caller: Caller, table: str) -> DynamoDbInsights:
    """What is counted in `table`."""
    return DynamoDbInsights(
        dynamodb_client(caller.session(), caller.url), table, keep_days=400, keep_slots=timedelta(hours=1)
    )


class TestDynamoDbInsights(InsightsContract):
    """In a table."""

    @pytest.fixture
    def table(self, emulator: Emulator) -> str:
        return emulator.new_table()

    @pytest.fixture
    def open_insights(self, emulator: Emulator, table: str) -> Callable[[], Insights]:
        return partial(open_dynamodb_insights, emulator.adapter, table)

    def test_the_catalog_forgets_the_counters_of_a_deleted_asset(
        self, emulator: Emulator, table: str, insights: Insights
    ) -> None:
        for place in (ONE, OTHER, None):
            insights.add(place, MONDAY, {"views": 1})
        open_dynamodb_catalog(emulator.adapter, table).forget_asset(ONE)
        assert [len(insights.days(place, MONDAY, MONDAY)) for place in (ONE, OTHER, None)] == [0, 1, 1]
