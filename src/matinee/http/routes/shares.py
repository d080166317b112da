"""Share links. Parse, call, render. What begins with a link's own id asks for no credential but that id."""

from fastapi import APIRouter, Request, Response

from matinee.domain.ids import AssetId, ShareId
from matinee.http.auth import FromAnywhere, Writes, caller_of
from matinee.http.idempotency import IdempotencyKey, once
from matinee.http.routes.playback import playback_body
from matinee.http.schemas import PlaybackBody
from matinee.http.share_schemas import NewShare, ShareBody, ShareKey, ShareList, SharePage, share_body
from matinee.http.state import AppState, BaseUrl
from matinee.http.strict_json import StrictRoute
from matinee.http.viewer import origin_of
from matinee.services.shares import ShareWish

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["share links"])

PICTURE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}  # the mark may be taken off at any time


@router.post("/assets/{asset_id}/shares", status_code=201, response_model=ShareBody)
def make_share(
    request: Request,
    app: AppState,
    who: Writes,
    base: BaseUrl,
    asset_id: str,
    body: NewShare | None = None,
    key: IdempotencyKey = None,
) -> Response:
    """A link that opens the asset for whoever has it, within its life, its number of views and its password."""
    wanted = body or NewShare()
    wish = ShareWish(**wanted.model_dump(exclude={"sites"}), sites=tuple(wanted.sites))
    return once(request, who, key, wanted, 201, lambda: share_body(app.shares.make(AssetId(asset_id), wish), base))


@router.get("/assets/{asset_id}/shares")
def list_shares(app: AppState, _: Writes, base: BaseUrl, asset_id: str) -> ShareList:
    """The asset's share links that were not revoked, newest first."""
    return ShareList(items=[share_body(share, base) for share in app.shares.list(AssetId(asset_id))])


@router.delete("/shares/{share_id}", status_code=204)
def revoke_share(request: Request, app: AppState, who: Writes, share_id: str) -> None:
    """Withdraw a share link, and every session it opened, at once."""
    app.shares.revoke(ShareId(share_id), caller_of(request, who))


@router.get("/shares/{share_id}", dependencies=[FromAnywhere])
def get_share(app: AppState, response: Response, share_id: str) -> SharePage:
    """Whether a share link works, and what opening it takes; asking is no view. 410 when it works no more."""
    response.headers["Cache-Control"] = "no-store"
    share = app.shares.find_open(ShareId(share_id))
    return SharePage(
        id=share.id, ends_at=share.ends_at, views_left=share.views_left, has_password=share.password is not None
    )


@router.post("/shares/{share_id}/open", status_code=201, dependencies=[FromAnywhere])
def open_share(
    request: Request, app: AppState, base: BaseUrl, response: Response, share_id: str, body: ShareKey | None = None
) -> PlaybackBody:
    """A session for whoever has the link and its password: one view of it."""
    response.headers["Cache-Control"] = "no-store"
    key = body or ShareKey()
    origin = origin_of(request.scope)
    playback = app.shares.open(ShareId(share_id), key.password, origin=origin, ttl_seconds=key.ttl_seconds)
    return playback_body(playback, base)


@router.get(
    "/shares/{share_id}/poster",
    dependencies=[FromAnywhere],
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}, "description": "The picture"}},
)
def share_poster(app: AppState, share_id: str) -> Response:
    """The poster of an asset marked `public_preview`, behind a link without a password; 401 for every other."""
    return Response(app.shares.poster(ShareId(share_id)), media_type="image/jpeg", headers=PICTURE)
