"""How a step says to a workflow what its error means, and how the workflow's report becomes an error again.

It must not know which workflow. Step Functions chooses by the name of the exception's class: what is transient is
tried again, the others are not. The text is "code: sentence", which `reason_of` reads from the report.

    run_superseded ─▶ SupersededError      kind.retry ─▶ TransientStepError      everything else ─▶ PermanentStepError
"""

import json
from collections.abc import Mapping

from matinee.errors import ErrorCode, MatineeError

STALLED = "Ingest ended several times without a result; the file may be damaged. Export it again, or try another."
UNFORESEEN = "Something unforeseen happened during the ingest; it was logged. Ingest the asset again, then report it."


class StepError(Exception):
    """A step ended without a result. It is raised as one of the three below."""


class TransientStepError(StepError):
    """The same step may succeed later without anyone changing anything."""


class PermanentStepError(StepError):
    """The run has failed."""


class SupersededError(StepError):
    """Nobody wants the run now: there is nothing to do, and nothing went wrong."""


def step_error(error: MatineeError) -> StepError:
    """`error` as the workflow understands it."""
    text = f"{error.code}: {error.detail}"
    if error.code is ErrorCode.RUN_SUPERSEDED:
        return SupersededError(text)
    return TransientStepError(text) if error.kind.retry else PermanentStepError(text)


def reason_of(report: Mapping[str, object]) -> MatineeError | None:
    """Why the run failed, from the workflow's `{"Error", "Cause"}`; None when the report does not tell."""
    name, cause = str(report.get("Error", "")), str(report.get("Cause", ""))
    if name in (TransientStepError.__name__, PermanentStepError.__name__):
        return _told(cause)
    if "." in name:  # States.…, Lambda.…, Sandbox.…: the workflow's own words
        return None
    return MatineeError(ErrorCode.INTERNAL, UNFORESEEN)


def _told(cause: str) -> MatineeError | None:
    try:
        text = json.loads(cause)["errorMessage"]
    except (ValueError, KeyError, TypeError):
        text = cause
    code, _, sentence = str(text).partition(": ")
    known = code in {str(each) for each in ErrorCode}
    return MatineeError(ErrorCode(code), sentence) if known and sentence else None
