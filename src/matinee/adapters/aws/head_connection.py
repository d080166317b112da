"""One HEAD after another over one connection. It must not know who is asked, or sign anything.

`http.client` reads headers by the package `email`, which takes a tenth of the link function's start; the answer to a
HEAD is a status line and headers, whatever they say of a length (RFC 9110, 9.3.2), so that little is left to read.
"""

import socket
import ssl
from collections.abc import Mapping

MOST_BYTES = 65_536  # S3's own limit of what headers hold together is 8 KB
CHUNK_BYTES = 8192


class HeadConnection:
    """A connection to one server, kept open as long as the server lets it."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, timeout_seconds: float) -> None:
        """Opens it; over TLS when there is a `context`. Raises `OSError`."""
        self._socket = socket.create_connection((host, port), timeout_seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self._read = b""
        self.open = True

    def status(self, path: str, headers: Mapping[str, str]) -> int:
        """The server's answer to a HEAD of `path`, both encoded. Raises `OSError` when none comes that is one."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._socket.sendall(f"HEAD {path} HTTP/1.1\r\n{lines}\r\n".encode("ascii"))
        answer = self._answer()
        while answer.startswith(b"HTTP/1.1 1"):  # "wait a moment", and the answer comes (RFC 9110, 15.2)
            answer = self._answer()
        line, _, fields = answer.partition(b"\r\n")
        version, _, rest = line.partition(b" ")
        if version not in (b"HTTP/1.1", b"HTTP/1.0") or not rest[:3].isdigit():
            raise ConnectionError("the answer is not HTTP")
        stays = b"\r\nconnection: close" not in b"\r\n" + fields.lower()
        self.open = stays and version == b"HTTP/1.1" and not self._read  # what nobody asked for is nobody's answer
        return int(rest[:3])

    def close(self) -> None:
        """End it."""
        self.open = False
        self._socket.close()

    def _answer(self) -> bytes:
        """Up to the empty line; what came with it is kept, for it is the next answer's."""
        while b"\r\n\r\n" not in self._read:
            more = self._socket.recv(CHUNK_BYTES)
            if not more or len(self._read) > MOST_BYTES:
                raise ConnectionError("the answer has no end")
            self._read += more
        answer, _, self._read = self._read.partition(b"\r\n\r\n")
        return answer
