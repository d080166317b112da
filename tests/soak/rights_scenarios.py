"""What a deployment is asked for, in small pieces that stand alone: each says which rights it needs by failing without.

It must not know roles or policies. The workflow does not run by itself here: a piece that needs a step calls it, so
that a refusal is told at once instead of being tried again for minutes.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from matinee.adapters.aws.dynamodb_catalog import DynamoDbCatalog
from matinee.domain.edge_store import KEYS_ENTRY, revocation_key
from matinee.domain.ids import AssetId, SessionId, UploadId
from matinee.domain.object_keys import asset_prefixes
from tests.contracts.aws_openers import open_dynamodb_catalog
from tests.contracts.samples import session_id
from tests.parts import wishes
from tests.rehearsal.deployment import Deployment
from tests.rehearsal.gate_store import GateStore
from tests.rehearsal.people import add_person, sign_in
from tests.rehearsal.place import Deployed
from tests.rehearsal.test_deployment import api, called
from tests.scenarios.place import Body, session

PLAIN = b"a plain object"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WAITING = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
VTT = b"WEBVTT\n\n00:00.000 --> 00:00.500\nHello\n"


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
    def s3(self) -> Any:
        """The bucket, as its owner."""
        return self.deployment.root.session().client("s3", endpoint_url=self.deployment.root.url)

    def keys(self, *prefixes: str) -> list[str]:
        """What lies there."""
        listed = [self.s3.list_objects_v2(Bucket=self.deployment.bucket, Prefix=each) for each in prefixes]
        return [item["Key"] for page in listed for item in page.get("Contents", [])]

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
    """From now on executions wait, and no event starts anything."""
    stage = Stage(deployment, sign_in(deployment, *add_person(deployment, "operator")), clip)
    machine = deployment.outputs["state_machine_arn"]
    stage.step_functions().update_state_machine(stateMachineArn=machine, definition=json.dumps(WAITING))
    events = deployment.root.session().client("events", endpoint_url=deployment.root.url)
    for rule in events.list_rules()["Rules"]:
        events.disable_rule(Name=rule["Name"])
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
    assert stage.keys(key) == []
    assert stage.keys(f"sources/{found['id']}/") != []
    return AssetId(found["id"])


# --- the pieces -----------------------------------------------------------------------------------------------------


def a_link_is_given_and_a_missing_object_is_missing(stage: Stage) -> None:
    """By the function that signs links itself."""
    with stage.deployment.client(stage.deployment.outputs["api_endpoint"]) as http:
        http.headers["Authorization"] = f"Bearer {stage.token}"
        url = http.get("/", params={"key": "plain.txt"}).raise_for_status().json()["url"]
        assert http.get("/", params={"key": "none.txt"}).status_code == 404
    assert httpx.get(url, timeout=30).content == PLAIN


def an_upload_is_given_up(stage: Stage) -> None:
    """Its part is known before, and gone after."""
    upload, asset = begun(stage)
    assert len(stage.asked("GET", f"/v1/uploads/{upload}")["parts"]) == 1
    stage.asked("DELETE", f"/v1/uploads/{upload}")
    listed = stage.s3.list_multipart_uploads(Bucket=stage.deployment.bucket, Prefix=f"sources/{asset}/")
    assert listed.get("Uploads", []) == []


def a_request_sent_twice_is_answered_once(stage: Stage) -> None:
    """And one that was refused may be sent again, even with another body."""
    key, body = {"Idempotency-Key": secrets.token_hex(8)}, {"filename": "film.mp4", "size_bytes": 10}
    first = stage.asked("POST", "/v1/uploads", json=body, headers=key)
    assert stage.asked("POST", "/v1/uploads", json=body, headers=key)["id"] == first["id"]
    key = {"Idempotency-Key": secrets.token_hex(8)}
    for viewer in ("ada", "grace"):
        path = f"/v1/assets/{first['asset_id']}/playback"
        assert stage.ask("POST", path, json={"viewer": viewer}, headers=key).status_code == 409
    stage.asked("DELETE", f"/v1/uploads/{first['id']}")


def a_film_is_made(stage: Stage) -> None:
    """Every step of a run, and nothing of it left in work/."""
    asset = playable(stage)
    prepared = stepped(stage, asset, "prepare")
    parts = stage.s3.get_object(Bucket=stage.deployment.bucket, Key=prepared["parts"]["key"])["Body"].read()
    for part in json.loads(parts):
        stepped(stage, asset, "encode", "encode", **part)
    stepped(stage, asset, "finish")
    assert stage.asked("GET", f"/v1/assets/{asset}")["status"] == "ready"
    assert stage.keys(f"work/{asset}/") == []
    run = stage.catalog.get_asset(asset).run
    playlists = [key for key in stage.keys(f"streams/{asset}/") if f"/m/{run}/" in key]
    assert playlists != []


def a_film_is_found_watched_and_withdrawn(stage: Stage) -> None:
    """By a session that is revoked at the edge."""
    asset = playable(stage)
    assert any(item["id"] == asset for item in stage.asked("GET", "/v1/assets")["items"])
    stage.asked("PATCH", f"/v1/assets/{asset}", json={"title": "Another"}, headers={"If-Match": "*"})
    made = session(Deployed(stage.deployment, stage.token), asset)
    path = urlsplit(made["hls_url"]).path
    assert stage.deployment.view(path).status == 200
    stage.asked("DELETE", f"/v1/playback/{made['session_id']}")
    assert stage.deployment.view(path).denial == "session_revoked"


def a_film_is_shared(stage: Stage) -> None:
    """By a page that anybody with its link may open."""
    made = stage.asked("POST", f"/v1/assets/{playable(stage)}/shares", json={})
    page = stage.deployment.view(urlsplit(made["url"]).path)
    assert (page.status, page.headers["content-type"].partition(";")[0]) == (200, "text/html")


def a_caption_is_added(stage: Stage) -> None:
    """As a small version of its own."""
    asset = playable(stage)
    headers = {"Content-Type": "text/vtt"}
    stage.asked("PUT", f"/v1/assets/{asset}/captions/en", content=VTT, headers=headers)
    path = urlsplit(session(Deployed(stage.deployment, stage.token), asset)["hls_url"]).path
    assert b"TYPE=SUBTITLES" in stage.deployment.view(path).body


def an_asset_is_deleted(stage: Stage) -> None:
    """With its session, its objects and its upload's memory."""
    asset = playable(stage)
    path = urlsplit(session(Deployed(stage.deployment, stage.token), asset)["hls_url"]).path
    stage.asked("DELETE", f"/v1/assets/{asset}")
    gone(stage, asset, path)


def gone(stage: Stage, asset: AssetId, path: str) -> None:
    """Nothing of the asset is left, for anybody."""
    assert stage.keys(*asset_prefixes(asset)) == []
    assert stage.deployment.view(path).denial == "session_revoked"
    assert stage.catalog.list_sessions(asset) == ()
    found = stage.asked("GET", f"/v1/assets/{asset}/remains")
    assert found["clean"], found


def a_run_is_paused_and_goes_on(stage: Stage) -> None:
    """By the execution that is under way."""
    asset = uploaded(stage)
    before = stage.executions()
    stage.asked("POST", f"/v1/assets/{asset}/ingest/pause")
    stage.asked("POST", f"/v1/assets/{asset}/ingest/resume")
    assert stage.executions() == before


def a_file_in_the_inbox_becomes_one_asset(stage: Stage) -> None:
    """However often it is told, and though it comes again."""
    key = dropped(stage)
    told(stage, key)
    asset = taken(stage, key)
    told(stage, key)
    stage.s3.upload_file(str(stage.clip), stage.deployment.bucket, key)
    told(stage, key)
    assert taken(stage, key) == asset


def an_upload_whose_sender_died_is_completed(stage: Stage) -> None:
    """By the event alone."""
    upload, asset = begun(stage)
    told(stage, joined(stage, asset))
    assert stage.catalog.get_upload(UploadId(upload)).state == "completed"
    assert stage.catalog.get_asset(AssetId(asset)).status == "queued"


def joined(stage: Stage, asset: str) -> str:
    """The key under which S3 has made one object of the asset's parts, and nobody knows."""
    key, bucket = f"sources/{asset}/original.mp4", stage.deployment.bucket
    for found in stage.s3.list_multipart_uploads(Bucket=bucket, Prefix=key)["Uploads"]:
        parts = stage.s3.list_parts(Bucket=bucket, Key=key, UploadId=found["UploadId"]).get("Parts", [])
        if parts:
            listed = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
            given = {"Key": key, "UploadId": found["UploadId"], "MultipartUpload": {"Parts": listed}}
            stage.s3.complete_multipart_upload(Bucket=bucket, **given)
    return key


def a_deletion_under_a_run_takes_the_source(stage: Stage) -> None:
    """When the run hears of it before the deletion comes to it."""
    asset = uploaded(stage)
    stepped(stage, asset, "prepare")
    stage.catalog.replace_asset(stage.catalog.get_asset(asset).deleted(datetime.now(UTC)))
    stepped(stage, asset, "fail", error={"Error": "SupersededError", "Cause": ""})
    assert stage.keys(*asset_prefixes(asset)) == []


def the_upkeep_takes_what_no_event_told_of(stage: Stage) -> None:
    """From the inbox."""
    key = dropped(stage)
    kept(stage)
    taken(stage, key)


def kept(stage: Stage) -> None:
    """A round of upkeep."""
    called(stage.deployment, "upkeep", {"id": "1"})


def the_upkeep_starts_what_stopped(stage: Stage) -> None:
    """And nothing twice."""
    asset = uploaded(stage)
    for execution in stage.executions():
        stage.step_functions().stop_execution(executionArn=execution)
    kept(stage)
    again = stage.executions()
    assert any(str(stage.catalog.get_asset(asset).run) in each for each in again)
    kept(stage)
    assert stage.executions() == again


def the_upkeep_ends_what_is_over(stage: Stage) -> None:
    """An upload nobody finished, a session and its entry at the gate."""
    upload, asset = begun(stage)
    catalog, ended = stage.catalog, SessionId(session_id(secrets.token_hex(4)))
    catalog.replace_upload(replace(catalog.get_upload(UploadId(upload)), expires_at=LONG_AGO))
    watched = playable(stage)
    made = catalog.get_session(SessionId(session(Deployed(stage.deployment, stage.token), watched)["session_id"]))
    catalog.add_session(replace(made, id=ended, ends_at=LONG_AGO, revision=1))
    gate = GateStore(stage.deployment)
    gate.replace(gate.entries() | {revocation_key(ended): "1"})
    kept(stage)
    assert catalog.get_upload(UploadId(upload)).state == "expired"
    listed = stage.s3.list_multipart_uploads(Bucket=stage.deployment.bucket, Prefix=f"sources/{asset}/")
    assert listed.get("Uploads", []) == []
    assert stage.asked("GET", f"/v1/assets/{asset}")["status"] == "failed"
    assert revocation_key(ended) not in gate.entries()
    assert ended not in {each.id for each in catalog.list_sessions(watched)}


def the_upkeep_completes_what_was_whole_in_time(stage: Stage) -> None:
    """Though its sender died and no event came."""
    upload, asset = begun(stage)
    joined(stage, asset)
    stage.catalog.replace_upload(replace(stage.catalog.get_upload(UploadId(upload)), expires_at=LONG_AGO))
    kept(stage)
    assert stage.catalog.get_upload(UploadId(upload)).state == "completed"


def the_upkeep_drops_what_nobody_watches(stage: Stage) -> None:
    """A version that another took the place of long ago."""
    asset = playable(stage)
    stage.asked("PUT", f"/v1/assets/{asset}/captions/en", content=VTT, headers={"Content-Type": "text/vtt"})
    found = stage.catalog.get_asset(asset)
    old = tuple(replace(each, at=LONG_AGO) for each in found.superseded)
    assert old != ()
    stage.catalog.replace_asset(replace(found, superseded=old))
    kept(stage)
    assert stage.keys(*(each.prefix for each in old)) == []
    assert stage.catalog.get_asset(asset).superseded == ()


def the_upkeep_finishes_a_deletion(stage: Stage) -> None:
    """That was cut short after the tombstone."""
    asset = playable(stage)
    path = urlsplit(session(Deployed(stage.deployment, stage.token), asset)["hls_url"]).path
    stage.catalog.replace_asset(stage.catalog.get_asset(asset).deleted(datetime.now(UTC)))
    kept(stage)
    gone(stage, asset, path)


def a_new_key_signs_and_verifies(stage: Stage) -> None:
    """First at the edge."""
    kid = called(stage.deployment, "rotate-keys", {"now": True})["kid"]
    assert GateStore(stage.deployment).entries()[KEYS_ENTRY].startswith(f"{kid}:")


PIECES: tuple[Callable[[Stage], None], ...] = (
    a_link_is_given_and_a_missing_object_is_missing,
    an_upload_is_given_up,
    a_request_sent_twice_is_answered_once,
    a_film_is_made,
    a_film_is_found_watched_and_withdrawn,
    a_film_is_shared,
    a_caption_is_added,
    an_asset_is_deleted,
    a_run_is_paused_and_goes_on,
    a_file_in_the_inbox_becomes_one_asset,
    an_upload_whose_sender_died_is_completed,
    a_deletion_under_a_run_takes_the_source,
    the_upkeep_takes_what_no_event_told_of,
    the_upkeep_starts_what_stopped,
    the_upkeep_ends_what_is_over,
    the_upkeep_completes_what_was_whole_in_time,
    the_upkeep_drops_what_nobody_watches,
    the_upkeep_finishes_a_deletion,
    a_new_key_signs_and_verifies,
)
