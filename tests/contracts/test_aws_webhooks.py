"""Endpoints, events and deliveries on AWS held to their contracts, against the emulator, whose stream is read here as
Lambda reads it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any  # a client without stubs

import pytest

from matinee.adapters.aws.dynamodb_stream import event_in
from matinee.domain.event import Event
from matinee.ports.catalog import Catalog
from matinee.ports.webhooks import WebhookStore
from tests.contracts.aws_openers import open_dynamodb_catalog, open_dynamodb_webhooks, open_sqs_bell
from tests.contracts.emulator import Emulator
from tests.contracts.webhooks import EventsContract, WebhooksContract, a_webhook


class TestDynamoDbWebhooks(WebhooksContract):
    """Endpoints, events and deliveries in a table."""

    @pytest.fixture
    def open_webhooks(self, emulator: Emulator) -> Callable[[], WebhookStore]:
        return partial(open_dynamodb_webhooks, emulator.adapter, emulator.new_table())


class TestDynamoDbStream(EventsContract):
    """Events in the stream of the table."""

    @pytest.fixture
    def table(self, emulator: Emulator) -> str:
        return emulator.new_table()

    @pytest.fixture
    def open_catalog(self, emulator: Emulator, table: str) -> Callable[[], Catalog]:
        return partial(open_dynamodb_catalog, emulator.adapter, table)

    @pytest.fixture
    def happened(self, emulator: Emulator, table: str) -> Callable[[], list[Event]]:
        return lambda: [event for record in records(emulator, table) if (event := event_in(record)) is not None]

    def test_what_is_told_and_to_whom_is_no_event_itself(
        self, emulator: Emulator, table: str, happened: Callable[[], list[Event]]
    ) -> None:
        webhooks = open_dynamodb_webhooks(emulator.adapter, table)
        webhooks.remove_webhook(webhooks.add_webhook(a_webhook()).id)
        assert len(records(emulator, table)) == 4
        assert happened() == []


def records(emulator: Emulator, table: str) -> list[dict[str, Any]]:
    """Every record of the table's stream, oldest first."""
    session, url = emulator.root.session(), emulator.root.url
    arn = session.client("dynamodb", endpoint_url=url).describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams: Any = session.client("dynamodbstreams", endpoint_url=url)
    found: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = streams.get_shard_iterator(**start)["ShardIterator"]
        found += streams.get_records(ShardIterator=iterator)["Records"]
    return found


class TestSqsBell:
    """What only the queue can get wrong."""

    def test_each_delivery_is_a_message_and_one_that_is_put_off_comes_later(self, emulator: Emulator) -> None:
        queue = emulator.new_queue()
        bell = open_sqs_bell(emulator.adapter, queue)
        names = [f"dlv_{number}" for number in range(13)]
        bell.ring(tuple(names))
        taken: list[str] = []
        while found := emulator.receive(queue):
            taken += [body for body, _ in found]
            bell.put_off(found[0][1], 99_999)
        assert sorted(taken) == sorted(names)
