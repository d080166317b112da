"""The whole HTTP surface: the edge for media first, where there is one, then the API. It must not make clients."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from matinee import __version__
from matinee.domain.jpeg import MAX_PICTURE_BYTES
from matinee.errors import ErrorCode, MatineeError
from matinee.http import errors, metrics, pages
from matinee.http.cors import shared_with
from matinee.http.errors import problem
from matinee.http.heads import check_head
from matinee.http.inert import inert
from matinee.http.problems import PROBLEM_TYPE
from matinee.http.routes import (
    assets,
    insight,
    limits,
    objects,
    playback,
    posters,
    shared_pages,
    shares,
    spending,
    uploads,
    webhooks,
)
from matinee.http.schemas import Problem
from matinee.http.state import App
from matinee.services.captions import MAX_CAPTION_BYTES

# In the order of the API's pages; one a line, since every feature adds one.
ROUTES = (
    objects,
    uploads,
    assets,
    spending,
    posters,
    playback,
    shares,
    shared_pages,
    insight,
    limits,
    webhooks,
)
MAX_BODY_BYTES = 1024 * 1024  # the largest JSON body, 1,000 parts with checksums, is about 100 kB
DRAIN_BYTES = 16 * 1024 * 1024
DESCRIPTION = """Private video streaming that anyone can own.

Errors are problem documents (RFC 9457) with a stable `code`. Times are RFC 3339 in UTC. Lists page by `cursor`.
POSTs that create take an `Idempotency-Key`. Who asks too often is told to wait: 429 with `Retry-After`, in seconds."""


def build_api(state: App | None) -> FastAPI:
    """The API with its pages; `state` may be missing when only the OpenAPI document is wanted."""
    api = FastAPI(
        title="Matinee",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # one address for one thing; a redirect would name the caller's Host
        openapi_url="/openapi.json",
        responses={"default": {"model": Problem, "description": "A problem document"}},
        generate_unique_id_function=lambda route: route.name,
    )
    api.state.matinee = state
    errors.install(api)
    for routes in ROUTES:
        api.include_router(routes.router)
    if state is None or state.edge is not None:
        api.include_router(metrics.router)
        api.include_router(pages.router)
    return api


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document, as committed in `docs/openapi.json`."""
    document = build_api(None).openapi()
    for path in document["paths"].values():
        for operation in path.values():
            # FastAPI's own 422 body is never sent: every error is a problem document.
            operation["responses"].pop("422", None)
            problems = operation["responses"]["default"]["content"]
            problems[PROBLEM_TYPE] = problems.pop("application/json")
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document


def build_app(state: App) -> ASGIApp:
    """What the server runs."""
    api = build_api(state)
    # FastAPI's documented way to extend the document; made when it is asked for, since a start has no use for it.
    api.openapi = cache(openapi_document)  # type: ignore[method-assign]
    edge = state.edge

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if _too_large(scope):
            sentence = f"The body is over {MAX_BODY_BYTES} bytes; films go through /v1/uploads, in parts."
            await _drain(receive)
            await problem(ErrorCode.BODY_TOO_LARGE, sentence)(scope, receive, send)
        else:
            await state.requests.through(api, "api", _read(scope), _limited(scope, receive), send)

    shared = shared_with(inert(limited), state.cors_origins)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await api(scope, receive, send)
            return
        try:
            check_head(scope)
        except MatineeError as error:
            await _drain(receive)
            await inert(problem(error.code, error.detail))(scope, receive, send)
            return
        if edge is not None and edge.serves(scope["path"]):
            await state.requests.through(edge, "media", scope, receive, send)
        else:
            await shared(scope, receive, send)

    return app


def _read(scope: Scope) -> Scope:
    """HEAD is GET without its body (RFC 9110, 9.3.2); the server, whose own scope still says HEAD, sends none."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


async def _drain(receive: Receive) -> None:
    """Read some of a refused body: a connection closed with bytes unread is reset, and the answer lost with it."""
    taken = 0
    while taken < DRAIN_BYTES:
        message = await receive()
        taken += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _limit_of(scope: Scope) -> int:
    if scope["path"].endswith("/poster"):
        return MAX_PICTURE_BYTES
    return MAX_CAPTION_BYTES if "/captions/" in scope["path"] else MAX_BODY_BYTES


def _too_large(scope: Scope) -> bool:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return any(value.isdigit() and int(value) > _limit_of(scope) for value in lengths)


def _limited(scope: Scope, receive: Receive) -> Callable[[], Awaitable[Any]]:
    """`receive`, but a body without a length raises `body_too_large` once it is over the limit."""
    taken = 0

    async def limited() -> Any:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > _limit_of(scope):
                raise MatineeError(ErrorCode.BODY_TOO_LARGE, f"The body is over {_limit_of(scope)} bytes; send less.")
        return message

    return limited
