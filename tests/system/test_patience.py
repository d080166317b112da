"""Senders who stop: a server waits for them so long, and its connections are others' again. And whom a head names."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest
from starlette.types import Receive, Scope, Send

from matinee.http.sendfile import SendfileProtocol
from tests.system.test_sendfile import WAIT_SECONDS, Running, errors_in, serving

WHOLE = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n"
SLOW_ANSWER_SECONDS = 1.0
PIECE_SECONDS = 0.1


class Brief(SendfileProtocol):
    """As the server's, in a hurry."""

    head_seconds: ClassVar[float] = 0.3
    body_seconds: ClassVar[float] = 0.3


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers by the body's length, once the body is there; `/slow` takes longer than anybody may."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    if scope["path"] == "/slow":
        await asyncio.sleep(SLOW_ANSWER_SECONDS)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    await send({"type": "http.response.body", "body": b"%d" % len(body)})


@pytest.fixture(scope="module")
def brief() -> Iterator[Running]:
    with serving(app, Brief) as running:
        yield running


def to_the_end(client: socket.socket) -> bytes:
    """What the server says until it closes the connection; a test fails when it never does."""
    client.settimeout(WAIT_SECONDS)
    said = b""
    while data := client.recv(65_536):
        said += data
    return said


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"", b""),
        (b"\r\n", b""),
        (b"GET / HT", b"HTTP/1.1 408 "),
        (b"GET / HTTP/1.1\r\nHost: test\r\nX-Slow: ", b"HTTP/1.1 408 "),
        (POST, b"HTTP/1.1 408 "),
        (POST + b"12345", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123", b"HTTP/1.1 408 "),
    ],
)
def test_who_stops_is_not_waited_for(
    brief: Running, caplog: pytest.LogCaptureFixture, sent: bytes, said: bytes
) -> None:
    with brief.connect() as client:
        client.sendall(sent)
        assert to_the_end(client).startswith(said)
    assert errors_in(caplog) == []


@pytest.mark.parametrize("then", [b"\r\n", b"GET / HTTP/1.1\r\n"])
def test_nor_behind_an_answer(brief: Running, then: bytes) -> None:
    with brief.connect() as client:
        client.sendall(WHOLE)
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        client.sendall(then)
        assert to_the_end(client)  # uvicorn alone would wait for ever now


def test_a_head_that_trickles_is_not_waited_for_either(brief: Running) -> None:
    with brief.connect() as client, pytest.raises(ConnectionError):  # noqa: PT012 - any piece may meet the closed door
        while True:
            client.sendall(b"x")
            threading.Event().wait(PIECE_SECONDS)


def test_who_goes_on_is_waited_for_as_long_as_it_takes(brief: Running) -> None:
    with brief.connect() as client:
        client.sendall(POST)
        for byte in b"0123456789":
            threading.Event().wait(PIECE_SECONDS)
            client.sendall(bytes([byte]))
        assert client.recv(15) == b"HTTP/1.1 200 OK"


def test_an_answer_that_takes_long_is_nobodys_fault(brief: Running) -> None:
    with brief.connect() as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: test\r\n\r\n" + b"GET / HTT")  # and half of the next request
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        client.sendall(b"P/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 200 OK" in to_the_end(client)


@pytest.mark.parametrize("hosts", [b"", b"Host: a\r\nHost: b\r\n", b'Host: a"><script>\r\n', b"Host: a/b\r\n"])
def test_a_request_names_its_host_once(brief: Running, hosts: bytes) -> None:
    with brief.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + hosts + b"\r\n")
        assert to_the_end(client).startswith(b"HTTP/1.1 400 ")


def test_an_upgrade_is_passed_over_and_ends_the_connection(brief: Running, caplog: pytest.LogCaptureFixture) -> None:
    with brief.connect() as client:
        client.sendall(WHOLE.replace(b"\r\n\r\n", b"\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n") + WHOLE)
        said = to_the_end(client)
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert said.count(b"HTTP/1.1") == 1
    assert b"connection: close" in said
    assert errors_in(caplog) == []  # nobody is told to install a library


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 5\r\n",
        b"Content-Length: +5\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"X: a\r\n Transfer-Encoding: chunked\r\n",
    ],
)
def test_a_body_whose_end_two_readers_could_see_differently_is_refused(brief: Running, framing: bytes) -> None:
    with brief.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: test\r\n" + framing + b"\r\n0\r\n\r\n" + WHOLE)
        said = to_the_end(client)
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1") == 1
