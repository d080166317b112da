"""The kernel's way out for file bytes, spoken to as a client would: over sockets, with a real uvicorn."""

import asyncio
import hashlib
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import ClassVar

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from matinee.errors import ErrorCode, MatineeError
from matinee.http.sendfile import EXTENSION, SendfileProtocol, send_file, sendfile_protocol

SIZE = 5_000_000
BIG = 64_000_000  # more than both ends' socket buffers hold, so that a reader who waits makes the sender wait
WAIT_SECONDS = 20.0

# Made for this test, for nobody else: a key of its own and a certificate for "localhost", valid for a hundred years.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7TKMpXi0O0vhERCX
SXYI7mFfoTj8dkxl+Rcq+4+/PQmhRANCAASpSxTE08NHTSicKd/IlMqA/Qr3nIut
hI7Up5QerE9YWmBZbq5P57QDuBXO4wJusyov+97y3TFKT4y7RBaGbjMk
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBfjCCASWgAwIBAgIUPVKneJGmmqhErTFhNma4J6VgPF0wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjIxNDgwOVoYDzIxMjYxMDI5
MjE0ODA5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASpSxTE08NHTSicKd/IlMqA/Qr3nIuthI7Up5QerE9YWmBZbq5P57QD
uBXO4wJusyov+97y3TFKT4y7RBaGbjMko1MwUTAdBgNVHQ4EFgQU8y2H6Femc4u+
AlwwcnYLPNzrJHAwHwYDVR0jBBgwFoAU8y2H6Femc4u+AlwwcnYLPNzrJHAwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBLbCpvlE+tZdwvOfhgknro
WUBAXGkeSvIfPKHIqsVpgQIgS6Xx6WqnGHY4m0GoFni3yZk5WXfodiIxtVRoHml2
JwM=
-----END CERTIFICATE-----
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server under test."""

    port: int
    server: uvicorn.Server

    def connect(self) -> socket.socket:
        """A new connection with a small receive buffer, so that not reading is soon felt."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.settimeout(WAIT_SECONDS)
        client.connect(("127.0.0.1", self.port))
        return client

    def asking(self, path: str) -> socket.socket:
        """A connection on which `path` was asked for and the answer has begun."""
        client = self.connect()
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        return client

    @contextmanager
    def http(self) -> Iterator[HTTPConnection]:
        """A keep-alive connection of the standard library."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=WAIT_SECONDS)) as connection:
            yield connection


@contextmanager
def serving(app: ASGIApp, protocol: type[HttpToolsProtocol], certificate: Path | None = None) -> Iterator[Running]:
    """uvicorn with `app` in a thread of this process, ended at the end."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    config = uvicorn.Config(
        app, http=protocol, ws="none", lifespan="off", log_config=None, loop="asyncio", ssl_certfile=certificate
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        until(lambda: server.started)
        yield Running(listener.getsockname()[1], server)
    finally:
        server.should_exit = True
        thread.join(5)
        server.force_exit = True
        thread.join(WAIT_SECONDS)
        listener.close()
        assert not thread.is_alive()


def until(condition: Callable[[], bool]) -> None:
    """Wait for `condition`, to a deadline."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition was not met in time"
        threading.Event().wait(0.01)


def open_descriptors_to(path: Path) -> int:
    """How often this process holds `path` open."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += entry.readlink() == path
        except FileNotFoundError:
            continue
    return count


def socket_descriptors() -> int:
    """How many sockets this process holds open."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            count += str(entry.readlink()).startswith("socket:")
        except FileNotFoundError:
            continue
    return count


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    (folder / "segment").write_bytes(os.urandom(SIZE))
    with (folder / "big").open("wb") as big:
        big.truncate(BIG)
    return folder


def files(media: Path) -> ASGIApp:
    """Serves the folder: `/NAME` whole, `/NAME/OFFSET/COUNT` a part, `/ext` whether the extension is offered."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope.get("extensions")
        name, *part = scope["path"].strip("/").split("/")
        if name == "ext":
            body = b"yes" if EXTENSION in (extensions or {}) else b"no"
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
            )
            await send({"type": "http.response.body", "body": body})
            return
        path = media / name
        offset, count = (int(part[0]), int(part[1])) if part else (0, path.stat().st_size)
        headers = [(b"content-length", b"%d" % count)]
        await send_file(
            send, status=200, headers=headers, path_or_fd=path, offset=offset, count=count, extensions=extensions
        )

    return app


@pytest.fixture
def edge(media: Path) -> Iterator[Running]:
    with serving(files(media), sendfile_protocol()) as running:
        yield running


def body_of(connection: HTTPConnection, path: str, method: str = "GET") -> tuple[HTTPResponse, bytes]:
    connection.request(method, path)
    response = connection.getresponse()
    return response, response.read()


def errors_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_file_arrives_whole_and_unaltered(edge: Running, media: Path) -> None:
    with edge.http() as connection:
        assert body_of(connection, "/ext")[1] == b"yes"
        assert body_of(connection, "/segment")[1] == (media / "segment").read_bytes()


def test_a_part_is_the_bytes_from_offset_on(edge: Running, media: Path) -> None:
    with edge.http() as connection:
        assert body_of(connection, "/segment/1234567/1000001")[1] == (media / "segment").read_bytes()[1234567:2234568]


def test_one_connection_serves_answer_after_answer(edge: Running) -> None:
    with edge.http() as connection:
        connection.connect()
        kept = connection.sock
        for number in range(20):
            assert len(body_of(connection, f"/segment/{number}/1000000")[1]) == 1_000_000
        assert connection.sock is kept


def test_head_has_the_length_and_no_body_and_the_connection_goes_on(edge: Running, media: Path) -> None:
    with edge.http() as connection:
        response, body = body_of(connection, "/segment", "HEAD")
        assert (response.headers["content-length"], body) == (str(SIZE), b"")
        assert body_of(connection, "/segment")[1] == (media / "segment").read_bytes()


def test_pipelined_requests_are_answered_in_order(edge: Running, media: Path) -> None:
    content = (media / "segment").read_bytes()
    with edge.connect() as client:
        paths = ["/segment/0/1500000", "/segment/1000000/1500000", "/segment/2000000/1500000"]
        client.sendall(b"".join(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode() for path in paths))
        stream = client.makefile("rb")
        for offset in (0, 1_000_000, 2_000_000):
            while stream.readline() != b"\r\n":
                pass
            assert stream.read(1_500_000) == content[offset : offset + 1_500_000]
        stream.close()


def test_connection_close_is_honoured_after_the_last_byte(edge: Running) -> None:
    with edge.connect() as client:
        client.sendall(b"GET /segment HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        head, _, body = _to_the_end(client).partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert len(body) == SIZE


def test_without_a_length_the_file_is_one_chunk_between_others(media: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with (media / "segment").open("rb") as file:
            file.seek(4_000_000)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"<", "more_body": True})
            await send({"type": EXTENSION, "file": file, "more_body": True})
            await send({"type": "http.response.body", "body": b">"})

    with serving(app, sendfile_protocol()) as running, running.http() as connection:
        for _ in range(2):
            assert body_of(connection, "/")[1] == b"<" + (media / "segment").read_bytes()[4_000_000:] + b">"


def test_bytes_sent_before_the_file_stay_before_it_when_the_reader_is_slow(media: Path) -> None:
    before = os.urandom(12_000_000)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        with (media / "segment").open("rb") as file:
            length = b"%d" % (len(before) + SIZE)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
            await send({"type": "http.response.body", "body": before, "more_body": True})
            await send({"type": EXTENSION, "file": file})

    with serving(app, sendfile_protocol()) as running, running.asking("/") as client:
        until(lambda: open_descriptors_to(media / "segment") == 1)
        client.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        received = _to_the_end(client)
    wanted = hashlib.sha256(before + (media / "segment").read_bytes()).digest()
    first = received.partition(b"\r\n\r\n")[2][: len(before) + SIZE]
    assert hashlib.sha256(first).digest() == wanted


@pytest.mark.parametrize("pipelined", ["", "GET /ext HTTP/1.1\r\nHost: test\r\n\r\n"], ids=["alone", "pipelined"])
def test_a_client_who_leaves_midway_leaves_nothing_behind(
    edge: Running, media: Path, caplog: pytest.LogCaptureFixture, pipelined: str
) -> None:
    sockets = socket_descriptors()
    for _ in range(5):
        with edge.asking("/big") as client:
            client.sendall(pipelined.encode())
            until(lambda: open_descriptors_to(media / "big") == 1)
        until(lambda: open_descriptors_to(media / "big") == 0)
    until(lambda: socket_descriptors() == sockets)
    until(lambda: not edge.server.server_state.tasks)
    assert errors_in(caplog) == []


def test_a_client_who_says_goodbye_but_stays_is_let_go(edge: Running, media: Path) -> None:
    with edge.asking("/big") as client:
        until(lambda: open_descriptors_to(media / "big") == 1)
        client.shutdown(socket.SHUT_WR)  # to uvicorn the connection is over then; the transfer must not outlive it
        until(lambda: open_descriptors_to(media / "big") == 0)


def test_what_an_application_sends_after_its_client_left_goes_nowhere(
    media: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        with (media / "big").open("rb") as file:
            await send({"type": EXTENSION, "file": file, "more_body": True})
        for _ in range(10):
            await send({"type": "http.response.body", "body": b"more", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    with serving(app, sendfile_protocol()) as running:
        with running.asking("/") as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
            until(lambda: open_descriptors_to(media / "big") == 1)
        until(lambda: not running.server.server_state.tasks)
    assert errors_in(caplog) == []


def test_many_slow_readers_hold_up_nobody_and_no_thread(edge: Running, media: Path) -> None:
    threads = threading.active_count()
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(edge.asking("/big"))
        until(lambda: open_descriptors_to(media / "big") == 200)
        with edge.http() as connection:
            started = time.monotonic()
            assert len(body_of(connection, "/segment")[1]) == SIZE
            assert time.monotonic() - started < 5
        assert threading.active_count() == threads
    until(lambda: open_descriptors_to(media / "big") == 0)


def test_a_slow_reader_gets_every_byte(edge: Running, media: Path) -> None:
    with edge.asking("/big/0/20000000") as client:
        until(lambda: open_descriptors_to(media / "big") == 1)
        rest = 0
        head = client.recv(65536)
        rest += len(head.partition(b"\r\n\r\n")[2])
        while rest < 20_000_000:
            rest += len(client.recv(200_000))
    assert rest == 20_000_000


def test_a_reader_who_takes_nothing_is_dropped(media: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Impatient(SendfileProtocol):
        stall_seconds: ClassVar[float] = 0.2

    with serving(files(media), Impatient) as running, running.asking("/big"):
        until(lambda: open_descriptors_to(media / "big") == 1)
        until(lambda: open_descriptors_to(media / "big") == 0)
    assert errors_in(caplog) == []


def test_a_file_that_shrinks_ends_the_connection(media: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shrinking = tmp_path / "shrinking"
    with shrinking.open("wb") as file:
        file.truncate(BIG)
    with serving(files(tmp_path), sendfile_protocol()) as running:
        with running.asking("/shrinking") as client:
            until(lambda: open_descriptors_to(shrinking) == 1)
            os.truncate(shrinking, 1000)
            assert len(_to_the_end(client)) < BIG
        until(lambda: open_descriptors_to(shrinking) == 0)
    assert errors_in(caplog) == ["A file became shorter while it was sent; the connection is closed."]


def test_more_than_the_promised_length_is_refused(media: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send_file(
            send,
            status=200,
            headers=[(b"content-length", b"10")],
            path_or_fd=media / "segment",
            offset=0,
            count=11,
            extensions=scope["extensions"],
        )

    with serving(app, sendfile_protocol()) as running, running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")
        assert _to_the_end(client).partition(b"\r\n\r\n")[2] == b""
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == [
        "Response content longer than Content-Length"
    ]


def test_a_missing_file_is_known_before_anything_is_sent(edge: Running, media: Path) -> None:
    with edge.http() as connection:
        assert body_of(connection, "/missing/0/1")[0].status == 500


def test_a_transfer_under_way_is_finished_before_the_server_ends(edge: Running, media: Path) -> None:
    with edge.asking("/big") as client:
        until(lambda: open_descriptors_to(media / "big") == 1)
        edge.server.should_exit = True
        assert len(_to_the_end(client).partition(b"\r\n\r\n")[2]) == BIG


def test_a_server_told_to_end_at_once_drops_the_transfer(media: Path) -> None:
    with serving(files(media), sendfile_protocol()) as running:
        running.server.config.timeout_graceful_shutdown = 0
        with running.asking("/big"):
            until(lambda: open_descriptors_to(media / "big") == 1)
            running.server.should_exit = True
            until(lambda: open_descriptors_to(media / "big") == 0)


@pytest.mark.parametrize("name", ["segment", "segment/1234567/1000001"])
def test_a_server_without_the_extension_sends_the_same_bytes(edge: Running, media: Path, name: str) -> None:
    with serving(files(media), HttpToolsProtocol) as plain, plain.http() as other, edge.http() as connection:
        assert body_of(other, "/ext")[1] == b"no"
        assert body_of(other, f"/{name}")[1] == body_of(connection, f"/{name}")[1]


def test_over_tls_the_extension_is_not_offered_and_the_bytes_are_the_same(media: Path, tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_text(CERTIFICATE)
    trust = ssl.create_default_context(cadata=CERTIFICATE[CERTIFICATE.index("-----BEGIN CERT") :])
    with (
        serving(files(media), sendfile_protocol(), certificate) as running,
        running.connect() as client,
        trust.wrap_socket(client, server_hostname="localhost") as secure,
    ):
        secure.sendall(b"GET /ext HTTP/1.1\r\nHost: test\r\n\r\n")
        secure.sendall(b"GET /segment HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        _, offered, segment = _to_the_end(secure).split(b"\r\n\r\n", 2)
    assert offered.startswith(b"noHTTP/1.1 200 OK")
    assert segment == (media / "segment").read_bytes()


def test_another_uvicorn_inside_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_hook(self: HttpToolsProtocol, cycle: object) -> None: ...

    monkeypatch.setattr(HttpToolsProtocol, "_start_asgi_task", other_hook)
    with pytest.raises(MatineeError, match=r"pinned in pyproject\.toml") as refused:
        sendfile_protocol()
    assert refused.value.code is ErrorCode.CHECK_FAILED


def _to_the_end(client: socket.socket) -> bytes:
    received = bytearray()
    while part := client.recv(1024 * 1024):
        received += part
    return bytes(received)
