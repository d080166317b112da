"""The functions of a deployment called in this process, as Lambda calls them, over the emulator's S3 and DynamoDB.

Each is called with the rights its role has and no more. What the workflow does between the steps is done here in
order; the workflow itself is rehearsed with the deployment.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from matinee.lambdas import api, ingest_step, rotate_keys, start_ingest, upkeep
from matinee.services.step_errors import StepError
from tests.contracts.emulator import REGION, Caller, Emulator, Policy

SCOPES = "matinee/assets:read matinee/assets:write matinee/playback:issue matinee/playback:delegate"
APPROVER = f"{SCOPES} matinee/spending:approve"
NAME = "films-of-ours"  # a deployment need not be called matinee
ADDRESS = "https://films.example.org"
Body = dict[str, Any]
# What each function is told of the deployment, as in terraform/.
STORED = ("BUCKET", "TABLE")
TELLING = (*STORED, "DELIVERIES_QUEUE_URL")
TOLD: Mapping[str, tuple[str, ...]] = {
    "api": (*TELLING, "STATE_MACHINE_ARN", "SECRET_ARN", "KEY_VALUE_STORE_ARN", "DISTRIBUTION_ID", "PUBLIC_URL"),
    "start_ingest": (*TELLING, "STATE_MACHINE_ARN", "DISTRIBUTION_ID"),
    "upkeep": (*TELLING, "STATE_MACHINE_ARN", "KEY_VALUE_STORE_ARN", "DISTRIBUTION_ID"),
    "sender": TELLING,
    "rotate_keys": ("SECRET_ARN", "KEY_VALUE_STORE_ARN", "KEY_SETTLE_SECONDS"),
    "ingest": TELLING,
    "encode": STORED,
}

# What the function that encodes may do: it reads sources and plans, writes results and segments, and asks the catalog.
ENCODE: Policy = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": "arn:aws:s3:::matinee-*/*",
        },
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::matinee-*/streams/*"},
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::matinee-*/work/*"},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::matinee-*"},
        {"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": "arn:aws:dynamodb:*:*:table/matinee-*"},
    ],
}


def context(seconds: float = 900) -> LambdaContext:
    """What Lambda tells a function of itself: among it, how long it will be let live."""
    told = SimpleNamespace(
        function_name="matinee",
        memory_limit_in_mb=1024,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:000000000000:function:matinee",
        aws_request_id="11111111-2222-3333-4444-555555555555",
        get_remaining_time_in_millis=lambda: int(seconds * 1000),
    )
    return cast("LambdaContext", told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """A deployment of its own."""

    emulator: Emulator
    bucket: str
    table: str
    workflow: str
    encoder: Caller
    scratch: Path
    secret: str
    queue: str
    edge: str
    distribution: str
    patch: pytest.MonkeyPatch

    def answer(self, method: str, path: str, body: object = None, *, scope: str | None = SCOPES) -> tuple[int, Body]:
        """What the API answers to somebody with these scopes; with None, to somebody who has not signed in."""
        self._become("api", self.emulator.adapter)
        answer = api.handler(event(method, path, body, scope), context())
        return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else {}

    def step(self, name: str, run_id: str, *, seconds: float = 900, **arguments: object) -> Body:
        """One step of the workflow."""
        role = "encode" if name == "encode" else "ingest"
        self._become(role, self.encoder if role == "encode" else self.emulator.adapter)
        answer: Body = ingest_step.handler({"step": name, "run_id": run_id, **arguments}, context(seconds))
        json.dumps(answer)  # Lambda would have to
        return answer

    def ingest(self, run_id: str) -> None:
        """Every step of the run in the workflow's order; whatever goes wrong goes to `fail`."""
        try:
            prepared = self.step("prepare", run_id)
            for part in prepared["instant_parts"]:
                self.step("instant_part", run_id, **part)
            self.step("show_instant", run_id)
            for part in self.parts(prepared):
                self.step("encode", run_id, **part)
            self.step("finish", run_id)
        except StepError as error:
            cause = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
            self.step("fail", run_id, error={"Error": type(error).__name__, "Cause": cause})
            raise

    def parts(self, prepared: Body) -> list[Body]:
        """The list the workflow's map reads."""
        found: list[Body] = json.loads(self.object(prepared["parts"]["key"]))
        assert prepared["parts"]["bucket"] == self.bucket
        return found

    def tell(self, key: str) -> None:
        """The event that an object has arrived."""
        self._become("start_ingest", self.emulator.adapter)
        detail = {"bucket": {"name": self.bucket}, "object": {"key": key, "size": 1}}
        start_ingest.handler({"id": "1", "detail-type": "Object Created", "detail": detail}, context())

    def keep_house(self) -> None:
        """The schedule's call."""
        self._become("upkeep", self.emulator.adapter)
        upkeep.handler({"id": "1"}, context())

    def become_sender(self) -> None:
        """What follows is the sender's: the queue's messages call it."""
        self._become("sender", self.emulator.adapter)

    def rotate(self, **event: bool) -> Body:
        """The schedule's call; or an operator's, or the one when the deployment is made, by their events."""
        self._become("rotate_keys", self.emulator.adapter)
        answer: Body = rotate_keys.handler(event or {"id": "1"}, context())
        return answer

    def object(self, key: str) -> bytes:
        """What lies under `key`."""
        s3 = self.emulator.root.session().client("s3", endpoint_url=self.emulator.root.url)
        return s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def keys(self, prefix: str = "") -> list[str]:
        """Every key below `prefix`."""
        s3 = self.emulator.root.session().client("s3", endpoint_url=self.emulator.root.url)
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def put(self, key: str, data: bytes) -> None:
        """An object somebody has copied there."""
        s3 = self.emulator.root.session().client("s3", endpoint_url=self.emulator.root.url)
        s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def remove(self, key: str) -> None:
        """The object goes."""
        s3 = self.emulator.root.session().client("s3", endpoint_url=self.emulator.root.url)
        s3.delete_object(Bucket=self.bucket, Key=key)

    def join_parts(self, key: str) -> None:
        """What the API does of `complete` before it died: the object is there, nobody knows."""
        s3 = self.emulator.root.session().client("s3", endpoint_url=self.emulator.root.url)
        for upload in s3.list_multipart_uploads(Bucket=self.bucket)["Uploads"]:  # one for parts with sums, one without
            held = s3.list_parts(Bucket=self.bucket, Key=key, UploadId=upload["UploadId"]).get("Parts", [])
            if held:
                s3.complete_multipart_upload(
                    Bucket=self.bucket,
                    Key=key,
                    UploadId=upload["UploadId"],
                    MultipartUpload={"Parts": [{"PartNumber": p["PartNumber"], "ETag": p["ETag"]} for p in held]},
                )

    def drop_table(self) -> None:
        """The catalog is gone."""
        client = self.emulator.root.session().client("dynamodb", endpoint_url=self.emulator.root.url)
        client.delete_table(TableName=self.table)

    def runs_begun(self) -> list[str]:
        """The runs the workflow was asked for, in no order."""
        return [json.loads(text)["run_id"] for text in self.emulator.inputs(self.workflow)]

    def _become(self, function: str, caller: Caller) -> None:
        """The environment of that function, whose role is `caller`'s; another one's clients are forgotten."""
        known = (caller.key_id, self.bucket)
        if getattr(_last, "known", None) != known:
            _last.known = known
            for made in (api._app, ingest_step._workflow, start_ingest._arrivals, upkeep._upkeep):
                made.cache_clear()
        values = {
            "AWS_ACCESS_KEY_ID": caller.key_id,
            "AWS_SECRET_ACCESS_KEY": caller.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": caller.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        settings = {
            "MATINEE_BUCKET": self.bucket,
            "MATINEE_TABLE": self.table,
            "MATINEE_STATE_MACHINE_ARN": self.workflow,
            "MATINEE_SECRET_ARN": self.secret,
            "MATINEE_DELIVERIES_QUEUE_URL": self.queue,
            "MATINEE_KEY_VALUE_STORE_ARN": self.edge,
            "MATINEE_DISTRIBUTION_ID": self.distribution,
            "MATINEE_KEY_SETTLE_SECONDS": "0",
            "MATINEE_PUBLIC_URL": ADDRESS,
        }
        for name in settings:
            self.patch.delenv(name, raising=False)
        told = {f"MATINEE_{name}" for name in TOLD[function]}
        for name, value in (values | {name: settings[name] for name in told}).items():
            self.patch.setenv(name, value)
        self.patch.setattr(ingest_step, "scratch", lambda: self.scratch / "steps")


_last = SimpleNamespace()


def event(method: str, path: str, body: object, scope: str | None) -> Body:
    """A request as an HTTP API tells it (payload format 2.0)."""
    claims = {"sub": "ada", "scope": scope, "iss": "https://issuer.example.org", "token_use": "access"}
    authorizer = {} if scope is None else {"authorizer": {"jwt": {"claims": claims, "scopes": None}}}
    route, _, query = path.partition("?")
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": route,
        "rawQueryString": query,
        "headers": {
            "content-type": "application/json",
            "host": "api.example.org",
            "x-forwarded-proto": "https",
            "cloudfront-viewer-address": "198.51.100.7:4711",
        },
        "requestContext": {
            **authorizer,
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.example.org",
            "http": {"method": method, "path": route, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": ""},
            "requestId": "request-1",
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": 1,
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def deploy(emulator: Emulator, scratch: Path, patch: pytest.MonkeyPatch, encoder: Callable[[], Caller]) -> Functions:
    """Bucket, table, workflow and signing keys of its own, with a first key."""
    functions = Functions(
        emulator=emulator,
        bucket=emulator.new_bucket(),
        table=emulator.new_table(),
        workflow=emulator.new_workflow(),
        encoder=encoder(),
        scratch=scratch,
        secret=emulator.new_secret(),
        queue=emulator.new_queue(),
        edge=emulator.new_key_value_store(),
        distribution=emulator.new_distribution(),
        patch=patch,
    )
    functions.rotate(first=True)
    return functions
