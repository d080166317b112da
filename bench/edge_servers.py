"""One server of `bench/edge.py` in its own process: `python bench/edge_servers.py matinee|plain MEDIA_DIR FD`.

It must not know what is measured. To measure the delivery application itself, change `edge_under_test` alone.
"""

import asyncio
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from matinee.config import Settings
from matinee.domain import token
from matinee.domain.ids import AssetId, RunId, SessionId
from matinee.domain.object_keys import media_prefix
from matinee.http.app import build_app
from matinee.http.sendfile import sendfile_protocol
from matinee.wiring import open_machine

ASSET = AssetId("ast_" + "0" * 20)
RUN = RunId("run_" + "0" * 20)


@dataclass(frozen=True, slots=True)
class Edge:
    """An application that serves the media directory behind tokens, and the path prefix of a link it accepts."""

    app: ASGIApp
    prefix: str


def edge_under_test(media: Path) -> Edge:
    """The whole application of one machine, over a data directory whose one asset holds the files of `media`."""
    data_dir = media.with_name("data")
    machine = open_machine(Settings(data_dir=data_dir, demo=False, workers=0))
    now = machine.clock.now()
    key = machine.keys.rotate(now=now, keep_for_renewal_until=now)
    seconds = int(now.timestamp())
    for path in sorted(path for path in media.iterdir() if path.is_file()):
        target = data_dir / "objects" / media_prefix(ASSET, RUN) / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
    claims = token.Claims(
        session_id=SessionId("ses_" + "0" * 20),
        viewer="bench",
        path=token.path_of(ASSET),
        not_before=seconds - 60,
        expires_at=seconds + 3600,
        session_ends_at=seconds + 3600,
    )
    return Edge(app=build_app(machine.app), prefix=f"/t/{token.sign(claims, key)}/{ASSET}/m/{RUN}/")


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
