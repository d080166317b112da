"""Endpoints, events and deliveries on AWS held to their contracts, against the emulator, whose stream is read here as
Lambda reads it.
"""

from collections.abc import Callable
from functools import partial
from typing import Any  # a client without stubs

import pytest

from matinee.adapters.aws.clients import sqs_client
from matinee.adapters.aws.dynamodb_stream import event_in
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.delivery import DeliveryState
from matinee.domain.event import Event
from matinee.domain.ids import DeliveryId
from matinee.ports.catalog import Catalog
from matinee.ports.webhooks import WebhookStore
from matinee.services.deliveries import Deliveries
from matinee.services.webhooks import Webhooks
from tests.contracts.aws_openers import open_dynamodb_catalog, open_dynamodb_webhooks, open_sqs_bell
from tests.contracts.emulator import Caller, Emulator
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.outages import LOOPBACK, House, HurriedCourier, OutagesContract
from tests.contracts.webhooks import EventsContract, WebhooksContract, a_webhook
from tests.receiver import Receiver


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
        return lambda: [event for record in records(emulator.root, table) if (event := event_in(record)) is not None]

    def test_what_is_told_and_to_whom_is_no_event_itself(
        self, emulator: Emulator, table: str, happened: Callable[[], list[Event]]
    ) -> None:
        webhooks = open_dynamodb_webhooks(emulator.adapter, table)
        webhooks.remove_webhook(webhooks.add_webhook(a_webhook()).id)
        assert len(records(emulator.root, table)) == 4
        assert happened() == []


def records(root: Caller, table: str) -> list[dict[str, Any]]:
    """Every record of the table's stream, oldest first."""
    session, url = root.session(), root.url
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


class Deployment(House):
    """The functions `events` and `sender` over a table, its stream and a queue. Lambda's part is played here.

    The queue's own clock cannot be let run: a message that is put off comes again at once, and comes too early, which
    changes nothing.
    """

    def __init__(self, root: Caller, adapter: Caller, table: str, queue: str, clock: ShiftedClock) -> None:
        self.clock, entropy = clock, SystemEntropy()
        self.catalog, self.store = open_dynamodb_catalog(adapter, table), open_dynamodb_webhooks(adapter, table)
        bell = open_sqs_bell(adapter, queue)
        self.webhooks = Webhooks(self.store, bell, clock, entropy, LOOPBACK)
        self.courier = HurriedCourier()
        self._deliveries = Deliveries(self.store, self.courier, bell, clock, entropy)
        self._root, self._table, self._queue = root, table, queue
        self._sqs = sqs_client(root.session(), root.url)
        self._read = 0

    def turns(self, receiver: Receiver, count: int = 1) -> None:
        """See `House`."""
        for _ in range(count):
            self.send()

    def send(self) -> None:
        """See `House`: what is new in the stream, then each message once."""
        for record in (found := records(self._root, self._table))[self._read :]:
            if (event := event_in(record)) is not None:
                self._deliveries.tell(event)
        self._read = len(found)
        early: list[str] = []
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=1).get("Messages"):
            for each in messages:
                delivery = self._deliveries.attempt(DeliveryId(each["Body"]))
                if delivery is not None and delivery.state is DeliveryState.WAITING:
                    early.append(each["ReceiptHandle"])
                else:
                    self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=each["ReceiptHandle"])
        for receipt in early:
            self._sqs.change_message_visibility(QueueUrl=self._queue, ReceiptHandle=receipt, VisibilityTimeout=0)

    def close(self) -> None:
        """See `House`."""


class TestDeployment(OutagesContract):
    """Over DynamoDB, its stream and SQS."""

    @pytest.fixture
    def open_house(self, emulator: Emulator) -> Callable[[ShiftedClock], House]:
        # What a sender that died had received comes again after as long.
        queue = emulator.new_queue(visibility_seconds=5)
        return partial(Deployment, emulator.root, emulator.adapter, emulator.new_table(), queue)
