"""Called with records of the catalog's stream, which are what happened. It must not know who is told.

Records come in order and again until they were taken: what raises holds its shard up (alarm `events-behind`), and is
lost only after the stream's 24 hours. Telling twice is telling once.
"""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, observed
from matinee.wiring_hooks import Hooks, open_hooks


@cache
def _hooks() -> Hooks:
    return open_hooks(config.load())


def _happened(event: Event, _: LambdaContext) -> None:
    for record in event["Records"]:
        found = _hooks().event_in(record)
        if found is not None:
            _hooks().deliveries.tell(found)


handler = observed(_happened, correlation="Records[0].eventID")
