"""Where a viewer's request came from, and who says so. It must not know what depends on it.

    one machine   who connected; or what the last proxy of MATINEE_TRUSTED_PROXIES forwarded: nobody else is believed
    AWS           what CloudFront says in CloudFront-Viewer-Address, which it writes over whatever a viewer sends

On AWS anybody may pass CloudFront by, ask API Gateway's own host and say whatever they like there. Nothing in a request
proves the way it took: a secret header would lie in the state of Terraform, and CloudFront's addresses change and carry
everybody's distributions. So the header is believed where a lie gains nothing (a session's binding is checked again by
the gate, whom CloudFront tells itself), and counted by only so far: beside it counts who connected (`Origin.told_by`).
"""

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from matinee.services.throttle import Origin

# "Add CloudFront request headers": address and port.
FORWARDED = b"cloudfront-viewer-address"
TOLD_BY = "matinee.told_by"


def viewer_address(scope: Scope) -> str:
    """The address the request came from; behind a trusted proxy, the one it forwarded (uvicorn's doing)."""
    client = scope.get("client")
    return client[0] if client else ""


def origin_of(scope: Scope) -> Origin:
    """The address, and who connected when another said so."""
    return Origin(viewer_address(scope), scope.get(TOLD_BY))


def behind_cloudfront(app: ASGIApp) -> Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]:
    """`app`, whose callers are the viewers and not CloudFront's own servers."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        connected = viewer_address(scope)
        for name, value in scope.get("headers", ()):
            if name == FORWARDED:
                address, _, port = value.decode("latin-1").rpartition(":")
                client = (address.strip("[]"), int(port) if port.isdecimal() else 0)
                scope = {**scope, "client": client, TOLD_BY: connected}
        await app(scope, receive, send)

    return told
