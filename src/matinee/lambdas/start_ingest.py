"""Told by EventBridge that an object has arrived. It must not know what follows: `services.arrivals` does.

At least once, in any order. What raises is tried again twice, then it lies in the dead-letter queue.
"""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, observed
from matinee.services.arrivals import Arrivals
from matinee.wiring_house import open_arrivals


@cache
def _arrivals() -> Arrivals:
    return open_arrivals(config.load())


def _arrived(event: Event, _: LambdaContext) -> None:
    """EventBridge tells keys as they are; S3's own notifications, which escape them, are not used."""
    _arrivals().arrived(event["detail"]["object"]["key"])


handler = observed(_arrived, correlation="id")
