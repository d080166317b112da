"""Playback sessions. Parse, call, render."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from matinee.domain.ids import AssetId, SessionId
from matinee.errors import ErrorCode, MatineeError
from matinee.http.auth import Issues
from matinee.http.idempotency import IdempotencyKey, once
from matinee.http.schemas import PlaybackBody, SessionWish
from matinee.http.state import AppState, BaseUrl
from matinee.http.viewer import viewer_address
from matinee.services.playback import Playback, SessionRequest

router = APIRouter(prefix="/v1", tags=["playback"])

token_bearer = HTTPBearer(
    auto_error=False, scheme_name="PlaybackToken", description="The playback token itself, expired or not."
)


@router.post("/assets/{asset_id}/playback", status_code=201, response_model=PlaybackBody)
def open_session(
    request: Request,
    app: AppState,
    who: Issues,
    base: BaseUrl,
    asset_id: str,
    body: SessionWish | None = None,
    key: IdempotencyKey = None,
) -> Response:
    """A session for one viewer, with the addresses its player needs."""
    wish = body or SessionWish()
    asked = SessionRequest(**wish.model_dump())
    return once(request, who, key, wish, 201, lambda: playback_body(app.sessions.open(AssetId(asset_id), asked), base))


@router.post("/playback/{session_id}/renew", status_code=201)
def renew_session(
    request: Request,
    app: AppState,
    base: BaseUrl,
    session_id: str,
    response: Response,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(token_bearer)],
) -> PlaybackBody:
    """The same session with a fresh token; the old token, expired or not, is the credential."""
    if credentials is None:
        raise MatineeError(ErrorCode.TOKEN_MISSING, "Send the playback token as 'Authorization: Bearer …'.")
    response.headers["Cache-Control"] = "no-store"
    address = viewer_address(request.scope)
    return playback_body(app.sessions.renew(SessionId(session_id), credentials.credentials, address), base)


@router.delete("/playback/{session_id}", status_code=204)
def revoke_session(app: AppState, _: Issues, session_id: str) -> None:
    """Cut the session short, at once."""
    app.sessions.revoke(SessionId(session_id))


def playback_body(playback: Playback, base: str) -> PlaybackBody:
    """Everything a player needs, every address under the one token."""
    asset, token = playback.asset, playback.token
    version = f"{base}/t/{token}/{asset.id}/{asset.version}"
    return PlaybackBody(
        session_id=playback.session.id,
        asset_id=asset.id,
        title=asset.title,
        kind=asset.kind,
        duration_seconds=asset.duration_seconds,
        expires_at=playback.expires_at,
        session_ends_at=playback.session.ends_at,
        hls_url=f"{version}/main.m3u8",
        dash_url=f"{version}/manifest.mpd",
        poster_url=f"{version}/poster.jpg" if asset.has_poster else None,
        storyboard_url=None,
        watch_url=f"{base}/watch/{asset.id}#{token}",
    )
