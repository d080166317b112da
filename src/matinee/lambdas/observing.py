"""Logs, metrics and traces of every function, by Powertools. It must not know what a function does.

    logs     one JSON line per event with the request's id and a correlation id; the house's own loggers pass through it
    metrics  embedded in the log (EMF), namespace Matinee
    traces   a subsegment per invocation with the run's id; without X-Ray, nothing

Nothing is made before the first call: importing does nothing.
"""

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config

NAME = "matinee"  # also the root of the house's loggers, so that what they say leaves as one of these lines
NAMESPACE = "Matinee"

Event = dict[str, Any]
Handler = Callable[[Event, LambdaContext], Any]


def observed(act: Handler, *, correlation: str) -> Handler:
    """`act` as Lambda calls it. `correlation` is where in the event the id lies that joins its lines to others'."""

    @cache
    def made() -> Handler:
        traced = tracer().capture_lambda_handler(
            act,
            capture_response=False,  # an answer holds tokens and signed links: they belong into no trace
            capture_error=False,  # nor what a library says of a request that failed
        )
        # A call that has nothing to count is no mistake.
        warnings.filterwarnings("ignore", message="No application metrics to publish")
        measured = metrics().log_metrics(traced, capture_cold_start_metric=True)
        logged: Handler = _logger().inject_lambda_context(measured, correlation_id_path=correlation, clear_state=True)
        return logged

    def handler(event: Event, context: LambdaContext) -> Any:
        return made()(event, context)

    return handler


@cache
def tracer() -> Tracer:
    """Traces. Clients are not patched: that takes longer than a request, and AWS's own services tell of themselves."""
    return Tracer(service=NAME, auto_patch=False)


@cache
def metrics() -> Metrics:
    """Metrics of this function."""
    return Metrics(namespace=NAMESPACE, service=NAME)


def count(name: str) -> None:
    """One more of `name`."""
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=1)


@cache
def _logger() -> Logger:
    level = config.load().log_level
    return Logger(service=NAME, level="INFO" if level == "auto" else level.upper(), where="%(name)s")
