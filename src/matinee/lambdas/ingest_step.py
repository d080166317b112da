"""One step of a run, called by the workflow. It must not know what a step does: `services.workflow` does.

The functions `ingest` and `encode` are this handler, each with a role of its own.
"""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee import config
from matinee.lambdas.observing import Event, count, observed, tracer
from matinee.services.workflow import WAITS, Answer, Workflow
from matinee.wiring_steps import open_workflow, scratch


@cache
def _workflow() -> Workflow:
    return open_workflow(config.load())


def _perform(event: Event, context: LambdaContext) -> Answer:
    """The step's answer. Raises the classes of `step_errors`, by whose names the workflow decides."""
    tracer().put_annotation("run_id", event["run_id"])
    tracer().put_annotation("step", event["step"])
    answer = _workflow().perform(event, scratch(), lambda: context.get_remaining_time_in_millis() / 1000)
    if answer.get("outcome") == "failed":
        count("RunsFailed")
    elif answer.get("outcome") == WAITS:
        count("RunsHeld")
    elif event["step"] == "finish":
        count("RunsReady")
    return answer


handler = observed(_perform, correlation="run_id")
