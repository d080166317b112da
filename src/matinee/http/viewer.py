"""Where a viewer's request came from. It must not know what depends on it."""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

# CloudFront writes it over whatever a viewer sends ("Add CloudFront request headers": address and port).
FORWARDED = b"cloudfront-viewer-address"


def viewer_address(scope: Scope) -> str:
    """The address the request came from; behind a trusted proxy, the one it forwarded (uvicorn's doing)."""
    client = scope.get("client")
    return client[0] if client else ""


def behind_cloudfront(app: ASGIApp) -> Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]:
    """`app`, whose callers are the viewers and not CloudFront's own servers.

    Who asks the API's own host may write any address there. It decides only whether a renewal is refused early: the
    gate, which CloudFront tells the address itself, checks every request again.
    """

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in scope.get("headers", ()):
            if name == FORWARDED:
                address, _, port = value.decode("latin-1").rpartition(":")
                client = (address.strip("[]"), int(port) if port.isdecimal() else 0)
                scope = {**scope, "client": client}
        await app(scope, receive, send)

    return told
