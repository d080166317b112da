"""How much may stand before a body, asked of the application and of the protocol under it; other sites' pages."""

import asyncio
from pathlib import Path

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from matinee.cli.serve import http_config
from matinee.config import Settings, load
from matinee.errors import MatineeError
from matinee.http.heads import MAX_HEAD_BYTES, MAX_HEADERS
from matinee.http.pages import POLICY
from matinee.http.sendfile import sendfile_protocol
from tests.machine import Visit

SITE = "https://www.example.org"
ASK = {"Origin": SITE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.mark.parametrize("path", ["/v1/assets", "/t/x/y", "/healthz"])
@pytest.mark.parametrize(
    "headers", [{f"x-{number}": "1" for number in range(MAX_HEADERS)}, {"x-long": "1" * MAX_HEAD_BYTES}]
)
def test_too_many_or_too_long_headers_are_refused(tmp_path: Path, path: str, headers: dict[str, str]) -> None:
    answer = Visit(tmp_path).ask("GET", path, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (431, "head_too_large")
    assert answer.headers["connection"] == "close"


def test_a_long_address_counts_too(tmp_path: Path) -> None:
    visit = Visit(tmp_path)
    assert visit.ask("GET", f"/v1/assets?cursor={'x' * MAX_HEAD_BYTES}").status_code == 431
    assert visit.ask("GET", "/v1/assets", headers={"x-long": "1" * (MAX_HEAD_BYTES // 2)}).status_code == 200


def sent_to_a_server(*parts: bytes) -> bytes:
    """What a server says that is sent these parts one after the other, until it closes the connection."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 204, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": b""})

    async def talk() -> bytes:
        config = http_config(app, Settings())
        config.load()
        state = uvicorn.server.ServerState()
        loop = asyncio.get_running_loop()
        protocol = sendfile_protocol()
        listening = await loop.create_server(lambda: protocol(config, state, {}), "127.0.0.1", 0)
        async with listening:
            reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
            answer = b""
            try:
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                answer = await asyncio.wait_for(reader.read(), 20)
            except ConnectionError:  # what was still on its way met a closed door
                answer = answer or b"closed"
            writer.close()
        return answer

    return asyncio.run(talk())


def test_a_head_that_does_not_end_is_cut_off() -> None:
    endless = [b"GET / HTTP/1.1\r\n", *(b"x-%d: %s\r\n" % (number, b"1" * 4000) for number in range(20))]
    assert sent_to_a_server(*endless).startswith((b"HTTP/1.1 431 ", b"closed"))
    assert sent_to_a_server(b"GET /" + b"a" * 2 * MAX_HEAD_BYTES).startswith((b"HTTP/1.1 431 ", b"closed"))


def test_a_head_that_ends_and_the_body_behind_it_are_not_its_business() -> None:
    head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 300000\r\n\r\n"
    assert sent_to_a_server(head, b"x" * 300_000).startswith(b"HTTP/1.1 204 ")
    assert sent_to_a_server(b"GET / HTT", b"P/1.1\r\nhost: a\r\n\r\n").startswith(b"HTTP/1.1 204 ")


def test_no_other_site_may_read_what_the_api_says_unless_it_is_listed(tmp_path: Path) -> None:
    closed = Visit(tmp_path / "closed")
    assert closed.ask("OPTIONS", "/v1/beacons", headers=ASK, signed_in=False).status_code == 405
    assert "access-control-allow-origin" not in closed.ask("GET", "/v1/assets", headers={"Origin": SITE}).headers

    listing = Visit(tmp_path / "listing", cors_origins=(SITE,))
    preflight = listing.ask("OPTIONS", "/v1/beacons", headers=ASK, signed_in=False)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == SITE
    for status, answer in (
        (200, listing.ask("GET", "/v1/assets", headers={"Origin": SITE})),
        (401, listing.ask("GET", "/v1/assets", headers={"Origin": SITE}, signed_in=False)),
        (413, listing.ask("POST", "/v1/uploads", headers={"Origin": SITE}, content=b"x" * 2_000_000)),
    ):
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, SITE)
        assert "retry-after" in answer.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in answer.headers
    other = listing.ask("GET", "/v1/assets", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    assert listing.ask("OPTIONS", "/v1/beacons", headers=ASK | {"Origin": "null"}).status_code == 400


def test_a_list_of_sites_is_read_and_refused() -> None:
    assert load({"MATINEE_CORS_ORIGINS": "https://A.example, http://b.example:8080/"}).cors_origins == (
        "https://a.example",
        "http://b.example:8080",
    )
    for wrong in ("*", "example.org", "https://a.example/page", "null"):
        with pytest.raises(MatineeError, match="MATINEE_CORS_ORIGINS"):
            load({"MATINEE_CORS_ORIGINS": wrong})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/assets", 200),
        ("/v1/assets?limit=x", 422),
        ("/v1/assets/ast_0", 404),
        ("/nothing", 404),
        ("/oembed?url=x", 404),
        ("/healthz", 200),
        ("/openapi.json", 200),
        (f"/v1/assets?cursor={'x' * MAX_HEAD_BYTES}", 431),
    ],
)
def test_an_answer_of_data_is_nothing_else_to_a_browser(tmp_path: Path, path: str, status: int) -> None:
    answer = Visit(tmp_path).ask("GET", path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_pages_and_scripts_keep_their_own_policy(tmp_path: Path) -> None:
    (tmp_path / "web" / "static").mkdir(parents=True)
    (tmp_path / "web" / "signin.html").write_text("<!doctype html>")
    (tmp_path / "web" / "static" / "worker.js").write_text("1")
    visit = Visit(tmp_path)
    assert visit.ask("GET", "/signin").headers["content-security-policy"] == POLICY
    script = visit.ask("GET", "/static/worker.js")
    assert script.headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" not in script.headers  # a worker would live by it


def test_a_person_at_no_address_sees_a_page_and_a_program_reads_a_problem(tmp_path: Path) -> None:
    visit = Visit(tmp_path)
    person = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "If-None-Match": "*"}
    assert visit.ask("GET", "/nothing", headers=person).json()["code"] == "route_not_found"  # pages were not built
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "missing.html").write_text("<!doctype html>")
    page = visit.ask("GET", "/nothing", headers=person, signed_in=False)
    assert (page.status_code, page.text, page.headers["cache-control"]) == (404, "<!doctype html>", "no-store")
    assert page.headers["content-security-policy"] == POLICY
    for method, path, headers in (
        ("GET", "/nothing", {"Accept": "*/*"}),
        ("GET", "/v1/nothing", person),
        ("POST", "/no/such/thing", person),
        ("GET", "/missing.html", {}),
    ):
        assert visit.ask(method, path, headers=headers).json()["code"] == "route_not_found"
