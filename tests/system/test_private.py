"""Without the right token, never one byte of media: the list of ways somebody may try."""

import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from matinee.domain.ids import SessionId
from matinee.domain.token import Claims, SigningKey, sign
from tests.system.server import Server, eventually

MEDIA_TYPES = ("video/", "audio/", "image/", "application/vnd.apple", "application/dash", "text/vtt")
BOXES = (b"ftyp", b"moof", b"mdat", b"#EXTM3U", b"<MPD", b"\xff\xd8\xff")


def ask(
    server: Server, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, bytes, str]:
    """A request whose path is sent exactly as given: no client may tidy it up."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("content-type") or ""
    finally:
        connection.close()


def refused(answer: tuple[int, bytes, str]) -> None:
    """No success, no media."""
    status, body, content_type = answer
    assert status >= 300, (status, body[:80])
    assert not content_type.startswith(MEDIA_TYPES)
    assert not any(box in body for box in BOXES)


@pytest.fixture(scope="module")
def playback(server: Server, film: str) -> dict[str, str]:
    """A session for the film."""
    return server.play(film)


@pytest.fixture(scope="module")
def path(playback: dict[str, str]) -> str:
    """The path of the film's playlist, token included."""
    return urlsplit(playback["hls_url"]).path


@pytest.fixture(scope="module")
def other(server: Server, clip: object) -> str:
    """Another ready asset."""
    assert hasattr(clip, "stat")
    asset_id = server.upload(clip, title="Another film")  # type: ignore[arg-type]  # a Path, from the fixture
    assert server.settled(asset_id)["status"] == "ready"
    return asset_id


def parts(path: str) -> tuple[str, str]:
    """The token and what follows it."""
    _, _, token, rest = path.split("/", 3)
    return token, rest


def test_the_right_token_opens_the_film(server: Server, path: str) -> None:
    status, body, content_type = ask(server, path)
    assert (status, content_type) == (200, "application/vnd.apple.mpegurl")
    assert body.startswith(b"#EXTM3U")


@pytest.mark.parametrize(
    "shape",
    [
        "/t",
        "/t/",
        "/t//{rest}",
        "/t/{rest}",
        "/{rest}",
        "/streams/{rest}",
        "//streams/{rest}",
        "/%73treams/{rest}",
        "/objects/streams/{rest}",
        "/web/../streams/{rest}",
        "/t/../objects/streams/{rest}",
        "/assets/../../streams/{rest}",
        "/objects/../data/token",
        "/token",
        "/keys.json",
        "/matinee.db",
        "/assets/..%2f..%2fmatinee.db",
        "/objects/",
        "/parts/x/1",
    ],
)
def test_without_a_token_there_is_nothing(server: Server, path: str, shape: str) -> None:
    refused(ask(server, shape.format(rest=parts(path)[1])))


def changed_tokens(token: str) -> Iterator[str]:
    """The token, wrong in many ways."""
    head, body, mac = token.split(".")
    yield from (
        token[:-1],
        token[1:],
        token + "A",
        token.upper(),
        token.lower(),
        token.swapcase(),
        token.replace(".", "%2e"),
    )
    yield from (f"{head}.{body}", f"{head}.{body}.", f".{body}.{mac}", f"{head}..{mac}", f"{body}.{head}.{mac}")
    yield from (f"{head}.{body}.{mac[::-1]}", f"{head}.{body}.{'A' * 43}", "%00" + token, token + "%00", token + "%20")
    yield from (token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(0, len(token), 17))


def test_no_changed_token_opens_it(server: Server, path: str) -> None:
    token, rest = parts(path)
    for wrong in changed_tokens(token):
        refused(ask(server, f"/t/{wrong}/{rest}"))


def test_a_token_signed_by_somebody_else_does_not_open_it(server: Server, path: str, film: str) -> None:
    claims = Claims(
        session_id=SessionId("ses_00000000000000000001"),
        viewer="x",
        path=f"/{film}/",
        not_before=0,
        expires_at=2**40,
        session_ends_at=2**40,
    )
    forged = sign(claims, SigningKey("key_mine", bytes(32)))
    status, body, _ = ask(server, f"/t/{forged}/{parts(path)[1]}")
    assert status == 401
    assert b"token_signature" in body


def test_the_token_of_one_film_does_not_open_another(server: Server, path: str, other: str) -> None:
    token, _ = parts(path)
    theirs = urlsplit(server.play(other)["hls_url"]).path
    status, body, _ = ask(server, f"/t/{token}/{parts(theirs)[1]}")
    assert status == 403
    assert b"token_path" in body


def crooked_paths(film: str, rest: str, other: str) -> Iterator[str]:
    """Paths that mean to leave the film, or to spell it differently."""
    version = rest.split("/")[1]
    yield from (f"{film}/../{other}/{version}/main.m3u8", f"{film}/%2e%2e/{other}/x", f"{film}/..%2f{other}/x")
    yield from (f"{film}/./{version}/main.m3u8", f"{film}//{version}/main.m3u8", f"/{rest}", f"./{rest}", rest.upper())
    yield from (f"{film}\\{version}\\main.m3u8", rest.replace("m3u8", "%6d3u8"), rest + "/", rest + "%00", rest + "%0a")
    yield from (
        f"{film}/../../sources/{film}/original.mp4",
        f"{film}/..",
        f"{film}/",
        film,
        f"{film.upper()}/{version}/main.m3u8",
    )
    yield from (f"{film}/%252e%252e/x", f"{film}/..%c0%af../x", f"{film}/{version}/main.m3u8;x", f"{film}/{version}/.x")


def test_no_crooked_path_opens_anything(server: Server, path: str, film: str, other: str) -> None:
    token, rest = parts(path)
    for crooked in crooked_paths(film, rest, other):
        refused(ask(server, f"/t/{token}/{crooked}"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_only_reading_is_possible(server: Server, path: str, method: str) -> None:
    status, _, _ = ask(server, path, method)
    assert status in (400, 405)


def test_an_expired_token_opens_nothing_until_it_is_renewed(server: Server, film: str) -> None:
    playback = server.play(film, ttl_seconds=1)
    path = urlsplit(playback["hls_url"]).path
    eventually(lambda: ask(server, path)[0] == 401, seconds=10)
    status, body, _ = ask(server, path)
    assert status == 401
    assert b"token_expired" in body
    with server.anyone() as http:
        credential = {"Authorization": f"Bearer {parts(path)[0]}"}
        fresh = http.post(f"/v1/playback/{playback['session_id']}/renew", headers=credential)
        assert fresh.status_code == 201
        assert http.get(fresh.json()["hls_url"]).status_code == 200


def test_a_revoked_session_ends_at_the_next_byte(server: Server, film: str) -> None:
    playback = server.play(film)
    path = urlsplit(playback["hls_url"]).path
    assert ask(server, path)[0] == 200
    with server.client() as http:
        assert http.delete(f"/v1/playback/{playback['session_id']}").status_code == 204
    status, body, _ = ask(server, path)
    assert status == 410
    assert b"session_revoked" in body
    with server.anyone() as http:
        credential = {"Authorization": f"Bearer {parts(path)[0]}"}
        again = http.post(f"/v1/playback/{playback['session_id']}/renew", headers=credential)
        assert (again.status_code, again.json()["code"]) == (410, "session_revoked")


def test_a_session_bound_to_another_address_opens_nothing(server: Server, film: str) -> None:
    path = urlsplit(server.play(film, bind_ip="203.0.113.0/24")["hls_url"]).path
    status, body, _ = ask(server, path, headers={"X-Forwarded-For": "203.0.113.7"})
    assert status == 403
    assert b"token_ip" in body


def test_a_session_before_its_premiere_opens_nothing(server: Server, film: str) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    path = urlsplit(server.play(film, not_before=tomorrow.isoformat())["hls_url"]).path
    status, body, _ = ask(server, path)
    assert status == 403
    assert b"token_not_yet" in body


def test_a_denial_is_not_cached_and_names_its_code(server: Server) -> None:
    with server.anyone() as http:
        answer = http.get("/t/x/y")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-matinee-denial"] == answer.json()["code"] == "token_malformed"


@pytest.mark.parametrize("prefix", ["inbox", "sources", "work", "streams", "web"])
def test_matinees_own_objects_are_never_linked(server: Server, prefix: str) -> None:
    with server.client() as http:
        answer = http.get("/", params={"key": f"{prefix}/anything.mp4"})
    assert (answer.status_code, answer.json()["code"]) == (403, "key_reserved")


def test_a_link_to_one_object_opens_no_other(server: Server) -> None:
    for name in ("one.txt", "two.txt"):
        (server.data_dir / "objects" / name).write_text(name)
    with server.client() as http:
        url = http.get("/", params={"key": "one.txt"}).json()["url"]
    assert httpx.get(url).text == "one.txt"
    assert httpx.get(url.replace("one.txt", "two.txt")).status_code == 403
    assert httpx.get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 403
    assert httpx.get(url.partition("?")[0]).status_code == 403


@pytest.mark.parametrize(
    ("method", "route"),
    [
        ("GET", "/v1/assets"),
        ("GET", "/v1/assets/ast_0"),
        ("PATCH", "/v1/assets/ast_0"),
        ("DELETE", "/v1/assets/ast_0"),
        ("POST", "/v1/assets/ast_0/ingest"),
        ("POST", "/v1/assets/ast_0/playback"),
        ("DELETE", "/v1/playback/ses_0"),
        ("POST", "/v1/uploads"),
        ("GET", "/v1/uploads/upl_0"),
        ("POST", "/v1/uploads/upl_0/complete"),
        ("GET", "/?key=x"),
        ("POST", "/v1/uploads/upl_0/parts"),
        ("DELETE", "/v1/uploads/upl_0"),
        ("PUT", "/v1/assets/ast_0/captions/en"),
    ],
)
def test_nothing_of_the_api_answers_without_a_credential(server: Server, method: str, route: str) -> None:
    with server.anyone() as http:
        answer = http.request(method, route, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "credential_missing")
        wrong = http.request(method, route, json={}, headers={"Authorization": "Bearer " + "x" * 43})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "credential_invalid")


def test_another_site_cannot_use_a_signed_in_browser(server: Server, film: str) -> None:
    with server.anyone() as http:
        http.get("/signin", params={"token": server.token})
        mine = http.post(f"/v1/assets/{film}/playback", json={}, headers={"Sec-Fetch-Site": "same-origin"})
        theirs = http.post(f"/v1/assets/{film}/playback", json={}, headers={"Sec-Fetch-Site": "cross-site"})
        unknown = http.post(f"/v1/assets/{film}/playback", json={})
    assert mine.status_code == 201
    assert (theirs.status_code, theirs.json()["code"]) == (403, "origin_refused")
    assert unknown.status_code == 403


def test_another_site_cannot_sign_a_browser_out(server: Server) -> None:
    with server.anyone() as http:
        http.get("/signin", params={"token": server.token})
        theirs = http.post("/signout", headers={"Sec-Fetch-Site": "cross-site"})
        assert (theirs.status_code, theirs.json()["code"]) == (403, "origin_refused")
        assert http.get("/v1/assets").status_code == 200
        http.post("/signout", headers={"Sec-Fetch-Site": "same-origin"})
        assert http.get("/v1/assets").status_code == 401


def test_no_secret_is_in_the_log(server: Server, path: str) -> None:
    token, _ = parts(path)
    ask(server, path)
    ask(server, path + "x")
    written = server.log.read_text()
    assert token not in written
    assert server.token not in written
    assert "signature=" not in written
