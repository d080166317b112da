"""Called by a schedule, by an operator, and once when the deployment is made. It must not know how keys are kept.

The event is `{"first": true}` for a key only where there is none, `{"leaked": true}` for a new key and no other, which
ends every token that is out, `{"now": true}` for a new key though that may end links of the key before the present one.
Anything else rotates when no link breaks by it, and else changes nothing. The answer names the key that signs, and is
not one.
"""

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, count, observed
from matinee.wiring_aws import replace_keys, rotate_keys


def _rotate(event: Event, _: LambdaContext) -> Event:
    settings = config.load()
    if event.get("leaked") is True:
        kid = replace_keys(settings)
    else:
        first, at_once = event.get("first") is True, event.get("now") is True
        kid = rotate_keys(settings, only_first=first, at_once=at_once)
    count("KeysRotated")
    return {"kid": kid}


handler = observed(_rotate, correlation="id")
