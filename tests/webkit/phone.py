"""A way to the server on which pages have no Media Source, as Safari had none on phones for years.

WebKit's switch for it is deaf to a browser that is driven, and a driven WebKit takes no script before a page's own. So
the pages come by a proxy, with one script more, from their own origin as their policy wants it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx

SCRIPT_PATH = "/without-media-source.js"
SCRIPT = b"delete globalThis.MediaSource; delete globalThis.ManagedMediaSource;"
MEDIA = "/t/"
HEAD = b"<head>"
# What belongs to one connection (RFC 9110, 7.6.1), and what is no longer so of a body that is changed and unpacked.
NOT_PASSED_ON = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "etag"}


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """Where the pages are found, and with which status each question for media was answered, in order."""

    url: str
    answers: list[int] = field(default_factory=list)


@contextmanager
def phone_line(url: str) -> Iterator[PhoneLine]:
    """The line on which everything of `url` is found, without Media Source, while the block lasts."""
    answers: list[int] = []

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            """Passed on, but for the one script."""
            if self.path == SCRIPT_PATH:
                self._answer(200, {"Content-Type": "text/javascript"}, SCRIPT)
            else:
                self._pass_on()

        def do_POST(self) -> None:
            """Passed on."""
            self._pass_on()

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: text for name, text in self.headers.items() if name.lower() not in NOT_PASSED_ON}
            answer = httpx.request(self.command, url + self.path, headers=headers, content=body, timeout=60)
            told = {name: text for name, text in answer.headers.items() if name.lower() not in NOT_PASSED_ON}
            content = answer.content
            answers.extend([answer.status_code] * self.path.startswith(MEDIA))
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert HEAD in content
                content = content.replace(HEAD, HEAD + f'<script src="{SCRIPT_PATH}"></script>'.encode(), 1)
            self._answer(answer.status_code, told, content)

        def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response_only(status)
            for name, text in headers.items():
                self.send_header(name, text)
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if status not in (204, 304) else b"")

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as line:
        Thread(target=line.serve_forever, daemon=True).start()
        yield PhoneLine(f"http://127.0.0.1:{line.server_port}", answers)
        line.shutdown()
