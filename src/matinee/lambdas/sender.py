"""Called with ids of deliveries that are due. It must not know what a delivery is, nor decide when it is tried again.

A message goes when its delivery is over, or its endpoint switched off (switching it on sends new ones). Until then it
is put off to the next try and left in the queue, which is why it is told of as failed. One that comes early, or twice,
changes nothing.
"""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.domain.delivery import DeliveryState
from matinee.domain.ids import DeliveryId
from matinee.lambdas.observing import Event, observed
from matinee.wiring_hooks import Hooks, open_hooks


@cache
def _hooks() -> Hooks:
    return open_hooks(config.load())


def _due(event: Event, _: LambdaContext) -> Event:
    left = [record["messageId"] for record in event["Records"] if _tried(record)]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in left]}


def _tried(record: Event) -> bool:
    """Whether the message must stay."""
    deliveries = _hooks().deliveries
    delivery = deliveries.attempt(DeliveryId(record["body"]))
    if delivery is None or delivery.state is not DeliveryState.WAITING:
        return False
    _hooks().put_off(record["receiptHandle"], deliveries.seconds_left(delivery))
    return True


handler = observed(_due, correlation="Records[0].messageId")
