"""`GET /?key=&ttl=` without a framework, for the function that must start fast. Twin of `routes.objects.link_object`.

It must not know who signs. `tests/rehearsal/test_link.py` holds both to the same answers.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from matinee.errors import ErrorCode, MatineeError
from matinee.http.problems import DATA_HEADERS, PROBLEM_TYPE, problem_body, problem_headers
from matinee.http.times import to_rfc3339
from matinee.ports.link_source import SignedRequest
from matinee.services.access import ClaimsAccess, Scope

MAX_KEY_CHARACTERS = 1024
WHOLE = re.compile(
    r"\s*[+-]?\d{1,4300}(?:\.0+)?\s*\Z", re.ASCII
)  # what the other twin's parser takes for a whole number

Answer = dict[str, Any]


def answer_link(
    event: Mapping[str, Any], access: ClaimsAccess | None, link: Callable[[str, int | None], SignedRequest]
) -> Answer:
    """The answer to one event of an HTTP API (payload format 2.0). `access` None lets everybody ask."""
    try:
        key, ttl = _asked(str(event.get("rawQueryString") or ""))
        if access is not None:
            access.by_claims(_claims(event)).require(Scope.PLAYBACK_ISSUE)
        made = link(key, ttl)
    except MatineeError as error:
        body = problem_body(error.code, error.detail)
        return _answer(error.kind.status, PROBLEM_TYPE, problem_headers(error.code), body)
    document = {"url": made.url, "expires_at": to_rfc3339(made.expires_at)}
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return _answer(200, "application/json", {"Cache-Control": "no-store"}, body)


def _answer(status: int, content_type: str, headers: Mapping[str, str], body: bytes) -> Answer:
    return {
        "statusCode": status,
        "headers": {"Content-Type": content_type, **DATA_HEADERS, **headers},
        "body": body.decode(),
    }


def _asked(query: str) -> tuple[str, int | None]:
    given = parse_qs(query, keep_blank_values=True)
    if "key" not in given:
        raise _refused("'key': Field required.")
    key = given["key"][-1]
    if len(key) > MAX_KEY_CHARACTERS:
        raise _refused(f"'key': String should have at most {MAX_KEY_CHARACTERS} characters.")
    if "ttl" not in given:
        return key, None
    ttl = given["ttl"][-1]
    if WHOLE.match(ttl) is None:
        raise _refused("'ttl': Input should be a valid integer, unable to parse string as an integer.")
    return key, int(ttl.partition(".")[0])


def _refused(found: str) -> MatineeError:
    sentence = f"{found} Correct it and send the request again; /docs shows every field."
    return MatineeError(ErrorCode.FIELD_INVALID, sentence)


def _claims(event: Mapping[str, Any]) -> Mapping[str, object]:
    """What the authorizer has verified; from no header, which anybody may write."""
    found: object = event
    for name in ("requestContext", "authorizer", "jwt", "claims"):
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise MatineeError(ErrorCode.CREDENTIAL_MISSING, "Sign in: send an access token as 'Authorization: Bearer …'.")
    return found
