"""How long a sender is waited for, and what a head must say of its host. It must not know what requests mean.

uvicorn ends a connection that is idle between two requests; for one that says nothing at first, stops in the middle of
a head or of a body, it waits for ever, and whoever opens thousands of those leaves no connection for anybody else
("slow loris"). A proxy before us has such limits of its own; on AWS CloudFront and API Gateway do.

    head    from the connection's begin, or its first byte, to its last: `head_seconds`, however it trickles
    body    from one piece to the next: `body_seconds`; not while it is we who do not read
"""

import re
from asyncio import TimerHandle, Transport
from typing import ClassVar, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HOST = re.compile(rb"[A-Za-z0-9._~!$&'()*+,;=:%\[\]-]*\Z")  # RFC 3986, 3.2.2 and 3.2.3, loosely
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PatienceProtocol(HttpToolsProtocol):
    """uvicorn's httptools protocol that waits so long and no longer."""

    head_seconds: ClassVar[float] = 30.0  # a head is a packet or two: who is out of reach is back by then, or asks anew
    body_seconds: ClassVar[float] = 60.0  # as nginx's client_body_timeout

    _awaited: Literal["head", "body"] | None = "head"
    _timer: TimerHandle | None = None
    _timed: Literal["head", "body"] | None = None
    _begun = False
    _heard = 0.0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Somebody is there: the head is waited for."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is."""
        self._awaited = None
        self._watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something came: what is waited for next?"""
        super().data_received(data)
        if self._awaited is None and self.cycle.response_complete and self.timeout_keep_alive_task is None:
            self._awaited = "head"  # an empty line: it ended uvicorn's own waiting, and began nothing
        self._watch()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._awaited, self._begun = "head", True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It has ended. What is raised here the parser answers by 400 (RFC 9112, 3.2: one Host, and a whole one)."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and self.parser.get_http_version() == "1.1") or not all(map(HOST.match, hosts)):
            raise ValueError("a request names its host, once")
        self._awaited = "body"
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._awaited, self._begun = None, False
        super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing is upgraded to here (RFC 9110, 7.8: answered as if it had not been asked), and nobody is told to
        install anything. The parser reads nothing behind such a request: the connection ends with its answer.
        """
        self.cycle.keep_alive = False

    def _watch(self) -> None:
        self._heard = self.loop.time()
        if self._timed != self._awaited and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed = self._awaited
        if self._timer is None and self._awaited is not None:
            self._arm(self.head_seconds if self._awaited == "head" else self.body_seconds)

    def _arm(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if self._timed == "body":
            left = self._heard + self.body_seconds - self.loop.time()
            if self.flow.read_paused or left > 0:
                self._arm(max(left, self.body_seconds / 10))
                return
        elif answering:  # half of the next request came with the one that is being answered
            self._arm(self.head_seconds)
            return
        said = self._timed == "body" and self.cycle.response_started
        if self._begun and not said:  # who sent nothing at all keeps a connection in store, as browsers do
            self.transport.write(_TOO_SLOW)
        self.transport.close()
