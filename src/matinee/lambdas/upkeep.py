"""Called every few minutes. It must not know what there is to keep in order: `services.upkeep` does."""

from collections.abc import Callable, Sequence
from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.domain.measure import Measure, camel
from matinee.lambdas.observing import Event, observed, tell
from matinee.wiring_house import open_upkeep


@cache
def _upkeep() -> Callable[[], None]:
    return open_upkeep(config.load(), _tell)


def _keep_house(_: Event, __: LambdaContext) -> None:
    _upkeep()()


def _tell(measures: Sequence[Measure]) -> None:
    for measure in measures:
        for value in measure.samples.values():
            tell(camel(measure.name), value)


handler = observed(_keep_house, correlation="id")
