"""What leaves this machine on somebody else's word: where it may go, what it believes, how long it waits."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from matinee.adapters.courier import SocketCourier
from matinee.domain.outbound import check_url, refusal
from matinee.errors import MatineeError
from tests.receiver import Receiver, receiving

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)

NEVER = [
    "0.0.0.0",  # noqa: S104 - nothing is bound
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",  # Alibaba's metadata
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",  # metadata of AWS, Azure, Google
    "169.254.170.2",  # of ECS
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # of Oracle
    "192.168.1.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible
    "::ffff:127.0.0.1",  # IPv4-mapped
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",  # IPv4-translated
    "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:a9fe:a9fe::1",
    "fc00::1",
    "fd00:ec2::254",  # AWS's metadata over IPv6
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", NEVER)
def test_an_address_that_is_not_everybodys_is_refused(address: str) -> None:
    assert refusal(address, ())
    assert not refusal(address, (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "99.255.255.255", "172.32.0.1", "2606:4700::1111", "2a00::1"]
)
def test_an_address_of_the_internet_is_called(address: str) -> None:
    assert not refusal(address, ())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org:11211/_stats",
        "https://",
        "https:///hook",
        "https://user:secret@example.org/",
        "https://example.org@127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://example.org/#fragment",
        "https://example.org/a b",
        "https://example.org/\r\nX-Injected: 1",
        "https://example.org\\@127.0.0.1/",
        "https://exämple.org/",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://" + "a" * 2000 + ".org/",
    ],
)
def test_an_address_nobody_should_write_is_refused_when_it_is_written(url: str) -> None:
    with pytest.raises(MatineeError) as caught:
        check_url(url, ())
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "localhost", "0"])
def test_no_spelling_of_this_machine_is_called(host: str) -> None:
    with receiving() as receiver:
        receipt = SocketCourier().post(f"https://{host}:{receiver.port}/", {}, b"{}")
    assert (receipt.status, receipt.problem) == (None, "refused_address")
    assert receiver.came == []


@contextmanager
def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Iterator[list[str]]:
    """A name server that answers each question with the next of `answers`; the names it was asked."""
    asked: list[str] = []
    left = list(answers)

    def resolve(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        kind = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (kind[ipaddress.ip_address(each).version], socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses
        ]

    with monkeypatch.context() as patch:
        patch.setattr("matinee.adapters.courier.socket.getaddrinfo", resolve)
        yield asked


def test_a_name_that_is_another_address_the_second_time_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: what was judged is what is connected to, in figures."""
    connected: list[object] = []

    def connect(address: object, timeout: float) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("matinee.adapters.courier.socket.create_connection", connect)
    with names(monkeypatch, ["8.8.8.8"], ["127.0.0.1"]) as asked:
        receipt = SocketCourier().post("https://rebinding.example/", {}, b"{}")
    assert receipt.problem == "unreachable"
    assert asked == ["rebinding.example"]
    assert connected == [("8.8.8.8", 443)]


@pytest.mark.parametrize(
    "mixed", [["8.8.8.8", "10.0.0.1"], ["2606:4700::1111", "::ffff:127.0.0.1"], ["169.254.169.254"]]
)
def test_a_name_with_one_address_that_is_not_everybodys_is_refused(
    monkeypatch: pytest.MonkeyPatch, mixed: list[str]
) -> None:
    with names(monkeypatch, mixed):
        assert SocketCourier().post("https://mixed.example/", {}, b"{}").problem == "refused_address"


def test_plain_http_is_spoken_to_named_networks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with names(monkeypatch, ["8.8.8.8"]):
        assert SocketCourier(LOOPBACK).post("http://far.example/", {}, b"{}").problem == "refused_address"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with receiving() as found:
        yield found


@pytest.fixture
def courier() -> SocketCourier:
    """One that may reach loopback, and does not wait long."""
    return SocketCourier(LOOPBACK, deadline_seconds=0.6)


def test_what_is_sent_arrives_whole_and_the_status_comes_back(receiver: Receiver, courier: SocketCourier) -> None:
    receipt = courier.post(receiver.url + "?a=b%20c", {"webhook-id": "evt_1"}, b'{"a": 1}')
    assert (receipt.status, receipt.problem) == (204, None)
    (message,) = receiver.came
    assert (message.path, message.id, message.body) == ("/hook?a=b%20c", "evt_1", b'{"a": 1}')
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"


def test_a_redirect_is_not_followed(receiver: Receiver, courier: SocketCourier) -> None:
    receiver.answer = lambda _: b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:%d/else\r\n\r\n" % receiver.port
    assert courier.post(receiver.url, {}, b"{}").status == 307
    assert [message.path for message in receiver.came] == ["/hook"]


def test_the_pause_a_server_asks_for_is_heard(receiver: Receiver, courier: SocketCourier) -> None:
    receiver.answer = lambda _: b"HTTP/1.1 100 Go on\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 120\r\n\r\n"
    receipt = courier.post(receiver.url, {}, b"{}")
    assert (receipt.status, receipt.retry_after_seconds) == (503, 120)


@pytest.mark.parametrize(
    "head", [b"SMTP ready\r\n\r\n", b"HTTP/1.1 2x0 Odd\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n"]
)
def test_what_is_not_http_is_a_bad_answer(receiver: Receiver, courier: SocketCourier, head: bytes) -> None:
    receiver.answer = lambda _: head
    assert courier.post(receiver.url, {}, b"{}").problem == "bad_answer"


@contextmanager
def serving(act: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does `act` with its one connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    act(connection)
                except OSError:
                    return  # the other side has had enough

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(10)
        assert not thread.is_alive()


def test_a_head_without_end_is_read_no_further_than_it_may_be_long(courier: SocketCourier) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-More: " + b"a" * 1000 + b"\r\n")

    with serving(endless) as url:
        assert courier.post(url, {}, b"{}").problem == "bad_answer"


def test_a_server_that_sends_a_byte_at_a_time_is_given_up_after_the_one_deadline(courier: SocketCourier) -> None:
    released = threading.Event()

    def drip(connection: socket.socket) -> None:
        for byte in b"HTTP/1.1 200 OK" * 100:
            connection.sendall(bytes([byte]))
            if released.wait(0.05):
                return

    with serving(drip) as url:
        begun = time.monotonic()
        assert courier.post(url, {}, b"{}").problem == "timed_out"
        assert time.monotonic() - begun < 5
        released.set()


def test_a_server_without_the_names_certificate_is_told_nothing(receiver: Receiver) -> None:
    heard: list[bytes] = []

    def hear(connection: socket.socket) -> None:
        heard.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with serving(hear) as url:
        receipt = SocketCourier(LOOPBACK, deadline_seconds=5).post(url.replace("http:", "https:"), {}, b"hidden")
    assert receipt.problem == "tls_failed"
    assert b"hidden" not in heard[0]
    assert SocketCourier()._context().verify_mode is ssl.CERT_REQUIRED


def test_nobody_at_home_is_unreachable_and_a_name_of_nothing_is_unresolved(courier: SocketCourier) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    assert courier.post(f"http://127.0.0.1:{port}/", {}, b"{}").problem == "unreachable"
    assert courier.post("https://nothing.invalid/", {}, b"{}").problem == "unresolved"
