"""The deployment that the pieces of the rights campaign play on, and what several of them begin with.

It must not know roles or policies. Nothing runs by itself here, neither the workflow nor what a queue or a stream
calls: a piece that needs a step calls it, so that a refusal is told at once instead of being tried again for minutes.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from matinee.adapters.aws.dynamodb_catalog import DynamoDbCatalog
from matinee.adapters.aws.dynamodb_webhooks import DynamoDbWebhooks
from matinee.domain.ids import AssetId
from tests.contracts.aws_openers import open_dynamodb_catalog, open_dynamodb_webhooks
from tests.parts import wishes
from tests.rehearsal.deployment import Deployment
from tests.rehearsal.people import add_person, sign_in
from tests.rehearsal.test_deployment import api, called
from tests.scenarios.place import Body

PLAIN = b"a plain object"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}


@dataclass(frozen=True, slots=True)
class Stage:
    """A deployment whose runs wait to be driven, and somebody who may do everything there."""

    deployment: Deployment
    token: str
    clip: Path

    @property
    def catalog(self) -> DynamoDbCatalog:
        """The catalog as its owner sees it, past every function."""
        return open_dynamodb_catalog(self.deployment.root, self.deployment.outputs["dynamodb_table_name"])

    @property
    def webhooks(self) -> DynamoDbWebhooks:
        """Endpoints and what they are told, in the same way."""
        return open_dynamodb_webhooks(self.deployment.root, self.deployment.outputs["dynamodb_table_name"])

    @property
    def s3(self) -> Any:
        """The bucket, as its owner."""
        return self.deployment.root.session().client("s3", endpoint_url=self.deployment.root.url)

    def keys(self, *prefixes: str) -> list[str]:
        """What lies there."""
        listed = [self.s3.list_objects_v2(Bucket=self.deployment.bucket, Prefix=each) for each in prefixes]
        return [item["Key"] for page in listed for item in page.get("Contents", [])]

    def versions(self, *prefixes: str) -> list[str]:
        """What lies there, or lay there and can be brought back."""
        listed = [self.s3.list_object_versions(Bucket=self.deployment.bucket, Prefix=each) for each in prefixes]
        return [item["Key"] for page in listed for item in page.get("Versions", [])]

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """The API's answer."""
        with api(self.deployment, self.token) as http:
            return http.request(method, path, **given)

    def asked(self, method: str, path: str, **given: Any) -> Body:
        """The same, which must be a success."""
        answer = self.ask(method, path, **given)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        found: Body = answer.json() if answer.content else {}
        return found

    def executions(self) -> list[str]:
        """The executions under way."""
        machine = self.deployment.outputs["state_machine_arn"]
        found = self.step_functions().list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
        return [each["executionArn"] for each in found]

    def step_functions(self) -> Any:
        """Step Functions, as the owner."""
        return self.deployment.root.session().client("stepfunctions", endpoint_url=self.deployment.root.url)


def open_stage(deployment: Deployment, clip: Path) -> Stage:
    """From now on executions wait, and no event, message or change of the catalog starts anything."""
    stage = Stage(deployment, sign_in(deployment, *add_person(deployment, "operator")), clip)
    machine = deployment.outputs["state_machine_arn"]
    stage.step_functions().update_state_machine(stateMachineArn=machine, definition=json.dumps(WAITING))
    events = deployment.root.session().client("events", endpoint_url=deployment.root.url)
    for rule in events.list_rules()["Rules"]:
        events.disable_rule(Name=rule["Name"])
    lambdas = deployment.root.session().client("lambda", endpoint_url=deployment.root.url)
    for mapping in lambdas.list_event_source_mappings()["EventSourceMappings"]:
        lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    stage.s3.put_object(Bucket=deployment.bucket, Key="plain.txt", Body=PLAIN)
    return stage


# --- what several pieces begin with ---------------------------------------------------------------------------------


def begun(stage: Stage) -> tuple[str, str]:
    """An upload with its one part sent: its id and its asset's."""
    body = {"filename": "film.mp4", "size_bytes": stage.clip.stat().st_size}
    upload = stage.asked("POST", "/v1/uploads", json=body)
    wish = wishes({1: stage.clip.read_bytes()})
    link = stage.asked("POST", f"/v1/uploads/{upload['id']}/parts", json=wish)["parts"][0]
    sent = httpx.put(link["url"], content=stage.clip.read_bytes(), headers=link["headers"], timeout=60)
    assert sent.is_success, sent.text
    return upload["id"], upload["asset_id"]


def uploaded(stage: Stage) -> AssetId:
    """An asset whose run waits."""
    upload, asset = begun(stage)
    stage.asked("POST", f"/v1/uploads/{upload}/complete")
    return AssetId(asset)


def stepped(stage: Stage, asset: AssetId, step: str, function: str = "ingest", **more: Any) -> Body:
    """One step of the asset's run."""
    run = stage.catalog.get_asset(asset).run
    found: Body = called(stage.deployment, function, {"step": step, "run_id": run, **more})
    return found


def playable(stage: Stage) -> AssetId:
    """An asset that can be watched as it was sent."""
    asset = uploaded(stage)
    for part in stepped(stage, asset, "prepare")["instant_parts"]:
        stepped(stage, asset, "instant_part", **part)
    stepped(stage, asset, "show_instant")
    assert stage.catalog.get_asset(asset).status == "playable"
    return asset


def dropped(stage: Stage) -> str:
    """A file in the inbox."""
    key = f"inbox/{secrets.token_hex(6)}.mp4"
    stage.s3.upload_file(str(stage.clip), stage.deployment.bucket, key)
    return key


def told(stage: Stage, key: str) -> None:
    """The event that an object has arrived."""
    detail = {"bucket": {"name": stage.deployment.bucket}, "object": {"key": key, "size": 1}}
    called(stage.deployment, "start-ingest", {"id": "1", "detail-type": "Object Created", "detail": detail})


def taken(stage: Stage, key: str) -> AssetId:
    """The asset that a file of the inbox has become."""
    title = key.removeprefix("inbox/").removesuffix(".mp4")
    (found,) = stage.asked("GET", "/v1/assets", params={"q": title})["items"]
    assert found["status"] == "queued"
    assert stage.versions(key) == []
    assert stage.keys(f"sources/{found['id']}/") != []
    return AssetId(found["id"])


def kept(stage: Stage) -> None:
    """A round of upkeep."""
    called(stage.deployment, "upkeep", {"id": "1"})
