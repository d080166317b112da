"""JSON bodies read strictly: what two readers could take for two things is refused. It must not know what bodies mean.

RFC 8259 leaves names that come twice, huge numbers and depth to the reader, and Python's takes `NaN` and other
encodings besides; a proxy before us may have read another value than we (I-JSON, RFC 7493, forbids each of these).
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from matinee.errors import ErrorCode, MatineeError

MAX_DEPTH = 16  # the deepest body of ours has three


def read(body: bytes) -> Any:
    """The value `body` spells. Raises `field_invalid` with what is wrong and where."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"it is not UTF-8 at byte {error.start}") from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float)
    except json.JSONDecodeError as error:
        raise _refused(f"it is not JSON at character {error.pos} ({error.msg})") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # Python reads no number of over 4,300 digits
        raise _refused("a number in it is too long") from None
    _check(value)
    return value


class StrictRoute(APIRoute):
    """A route whose JSON body is read as above."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's way to another reader ("Custom Request and APIRoute class")."""
        answer = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await answer(_StrictRequest(request.scope, request.receive))

        return strictly


class _StrictRequest(Request):
    async def json(self) -> Any:
        return read(await self.body())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        [(twice, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise _refused(f"{twice[:40]!r} comes twice")
    return found


def _constant(name: str) -> NoReturn:
    raise _refused(f"{name} is no number of JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _refused("a number in it is too large")
    return value


def _check(value: Any) -> None:
    """Depth and lone surrogates, level by level: no recursion that a body could exhaust."""
    level = [value]
    for depth in range(MAX_DEPTH + 1):
        if not all(map(_is_text, level)):
            raise _refused("a text in it has half of a surrogate pair")
        holders = [each for each in level if isinstance(each, dict | list)]
        if not holders:
            return
        if depth == MAX_DEPTH:
            raise _too_deep()
        level = [child for each in holders for child in _children(each)]


def _children(value: dict[str, Any] | list[Any]) -> list[Any]:
    return [*value, *value.values()] if isinstance(value, dict) else value


def _is_text(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair (RFC 8259, 8.2), which no text of Unicode has alone
        return False
    return True


def _too_deep() -> MatineeError:
    return _refused(f"it is nested more than {MAX_DEPTH} deep")


def _refused(why: str) -> MatineeError:
    sentence = f"The body was not accepted: {why}. Correct it and send the request again; /docs shows every field."
    return MatineeError(ErrorCode.FIELD_INVALID, sentence)
