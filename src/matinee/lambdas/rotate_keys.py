"""Called by a schedule, by an operator, and once when the deployment is made. It must not know how keys are kept.

The event is `{"first": true}` for a key only where there is none, `{"leaked": true}` for a new key and no other, which
ends every token that is out; anything else rotates, and no link breaks. The answer names the key, and is not one.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, count, observed
from matinee.wiring_aws import replace_keys, rotate_keys


def _rotate(event: Event, _: LambdaContext) -> Event:
    leaked = event.get("leaked") is True
    kid = replace_keys(config.load()) if leaked else rotate_keys(config.load(), only_first=event.get("first") is True)
    count("KeysRotated")
    return {"kid": kid}


handler = observed(_rotate, correlation="id")
