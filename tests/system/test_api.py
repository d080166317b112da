"""The HTTP API as DESIGN.md promises it: fields, errors, paging, editing, repeating, addresses; and refused starts."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from matinee import __version__
from matinee.http.app import openapi_document
from tests.parts import wishes
from tests.system.remains import rows
from tests.system.server import Server, eventually

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")  # RFC 3339, in UTC
ASSET_FIELDS = {
    "id",
    "title",
    "description",
    "tags",
    "kind",
    "status",
    "progress",
    "paused",
    "waiting",
    "cost",
    "expires_at",
    "seconds_left",
    "playable_after_seconds",
    "duration_seconds",
    "width",
    "height",
    "frame_rate",
    "version",
    "error",
    "renditions",
    "codecs",
    "public_preview",
    "captions",
    "chapters",
    "poster",
    "size_bytes",
    "poster_url",
    "created_at",
    "updated_at",
}


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """A signed-in client."""
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that ingests nothing: a library that stands still."""
    running = Server(tmp_path_factory.mktemp("idle") / "data", MATINEE_WORKERS="0").start()
    yield running
    running.stop()


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error, which is a whole problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["type"] == f"urn:matinee:error:{document['code']}"
    assert document["title"]
    assert document["detail"].endswith((".", "rotate"))
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, document["code"]


def announce(http: httpx.Client, **announced: Any) -> dict[str, Any]:
    """An upload nobody will send: an asset in `uploading`."""
    answer = http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": 5} | announced)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


# assets


def test_an_asset_shows_what_design_says(http: httpx.Client, film: str) -> None:
    asset = http.get(f"/v1/assets/{film}").json()
    assert set(asset) == ASSET_FIELDS
    assert asset["id"].startswith("ast_")
    assert (asset["status"], asset["progress"], asset["kind"], asset["error"]) == ("ready", 100, "video", None)
    assert (asset["width"], asset["height"], asset["frame_rate"]) == (640, 360, 25)
    assert asset["duration_seconds"] == pytest.approx(4, abs=0.05)
    assert {rendition["kind"] for rendition in asset["renditions"]} == {"video", "audio"}
    assert asset["poster_url"].startswith(str(http.base_url))
    assert httpx.get(asset["poster_url"]).headers["content-type"] == "image/jpeg"


def test_times_are_rfc3339_in_utc(http: httpx.Client, server: Server, film: str) -> None:
    asset, playback, upload = http.get(f"/v1/assets/{film}").json(), server.play(film), announce(http)
    for text in (asset["created_at"], asset["updated_at"], playback["expires_at"], upload["expires_at"]):
        assert TIME.fullmatch(text), text


def test_an_edit_changes_only_what_it_names(http: httpx.Client) -> None:
    path = f"/v1/assets/{announce(http, title='Before')['asset_id']}"
    assert http.patch(path, json={"tags": ["sea", "may"]}).json()["title"] == "Before"
    asset = http.patch(path, json={"title": "Nach dem Sturm, 嵐", "description": "x\ny"}).json()
    assert (asset["title"], asset["description"], asset["tags"]) == ("Nach dem Sturm, 嵐", "x\ny", ["sea", "may"])
    assert http.get(path).json() == asset


def test_an_edit_of_what_was_read_before_somebody_elses_is_refused(http: httpx.Client) -> None:
    path = f"/v1/assets/{announce(http)['asset_id']}"
    read = http.get(path).headers["etag"]
    changed = http.patch(path, json={"title": "Mine"}, headers={"If-Match": read})
    assert changed.status_code == 200
    assert changed.headers["etag"] != read
    assert problem(http.patch(path, json={"title": "Late"}, headers={"If-Match": read})) == (412, "asset_changed")
    assert problem(http.patch(path, json={"title": "x"}, headers={"If-Match": '"x"'})) == (412, "asset_changed")
    assert http.patch(path, json={"title": "Any"}, headers={"If-Match": "*"}).status_code == 200
    assert http.get(path).json()["title"] == "Any"


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 201},
        {"title": "a\tb"},
        {"title": 5},
        {"tags": "sea"},
        {"tags": [""]},
        {"tags": ["x" * 61]},
        {"tags": ["x"] * 51},
        {"description": "x" * 5001},
        {"status": "ready"},
        {"titel": "x"},
        [],
    ],
)
def test_a_crooked_edit_is_refused_and_changes_nothing(http: httpx.Client, film: str, change: Any) -> None:
    before = http.get(f"/v1/assets/{film}").headers["etag"]
    assert problem(http.patch(f"/v1/assets/{film}", json=change)) == (422, "field_invalid")
    assert http.get(f"/v1/assets/{film}").headers["etag"] == before


@pytest.mark.parametrize("asset_id", ["ast_none", "x", "ast_%00", "ast_" + "0" * 500, "ast_é"])
def test_an_unknown_asset_is_not_found(http: httpx.Client, asset_id: str) -> None:
    path = f"/v1/assets/{asset_id}"
    assert problem(http.get(path)) == (404, "asset_not_found")
    assert problem(http.patch(path, json={"title": "x"})) == (404, "asset_not_found")
    assert problem(http.delete(path)) == (404, "asset_not_found")
    assert problem(http.post(f"{path}/ingest")) == (404, "asset_not_found")
    assert problem(http.post(f"{path}/playback", json={})) == (404, "asset_not_found")


def test_an_asset_that_is_not_there_yet_cannot_be_played_or_ingested(http: httpx.Client) -> None:
    path = f"/v1/assets/{announce(http)['asset_id']}"
    assert problem(http.post(f"{path}/playback", json={})) == (409, "asset_not_playable")
    assert problem(http.post(f"{path}/ingest")) == (422, "source_missing")


def test_a_run_under_way_is_not_started_again(idle: Server, clip: Path) -> None:
    asset_id = idle.upload(clip)
    with idle.client() as http:
        assert http.get(f"/v1/assets/{asset_id}").json()["status"] == "queued"
        assert problem(http.post(f"/v1/assets/{asset_id}/ingest")) == (409, "asset_state")


# listing


def test_pages_show_every_asset_once_newest_first(idle: Server) -> None:
    with idle.client() as http:
        made = [announce(http, title=f"Paged {number}")["asset_id"] for number in range(23)]
        seen: list[str] = []
        cursor: str | None = None
        while True:
            asked = {"limit": "5", "q": "paged"} | ({"cursor": cursor} if cursor else {})
            page = http.get("/v1/assets", params=asked).json()
            seen += [item["id"] for item in page["items"]]
            assert len(page["items"]) <= 5
            cursor = page["next_cursor"]
            if cursor is None:
                break
            announce(http, title="Paged later")  # what comes meanwhile is newer and moves no page
    assert seen == made[::-1]


def test_a_listing_is_narrowed_by_state_and_words(idle: Server, clip: Path) -> None:
    queued = idle.upload(clip, title="Über den Wolken")
    with idle.client() as http:
        waiting = announce(http, title="Über den Dächern")["asset_id"]

        def ids(**asked: str) -> list[str]:
            return [item["id"] for item in http.get("/v1/assets", params=asked).raise_for_status().json()["items"]]

        assert ids(q="über den") == [waiting, queued]
        assert ids(q="ÜBER DEN", status="queued") == [queued]
        assert ids(q="dächern") == [waiting]
        assert ids(q="100%") == ids(q="_ber") == ids(q="'; --") == []
        assert ids(status="failed") == []


def test_a_listing_is_narrowed_by_kind_and_tag_in_the_order_asked_for(idle: Server) -> None:
    with idle.client() as http:
        ids = []
        for name, kind in (("one.mp4", "video"), ("two.m4a", "audio"), ("three.mp4", "video")):
            upload = {"filename": name, "size_bytes": 10, "content_type": f"{kind}/mp4"}
            ids.append(http.post("/v1/uploads", json=upload).raise_for_status().json()["asset_id"])
            http.patch(f"/v1/assets/{ids[-1]}", json={"tags": ["trio", name]}).raise_for_status()

        def found(**asked: str) -> list[str]:
            return [item["id"] for item in http.get("/v1/assets", params=asked).raise_for_status().json()["items"]]

        assert found(tag="trio") == ids[::-1]
        assert found(tag="trio", sort="oldest") == ids
        assert found(tag="trio", sort="title") == [ids[0], ids[2], ids[1]]
        assert found(tag="trio", kind="audio") == [ids[1]]
        assert found(tag="three.mp4") == [ids[2]]


@pytest.mark.parametrize("asked", ["limit=0", "limit=101", "limit=x", "status=lost", "cursor=x", "cursor=" + "x" * 501])
def test_a_crooked_listing_is_refused(http: httpx.Client, asked: str) -> None:
    assert problem(http.get(f"/v1/assets?{asked}")) == (422, "field_invalid")


def test_a_cursor_of_another_listing_is_refused(idle: Server) -> None:
    with idle.client() as http:
        for number in range(3):
            announce(http, title=f"Cursor {number}")
        cursor = http.get("/v1/assets", params={"limit": 1, "q": "cursor"}).json()["next_cursor"]
        assert problem(http.get("/v1/assets", params={"cursor": cursor, "q": "other"})) == (422, "field_invalid")


# repeating


def test_the_same_request_again_gives_the_same_answer(http: httpx.Client) -> None:
    body, key = {"filename": "again.mp4", "size_bytes": 7}, {"Idempotency-Key": "again"}
    first = http.post("/v1/uploads", json=body, headers=key)
    second = http.post("/v1/uploads", json=body, headers=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["idempotency-replayed"] == "true"


def test_the_same_key_for_another_request_is_refused(http: httpx.Client, film: str) -> None:
    key = {"Idempotency-Key": "reused"}
    http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": 7}, headers=key).raise_for_status()
    for path, body in (("/v1/uploads", {"filename": "b.mp4", "size_bytes": 7}), (f"/v1/assets/{film}/playback", {})):
        assert problem(http.post(path, json=body, headers=key)) == (422, "idempotency_key_reused")


def test_two_at_once_under_one_key_have_one_effect(server: Server, http: httpx.Client) -> None:
    def ask(_: int) -> httpx.Response:
        body = {"filename": "at once.mp4", "size_bytes": 7, "title": "At once"}
        return httpx.post(f"{server.url}/v1/uploads", json=body, headers=dict(http.headers) | {"Idempotency-Key": "12"})

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(ask, range(12)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} <= {"idempotency_in_progress"}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(http.get("/v1/assets", params={"q": "at once"}).json()["items"]) == 1


def test_a_request_that_failed_may_be_repeated_under_its_key(http: httpx.Client) -> None:
    path = f"/v1/assets/{announce(http)['asset_id']}/playback"
    for _ in range(2):
        answer = http.post(path, json={}, headers={"Idempotency-Key": "failed once"})
        assert problem(answer) == (409, "asset_not_playable")


def test_a_session_asked_for_twice_under_one_key_is_one_session(http: httpx.Client, film: str) -> None:
    key = {"Idempotency-Key": "one session"}
    answers = [http.post(f"/v1/assets/{film}/playback", json={"viewer": "anna"}, headers=key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_crooked_idempotency_key_is_refused(http: httpx.Client, key: str) -> None:
    answer = http.post("/v1/uploads", json={"filename": "a", "size_bytes": 1}, headers={"Idempotency-Key": key})
    assert problem(answer) == (422, "field_invalid")


# playback


def test_a_session_has_every_address_under_one_token(server: Server, film: str) -> None:
    playback = server.play(film, viewer="anna")
    token = urlsplit(playback["hls_url"]).path.split("/")[2]
    assert playback["session_id"].startswith("ses_")
    for name in ("hls_url", "dash_url", "poster_url", "storyboard_url"):
        assert playback[name].startswith(f"{server.url}/t/{token}/{film}/")
        assert httpx.get(playback[name]).status_code == 200
    assert playback["watch_url"] == f"{server.url}/watch/{film}#{token}"


def seconds_left(playback: dict[str, Any]) -> float:
    """How long the token lives."""
    ends = datetime.fromisoformat(playback["expires_at"])
    return (ends - datetime.now(ends.tzinfo)).total_seconds()


def test_a_life_over_the_maximum_is_clamped(server: Server, film: str) -> None:
    assert seconds_left(server.play(film)) == pytest.approx(3600, abs=30)
    assert seconds_left(server.play(film, ttl_seconds=10**9)) == pytest.approx(21_600, abs=30)


@pytest.mark.parametrize(
    "wish",
    [
        {"ttl_seconds": 0},
        {"ttl_seconds": -5},
        {"ttl_seconds": "60"},
        {"ttl_seconds": 1.5},
        {"viewer": ""},
        {"viewer": "x" * 1000},
        {"bind_ip": "somewhere"},
        {"bind_ip": "10.0.0.0/33"},
        {"not_before": "tomorrow"},
        {"not_before": "2030-01-01T00:00:00"},
        {"not_before": "9999-12-31T23:59:59Z"},
        {"not_before": 10**30},
        {"rights": "all"},
    ],
)
def test_a_crooked_wish_for_a_session_is_refused(http: httpx.Client, film: str, wish: dict[str, Any]) -> None:
    assert problem(http.post(f"/v1/assets/{film}/playback", json=wish)) == (422, "field_invalid")


def test_a_session_needs_no_body(http: httpx.Client, film: str) -> None:
    assert http.post(f"/v1/assets/{film}/playback").status_code == 201


def test_a_renewal_needs_the_sessions_own_token(server: Server, film: str) -> None:
    mine, other = server.play(film), server.play(film)
    token = urlsplit(mine["hls_url"]).path.split("/")[2]
    with server.anyone() as http:

        def renew(session_id: str, credential: str) -> httpx.Response:
            return http.post(f"/v1/playback/{session_id}/renew", headers={"Authorization": credential})

        assert renew(mine["session_id"], f"Bearer {token}").status_code == 201
        assert problem(renew(other["session_id"], f"Bearer {token}")) == (403, "token_path")
        assert problem(renew(mine["session_id"], f"Bearer {server.token}"))[0] == 401
        assert problem(http.post(f"/v1/playback/{mine['session_id']}/renew")) == (401, "token_missing")


def test_an_unknown_session_cannot_be_revoked(http: httpx.Client) -> None:
    assert problem(http.delete("/v1/playback/ses_none")) == (404, "session_not_found")


def test_revoking_twice_is_once(http: httpx.Client, server: Server, film: str) -> None:
    path = f"/v1/playback/{server.play(film)['session_id']}"
    assert [http.delete(path).status_code for _ in range(2)] == [204, 204]


# plain objects

ODD_KEYS = [
    "plain.txt",
    "with space.txt",
    "plus+and&amp=.txt",
    "per%cent%2F.txt",
    "question?mark#hash.txt",
    "ünïcödé/日本語/🎬.txt",
    "quote\"'<b>.txt",
    "deep/er/and/deeper.txt",
    "semi;colon,comma:colon@at.txt",
    "back\\slash.txt",
    ".hidden",
]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_any_object_is_linked_by_its_key(server: Server, http: httpx.Client, key: str) -> None:
    path = server.data_dir / "objects" / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(key.encode() * 10)
    link = http.get("/", params={"key": key}).raise_for_status().json()
    assert set(link) == {"url", "expires_at"}
    assert TIME.fullmatch(link["expires_at"])
    answer = httpx.get(link["url"])
    assert (answer.status_code, answer.content) == (200, key.encode() * 10)
    part = httpx.get(link["url"], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, (key.encode() * 10)[1:4])
    head = httpx.head(link["url"])
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(key.encode()) * 10))


def test_a_stored_page_cannot_act_as_one_of_ours(server: Server, http: httpx.Client) -> None:
    (server.data_dir / "objects" / "page.html").write_text("<script>alert(1)</script>")
    answer = httpx.get(http.get("/", params={"key": "page.html"}).json()["url"])
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("key=missing.txt", "object_not_found"),
        ("key=streams/x", "key_reserved"),
        ("key=sources/x", "key_reserved"),
        ("key=", "key_invalid"),
        ("key=/etc/passwd", "key_invalid"),
        ("key=../token", "key_invalid"),
        ("key=a/../../token", "key_invalid"),
        ("key=a%00b", "key_invalid"),
        ("key=" + "x" * 1025, "field_invalid"),
        ("key=plain.txt&ttl=0", "field_invalid"),
        ("key=plain.txt&ttl=x", "field_invalid"),
    ],
)
def test_what_cannot_be_linked_says_why(http: httpx.Client, query: str, code: str) -> None:
    assert problem(http.get(f"/?{query}"))[1] == code


def test_a_links_life_is_clamped(server: Server, http: httpx.Client) -> None:
    (server.data_dir / "objects" / "ttl.txt").write_text("x")
    for asked, given in (("", 3600), ("&ttl=60", 60), ("&ttl=99999999", 43_200)):
        assert seconds_left(http.get(f"/?key=ttl.txt{asked}").json()) == pytest.approx(given, abs=30)


# every route


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v2/assets", "/v1/assets/a/b/c/d", "/nothing/here", "/v1/assets/"])
def test_an_address_that_does_not_exist_is_not_found(http: httpx.Client, path: str) -> None:
    assert problem(http.get(path)) == (404, "route_not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/v1/assets"), ("POST", "/v1/assets/ast_0"), ("GET", "/v1/uploads"), ("PATCH", "/v1/uploads/upl_0")],
)
def test_a_method_that_does_not_exist_is_405(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert problem(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"]


@pytest.mark.parametrize("path", ["/healthz", "/v1/assets", "/openapi.json"])
def test_head_is_answered_as_get_without_the_body(http: httpx.Client, path: str) -> None:
    head, get = http.head(path), http.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


def test_a_body_over_the_limit_is_refused(http: httpx.Client) -> None:
    body = b'{"filename": "' + b"x" * (1024 * 1024) + b'"}'
    headers = {"Content-Type": "application/json"}
    assert problem(http.post("/v1/uploads", content=body, headers=headers)) == (413, "body_too_large")


def test_a_body_over_the_limit_that_hides_its_length_is_refused(http: httpx.Client) -> None:
    body = iter([b'{"filename": "'] + [b"x" * 65536] * 20 + [b'"}'])
    answer = http.post("/v1/uploads", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer) == (413, "body_too_large")


def test_a_401_names_its_scheme(server: Server) -> None:
    with server.anyone() as http:
        answer = http.get("/v1/assets")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_health_needs_no_credential(server: Server) -> None:
    with server.anyone() as http:
        eventually(lambda: http.get("/healthz").json()["status"] == "ok")  # the worker may still be starting
        answer = http.get("/healthz")
    checks = {"catalog": "ok", "store": "ok", "workers": "ok", "viewers": "ok"}
    gate = {"gate": "enforce", "public_assets": []}
    assert answer.json() == {"version": __version__, "status": "ok", "checks": checks, **gate}


def test_the_served_openapi_document_is_the_generated_one(server: Server) -> None:
    with server.anyone() as http:
        assert http.get("/openapi.json").json() == json.loads(json.dumps(openapi_document()))


# addresses


def test_addresses_are_by_the_name_the_caller_used(server: Server, http: httpx.Client, film: str) -> None:
    answer = http.post(f"/v1/assets/{film}/playback", json={}, headers={"Host": "films.example:8080"})
    assert answer.json()["hls_url"].startswith("http://films.example:8080/t/")
    upload = http.post("/v1/uploads", json={"filename": "a", "size_bytes": 1}).json()
    path = f"/v1/uploads/{upload['id']}/parts"
    link = http.post(path, json=wishes({1: b"x"}), headers={"Host": "films.example:8080"}).json()["parts"][0]
    assert link["url"].startswith("http://films.example:8080/parts/")


def test_addresses_are_by_the_public_url_when_it_is_set(tmp_path: Path) -> None:
    own = Server(tmp_path / "data", MATINEE_PUBLIC_URL="https://films.example", MATINEE_WORKERS="0").start()
    try:
        (own.data_dir / "objects" / "a.txt").write_text("x")
        with own.client() as http:
            link = http.get("/", params={"key": "a.txt"}).json()
        assert link["url"].startswith("https://films.example/objects/a.txt?")
        local = own.url + link["url"].removeprefix("https://films.example")
        assert httpx.get(local).text == "x"
    finally:
        own.stop()


# starting


def refused_start(server: Server, **settings: str) -> str:
    """What a start that must fail says."""
    command = [sys.executable, "-m", "matinee", "serve"]
    environment = server.environment() | {"MATINEE_PORT": "0"} | settings
    environment.pop("MATINEE_URL", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode not in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_misspelt_setting_stops_the_start_with_a_sentence(idle: Server) -> None:
    assert "MATINEE_PROT is not a setting" in " ".join(refused_start(idle, MATINEE_PROT="8000").split())


def test_a_crooked_setting_stops_the_start_with_a_sentence(idle: Server) -> None:
    assert "whole number from 0 to 65535" in " ".join(refused_start(idle, MATINEE_PORT="web").split())


def test_a_second_server_on_the_same_data_is_refused(idle: Server) -> None:
    said = refused_start(idle)
    assert str(idle.pid) in said
    assert "already" in said or "Another Matinee" in said
    with idle.client() as http:
        assert http.get("/v1/assets").status_code == 200


def test_a_port_in_use_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused_start(Server(tmp_path / "data"), MATINEE_PORT=port)
    assert f"127.0.0.1:{port}" in said


def test_a_full_queue_of_work_survives_a_restart_in_order(idle: Server, clip: Path) -> None:
    made = [idle.upload(clip) for _ in range(3)]
    idle.kill()
    idle.start()
    sql = "SELECT document ->> 'asset_id' FROM queue JOIN runs ON runs.id = queue.run_id ORDER BY queue.place"
    eventually(lambda: [row[0] for row in rows(idle.data_dir, sql)][-3:] == made)


def test_a_publisher_is_told_what_the_server_takes_and_makes(http: httpx.Client) -> None:
    limits = http.get("/v1/limits").raise_for_status().json()
    assert limits["codecs"] == ["h264"]
    assert limits["free_bytes"] > 0
    assert limits["rotates_keys"] == "command"
    assert {"mp4", "mkv", "wav"} <= set(limits["source_endings"])
    assert limits["playback_ttl_seconds"] <= limits["playback_max_ttl_seconds"]


def test_the_versions_of_a_film_say_what_serves_and_what_goes_when(http: httpx.Client, film: str) -> None:
    versions = http.get(f"/v1/assets/{film}/versions").raise_for_status().json()
    assert versions["published"] == http.get(f"/v1/assets/{film}").json()["version"]
    assert versions["attempt"] >= 1
    for old in versions["superseded"]:
        assert TIME.fullmatch(old["at"])
        assert old["removed_after"] > old["at"]
