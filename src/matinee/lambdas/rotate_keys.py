"""Called by a schedule, and once when the deployment is made. It must not know how keys are kept, nor ever hold one.

The event is `{"first": true}` for a key only where there is none; anything else rotates. The answer names the key.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, count, observed
from matinee.wiring_aws import rotate_keys


def _rotate(event: Event, _: LambdaContext) -> Event:
    kid = rotate_keys(config.load(), only_first=event.get("first") is True)
    count("KeysRotated")
    return {"kid": kid}


handler = observed(_rotate, correlation="id")
