"""File bytes leave by the kernel: uvicorn with ASGI's "zero copy send" extension, and `send_file`, which uses it.

It must not know tokens, assets or stores: what it gets is an open file, an offset and a count (docs/adr/0002).

    application ── send_file() ── "http.response.zerocopysend" ── SendfileProtocol ── os.sendfile ── socket
                        └─ extension not offered (TLS, another server): 256 KiB reads in a thread

Nothing of uvicorn is copied or switched: the protocol hands the application a `send` that answers the one message
uvicorn does not know, and passes every other one on, so that headers, content-length accounting, keep-alive,
pipelining and shutdown stay uvicorn's own. What that leans on inside uvicorn, `sendfile_protocol` checks at start.
"""

import asyncio
import errno
import inspect
import os
from asyncio import AbstractEventLoop, Transport
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, cast

import uvicorn
from starlette.types import Message, Send
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from matinee.errors import ErrorCode, MatineeError
from matinee.http.heads import MAX_HEAD_BYTES
from matinee.http.patience import PatienceProtocol

EXTENSION = "http.response.zerocopysend"

# What one call may hand to the kernel. The send buffer (4 MiB by Linux' default) nearly always ends a call earlier;
# the bound is for a reader on the same machine who empties it as fast as we fill it, and so would own the loop.
CALL_BYTES = 2 * 1024 * 1024

# Reads of the fallback: large enough that the hop into a thread is noise, small enough to keep per slow reader.
READ_BYTES = 256 * 1024

# What the extension reads and sets of uvicorn's response cycle; `sendfile_protocol` looks for each at start.
_CYCLE_ATTRIBUTES = {
    *("scope", "transport", "flow", "logger", "message_event", "disconnected"),
    *("response_started", "response_complete", "chunked_encoding", "expected_content_length"),
}

# How a socket says that nobody is there, besides the ConnectionError and TimeoutError that Python tells apart itself.
_PEER_GONE_ERRNOS = {errno.ENOTCONN, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN}

# Nobody can say yet which address was asked for: there is no document, as in uvicorn's own 400.
_HEAD_REFUSED = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PeerGoneError(ConnectionError):
    """The reader went away, or took nothing for `stall_seconds`: nothing is left to send to, and nothing to report."""


class Transfer:
    """`count` bytes of a file on their way into one socket; it ends done, with the peer gone, or with the file short.

    The bytes move on the loop's own thread, a call per readiness, so a reader who waits costs one descriptor and no
    thread. The descriptor is the socket's duplicate: asyncio refuses to watch a transport's own for writing, and with
    the duplicate the transport goes on reading, which is how a disconnect is seen at once.
    """

    def __init__(self, loop: AbstractEventLoop, socket_fd: int, file_fd: int, offset: int, count: int) -> None:
        self._loop = loop
        self._socket_fd = socket_fd
        self._file_fd = file_fd
        self._offset = offset
        self._left = count
        self._finished: asyncio.Future[None] = loop.create_future()

    async def run(self, stall_seconds: float) -> None:
        """Return when the kernel has taken every byte.

        Raises `PeerGoneError` when the connection is over or the reader took nothing for `stall_seconds`, `EOFError`
        when the file ended early, `OSError` when it could not be read. No descriptor is left behind in any case.
        """
        if self._push():
            return
        self._socket_fd = os.dup(self._socket_fd)
        self._watch_progress(stall_seconds)
        try:
            self._loop.add_writer(self._socket_fd, self._on_writable)
            await self._finished
        finally:
            self._loop.remove_writer(self._socket_fd)
            os.close(self._socket_fd)
            self._check.cancel()

    def abandon(self) -> None:
        """The connection was lost: end the transfer now, not at the next failed call."""
        if not self._finished.done():
            self._finished.set_exception(PeerGoneError())

    def _push(self) -> bool:
        """Give the kernel what it takes without waiting; True when nothing is left."""
        try:
            sent = os.sendfile(self._socket_fd, self._file_fd, self._offset, min(self._left, CALL_BYTES))
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as exc:
            if isinstance(exc, ConnectionError | TimeoutError) or exc.errno in _PEER_GONE_ERRNOS:
                raise PeerGoneError from exc
            raise
        if sent == 0:
            raise EOFError
        self._offset += sent
        self._left -= sent
        return self._left == 0

    def _on_writable(self) -> None:
        if self._finished.done():  # abandoned or cancelled in this same turn of the loop
            return
        try:
            if self._push():
                self._finished.set_result(None)
        except (OSError, EOFError) as exc:
            self._finished.set_exception(exc)

    def _watch_progress(self, stall_seconds: float) -> None:
        self._check = self._loop.call_later(stall_seconds, self._check_progress, self._left, stall_seconds)

    def _check_progress(self, left_before: int, stall_seconds: float) -> None:
        if self._left == left_before:
            self.abandon()
        else:
            self._watch_progress(stall_seconds)


class SendfileProtocol(PatienceProtocol):
    """uvicorn's httptools protocol whose scope offers `http.response.zerocopysend` on plain connections.

    The message is ASGI's: `file` (descriptor or file object, left open), `offset` (absent: the file's position),
    `count` (absent: to the end), `more_body`. Over TLS the kernel has no plain bytes to send: not offered.
    """

    # As nginx's send_timeout: a reader who takes nothing for this long is gone, whatever TCP believes.
    stall_seconds: ClassVar[float] = 60.0

    _transfer: Transfer | None = None
    _head_open = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Cut off a head that does not end: the parser keeps all of it until it does."""
        super().data_received(data)
        if not self._head_open:
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self.transport.write(_HEAD_REFUSED)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._head_open, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It has ended; the application looks at it as a whole."""
        self._head_open = False
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake a transfer under way: its duplicate of the socket would otherwise keep the connection half alive."""
        super().connection_lost(exc)
        if self._transfer is not None:
            self._transfer.abandon()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if self.scheme == "http":
            cycle.scope["extensions"] = {**(cycle.scope.get("extensions") or {}), EXTENSION: {}}
            app = self._answering_zero_copy(cycle, app)
        super()._start_asgi_task(cycle, app)

    def _answering_zero_copy(self, cycle: RequestResponseCycle, app: ASGI3Application) -> ASGI3Application:
        async def serve(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            async def send_any(message: ASGISendEvent) -> None:
                # uvicorn's closed union of messages lacks this one: to the type checker it is any mapping.
                if message["type"] == EXTENSION:
                    await self._send_zero_copy(cycle, cast("Message", message))
                else:
                    await send(message)

            await app(scope, receive, send_any)

        return serve

    async def _send_zero_copy(self, cycle: RequestResponseCycle, message: Message) -> None:
        if not cycle.response_started or cycle.response_complete:
            raise RuntimeError(
                f"ASGI message '{EXTENSION}' outside a response: send it after its start, before its end."
            )
        count = 0
        if cycle.scope["method"] != "HEAD":
            count = await self._send_bytes(cycle, message)
        if count and cycle.chunked_encoding and not cycle.disconnected:
            cycle.transport.write(b"\r\n")  # RFC 9112 section 7.1: the end of the chunk
        more_body = bool(message.get("more_body", False))
        # An empty body message lets uvicorn itself count, complete, keep alive or close.
        await cycle.send({"type": "http.response.body", "body": b"", "more_body": more_body})

    async def _send_bytes(self, cycle: RequestResponseCycle, message: Message) -> int:
        """Move the part of the file the message names; returns its length."""
        file_fd, offset, count = _file_part(message)
        if cycle.chunked_encoding:
            if count:
                cycle.transport.write(b"%x\r\n" % count)
        elif count > cycle.expected_content_length:
            raise RuntimeError("Response content longer than Content-Length")
        else:
            cycle.expected_content_length -= count
        if count:
            await self._empty_write_buffer(cycle)
            await self._move(cycle, file_fd, offset, count)
        return count

    async def _empty_write_buffer(self, cycle: RequestResponseCycle) -> None:
        """What the application sent before stands before the file: wait until the kernel has it."""
        transport: Transport = cycle.transport
        if transport.get_write_buffer_size() == 0:
            return
        transport.set_write_buffer_limits(high=0)  # pauses the protocol now, resumes it at zero
        try:
            await cycle.flow.drain()
        finally:
            transport.set_write_buffer_limits()

    async def _move(self, cycle: RequestResponseCycle, file_fd: int, offset: int, count: int) -> None:
        transport: Transport = cycle.transport
        if transport.is_closing():
            self._give_up(cycle)
            return
        socket_fd = transport.get_extra_info("socket").fileno()
        self._transfer = Transfer(self.loop, socket_fd, file_fd, offset, count)
        try:
            await self._transfer.run(self.stall_seconds)
        except PeerGoneError:
            self._give_up(cycle)
        except EOFError:
            cycle.logger.warning("A file became shorter while it was sent; the connection is closed.")
            self._give_up(cycle)
        finally:
            self._transfer = None

    def _give_up(self, cycle: RequestResponseCycle) -> None:
        """End connection and response without a word: to uvicorn the client has left, and further sends are no-ops."""
        cycle.disconnected = True
        cycle.message_event.set()
        cycle.transport.abort()


def _file_part(message: Message) -> tuple[int, int, int]:
    """Descriptor, offset and count of the message, with the extension's defaults filled in."""
    file = message["file"]
    file_fd: int = file if isinstance(file, int) else file.fileno()
    offset = message.get("offset")
    if offset is None:
        offset = os.lseek(file_fd, 0, os.SEEK_CUR)
    count = message.get("count")
    if count is None:
        count = max(os.fstat(file_fd).st_size - offset, 0)
    return file_fd, offset, count


def sendfile_protocol() -> type[SendfileProtocol]:
    """The protocol class for `uvicorn.Config(http=…)`, after a check that this uvicorn is built as it expects.

    Raises `MatineeError` (`check_failed`) when it is not: better no start than files that silently hang or break.
    """
    hook = list(inspect.signature(HttpToolsProtocol._start_asgi_task).parameters)  # noqa: SLF001 - the hook checked
    missing = _CYCLE_ATTRIBUTES - set(RequestResponseCycle.__init__.__code__.co_names)
    if hook != ["self", "cycle", "app"] or missing or not hasattr(os, "sendfile"):
        raise MatineeError(
            ErrorCode.CHECK_FAILED,
            f"uvicorn {uvicorn.__version__} is not built as the sendfile extension expects (hook {hook}, missing "
            f"{sorted(missing)}): install the uvicorn pinned in pyproject.toml.",
        )
    return SendfileProtocol


async def send_file(
    send: Send,
    *,
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
    path_or_fd: Path | int,
    offset: int,
    count: int,
    extensions: Mapping[str, object] | None,
) -> None:
    """Answer with `count` bytes of a file from `offset`, by the kernel when `extensions` (the scope's) offers it.

    `headers` must hold the content-length. A path is opened before anything is sent, so `OSError` from opening leaves
    the response unstarted, and closed at the end; a descriptor stays the caller's, and open until this returns.
    For HEAD give count 0: the header says the length, and nothing is read.
    """
    fd = path_or_fd if isinstance(path_or_fd, int) else os.open(path_or_fd, os.O_RDONLY | os.O_CLOEXEC)
    try:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        if count == 0:
            await send({"type": "http.response.body", "body": b""})
        elif extensions and EXTENSION in extensions:
            await send({"type": EXTENSION, "file": fd, "offset": offset, "count": count})
        else:
            await _send_by_reading(send, fd, offset, count)
    finally:
        if fd != path_or_fd:
            os.close(fd)


async def _send_by_reading(send: Send, fd: int, offset: int, count: int) -> None:
    end = offset + count
    while offset < end:
        block = await asyncio.to_thread(os.pread, fd, min(READ_BYTES, end - offset), offset)
        if not block:
            raise OSError(f"a file ended {end - offset} bytes early while it was sent; the answer is cut")
        offset += len(block)
        await send({"type": "http.response.body", "body": block, "more_body": offset < end})
