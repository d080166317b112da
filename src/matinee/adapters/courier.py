"""One POST to somebody else's server, over a socket of our own. It must not know what is in it; `ports.courier` rules.

Why not a client from a package: they resolve the name where they connect, after any check made before (DNS rebinding),
follow proxies and redirects unless told otherwise, and their time limits are for each read, so that a server that sends
one byte a second holds them for hours. Here the name is resolved once, its addresses are judged, and one clock runs
over all of it. Only the head of the answer is read.
"""

import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from matinee.domain.outbound import Network, is_allowed, refusal
from matinee.ports.courier import DEADLINE_SECONDS, Receipt

MAX_HEAD_BYTES = 32_768
CHUNK = 4096
HEAD_END = b"\r\n\r\n"
STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r\n")
RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([0-9]{1,6})[ \t]*\r\n", re.IGNORECASE)
INTERIM = range(100, 200)  # 1xx heads come before the one that counts (RFC 9110, 15.2)


class _ProblemError(Exception):
    """Why there is no status: one of the words in `ports.courier`."""


@dataclass(frozen=True, slots=True)
class _Deadline:
    """The one clock over a whole try."""

    at: float

    def left(self) -> float:
        """Seconds that are left. Raises `_ProblemError` when none are."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise _ProblemError("timed_out")
        return left


class SocketCourier:
    """Implements the `Courier` port; safe from many threads."""

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`allowed` are the operator's exceptions; `tls` is another trust than the system's (tests)."""
        self._allowed = tuple(allowed)
        self._seconds = deadline_seconds
        self._tls = tls

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """POST `body`; whatever happens is in the receipt."""
        begun = time.monotonic()
        try:
            status, retry_after = self._post(urlsplit(url), headers, body, _Deadline(begun + self._seconds))
        except _ProblemError as problem:
            return Receipt(duration_ms=_since(begun), problem=str(problem))
        return Receipt(duration_ms=_since(begun), status=status, retry_after_seconds=retry_after)

    def _post(
        self, url: SplitResult, headers: Mapping[str, str], body: bytes, deadline: _Deadline
    ) -> tuple[int, int | None]:
        host = url.hostname or ""
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = _resolved(host, port)
        self._judge(url.scheme, addresses)
        try:
            with self._connected(addresses, port, deadline) as plain:
                if url.scheme != "https":
                    return _exchange(plain, _request(url, headers, body), deadline)
                plain.settimeout(deadline.left())
                with self._context().wrap_socket(plain, server_hostname=host) as secured:
                    return _exchange(secured, _request(url, headers, body), deadline)
        except TimeoutError:
            raise _ProblemError("timed_out") from None
        except ssl.SSLError:
            raise _ProblemError("tls_failed") from None
        except (OSError, ValueError):
            raise _ProblemError("unreachable") from None

    def _judge(self, scheme: str, addresses: Sequence[str]) -> None:
        """Every address the name leads to, not only the one that would be taken: a name that mixes is up to no good."""
        if any(refusal(address, self._allowed) for address in addresses):
            raise _ProblemError("refused_address")
        if scheme != "https" and not all(is_allowed(address, self._allowed) for address in addresses):
            raise _ProblemError("refused_address")

    def _connected(self, addresses: Sequence[str], port: int, deadline: _Deadline) -> socket.socket:
        """A connection to the first of the judged addresses that takes one: in figures, so nothing resolves again."""
        for number, address in enumerate(addresses, 1):
            try:
                return socket.create_connection((address, port), deadline.left() / (len(addresses) - number + 1))
            except OSError:
                if number == len(addresses):
                    raise
        raise _ProblemError("unresolved")

    def _context(self) -> ssl.SSLContext:
        """Made anew for each try: the system's trusted certificates may change while a server runs for months."""
        return self._tls or ssl.create_default_context()


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of `host`, each once. A name in figures (0x7f.1, 2130706433) is an address too."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _ProblemError("unresolved") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _request(url: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    """The whole request. Names and values come from us, and the URL was checked: nothing in it ends a line."""
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {url.netloc}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise _ProblemError("bad_answer")
    return "\r\n".join(lines).encode("ascii") + HEAD_END + body


def _exchange(connection: socket.socket, request: bytes, deadline: _Deadline) -> tuple[int, int | None]:
    """Send, then read the head that counts: its status, and the pause it asks for."""
    connection.settimeout(deadline.left())
    connection.sendall(request)
    taken = b""
    while True:
        head, found, rest = taken.partition(HEAD_END)
        if found:
            match = STATUS_LINE.match(head + b"\r\n")
            if match is None:
                raise _ProblemError("bad_answer")
            if int(match[1]) not in INTERIM:
                asked = RETRY_AFTER.search(head + b"\r\n")
                return int(match[1]), int(asked[1]) if asked else None
            taken = rest
            continue
        if len(taken) > MAX_HEAD_BYTES:
            raise _ProblemError("bad_answer")
        connection.settimeout(deadline.left())
        chunk = connection.recv(CHUNK)
        if not chunk:
            raise _ProblemError("bad_answer" if taken else "unreachable")
        taken += chunk


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
