"""What a workflow is told of an error, and what is read from its report."""

import json

import pytest

from matinee.errors import KINDS, ErrorCode, MatineeError
from matinee.services.step_errors import PermanentStepError, SupersededError, TransientStepError, reason_of, step_error


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_is_tried_again_or_not_as_its_kind_says_and_comes_back_whole(code: ErrorCode) -> None:
    error = step_error(MatineeError(code, "It is so: do this."))
    if code is ErrorCode.RUN_SUPERSEDED:
        assert type(error) is SupersededError
        return
    assert type(error) is (TransientStepError if KINDS[code].retry else PermanentStepError)
    cause = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": []})
    reason = reason_of({"Error": type(error).__name__, "Cause": cause})
    assert reason is not None
    assert (reason.code, reason.detail) == (code, "It is so: do this.")


@pytest.mark.parametrize(
    "name", ["States.Timeout", "States.ExceedToleratedFailureThreshold", "Lambda.Unknown", "Sandbox.Timedout"]
)
def test_the_workflows_own_words_tell_no_reason(name: str) -> None:
    assert reason_of({"Error": name, "Cause": "whatever"}) is None


@pytest.mark.parametrize(
    "cause", ["", "not JSON", "[]", '{"errorMessage": "no_such_code: a sentence"}', '{"errorMessage": 3}']
)
def test_a_report_that_cannot_be_read_tells_no_reason(cause: str) -> None:
    assert reason_of({"Error": "PermanentStepError", "Cause": cause}) is None


def test_an_error_nobody_foresaw_is_said_to_be_one_and_its_text_is_not_shown() -> None:
    reason = reason_of({"Error": "KeyError", "Cause": json.dumps({"errorMessage": "'secret'"})})
    assert reason is not None
    assert reason.code is ErrorCode.INTERNAL
    assert "secret" not in reason.detail
