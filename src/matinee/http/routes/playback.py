"""Playback sessions. Parse, call, render."""

import json
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from matinee.domain import token as tokens
from matinee.domain.ids import AssetId, SessionId
from matinee.domain.session import Session
from matinee.errors import ErrorCode, MatineeError
from matinee.http.auth import Audits, Delegates, FromAnywhere, Issues, caller_of
from matinee.http.idempotency import IdempotencyKey, Keeping, once
from matinee.http.schemas import AuditBody, AuditList, PlaybackBody, SessionBody, SessionList, SessionWish
from matinee.http.state import App, AppState, BaseUrl
from matinee.http.strict_json import StrictRoute
from matinee.http.viewer import viewer_address
from matinee.ports.audit import AuditQuery
from matinee.ports.catalog import SessionQuery
from matinee.services.playback import Playback, SessionRequest

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["playback"])

PageSize = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=500)]

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
    """A session for one viewer, with the addresses its player needs.

    A caller without the scope `playback:delegate` opens sessions of their own only.
    """
    wish = body or SessionWish()
    asked = replace(SessionRequest(**wish.model_dump()), viewer=who.viewer_named(wish.viewer))

    def act() -> PlaybackBody:
        return playback_body(app.sessions.open(AssetId(asset_id), asked, caller_of(request, who)), base)

    return once(request, who, key, wish, 201, act, Keeping(without_token, partial(with_token, app)))


@router.post("/playback/{session_id}/renew", status_code=201, dependencies=[FromAnywhere])
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
def revoke_session(request: Request, app: AppState, who: Issues, session_id: str) -> None:
    """Cut the session short, at once; without the scope `playback:delegate`, one's own only."""
    session = app.sessions.get(SessionId(session_id))
    who.viewer_named(session.viewer)
    app.sessions.revoke(session.id, caller_of(request, who))


@router.get("/assets/{asset_id}/sessions")
def list_sessions(
    app: AppState, _: Delegates, asset_id: str, limit: PageSize = 25, cursor: Cursor = None
) -> SessionList:
    """Who may watch the asset, until when: a page of its sessions, newest first; ended ones stay for a while."""
    page = app.sessions.page(SessionQuery(asset_id=AssetId(asset_id), limit=limit, cursor=cursor))
    return SessionList(items=[session_body(each, app.clock.now()) for each in page.items], next_cursor=page.next_cursor)


@router.get("/audit")
def list_records(
    app: AppState,
    _: Audits,
    limit: PageSize = 25,
    cursor: Cursor = None,
    asset_id: Annotated[str | None, Query(max_length=100)] = None,
    session_id: Annotated[str | None, Query(max_length=100)] = None,
) -> AuditList:
    """What was done with sessions (of one asset, of one session, of all), newest first, as long as it is remembered."""
    query = AuditQuery(
        limit=limit,
        cursor=cursor,
        asset_id=None if asset_id is None else AssetId(asset_id),
        session_id=None if session_id is None else SessionId(session_id),
    )
    page = app.journal.page(query)
    return AuditList(items=[AuditBody.model_validate(item) for item in page.items], next_cursor=page.next_cursor)


def without_token(text: str) -> str:
    """A `PlaybackBody` as it is kept: no address in it opens anything."""
    token = _token_in(text)
    return text.replace(token, tokens.without_signature(token))


def with_token(app: App, text: str) -> str:
    """The body that `without_token` was given, to the letter. Raises `session_ended` when its key is gone."""
    kept = _token_in(text)
    return text.replace(kept, app.sessions.repeat(kept)) if kept.endswith(".") else text  # kept by an earlier version


def _token_in(text: str) -> str:
    return str(json.loads(text)["watch_url"]).partition("#")[2]


def session_body(session: Session, now: datetime) -> SessionBody:
    """The API's view of a session."""
    return SessionBody(
        session_id=session.id,
        asset_id=session.asset_id,
        viewer=session.viewer,
        state=session.state(now),
        bind_ip=session.bind_ip,
        created_at=session.created_at,
        not_before=session.not_before,
        session_ends_at=session.ends_at,
        revoked_at=session.revoked_at,
    )


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
        storyboard_url=f"{version}/storyboard.vtt" if asset.has_storyboard else None,
        chapters_url=f"{version}/chapters.vtt" if asset.chapters else None,
        watch_url=f"{base}/watch/{asset.id}#{token}",
    )
