"""`Idempotency-Key`: the same request again is answered as the first was. It must not know what requests do.

After draft-ietf-httpapi-idempotency-key-header: same key and same body, same answer; same key and another body, 422;
the first still running, 409. A request that failed is forgotten, so that it can be tried again.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from matinee.domain import password as passwords
from matinee.errors import ErrorCode, MatineeError
from matinee.http.state import app_of
from matinee.services.access import Identity

KEEP = timedelta(hours=24)
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the text of an answer is kept for a day, and the answer made of what was kept."""

    text: Callable[[str], str] = str
    answer: Callable[[str], str] = str


AS_IT_IS = Keeping()

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


def once(
    request: Request,
    identity: Identity,
    key: str | None,
    body: BaseModel | None,
    status: int,
    act: Callable[[], BaseModel],
    keeping: Keeping = AS_IT_IS,
) -> Response:
    """The answer of `act`, or the remembered one when the caller repeats itself under `key`.

    An answer with a credential in it comes with a `keeping` that leaves it out and knows how to make it again: what is
    remembered lies in the catalog, and whoever reads that must not be able to use it.
    """
    if key is None:
        return _answer(status, act().model_dump_json())
    app = app_of(request)
    name = f"{identity.subject}:{key}"
    fingerprint = _fingerprint(request, body, name)
    now = app.clock.now()
    remembered = app.catalog.begin_request(name, fingerprint, now=now, expires_at=now + KEEP)
    if remembered is not None:
        return _remembered(remembered.fingerprint == fingerprint, remembered.status, remembered.body, keeping)
    try:
        text = act().model_dump_json()
        app.catalog.finish_request(name, status, keeping.text(text))
    except BaseException:
        with suppress(MatineeError):  # the catalog may be what failed: what the caller must know is the first error
            app.catalog.forget_request(name)
        raise
    return _answer(status, text)


def _remembered(same: bool, status: int | None, body: str | None, keeping: Keeping) -> Response:  # noqa: FBT001 - private, one caller
    if not same:
        sentence = "This Idempotency-Key was used for another request; use a new key for a new request."
        raise MatineeError(ErrorCode.IDEMPOTENCY_KEY_REUSED, sentence)
    if status is None or body is None:
        sentence = "The first request with this Idempotency-Key is still running; ask again in a moment."
        raise MatineeError(ErrorCode.IDEMPOTENCY_IN_PROGRESS, sentence)
    return _answer(status, keeping.answer(body), replayed=True)


def _answer(status: int, body: str, *, replayed: bool = False) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"Idempotency-Replayed": "true"} if replayed else {})
    return Response(body, status, media_type=JSON, headers=headers)


def _fingerprint(request: Request, body: BaseModel | None, name: str) -> str:
    text = _without_secrets(body, name).model_dump_json() if body is not None else ""
    return hashlib.sha256(f"{request.method}\n{request.url.path}\n{text}".encode()).hexdigest()


def _without_secrets(body: BaseModel, name: str) -> BaseModel:
    """`body` with what is `writeOnly` (OpenAPI's word for passwords) made as slow to guess as it is elsewhere.

    The fingerprint lies in the catalog for a day, and a plain hash of the rest of the body and a password is tried
    millions of times a second.
    """
    salt = hashlib.sha256(name.encode()).digest()[: passwords.SALT_BYTES]
    secrets: dict[str, str] = {}
    for field, kept in type(body).model_fields.items():
        extra, value = kept.json_schema_extra, getattr(body, field)
        if isinstance(extra, dict) and extra.get("writeOnly") and value is not None:
            secrets[field] = passwords.protect(value, salt)
    return body.model_copy(update=secrets)
