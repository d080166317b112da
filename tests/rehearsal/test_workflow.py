"""The workflow as it is deployed, in the emulator's Step Functions: what a failing step does to a run.

The steps are one function that fails where a run's name says so. What steps do is tested elsewhere.
"""

import io
import json
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

from tests.contracts.emulator import Emulator, running
from tests.needs import need
from tests.rehearsal.deployment import EMULATOR
from tests.rehearsal.terraform import ROOT

DEADLINE_SECONDS = 60
# A run is called after the steps that fail in it, and how: "instant_part.PermanentStepError+show_instant.…".
STEPS = """
import os

class PermanentStepError(Exception):
    pass

class SupersededError(Exception):
    pass

def handler(event, context):
    for failing in event["run_id"].split("+"):
        step, _, kind = failing.partition(".")
        if step == event["step"]:
            raise globals()[kind]("internal: It fails here.")
    if event["step"] == "prepare":
        assert event["most_shares"] == 7
        parts = {"bucket": os.environ["BUCKET"], "key": "work/parts.json"}
        instant = [{"first": 0, "last": 1}, {"first": 2, "last": 3}]
        return {"outcome": "goes_on", "parts": parts, "instant_parts": instant}
    if event["step"] == "fail":
        return {"outcome": "superseded" if "Superseded" in event["run_id"] else "failed"}
    return {}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """The state machine."""

    emulator: Emulator
    arn: str

    def ended(self, run_ids: Iterable[str]) -> dict[str, str]:
        """The last state that each run of these names came to, all begun at once."""
        client = self.emulator.root.session().client("stepfunctions", endpoint_url=self.emulator.root.url)
        begun = {
            run_id: client.start_execution(stateMachineArn=self.arn, input=json.dumps({"run_id": run_id}))[
                "executionArn"
            ]
            for run_id in run_ids
        }
        deadline = time.monotonic() + DEADLINE_SECONDS
        while any(client.describe_execution(executionArn=arn)["status"] == "RUNNING" for arn in begun.values()):
            assert time.monotonic() < deadline, "a run does not end"
            time.sleep(0.05)
        found = {}
        for run_id, arn in begun.items():
            events = client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
            states = [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]
            found[run_id] = states[-1]
        return found


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workflow]:
    """The deployed definition over steps that do nothing."""
    with running(tmp_path_factory.mktemp("emulator"), EMULATOR) as found:
        emulator = need(found, "the AWS emulator did not start: make .emulator/.stamp")
        yield Workflow(emulator=emulator, arn=made(emulator))


def made(emulator: Emulator) -> str:
    """The state machine's ARN."""
    session, url = emulator.root.session(), emulator.root.url
    bucket = emulator.new_bucket()
    parts = json.dumps([{"kind": "chunk", "number": number} for number in (1, 2)])
    session.client("s3", endpoint_url=url).put_object(Bucket=bucket, Key="work/parts.json", Body=parts.encode())
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as package:
        package.writestr("steps.py", STEPS)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = session.client("iam", endpoint_url=url).create_role(RoleName="steps", AssumeRolePolicyDocument=document)
    function = session.client("lambda", endpoint_url=url).create_function(
        FunctionName="matinee-steps",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="steps.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"BUCKET": bucket}},
        Timeout=60,
    )["FunctionArn"]
    definition = (ROOT / "terraform" / "workflow.asl.json").read_text()
    for name, value in {"ingest_arn": function, "encode_arn": function, "at_once": "2", "copies_at_once": "7"}.items():
        definition = definition.replace(f"${{{name}}}", value)
    created = session.client("stepfunctions", endpoint_url=url).create_state_machine(
        name="matinee-ingest", definition=definition, roleArn="arn:aws:iam::000000000000:role/workflow"
    )
    return created["stateMachineArn"]


ENDS = {
    "nothing": "Published",
    "instant_part.PermanentStepError": "Published",
    "show_instant.PermanentStepError": "Published",
    "encode.PermanentStepError": "Failed",
    "finish.PermanentStepError": "Failed",
    "instant_part.PermanentStepError+encode.PermanentStepError": "Failed",
    "instant_part.SupersededError+show_instant.SupersededError+encode.SupersededError": "Superseded",
    "show_instant.SupersededError+finish.SupersededError": "Superseded",
}


def test_only_what_the_ladder_needs_fails_a_run(workflow: Workflow) -> None:
    assert workflow.ended(ENDS) == ENDS
