"""What webhooks are asked for, in small pieces as `rights_scenarios` has them: a test, a refusal, an event, a replay.

It must not know roles or policies. Lambda reads the stream and the queue by itself on AWS; here the pieces do it, as
their owner, and hand each function what Lambda would.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from matinee.adapters.aws.dynamodb_documents import VALUE
from matinee.adapters.aws.dynamodb_stream import event_in
from matinee.adapters.aws.dynamodb_table import key
from matinee.domain.delivery import DeliveryState, delivery_id
from matinee.domain.ids import AssetId, DeliveryId, EventId, WebhookId
from tests.receiver import Receiver, receiving
from tests.rehearsal.test_deployment import called
from tests.scenarios.place import Body
from tests.soak.stage import LONG_AGO, Stage, begun, kept


@contextmanager
def listening(stage: Stage) -> Iterator[tuple[Receiver, WebhookId]]:
    """Somebody's server and its endpoint; both are gone after, however the piece ends."""
    with receiving() as receiver:
        webhook = WebhookId(stage.asked("POST", "/v1/webhooks", json={"url": receiver.url})["id"])
        try:
            yield receiver, webhook
        finally:
            stage.webhooks.remove_webhook(webhook)


def tested(stage: Stage, webhook: WebhookId) -> DeliveryId:
    """The delivery of a test event."""
    return DeliveryId(stage.asked("POST", f"/v1/webhooks/{webhook}/test")["id"])


def rung(stage: Stage, delivery: DeliveryId) -> Body:
    """The message that it is due, as Lambda hands it to the sender."""
    sqs = stage.deployment.root.session().client("sqs", endpoint_url=stage.deployment.root.url)
    url = sqs.get_queue_url(QueueName="matinee-deliveries")["QueueUrl"]
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
        (message,) = found
        if message["Body"] == delivery:
            record = {"messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": delivery}
            return {"Records": [record]}
    raise AssertionError(f"nobody rang for {delivery}")


def sent(stage: Stage, message: Body) -> list[str]:
    """What of it must stay in the queue, after a try."""
    failed = called(stage.deployment, "sender", message)["batchItemFailures"]
    return [each["itemIdentifier"] for each in failed]


def change(stage: Stage, asset: AssetId) -> dict[str, Any]:
    """The record that the asset was made, as the table's stream has it."""
    client = stage.deployment.root.session().client("dynamodb", endpoint_url=stage.deployment.root.url)
    keys = key(asset, VALUE)
    item = client.get_item(TableName=stage.deployment.outputs["dynamodb_table_name"], Key=keys)["Item"]
    return {"eventID": "1", "eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": item}}


# --- the pieces -----------------------------------------------------------------------------------------------------


def an_endpoint_is_tried_out(stage: Stage) -> None:
    """Its test event comes, and the message goes."""
    with listening(stage) as (receiver, webhook):
        assert sent(stage, rung(stage, tested(stage, webhook))) == []
        assert receiver.kinds() == ["webhook.test"]


def a_delivery_that_is_refused_is_put_off(stage: Stage) -> None:
    """And stays in the queue."""
    with listening(stage) as (receiver, webhook):
        receiver.answer = lambda _: 503
        delivery = tested(stage, webhook)
        message = rung(stage, delivery)
        assert sent(stage, message) == [message["Records"][0]["messageId"]]
        assert len(receiver.came) == 1
        assert stage.webhooks.get_delivery(delivery).state is DeliveryState.WAITING


def what_happened_is_told_and_told_again(stage: Stage) -> None:
    """An asset was made; the receiver asks for that event once more."""
    with listening(stage) as (receiver, webhook):
        _, asset = begun(stage)
        record = change(stage, AssetId(asset))
        called(stage.deployment, "events", {"Records": [record]})
        delivery = delivery_of(record, webhook)
        assert sent(stage, rung(stage, delivery)) == []
        event = stage.webhooks.get_delivery(delivery).event_id
        stage.asked("POST", f"/v1/webhooks/{webhook}/replay", json={"event_id": event})
        assert sent(stage, rung(stage, delivery)) == []
        assert [each.id for each in receiver.taken] == [event, event]
        assert receiver.kinds() == ["asset.created"]


def delivery_of(record: dict[str, Any], webhook: WebhookId) -> DeliveryId:
    """The delivery that the record becomes."""
    event = event_in(record)
    assert event is not None
    return delivery_id(EventId(event.id), webhook)


def the_upkeep_rings_for_what_is_overdue(stage: Stage) -> None:
    """A delivery whose message was lost."""
    with listening(stage) as (receiver, webhook):
        delivery = tested(stage, webhook)
        rung(stage, delivery)
        store = stage.webhooks
        store.replace_delivery(replace(store.get_delivery(delivery), next_at=LONG_AGO))
        kept(stage)
        assert sent(stage, rung(stage, delivery)) == []
        assert len(receiver.taken) == 1


WEBHOOK_PIECES: tuple[Callable[[Stage], None], ...] = (
    an_endpoint_is_tried_out,
    a_delivery_that_is_refused_is_put_off,
    what_happened_is_told_and_told_again,
    the_upkeep_rings_for_what_is_overdue,
)
