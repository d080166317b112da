"""The AWS the suites run against: MiniStack with `AUTH=true`, one process a session, on a free port of this machine.

Requests are signed and the signatures checked; links expire; a caller does what its IAM policy allows and no more.
The adapters call as a user with `POLICY`, which is all they may need of a role. Where the emulator is kinder than
AWS, a test or a docstring beside it says so; one kindness is mended (`mended_emulator`).
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import boto3

from matinee.adapters.aws.dynamodb_table import table_definition

if TYPE_CHECKING:
    from mypy_boto3_cloudfront.type_defs import DistributionConfigTypeDef, OriginTypeDef
    from mypy_boto3_stepfunctions import SFNClient

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".emulator" / "bin" / "python"
PROGRAM = Path(__file__).with_name("mended_emulator.py")
REGION = "eu-central-1"  # not us-east-1: S3 there forgives what it refuses everywhere else
START_SECONDS = 60.0
NAME_BYTES = 8
TABLES = "matinee-" + "?" * (2 * NAME_BYTES)  # a star would match the indexes of a table too


class Statement(TypedDict):
    """What may be done to what."""

    Effect: str
    Action: list[str]
    Resource: str


class Policy(TypedDict):
    """As IAM reads it."""

    Version: str
    Statement: list[Statement]


# Each action an adapter calls, and nothing else: the policies of the deployment's roles are held to this list.
POLICY: Policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": [
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:AbortMultipartUpload",
                "s3:ListMultipartUploadParts",
            ],
            "Resource": "arn:aws:s3:::matinee-*/*",
        },
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::matinee-*"},
        {
            "Effect": "Allow",
            "Action": [
                "dynamodb:GetItem",
                "dynamodb:BatchGetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:BatchWriteItem",
            ],
            "Resource": f"arn:aws:dynamodb:*:*:table/{TABLES}",
        },
        {"Effect": "Allow", "Action": ["dynamodb:Query"], "Resource": f"arn:aws:dynamodb:*:*:table/{TABLES}/index/*"},
        {
            "Effect": "Allow",
            "Action": ["sqs:SendMessage", "sqs:ChangeMessageVisibility"],
            "Resource": "arn:aws:sqs:*:*:matinee-*",
        },
        {
            "Effect": "Allow",
            "Action": ["states:StartExecution"],
            "Resource": "arn:aws:states:*:*:stateMachine:matinee-*",
        },
        {
            "Effect": "Allow",
            "Action": ["states:DescribeExecution"],
            "Resource": "arn:aws:states:*:*:execution:matinee-*:*",
        },
        {
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
            "Resource": "arn:aws:secretsmanager:*:*:secret:matinee-*",
        },
        {
            "Effect": "Allow",
            "Action": [
                "cloudfront-keyvaluestore:DescribeKeyValueStore",
                "cloudfront-keyvaluestore:GetKey",
                "cloudfront-keyvaluestore:PutKey",
                "cloudfront-keyvaluestore:ListKeys",
                "cloudfront-keyvaluestore:UpdateKeys",
            ],
            "Resource": "arn:aws:cloudfront::*:key-value-store/matinee-*",
        },
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
            "Resource": "arn:aws:s3:::matinee-*",
        },
        {"Effect": "Allow", "Action": ["s3:DeleteObjectVersion"], "Resource": "arn:aws:s3:::matinee-*/*"},
        {
            "Effect": "Allow",
            "Action": ["cloudfront:CreateInvalidation"],
            "Resource": "arn:aws:cloudfront::*:distribution/*",
        },
    ],
}

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls the emulator, and where; picklable, so that a child process can call too."""

    url: str
    key_id: str
    secret: str

    @cache  # noqa: B019 - a handful of callers; reading the service models anew takes half a second a client
    def session(self) -> boto3.Session:
        """A session of this caller; nothing is read from the environment or a home directory."""
        return boto3.Session(aws_access_key_id=self.key_id, aws_secret_access_key=self.secret, region_name=REGION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """The running emulator: `root` may do all, `adapter` what `POLICY` allows."""

    root: Caller
    adapter: Caller

    def new_bucket(self, prefix: str = "matinee-") -> str:
        """A fresh bucket; the adapters may use it when its name begins as `POLICY` says."""
        name = prefix + secrets.token_hex(8)
        s3 = self.root.session().client("s3", endpoint_url=self.root.url)
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})  # type: ignore[typeddict-item] # a Region of the list
        return name

    def new_table(self) -> str:
        """A fresh table. Its time to live is not switched on: the suites live in a year gone by."""
        name = f"matinee-{secrets.token_hex(NAME_BYTES)}"
        self.root.session().client("dynamodb", endpoint_url=self.root.url).create_table(**table_definition(name))
        return name

    def caller_without(self, statement: int, action: str) -> Caller:
        """A user who may do all of `POLICY` but `action` of that statement."""
        statements = [each.copy() for each in POLICY["Statement"]]
        statements[statement]["Action"] = [each for each in statements[statement]["Action"] if each != action]
        policy = {**POLICY, "Statement": [each for each in statements if each["Action"]]}
        return new_user(self.root, f"without-{statement}-{action.replace(':', '-')}", policy)

    def new_workflow(self) -> str:
        """The ARN of a fresh state machine whose executions wait for an hour."""
        definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
        created = self._step_functions().create_state_machine(
            name=f"matinee-{secrets.token_hex(8)}",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/workflow",
        )
        return created["stateMachineArn"]

    def new_secret(self) -> str:
        """The ARN of a fresh secret without a value, as the deployment makes it."""
        client = self.root.session().client("secretsmanager", endpoint_url=self.root.url)
        return client.create_secret(Name=f"matinee-{secrets.token_hex(8)}")["ARN"]

    def new_key_value_store(self) -> str:
        """The ARN of a fresh, empty KeyValueStore of CloudFront."""
        client = self.root.session().client("cloudfront", endpoint_url=self.root.url)
        created = client.create_key_value_store(Name=f"matinee-{secrets.token_hex(8)}", Comment="of a test")
        return created["KeyValueStore"]["ARN"]

    def new_distribution(self) -> str:
        """The id of a fresh distribution of CloudFront."""
        client = self.root.session().client("cloudfront", endpoint_url=self.root.url)
        name = secrets.token_hex(8)
        origin: OriginTypeDef = {"Id": "o", "DomainName": "films.example.org"}
        config: DistributionConfigTypeDef = {
            "CallerReference": name,
            "Comment": name,
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
        }
        created = client.create_distribution(DistributionConfig=config)
        return created["Distribution"]["Id"]

    def new_queue(self, *, visibility_seconds: int = 30) -> str:
        """The URL of a fresh queue; what is received and not deleted comes again after so long."""
        client = self.root.session().client("sqs", endpoint_url=self.root.url)
        created = client.create_queue(
            QueueName=f"matinee-{secrets.token_hex(8)}", Attributes={"VisibilityTimeout": str(visibility_seconds)}
        )
        return created["QueueUrl"]

    def receive(self, queue: str) -> list[tuple[str, str]]:
        """The bodies and receipts of up to ten messages."""
        client = self.root.session().client("sqs", endpoint_url=self.root.url)
        found = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [(each["Body"], each["ReceiptHandle"]) for each in found]

    def held(self, queue: str) -> str:
        """The receipt of a message that was sent and received."""
        self.root.session().client("sqs", endpoint_url=self.root.url).send_message(QueueUrl=queue, MessageBody="held")
        return self.receive(queue)[0][1]

    def end_executions(self, workflow: str) -> None:
        """End every execution under way."""
        client = self._step_functions()
        for found in client.list_executions(stateMachineArn=workflow, statusFilter="RUNNING")["executions"]:
            client.stop_execution(executionArn=found["executionArn"])

    def inputs(self, workflow: str) -> list[str]:
        """What each execution was begun with."""
        client = self._step_functions()
        found = client.list_executions(stateMachineArn=workflow)["executions"]
        return [client.describe_execution(executionArn=each["executionArn"])["input"] for each in found]

    def _step_functions(self) -> "SFNClient":
        return self.root.session().client("stepfunctions", endpoint_url=self.root.url)


@contextmanager
def running(folder: Path, program: Path = PROGRAM) -> Iterator[Emulator | None]:
    """The emulator while the block lasts, its files in `folder`; None when it is not installed or does not start."""
    if not PYTHON.exists():
        yield None
        return
    root = Caller(url=f"http://127.0.0.1:{_free_port()}", key_id="root" + secrets.token_hex(8), secret="root" * 8)
    log = folder / "emulator.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*_with_us(), PYTHON, program], env=_environment(root, folder), stdout=out, stderr=out, cwd=folder
        )
    try:
        yield _started(root) if _answers(root.url, process) else None
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _with_us() -> list[str]:
    """The emulator dies with a session that was killed, where the system has a way to ask for that."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _environment(root: Caller, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "IOT_MTLS_ENABLED": "0",  # a port of its own on every interface
        "GATEWAY_PORT": root.url.rpartition(":")[2],
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": root.key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret,
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str, process: "subprocess.Popen[bytes]") -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with opener.open(f"{url}/_ministack/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.05)
    return False


def new_user(root: Caller, name: str, policy: object) -> Caller:
    """A user who may do what `policy` says."""
    iam = root.session().client("iam", endpoint_url=root.url)
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="adapter", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Caller(url=root.url, key_id=key["AccessKeyId"], secret=key["SecretAccessKey"])


def _started(root: Caller) -> Emulator:
    """A role for workflows, which do nothing here, and the user the adapters call as."""
    iam = root.session().client("iam", endpoint_url=root.url)
    iam.create_role(RoleName="workflow", AssumeRolePolicyDocument=json.dumps(TRUST))
    return Emulator(root=root, adapter=new_user(root, "adapter", POLICY))
