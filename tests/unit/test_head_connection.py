"""Heads of answers as a server may send them, over a real socket."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from matinee.adapters.aws.head_connection import HeadConnection

HEADERS = {"host": "bucket.example"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"


@contextmanager
def answering(*pieces: bytes) -> Iterator[HeadConnection]:
    """A connection to a server that sends each piece by itself once it was asked, and then goes."""

    def serve() -> None:
        asked, _ = server.accept()
        with asked:
            asked.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while b"\r\n\r\n" not in asked.recv(65_536):
                pass
            for piece in pieces:
                asked.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        connection = HeadConnection("127.0.0.1", server.getsockname()[1], None, 5.0)
        try:
            yield connection
        finally:
            connection.close()
            thread.join(5)


def test_a_length_that_belongs_to_a_get_is_not_waited_for() -> None:
    with answering(OK) as connection:
        assert connection.status("/film.mp4", HEADERS) == 200
        assert connection.open


def test_an_answer_may_come_byte_by_byte() -> None:
    with answering(*(bytes([each]) for each in OK.replace(b"200 OK", b"404 "))) as connection:
        assert connection.status("/film.mp4", HEADERS) == 404


def test_a_word_before_the_answer_is_no_answer() -> None:
    with answering(b"HTTP/1.1 100 Continue\r\n\r\n" + OK) as connection:
        assert connection.status("/film.mp4", HEADERS) == 200
        assert connection.open


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"\r\n\r\n", b"\r\nCONNECTION: Close\r\n\r\n"),
        OK.replace(b"HTTP/1.1", b"HTTP/1.0"),
        OK + b"what nobody asked for",
    ],
)
def test_a_connection_the_server_will_not_keep_is_not_kept(answer: bytes) -> None:
    with answering(answer) as connection:
        assert connection.status("/film.mp4", HEADERS) == 200
        assert not connection.open


@pytest.mark.parametrize(
    "answer",
    [b"", OK[:-4], b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 what\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 30_000],
)
def test_what_is_no_answer_is_an_error_and_not_a_status(answer: bytes) -> None:
    with answering(answer) as connection, pytest.raises(OSError):  # noqa: PT011 - any of them is tried again
        connection.status("/film.mp4", HEADERS)
