"""Runs as Step Functions executions. It must not know what the workflow does; `ports.ingest` is what it promises.

An execution is named after its run, and AWS gives a name out once in 90 days: that is what makes a start that is told
twice one run. A run that ended and is started again is `{run}-2`, `{run}-3`, … For whoever runs it: StartExecution on
the (standard) state machine, DescribeExecution on its executions.
"""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from matinee.adapters.aws.errors import aws_errors, code_of
from matinee.domain.ids import RunId
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

LIVE = frozenset({"RUNNING", "PENDING_REDRIVE"})
MOST_STARTS = 50  # of one run; a person or the upkeep asked each time, and it ended each time


class StepFunctionsStarter:
    """Implements the `IngestStarter` port with the state machine of that ARN."""

    def __init__(self, client: "SFNClient", state_machine_arn: str, entropy: Entropy) -> None:
        self._client = client
        self._arn = state_machine_arn
        self._entropy = entropy

    def start(self, run_id: RunId, *, now: datetime) -> bool:
        """Have the run worked on. False when an execution of it is under way."""
        # No two starts have the same input: to the same name *and* input AWS answers as if it had begun just now.
        asked = json.dumps({"run_id": run_id, "asked_at": now.isoformat(), "start": self._entropy.token_bytes(8).hex()})
        for turn in range(1, MOST_STARTS + 1):
            name = run_id if turn == 1 else f"{run_id}-{turn}"
            with aws_errors(f"starting {run_id}", otherwise=ErrorCode.CATALOG_UNAVAILABLE):
                if self._begun(name, asked):
                    return True
                found = self._described(name)
            if found is None or found[0] in LIVE:
                return found is not None and found[1] == asked  # our own first try, whose answer was lost
        sentence = f"{run_id} was started {MOST_STARTS} times and ended each time; ingest the asset anew."
        raise MatineeError(ErrorCode.RUN_STALLED, sentence)

    def _begun(self, name: str, asked: str) -> bool:
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=asked)
        except ClientError as error:
            if code_of(error) != "ExecutionAlreadyExists":
                raise
            return False
        return True

    def _described(self, name: str) -> tuple[str, str] | None:
        """Status and input of an execution; None when it is so young that AWS does not tell of it yet."""
        arn = f"{self._arn.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            found = self._client.describe_execution(executionArn=arn)
        except ClientError as error:
            if code_of(error) != "ExecutionDoesNotExist":
                raise
            return None
        return found["status"], found.get("input", "")
