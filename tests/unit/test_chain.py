"""What the doctor makes of a deployment that gives films away, never forgets a session, or lets anybody in."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from matinee.cli import chain, chain_sessions
from matinee.cli.chain import Chain
from matinee.cli.chain_front import PAGES, PRIVATE, Front
from matinee.cli.chain_sessions import Rules
from matinee.cli.client import Api
from matinee.cli.visitor import Visitor
from matinee.errors import MatineeError

STRICT = {"Content-Security-Policy": "default-src 'none'; script-src 'self'", "X-Content-Type-Options": "nosniff"}


@dataclass
class Place:
    """A server that says the same to everybody, and what it was asked, to the letter."""

    url: str = ""
    status: int = 200
    body: bytes = b"film"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "video/mp4"})
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def session(self) -> dict[str, str]:
        """The one session it opens, again and again."""
        return {"session_id": "ses_1", "hls_url": f"{self.url}/t/token/ast_1/ver_1/main.m3u8"}


@pytest.fixture
def place() -> Iterator[Place]:
    """It asks nobody for anything, and opens a session to whoever wants one."""
    found = Place()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append((self.command, self.requestline.split(" ")[1]))  # its `path` has one slash less
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            opens = self.command == "POST" and self.path.startswith("/v1/assets/")
            body = json.dumps(found.session).encode() if opens else b"" if self.command == "DELETE" else found.body
            self.send_response(201 if opens else found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - their names in the standard library

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def api(place: Place) -> Iterator[Api]:
    """Its API."""
    with Api(place.url, "token") as made:
        yield made


@pytest.fixture
def visitor(place: Place) -> Iterator[Visitor]:
    """Anybody who comes there."""
    with Visitor(place.url) as made:
        yield made


@pytest.fixture
def careless(place: Place, api: Api) -> Iterator[Chain]:
    """A film's way through it."""
    found = Chain(api, Path("film.mp4"))
    found._segment = f"{place.url}/t/token/ast_1/v/seg-1.m4s"
    found._source = f"{place.url}/bucket/sources/ast_1/original.mp4"
    found._session = {"session_id": "ses_1"}
    yield found
    found._visitor.__exit__()


@pytest.fixture
def rules(api: Api, visitor: Visitor) -> Rules:
    """The rules of its sessions."""
    return Rules(api, visitor, "ast_1")


@pytest.fixture
def front(api: Api, visitor: Visitor) -> Front:
    """Its pages and its door."""
    return Front(api, visitor)


def test_a_film_that_is_given_out_without_its_token_is_told_of(careless: Chain) -> None:
    with pytest.raises(MatineeError, match="without its token"):
        careless._closed()


def test_every_way_without_a_token_is_another_and_arrives_as_it_is_spelt(careless: Chain, place: Place) -> None:
    place.status = 403
    assert careless._closed().startswith(f"{len(place.asked)} ways")
    assert len(place.asked) == len(set(place.asked))
    crooked = {"//streams/ast_1/v/seg-1.m4s", "/%73treams/ast_1/v/seg-1.m4s", "/web/../streams/ast_1/v/seg-1.m4s"}
    assert crooked <= {path for _, path in place.asked}


def test_a_session_that_plays_on_is_told_of(careless: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "REVOKED_SECONDS", 0.2)
    monkeypatch.setattr(chain, "LOOK_SECONDS", 0.05)
    with pytest.raises(MatineeError, match="still plays"):
        careless._revoke()


def test_a_gate_that_knows_no_rule_is_told_of(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain_sessions, "EXPIRED_SECONDS", 0.2)
    monkeypatch.setattr(chain_sessions, "LOOK_SECONDS", 0.05)
    with pytest.raises(MatineeError, match="bound to another network was answered 200"):
        rules.bound()
    with pytest.raises(MatineeError, match="link for later was answered 200"):
        rules.premiere()
    with pytest.raises(MatineeError, match="still plays"):
        rules.renewed()


def test_a_link_that_is_refused_for_another_reason_is_told_of(rules: Rules, place: Place) -> None:
    place.status, place.headers["X-Matinee-Denial"] = 401, "token_signature"
    for rule in (rules.bound, rules.premiere, rules.renewed):
        with pytest.raises(MatineeError, match="was answered 401 token_signature"):
            rule()


def test_an_api_that_lets_anybody_in_is_told_of(front: Front, place: Place) -> None:
    with pytest.raises(MatineeError, match="answered 200 to somebody without a token"):
        front.strangers()
    place.status, place.asked = 401, []
    assert "6 calls" in front.strangers()
    assert place.asked == [*PRIVATE, *PRIVATE]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Content-Type": "text/plain"}, "not a page"),
        ({"Content-Security-Policy": ""}, "without its policy"),
        ({"Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'"}, "a weaker one"),
        ({"X-Content-Type-Options": "no"}, "nosniff"),
        ({}, "does not say how one signs in"),
    ],
)
def test_pages_without_their_policy_are_told_of(front: Front, place: Place, changed: dict[str, str], said: str) -> None:
    place.headers = {"Content-Type": "text/html", **STRICT, **changed}
    with pytest.raises(MatineeError, match=said):
        front.pages()


def test_pages_with_their_policy_are_well(front: Front, place: Place) -> None:
    place.headers, place.body = {"Content-Type": "text/html", **STRICT}, b'{"sign_in": "token"}'
    assert front.pages().startswith(f"{len(PAGES)} pages")
    assert "API token" in front.sign_in()


class TestSignIn:
    """A deployment whose provider is the same server."""

    @pytest.fixture(autouse=True)
    def provider(self, place: Place) -> None:
        """It refuses every code, and lets the site's pages read that."""
        settings = {"sign_in": "oidc", "issuer": place.url, "client_id": "pages", "scopes": "openid"}
        endpoints = {"authorization_endpoint": f"{place.url}/authorize", "token_endpoint": f"{place.url}/token"}
        place.body = json.dumps(settings | endpoints).encode()
        policy = f"default-src 'none'; connect-src 'self' {place.url}"
        place.headers = {"Content-Security-Policy": policy, "Access-Control-Allow-Origin": place.url}

    def test_a_provider_that_takes_a_made_up_code_is_told_of(self, front: Front) -> None:
        with pytest.raises(MatineeError, match="took a made-up code"):
            front.sign_in()

    def test_a_policy_that_keeps_the_pages_from_it_is_told_of(self, front: Front, place: Place) -> None:
        place.headers["Content-Security-Policy"] = "default-src 'none'"
        with pytest.raises(MatineeError, match="policy keeps them from"):
            front.sign_in()

    @pytest.mark.parametrize("allowed", ["https://films.example.org", ""])
    def test_a_provider_whose_answers_no_page_may_read_is_told_of(
        self, front: Front, monkeypatch: pytest.MonkeyPatch, place: Place, allowed: str
    ) -> None:
        place.headers["Access-Control-Allow-Origin"] = allowed
        _refuse_posts(monkeypatch)
        with pytest.raises(MatineeError, match="lets no page of"):
            front.sign_in()

    def test_a_provider_that_answers_the_pages_is_well(self, front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
        _refuse_posts(monkeypatch)
        assert "refuses a made-up code" in front.sign_in()


def _refuse_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Visitor.ask

    def refusing(self: Visitor, method: str, url: str, **rest: object) -> object:
        answer = ask(self, method, url, **rest)
        answer.status_code = 400 if method == "POST" else answer.status_code
        return answer

    monkeypatch.setattr(Visitor, "ask", refusing)
