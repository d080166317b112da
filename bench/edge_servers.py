"""One server of `bench/edge.py` in its own process: `python bench/edge_servers.py matinee|plain MEDIA_DIR FD`.

It must not know what is measured. To measure the delivery application itself, change `edge_under_test` alone.
"""

import asyncio
import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from matinee.domain import token
from matinee.domain.ids import AssetId, SessionId
from matinee.http.sendfile import send_file, sendfile_protocol

ASSET = AssetId("ast_" + "0" * 20)
KEY = token.SigningKey(kid="bench", secret=b"bench" * 7)
VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Edge:
    """An application that serves the media directory behind tokens, and the path prefix of a link it accepts."""

    app: ASGIApp
    prefix: str


def edge_under_test(media: Path) -> Edge:
    """What stands for Matinee's edge here: the real token check and the real way out for the bytes, per request.

    The clock-free parts of a session are made up; revocation is a set in memory, as the real edge caches it.
    """
    now = int(time.time())
    claims = token.Claims(
        session_id=SessionId("ses_" + "0" * 20),
        viewer="bench",
        path=token.path_of(ASSET),
        not_before=now - 60,
        expires_at=now + 3600,
        session_ends_at=now + 3600,
    )
    return Edge(app=_gate(media), prefix=f"/t/{token.sign(claims, KEY)}/{ASSET}/{VERSION}/")


def _gate(media: Path) -> ASGIApp:
    keys = {KEY.kid: KEY.secret}
    revoked: set[SessionId] = set()

    async def serve(scope: Scope, _receive: Receive, send: Send) -> None:
        _, _, presented, rest = scope["raw_path"].decode("ascii").split("/", 3)
        claims = token.read(presented, keys)
        address = scope["client"][0]
        token.check(claims, path="/" + rest, address=address, now=int(time.time()), revoked=revoked.__contains__)
        await _answer(scope, send, media / rest.rpartition("/")[2])

    return serve


async def _answer(scope: Scope, send: Send, path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        stat = os.fstat(fd)
        status, first, last = 200, 0, stat.st_size - 1
        headers = [
            (b"content-type", b"video/mp4"),
            (b"etag", b'"%x-%x"' % (stat.st_mtime_ns, stat.st_size)),
            (b"accept-ranges", b"bytes"),
            (b"cache-control", b"private, max-age=3600"),
            (b"access-control-allow-origin", b"*"),
        ]
        wanted = dict(scope["headers"]).get(b"range")
        if wanted is not None:
            status = 206
            first, last = (int(number) for number in wanted.removeprefix(b"bytes=").split(b"-"))
            headers.append((b"content-range", b"bytes %d-%d/%d" % (first, last, stat.st_size)))
        headers.append((b"content-length", b"%d" % (last - first + 1)))
        extensions = scope.get("extensions")
        await send_file(
            send,
            status=status,
            headers=headers,
            path_or_fd=fd,
            offset=first,
            count=last - first + 1,
            extensions=extensions,
        )
    finally:
        os.close(fd)


def plain_app(media: Path) -> ASGIApp:
    """What a first try at this looks like: Starlette's FileResponse, no token check."""

    async def serve(request: Request) -> FileResponse:
        return FileResponse(media / str(request.path_params["name"]), media_type="video/mp4")

    return Starlette(routes=[Route("/{name}", serve)])


def main(kind: str, media: Path, listener: socket.socket) -> None:
    """Print the path prefix to ask under, then serve until SIGTERM."""
    quiet = {"ws": "none", "lifespan": "off", "log_level": "warning", "access_log": False, "loop": "asyncio"}
    if kind == "matinee":
        edge = edge_under_test(media)
        config = uvicorn.Config(edge.app, http=sendfile_protocol(), **quiet)  # type: ignore[arg-type]  # mixed values
        print(edge.prefix, flush=True)
    else:
        config = uvicorn.Config(plain_app(media), http="httptools", **quiet)  # type: ignore[arg-type]  # the same
        print("/", flush=True)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), socket.socket(fileno=int(sys.argv[3])))
