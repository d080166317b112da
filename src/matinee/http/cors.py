"""Which other sites' pages may call the API from a browser (CORS, Fetch standard 3.2). It must not know routes.

None, unless they are listed. They bring a token: cookies are never allowed along, so a signed-in browser gives another
site's page nothing. On AWS the gateway says the same (terraform/api.tf), since it answers some requests alone.
"""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ASKED = ("authorization", "content-type", "idempotency-key", "if-match", "if-none-match")
# Date: a player counts its token's life by the server's clock.
TOLD = ("date", "etag", "idempotency-replayed", "retry-after")
MAX_AGE_SECONDS = 7200  # the longest any browser keeps a preflight's answer


def shared_with(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """`app`, whose answers the pages of these sites may read."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=ASKED,
        expose_headers=TOLD,
        max_age=MAX_AGE_SECONDS,
    )
