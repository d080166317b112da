"""`GET /`: the link to one plain object with `key`, the library page without; and `GET /healthz`."""

from typing import Annotated
from urllib.parse import urljoin

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from matinee import __version__
from matinee.http.auth import bearer, cookie, identify
from matinee.http.pages import page
from matinee.http.schemas import Health, SignedLink
from matinee.http.state import AppState, BaseUrl
from matinee.http.strict_json import StrictRoute
from matinee.services.access import Scope

router = APIRouter(route_class=StrictRoute, tags=["objects"])


@router.get(
    "/",
    response_model=SignedLink,
    responses={200: {"content": {"text/html": {}}, "description": "The link; without `key`, the library page"}},
)
async def link_object(
    request: Request,
    app: AppState,
    base: BaseUrl,
    key: Annotated[str | None, Query(max_length=1024, description="The object's key")] = None,
    ttl: Annotated[int | None, Query(description="The link's life in seconds; clamped to the maximum")] = None,
) -> Response:
    """A short-lived link to one stored object. Without `key`, the library page."""
    if key is None:
        return page(request, app.web_dir, "index.html")
    identity = identify(request, app, await bearer(request), await cookie(request))
    identity.require(Scope.PLAYBACK_ISSUE)
    link = app.links.link(key, ttl)
    body = SignedLink(url=urljoin(base, link.url), expires_at=link.expires_at)
    return Response(body.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/healthz")
def health(app: AppState) -> Health:
    """What works."""
    checks = app.health()
    fine = all(value == "ok" for value in checks.values())
    return Health(
        version=__version__,
        status="ok" if fine else "degraded",
        checks=checks,
        gate="log" if app.leniency.log_only else "enforce",
        public_assets=sorted(app.leniency.public),
    )
