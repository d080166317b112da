"""A film through the functions of a deployment, one after the other: sent in parts, ingested by steps, published.

Real ffmpeg, the emulator's S3 and DynamoDB, each function with its own rights. The workflow between them is played
here; with Terraform, API Gateway and CloudFront it is rehearsed elsewhere.
"""

import hashlib
import json
import logging
import re
import subprocess
from io import StringIO
from pathlib import Path, PurePosixPath

import pytest

from matinee.adapters.ffmpeg.tools import find_tools
from matinee.ports.link_source import SignedRequest
from matinee.services.step_errors import PermanentStepError, SupersededError, TransientStepError
from matinee.services.steps import Steps
from tests.contracts.emulator import Caller, Emulator
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.test_aws_store import send
from tests.parts import wishes
from tests.rehearsal.functions import ADDRESS, APPROVER, Body, Functions, deploy
from tests.system.clips import make_clip

FILM_SECONDS = 20  # two chunks of twelve seconds


@pytest.fixture
def functions(emulator: Emulator, encoder: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """A deployment of its own."""
    return deploy(emulator, tmp_path / "scratch", monkeypatch, lambda: encoder)


def chunk(functions: Functions, prepared: Body, number: int) -> Body:
    """The part of the map that is this chunk of the picture."""
    return next(p for p in functions.parts(prepared) if p == {"kind": "chunk", "number": number})


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that browsers can play as it is."""
    return make_clip(tmp_path_factory.mktemp("film") / "film.mp4", seconds=FILM_SECONDS, size="640x360")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Path:
    """A film whose packets can be played, in a container that has no index."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    command = [str(find_tools().ffmpeg), "-nostdin", "-loglevel", "error", "-i", str(film), "-c", "copy", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return path


def uploaded(functions: Functions, film: Path, **fields: object) -> tuple[str, str]:
    """Send the film as a browser does; upload and asset."""
    data = film.read_bytes()
    status, upload = functions.answer("POST", "/v1/uploads", {"filename": film.name, "size_bytes": len(data), **fields})
    assert status == 201, upload
    size = upload["part_size_bytes"]
    parts = {number: data[(number - 1) * size : number * size] for number in range(1, upload["part_count"] + 1)}
    status, links = functions.answer("POST", f"/v1/uploads/{upload['id']}/parts", wishes(parts))
    assert status == 200, links
    for part in links["parts"]:
        assert part["url"].startswith(functions.emulator.root.url), "the bytes go to S3, not through a function"
        request = SignedRequest(method="PUT", url=part["url"], headers=part["headers"], expires_at=ShiftedClock().now())
        assert send(request, parts[part["number"]], {}).status == 200
    return upload["id"], upload["asset_id"]


def queued(functions: Functions, film: Path, **fields: object) -> tuple[str, str]:
    """A film sent and completed: asset and run."""
    upload_id, asset_id = uploaded(functions, film, **fields)
    status, upload = functions.answer("POST", f"/v1/uploads/{upload_id}/complete")
    assert (status, upload["state"]) == (200, "completed")
    (run_id,) = functions.runs_begun()
    return asset_id, run_id


def asset(functions: Functions, asset_id: str) -> Body:
    """The asset as the API tells of it."""
    status, found = functions.answer("GET", f"/v1/assets/{asset_id}")
    assert status == 200
    return found


def decoded_frames(functions: Functions, prefix: str, folder: Path) -> int:
    """Every picture of the best rendition below `prefix`, decoded from the objects as a player finds them."""
    for key in functions.keys(f"{PurePosixPath(prefix).parent}/"):
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(functions.object(key))
    command = [str(find_tools().ffprobe), "-v", "error", "-count_frames", "-select_streams", "v:0"]
    command += ["-allowed_extensions", "ALL", "-show_entries", "stream=nb_read_frames", "-of", "json"]
    done = subprocess.run([*command, f"{folder / prefix}/main.m3u8"], capture_output=True, timeout=120, check=True)
    assert not done.stderr
    return int(json.loads(done.stdout)["streams"][0]["nb_read_frames"])


def published(functions: Functions, asset_id: str) -> str:
    """Where the asset's version lies."""
    return f"streams/{asset_id}/{asset(functions, asset_id)['version']}"


def test_a_film_is_planned_in_the_codecs_that_were_asked_for_it(functions: Functions, film: Path) -> None:
    asset_id, run_id = queued(functions, film, codecs=["av1"])
    functions.step("prepare", run_id)
    plan = json.loads(functions.object(f"work/{asset_id}/{run_id}/plan.json"))["plan"]["plan"]
    assert [rung["codec"] for rung in plan["rungs"]] == ["h264", "av1"]


def test_a_film_is_sent_ingested_by_steps_and_published(functions: Functions, film: Path, tmp_path: Path) -> None:
    asset_id, run_id = queued(functions, film, sha256=hashlib.sha256(film.read_bytes()).hexdigest())
    assert asset(functions, asset_id)["status"] == "queued"
    prepared = functions.step("prepare", run_id)
    assert asset(functions, asset_id)["status"] == "processing"
    assert prepared["instant_parts"] == [{"first": 0, "last": 9}]
    functions.step("instant_part", run_id, **prepared["instant_parts"][0])
    functions.step("show_instant", run_id)
    shown = asset(functions, asset_id)
    assert (shown["status"], shown["duration_seconds"]) == ("playable", FILM_SECONDS)
    assert decoded_frames(functions, published(functions, asset_id), tmp_path) == FILM_SECONDS * 25
    parts = functions.parts(prepared)
    assert [(part["kind"], part["number"]) for part in parts] == [
        ("sound", 1),
        ("pictures", 0),
        ("chunk", 1),
        ("chunk", 2),
    ]
    seen = [asset(functions, asset_id)["progress"]]
    for part in reversed(parts):
        functions.step("encode", run_id, **part)
        seen.append(asset(functions, asset_id)["progress"])
    assert seen == [8, 37, 66, 66, 96]
    functions.step("finish", run_id)
    ready = asset(functions, asset_id)
    assert (ready["status"], ready["progress"], ready["error"]) == ("ready", 100, None)
    assert functions.keys("work/") == []
    assert decoded_frames(functions, published(functions, asset_id), tmp_path) == FILM_SECONDS * 25
    status, playback = functions.answer("POST", f"/v1/assets/{asset_id}/playback", {"viewer": "grace"})
    assert status == 201
    assert playback["hls_url"].startswith(f"{ADDRESS}/t/")
    assert playback["hls_url"].endswith(f"{published(functions, asset_id).removeprefix('streams')}/main.m3u8")
    board = functions.object(f"{published(functions, asset_id)}/storyboard.vtt").decode()
    sheet = re.search(r"\.\./(m/\S+sheet-1\.jpg)#xywh=0,0,", board)
    assert sheet is not None
    assert functions.object(f"streams/{asset_id}/{sheet[1]}").startswith(b"\xff\xd8")
    assert playback["storyboard_url"].endswith("/storyboard.vtt")


def test_every_step_may_run_twice(functions: Functions, film: Path, tmp_path: Path) -> None:
    asset_id, run_id = queued(functions, film)
    prepared = functions.step("prepare", run_id)
    assert functions.step("prepare", run_id) == prepared
    for part in prepared["instant_parts"] * 2:
        functions.step("instant_part", run_id, **part)
    functions.step("show_instant", run_id)
    functions.step("show_instant", run_id)
    for part in functions.parts(prepared) * 2:
        functions.step("encode", run_id, **part)
    again = functions.step("prepare", run_id)
    assert (again["instant_parts"], functions.parts(again)) == ([], [{"kind": "nothing", "number": 0}])
    functions.step("encode", run_id, kind="nothing", number=0)
    functions.step("finish", run_id)
    before = asset(functions, asset_id)
    functions.step("finish", run_id)
    assert asset(functions, asset_id) | {"poster_url": ""} == before | {"poster_url": ""}
    assert decoded_frames(functions, published(functions, asset_id), tmp_path) == FILM_SECONDS * 25


def test_a_film_without_an_index_is_copied_to_be_watched(functions: Functions, foreign: Path, tmp_path: Path) -> None:
    asset_id, run_id = queued(functions, foreign)
    prepared = functions.step("prepare", run_id)
    assert prepared["instant_parts"] == [{"first": 0, "last": 0}]
    functions.step("instant_part", run_id, first=0, last=0)
    functions.step("instant_part", run_id, first=0, last=0)
    functions.step("show_instant", run_id)
    assert asset(functions, asset_id)["status"] == "playable"
    assert decoded_frames(functions, published(functions, asset_id), tmp_path) == FILM_SECONDS * 25


def test_a_file_that_is_no_film_fails_with_its_code(functions: Functions, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp4"
    letter.write_text("Dear reader, this is no film. " * 100)
    asset_id, run_id = queued(functions, letter)
    with pytest.raises(PermanentStepError):
        functions.ingest(run_id)
    found = asset(functions, asset_id)
    assert (found["status"], found["error"]["code"]) == ("failed", "source_unreadable")
    again = functions.step("fail", run_id, error={"Error": "States.Timeout", "Cause": ""})
    assert again == {"outcome": "failed", "code": "source_unreadable"}


def test_another_file_than_was_announced_is_withdrawn(functions: Functions, film: Path) -> None:
    asset_id, run_id = queued(functions, film, sha256="0" * 64)
    with pytest.raises(PermanentStepError):
        functions.ingest(run_id)
    found = asset(functions, asset_id)
    assert (found["status"], found["error"]["code"], found["version"]) == ("failed", "checksum_mismatch", None)
    assert functions.keys("streams/") == []


def test_why_an_encoder_failed_is_told_though_the_map_hides_it(functions: Functions, film: Path) -> None:
    asset_id, run_id = queued(functions, film)
    prepared = functions.step("prepare", run_id)
    functions.remove(f"sources/{asset_id}/original.mp4")
    with pytest.raises(PermanentStepError):
        functions.step("encode", run_id, **chunk(functions, prepared, 1))
    told = {"Error": "States.ExceedToleratedFailureThreshold", "Cause": "The threshold was exceeded"}
    assert functions.step("fail", run_id, error=told) == {"outcome": "failed", "code": "source_missing"}
    assert asset(functions, asset_id)["error"]["code"] == "source_missing"
    assert functions.keys("streams/") == []


def test_what_nobody_foresaw_is_tried_again_and_in_the_end_told(
    functions: Functions, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset_id, run_id = queued(functions, film)
    prepared = functions.step("prepare", run_id)
    with monkeypatch.context() as broken:
        broken.setattr(Steps, "encode_chunk", lambda *_: dict[str, str]()["secret"])
        with pytest.raises(TransientStepError, match="internal: Something unforeseen"):
            functions.step("encode", run_id, **chunk(functions, prepared, 1))
    told = {"Error": "States.ExceedToleratedFailureThreshold", "Cause": "The threshold was exceeded"}
    assert functions.step("fail", run_id, error=told) == {"outcome": "failed", "code": "internal"}
    assert "secret" not in str(asset(functions, asset_id))


def test_a_part_that_would_outlive_its_function_says_so_in_time(functions: Functions, film: Path) -> None:
    _, run_id = queued(functions, film)
    prepared = functions.step("prepare", run_id)
    with pytest.raises(PermanentStepError, match="source_unsupported: A part of the film takes longer"):
        functions.step("encode", run_id, **chunk(functions, prepared, 1), seconds=10)
    assert functions.scratch.exists()
    assert list(functions.scratch.iterdir()) == []
    functions.step("encode", run_id, **chunk(functions, prepared, 1))


def test_a_cancelled_run_stops_and_leaves_nothing_and_nothing_failed(functions: Functions, film: Path) -> None:
    asset_id, run_id = queued(functions, film)
    prepared = functions.step("prepare", run_id)
    functions.step("encode", run_id, **chunk(functions, prepared, 1))
    assert functions.answer("POST", f"/v1/assets/{asset_id}/ingest/cancel")[0] == 202
    for name, arguments in (
        ("encode", chunk(functions, prepared, 2)),
        ("instant_part", {"first": 0, "last": 1}),
        ("show_instant", {}),
        ("finish", {}),
    ):
        with pytest.raises(SupersededError):
            functions.step(name, run_id, **arguments)
    told = {"Error": "States.ExceedToleratedFailureThreshold", "Cause": "The threshold was exceeded"}
    assert functions.step("fail", run_id, error=told)["outcome"] == "superseded"
    assert functions.keys("streams/") + functions.keys("work/") == []
    assert asset(functions, asset_id)["error"]["code"] == "run_cancelled"
    with pytest.raises(SupersededError):
        functions.step("prepare", run_id)


def test_a_paused_run_goes_on_with_what_it_has(functions: Functions, film: Path) -> None:
    asset_id, run_id = queued(functions, film)
    prepared = functions.step("prepare", run_id)
    functions.step("encode", run_id, **chunk(functions, prepared, 1))
    functions.answer("POST", f"/v1/assets/{asset_id}/ingest/pause")
    with pytest.raises(SupersededError):
        functions.step("encode", run_id, **chunk(functions, prepared, 2))
    assert functions.step("fail", run_id, error={"Error": "SupersededError", "Cause": ""})["outcome"] == "superseded"
    functions.emulator.end_executions(functions.workflow)
    assert functions.answer("POST", f"/v1/assets/{asset_id}/ingest/resume")[0] == 202
    assert functions.runs_begun() == [run_id, run_id]
    left = functions.parts(functions.step("prepare", run_id))
    assert asset(functions, asset_id)["progress"] == 37
    assert [part["kind"] for part in left] == ["sound", "pictures", "chunk"]
    assert left[-1]["number"] == 2


def test_a_film_over_a_limit_waits_and_nothing_runs_until_it_is_approved(functions: Functions, film: Path) -> None:
    functions.patch.setenv("MATINEE_LIMIT_MINUTES_A_MONTH", "1")
    functions.patch.setenv("MATINEE_LIMIT_USD_A_FILM", "0.0001")
    asset_id, run_id = queued(functions, film)
    assert functions.step("prepare", run_id) == {"run_id": run_id, "outcome": "waits"}
    assert asset(functions, asset_id)["waiting"]["code"] == "limit_cost"
    assert functions.keys("streams/") + functions.keys("work/") == []
    functions.emulator.end_executions(functions.workflow)
    functions.keep_house()
    assert functions.runs_begun() == [run_id], "nobody has approved it, and there is no more room than before"
    approve = f"/v1/assets/{asset_id}/ingest/approve"
    assert functions.answer("POST", approve)[0] == 403, "who may only publish does not let a film past a limit"
    assert functions.runs_begun() == [run_id]
    assert functions.answer("POST", approve, scope=APPROVER)[0] == 202
    assert functions.runs_begun() == [run_id, run_id]
    functions.ingest(run_id)
    assert asset(functions, asset_id)["status"] == "ready"
    status, month = functions.answer("GET", "/v1/cost?duration_seconds=50&width=640&height=360")
    assert (status, month["runs"], month["minutes"], month["waits"]["code"]) == (200, 1, 0.3, "limit_cost")


def test_the_event_completes_an_upload_whose_sender_forgot_to(functions: Functions, film: Path) -> None:
    upload_id, asset_id = uploaded(functions, film)
    functions.join_parts(f"sources/{asset_id}/original.mp4")
    functions.tell(f"sources/{asset_id}/original.mp4")
    functions.tell(f"sources/{asset_id}/original.mp4")
    assert functions.answer("GET", f"/v1/uploads/{upload_id}")[1]["state"] == "completed"
    assert len(functions.runs_begun()) == 1


def test_what_is_told_of_an_unfinished_upload_starts_nothing(functions: Functions) -> None:
    _, upload = functions.answer("POST", "/v1/uploads", {"filename": "film.mp4", "size_bytes": 10})
    functions.tell(f"sources/{upload['asset_id']}/original.mp4")
    functions.tell(f"sources/{upload['asset_id']}/captions/en.vtt")
    assert functions.runs_begun() == []


def test_a_file_in_the_inbox_is_ingested_once_however_often_it_is_told(functions: Functions, film: Path) -> None:
    functions.put("inbox/talks/My film.mp4", film.read_bytes())
    functions.tell("inbox/talks/My film.mp4")
    functions.tell("inbox/talks/My film.mp4")
    (run_id,) = functions.runs_begun()
    (found,) = functions.answer("GET", "/v1/assets")[1]["items"]
    assert (found["title"], found["status"]) == ("My film", "queued")
    assert functions.step("prepare", run_id)["asset_id"] == found["id"]
    for left_alone in ("inbox/talks/", "inbox/.DS_Store", "web/index.html"):
        functions.put(left_alone, b"")
        functions.tell(left_alone)
    assert len(functions.runs_begun()) == 1


def test_upkeep_takes_what_no_event_told_of_and_restarts_what_stopped(functions: Functions, film: Path) -> None:
    functions.put("inbox/film.mp4", film.read_bytes())
    functions.keep_house()
    (run_id,) = functions.runs_begun()
    functions.keep_house()
    assert functions.runs_begun() == [run_id]
    functions.emulator.end_executions(functions.workflow)
    functions.keep_house()
    assert functions.runs_begun() == [run_id, run_id]


def test_who_has_not_signed_in_or_lacks_the_scope_is_refused(functions: Functions) -> None:
    assert functions.answer("GET", "/v1/assets", scope=None)[1]["code"] == "credential_missing"
    status, problem = functions.answer(
        "POST", "/v1/uploads", {"filename": "a", "size_bytes": 1}, scope="matinee/assets:read"
    )
    assert (status, problem["code"]) == (403, "scope_missing")
    assert functions.answer("GET", "/t/token/ast_x/ver_x/main.m3u8", scope=None)[0] == 404
    assert functions.answer("GET", "/signin", scope=None)[0] == 404
    assert functions.answer("GET", "/healthz", scope=None)[1]["checks"] == {"catalog": "ok", "store": "ok"}


def test_no_log_line_holds_a_token_or_a_link(functions: Functions, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    functions.answer("GET", "/healthz")  # the first call makes the logger
    written = StringIO()
    monkeypatch.setattr(logging.getLogger("matinee").handlers[0], "stream", written)
    monkeypatch.setattr("builtins.print", lambda text: written.write(f"{text}\n"))  # how metrics leave
    asset_id, run_id = queued(functions, film)
    functions.ingest(run_id)
    token = functions.answer("POST", f"/v1/assets/{asset_id}/playback")[1]["hls_url"].split("/")[4]
    said = written.getvalue()
    lines = [json.loads(line) for line in said.splitlines()]
    assert {line["correlation_id"] for line in lines if line.get("run") == run_id} >= {run_id, "request-1"}
    assert any(line.get("RunsReady") for line in lines)
    assert token not in said
    assert "X-Amz-Signature" not in said
    assert functions.emulator.adapter.secret not in said


def test_an_error_that_may_pass_is_one_for_the_workflow_to_try_again(functions: Functions, film: Path) -> None:
    _, run_id = queued(functions, film)
    functions.drop_table()
    with pytest.raises(TransientStepError, match="catalog_unavailable: "):
        functions.step("prepare", run_id)
