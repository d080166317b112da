"""Errors as the application answers them. It must not know what went wrong, only its code."""

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from matinee.errors import KINDS, ErrorCode, MatineeError
from matinee.http.pages import missing
from matinee.http.problems import PROBLEM_TYPE, problem_body, problem_headers

log = logging.getLogger(__name__)


def problem(code: ErrorCode, detail: str, *, headers: dict[str, str] | None = None) -> Response:
    """The answer for one occurrence of `code`; never cached."""
    extra = problem_headers(code) | (headers or {})
    return Response(problem_body(code, detail), KINDS[code].status, media_type=PROBLEM_TYPE, headers=extra)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""
    app.add_exception_handler(MatineeError, _matinee)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def _matinee(_: Request, error: Exception) -> Response:
    assert isinstance(error, MatineeError)  # noqa: S101 - registered for this class alone
    wait = error.retry_after_seconds
    return problem(error.code, error.detail, headers=None if wait is None else {"Retry-After": str(wait)})


def _validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path", "header"))
    found = f"'{where}': {first['msg']}." if where else f"The body was not accepted: {first['msg']}."
    return problem(ErrorCode.FIELD_INVALID, f"{found} Correct it and send the request again; /docs shows every field.")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    if isinstance(error.__cause__, MatineeError):  # FastAPI wraps whatever reading a body raised
        return _matinee(request, error.__cause__)
    if error.status_code == 405:
        sentence = f"{request.method} is not possible here; see /docs."
        return problem(ErrorCode.METHOD_NOT_ALLOWED, sentence, headers=dict(error.headers or {}))
    if error.status_code == 404:
        return missing(request) or problem(
            ErrorCode.ROUTE_NOT_FOUND, "There is nothing at this address; see /docs for those that exist."
        )
    return problem(ErrorCode.FIELD_INVALID, f"The request was not understood ({error.detail}); see /docs.")


def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("unforeseen error", extra={"method": request.method, "route": _route(request)}, exc_info=error)
    return problem(ErrorCode.INTERNAL, "Something unforeseen happened; it was logged. Try again, then report it.")


def _route(request: Request) -> str:
    """The route's pattern, never the path: a path may hold a token."""
    return str(getattr(request.scope.get("route"), "path", "unknown"))
