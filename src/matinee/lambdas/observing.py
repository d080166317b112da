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
        traced = _traced(act)
        # A call that has nothing to count is no mistake.
        warnings.filterwarnings("ignore", message="No application metrics to publish")
        measured = metrics().log_metrics(traced)
        logged: Handler = _logger().inject_lambda_context(measured, correlation_id_path=correlation, clear_state=True)
        return logged

    def handler(event: Event, context: LambdaContext) -> Any:
        return made()(event, context)

    return handler


def _traced(act: Handler) -> Handler:
    """`act` with a trace of it that holds neither its answer, with tokens and signed links, nor an error's text.

    An error is carried past the trace: X-Ray's library would write down what a vendor's library says of a request.
    """

    def carried(event: Event, context: LambdaContext) -> tuple[Any, Exception | None]:
        try:
            return act(event, context), None
        except Exception as error:  # noqa: BLE001 - raised again below
            tracer().put_annotation("error", type(error).__name__)
            return None, error

    traced = tracer().capture_lambda_handler(carried, capture_response=False)

    def raising(event: Event, context: LambdaContext) -> Any:
        answer, error = traced(event, context)
        if error is not None:
            raise error
        return answer

    return raising


@cache
def tracer() -> Tracer:
    """Traces. Clients are not patched: that takes longer than a request, and AWS's own services tell of themselves."""
    return Tracer(service=NAME, auto_patch=False)


@cache
def metrics() -> Metrics:
    """Metrics of this function, under the deployment's name (POWERTOOLS_SERVICE_NAME), as the alarms look for them."""
    return Metrics(namespace=NAMESPACE)


def count(name: str) -> None:
    """One more of `name`."""
    metrics().add_metric(name=name, unit=MetricUnit.Count, value=1)


def tell(name: str, value: float) -> None:
    """`name` is so much now."""
    metrics().add_metric(name=name, unit=MetricUnit.NoUnit, value=value)


@cache
def _logger() -> Logger:
    level = config.load().log_level
    return Logger(service=NAME, level="INFO" if level == "auto" else level.upper(), name="%(name)s")
