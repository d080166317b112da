"""Called every few minutes. It must not know what there is to keep in order: `services.upkeep` does."""

from collections.abc import Callable
from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, observed
from matinee.wiring_house import open_upkeep


@cache
def _upkeep() -> Callable[[], None]:
    return open_upkeep(config.load())


def _keep_house(_: Event, __: LambdaContext) -> None:
    _upkeep()()


handler = observed(_keep_house, correlation="id")
