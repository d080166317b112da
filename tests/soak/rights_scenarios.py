"""What a deployment is asked for, in small pieces that stand alone: each says which rights it needs by failing without.

It must not know roles or policies.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from matinee.domain.edge_store import KEYS_ENTRY, revocation_key
from matinee.domain.ids import AssetId, SessionId, UploadId
from matinee.domain.object_keys import asset_prefixes
from tests.contracts.samples import session_id
from tests.rehearsal.gate_store import GateStore
from tests.rehearsal.place import Deployed
from tests.rehearsal.test_deployment import called
from tests.scenarios.place import session
from tests.soak.stage import LONG_AGO, PLAIN, Stage, begun, dropped, kept, playable, stepped, taken, told, uploaded
from tests.soak.webhook_scenarios import WEBHOOK_PIECES

VTT = b"WEBVTT\n\n00:00.000 --> 00:00.500\nHello\n"


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
    """Nothing of the asset is left, for anybody, nor can be brought back."""
    assert stage.versions(*asset_prefixes(asset)) == []
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
    *WEBHOOK_PIECES,
)
