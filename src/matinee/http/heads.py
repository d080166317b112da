"""How much may stand before a request's body: its address and its headers. It must not know what they mean.

The parser under uvicorn has no limit of its own, and what it has read so far it keeps. An unfinished head is therefore
cut off by the connection (`http.sendfile`), and a finished one that is too large is answered by the application.
On AWS API Gateway answers first: it takes 10,240 bytes.
"""

from starlette.types import Scope

from matinee.errors import ErrorCode, MatineeError

MAX_HEAD_BYTES = 32 * 1024  # as CloudFront; a browser with the longest token and cookie sends about 4 KiB
MAX_HEADERS = 100


def check_head(scope: Scope) -> None:
    """Raises `head_too_large`."""
    headers = scope["headers"]
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    size += sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MAX_HEADERS or size > MAX_HEAD_BYTES:
        raise too_large()


def too_large() -> MatineeError:
    """What is wrong with such a request."""
    sentence = (
        f"Address and headers are over {MAX_HEAD_BYTES} bytes or {MAX_HEADERS} headers; send fewer and shorter ones."
    )
    return MatineeError(ErrorCode.HEAD_TOO_LARGE, sentence)
