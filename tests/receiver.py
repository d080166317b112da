"""Somebody else's server, on loopback: takes webhooks, and behaves as it is told. It must not know Matinee's code."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DEADLINE_SECONDS = 30.0


@dataclass(slots=True)
class Message:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The event's id."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """What came, in order; `answer` says what each is answered with: a status, or bytes that are sent as they are."""

    port: int = 0
    came: list[Message] = field(default_factory=list)
    answered: list[tuple[Message, int | bytes]] = field(default_factory=list)
    answer: Callable[[Message], int | bytes] = lambda _: 204

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def taken(self) -> list[Message]:
        """Those that were answered with success."""
        return [message for message, status in self.answered if status == 204]

    def ids(self) -> set[str]:
        """The events that came."""
        return {message.id for message in self.came}

    def kinds(self) -> list[str]:
        """Their types, each event once, in the order they first came."""
        return [kind for _, kind in dict.fromkeys((message.id, message.event["type"]) for message in self.came)]

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition` holds."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, [message.event for message in self.came]
            time.sleep(0.02)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver while the block lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = Message(self.path, headers, body)
            receiver.came.append(message)
            answer = receiver.answer(message)
            receiver.answered.append((message, answer))
            with suppress(OSError):  # a sender that was killed does not listen any more
                if isinstance(answer, bytes):
                    self.wfile.write(answer)
                    return
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
