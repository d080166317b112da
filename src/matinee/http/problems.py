"""Errors as HTTP says them: problem documents (RFC 9457), without a framework. It must not know what went wrong."""

import json

from matinee.errors import KINDS, ErrorCode

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "1"
# Of every answer in JSON: a title in it may be any text, and no browser is to take it for a page, run or frame it.
DATA_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def problem_body(code: ErrorCode, detail: str) -> bytes:
    """The document for one occurrence of `code`."""
    kind = KINDS[code]
    document = {
        "type": f"urn:matinee:error:{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "code": str(code),
    }
    return json.dumps(document, ensure_ascii=False).encode()


def problem_headers(code: ErrorCode) -> dict[str, str]:
    """The headers beside the document's type and length; never cached."""
    kind = KINDS[code]
    headers = {"Cache-Control": "no-store"}
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="matinee"'  # RFC 9110, 11.6.1: a 401 names its scheme
    if kind.status in (429, 503):
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if kind.status in (413, 431):
        headers["Connection"] = "close"  # the rest of the request is not read
    return headers
