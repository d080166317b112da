"""Called every few minutes. It must not know what there is to keep in order: `services.upkeep` does."""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, observed
from matinee.wiring_cloud import Cloud, open_cloud


@cache
def _cloud() -> Cloud:
    return open_cloud(config.load())


def _keep_house(_: Event, __: LambdaContext) -> None:
    _cloud().keep_house()


handler = observed(_keep_house, correlation="id")
