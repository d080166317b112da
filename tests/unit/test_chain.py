"""What the doctor makes of a deployment that gives films away, or never forgets a session."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from matinee.cli import chain
from matinee.cli.chain import Chain
from matinee.cli.client import Api
from matinee.errors import MatineeError


class GivesEverything(BaseHTTPRequestHandler):
    """Answers whatever is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.end_headers()

    def do_DELETE(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def careless() -> Iterator[Chain]:
    """A film's way through a server that asks nobody for anything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), GivesEverything)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with Api(url, "token") as api:
        found = Chain(api, Path("film.mp4"))
        found._segment = f"{url}/t/token/ast_1/v/seg-1.m4s"
        found._session = {"session_id": "ses_1"}
        yield found
        found._http.close()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_film_that_is_given_out_without_its_token_is_told_of(careless: Chain) -> None:
    with pytest.raises(MatineeError, match="without its token"):
        careless._closed()


def test_a_session_that_plays_on_is_told_of(careless: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "REVOKED_SECONDS", 0.2)
    monkeypatch.setattr(chain, "LOOK_SECONDS", 0.05)
    with pytest.raises(MatineeError, match="still plays"):
        careless._revoke()
