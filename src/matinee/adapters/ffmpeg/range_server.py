"""Gives ffmpeg a source by byte ranges, on loopback, under a name nobody can guess. It must not know stores.

A worker in the cloud must not download three hours of film to encode twelve seconds of it: ffmpeg asks for the index
and then for its stretch. One process asks, one step owns the server; both end with the block (RFC 9110, 14).
"""

import re
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath

from matinee.ports.encoder import Ranges

# ffmpeg asks "from here on" and hangs up when it has enough. The first answer is small, because an index is, and each
# next one twice as large, because who has read on so long is reading the film.
FIRST_BLOCK_BYTES = 128 * 1024
LARGEST_BLOCK_BYTES = 4 * 1024 * 1024
SEND_BUFFER_BYTES = 64 * 1024
# An encoder may take its time over what it has read; one that is gone closes its connection.
READ_ON_SECONDS = 600
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A source being served: where, and what reading it raised."""

    address: str
    problems: list[Exception] = field(default_factory=list)


@contextmanager
def serve_ranges(source: Ranges) -> Iterator[Served]:
    """`source` at an address of this machine, while the block lasts."""
    path = f"/{secrets.token_urlsafe(16)}/source{PurePosixPath(source.name).suffix}"
    problems: list[Exception] = []

    class Handler(_RangeHandler):
        only_path, ranges, raised = path, source, problems

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False  # ffmpeg is gone by then; a half-sent answer has nobody to wait for
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Served(address=f"http://127.0.0.1:{server.server_port}{path}", problems=problems)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _RangeHandler(BaseHTTPRequestHandler):
    """Answers GET and HEAD of one path, whole or from one range on."""

    protocol_version = "HTTP/1.1"
    timeout = READ_ON_SECONDS
    only_path: str
    ranges: Ranges
    raised: list[Exception]

    def setup(self) -> None:
        """Little is under way when ffmpeg hangs up: what the kernel would hold, nobody reads."""
        super().setup()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def do_HEAD(self) -> None:
        """The size."""
        self._begin()

    def do_GET(self) -> None:
        """The bytes asked for, in blocks."""
        span = self._begin()
        if span is None:
            return
        at, block = span.start, FIRST_BLOCK_BYTES
        while at < span.stop:
            try:
                data = self.ranges.read(at, min(block, span.stop - at))
            except Exception as problem:  # noqa: BLE001 - another thread's: kept, and raised by whoever runs ffmpeg
                self.raised.append(problem)
                data = b""
            if not data:
                self.close_connection = True
                return
            try:
                self.wfile.write(data)
            except OSError:  # it has what it wanted
                self.close_connection = True
                return
            at, block = at + len(data), min(2 * block, LARGEST_BLOCK_BYTES)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the path is a secret, and every range a line."""

    def _begin(self) -> range | None:
        """Sends the head; the bytes to send, None when there are none."""
        size = self.ranges.size_bytes
        if not secrets.compare_digest(self.path.encode(), self.only_path.encode()):
            self._refuse(HTTPStatus.NOT_FOUND)
            return None
        asked = RANGE.fullmatch(self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        last = min(int(asked[2]), size - 1) if asked and asked[2] else size - 1
        if first >= size or last < first:
            self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return None
        self.send_response(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Accept-Ranges", "bytes")
        # ffmpeg asks for it, and would wait for a next answer on this connection if it were not told so.
        self.send_header("Connection", "close")
        # Never the film's own type: the format is told from the bytes alone, as with a file.
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(last + 1 - first))
        self.end_headers()
        return range(first, last + 1)

    def _refuse(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Range", f"bytes */{self.ranges.size_bytes}")
        self.send_header("Content-Length", "0")
        self.end_headers()
