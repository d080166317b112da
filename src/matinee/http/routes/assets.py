"""`/v1/assets`: the library. Parse, call, render."""

import re
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from matinee.domain.asset import Asset
from matinee.domain.chapters import Chapter
from matinee.domain.ids import AssetId
from matinee.errors import ErrorCode, MatineeError
from matinee.http.auth import Reads, Writes, caller_of
from matinee.http.deletion_schemas import DeletionPreviewBody, DeletionReport, RemainsBody
from matinee.http.idempotency import IdempotencyKey, once
from matinee.http.schemas import (
    AssetBody,
    AssetEdit,
    AssetList,
    Listing,
    NewIngest,
    VersionList,
    asset_body,
    version_list,
)
from matinee.http.state import App, AppState, BaseUrl
from matinee.http.strict_json import StrictRoute
from matinee.ports.catalog import AssetQuery
from matinee.services.captions import MAX_CAPTION_BYTES
from matinee.services.library import AssetChange
from matinee.services.publishing import POSTER

router = APIRouter(route_class=StrictRoute, prefix="/v1/assets", tags=["assets"])

REVISION = re.compile(r'"r([0-9]{1,15})"\Z')  # a strong validator (RFC 9110, 8.8.3)


@router.get("")
def list_assets(app: AppState, _: Reads, base: BaseUrl, asked: Annotated[Listing, Query()]) -> AssetList:
    """A page of the library, newest first unless `sort` says otherwise; `tag` is one of the tags, to the letter."""
    page = app.library.list(
        AssetQuery(
            limit=asked.limit,
            cursor=asked.cursor,
            status=asked.status,
            text=asked.q or None,
            kind=asked.kind,
            tag=asked.tag,
            order=asked.sort,
        )
    )
    return AssetList(items=[render(app, base, asset) for asset in page.items], next_cursor=page.next_cursor)


@router.get("/{asset_id}")
def get_asset(app: AppState, _: Reads, base: BaseUrl, response: Response, asset_id: str) -> AssetBody:
    """One asset; its ETag is what `If-Match` of an edit names."""
    asset = app.library.get(AssetId(asset_id))
    response.headers["ETag"] = etag(asset)
    return render(app, base, asset)


@router.patch("/{asset_id}")
def edit_asset(
    app: AppState,
    _: Writes,
    base: BaseUrl,
    response: Response,
    asset_id: str,
    body: AssetEdit,
    if_match: Annotated[str | None, Header()] = None,
) -> AssetBody:
    """Change title, description, tags, chapters, the poster, `public_preview` or `expires_at`; 412 when the asset
    changed since its ETag was read.
    """
    change = AssetChange(
        title=body.title,
        description=body.description,
        tags=None if body.tags is None else tuple(body.tags),
        chapters=None if body.chapters is None else tuple(Chapter(**one.model_dump()) for one in body.chapters),
        poster=body.poster,
        public_preview=body.public_preview,
        expires_at=body.expires_at,
    )
    asset = app.library.edit(AssetId(asset_id), change, expected_revision=_revision(if_match))
    response.headers["ETag"] = etag(asset)
    return render(app, base, asset)


@router.delete("/{asset_id}", status_code=202)
def delete_asset(request: Request, app: AppState, who: Writes, asset_id: str) -> DeletionReport:
    """Remove the asset with everything of it; the report says what went."""
    report = app.library.delete(AssetId(asset_id), caller_of(request, who))
    return DeletionReport.model_validate(report, from_attributes=True)


@router.get("/{asset_id}/deletion")
def preview_deletion(app: AppState, _: Writes, asset_id: str) -> DeletionPreviewBody:
    """What a deletion would remove now, counted; nothing changes."""
    return DeletionPreviewBody.model_validate(app.library.preview_deletion(AssetId(asset_id)), from_attributes=True)


@router.get("/{asset_id}/remains")
def find_remains(app: AppState, _: Writes, asset_id: str) -> RemainsBody:
    """What is left of a deleted asset: objects, old versions, unfinished uploads, catalog, records, counters."""
    return RemainsBody.model_validate(app.remains.look(AssetId(asset_id)), from_attributes=True)


@router.get("/{asset_id}/versions")
def list_versions(app: AppState, _: Writes, asset_id: str) -> VersionList:
    """What is published of the asset, and what was and is kept while somebody may still watch it."""
    return version_list(app.library.get(AssetId(asset_id)), app.limits().keep_superseded_seconds)


@router.post("/{asset_id}/ingest", status_code=202, response_model=AssetBody)
def ingest_again(
    request: Request,
    app: AppState,
    who: Writes,
    base: BaseUrl,
    asset_id: str,
    body: NewIngest | None = None,
    key: IdempotencyKey = None,
) -> Response:
    """A new run over the same source; the published version serves until the new one is there. No body is needed."""

    def act() -> AssetBody:
        app.library.ingest_again(AssetId(asset_id), None if body is None else body.codecs)
        return render(app, base, app.library.get(AssetId(asset_id)))

    return once(request, who, key, body, 202, act)


@router.post("/{asset_id}/ingest/pause", status_code=202)
def pause_ingest(app: AppState, _: Writes, base: BaseUrl, asset_id: str) -> AssetBody:
    """Stop working on the asset's run until it is resumed; what is finished of it stays. 409 `run_over` when none is
    under way.
    """
    app.runs.pause(AssetId(asset_id))
    return render(app, base, app.library.get(AssetId(asset_id)))


@router.post("/{asset_id}/ingest/resume", status_code=202)
def resume_ingest(app: AppState, _: Writes, base: BaseUrl, asset_id: str) -> AssetBody:
    """Go on with a paused run at its first unfinished chunk. 409 `run_over` when none is under way."""
    app.runs.resume(AssetId(asset_id))
    return render(app, base, app.library.get(AssetId(asset_id)))


@router.post("/{asset_id}/ingest/cancel", status_code=202)
def cancel_ingest(app: AppState, _: Writes, base: BaseUrl, asset_id: str) -> AssetBody:
    """End the asset's run: its work goes, the source stays, and a whole version published before keeps serving.

    Without one the asset is `failed` with `run_cancelled`. 409 `run_over` when no run is under way.
    """
    app.runs.cancel(AssetId(asset_id))
    return render(app, base, app.library.get(AssetId(asset_id)))


@router.put(
    "/{asset_id}/captions/{language}",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/vtt": {"schema": {"type": "string"}},
                "application/x-subrip": {"schema": {"type": "string"}},
            },
        }
    },
)
async def put_caption(
    request: Request, app: AppState, _: Writes, base: BaseUrl, asset_id: str, language: str
) -> AssetBody:
    """Add or replace a caption track: WebVTT or SRT in, WebVTT out; the language is a BCP 47 tag."""
    text = await limited(request, MAX_CAPTION_BYTES, "captions are smaller")
    asset = await run_in_threadpool(app.library.put_caption, AssetId(asset_id), language, text)
    return await run_in_threadpool(render, app, base, asset)


@router.get("/{asset_id}/captions/{language}", response_class=Response, responses={200: {"content": {"text/vtt": {}}}})
def get_caption(app: AppState, _: Reads, asset_id: str, language: str) -> Response:
    """A caption track as WebVTT, to edit or to keep."""
    text = app.library.caption_text(AssetId(asset_id), language)
    return Response(text, media_type="text/vtt; charset=utf-8", headers={"Cache-Control": "no-store"})


@router.delete("/{asset_id}/captions/{language}", status_code=204)
def delete_caption(app: AppState, _: Writes, asset_id: str, language: str) -> None:
    """Take a caption track away."""
    app.library.delete_caption(AssetId(asset_id), language)


def render(app: App, base: str, asset: Asset) -> AssetBody:
    """The API's view of `asset`, with its progress and a short-lived address of its poster."""
    path = app.sessions.picture_path(asset, f"{asset.version}/{POSTER}") if asset.has_poster else None
    return asset_body(asset, app.runs.report(asset), None if path is None else base + path)


def etag(asset: Asset) -> str:
    """The asset's validator."""
    return f'"r{asset.revision}"'


def _revision(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    match = REVISION.match(if_match)
    if match is None:
        raise MatineeError(ErrorCode.ASSET_CHANGED, "'If-Match' is not an ETag of this asset; read it and repeat.")
    return int(match.group(1))


async def limited(request: Request, limit: int, advice: str) -> bytes:
    """The whole body. Raises `body_too_large`, with `advice`, as soon as it is over `limit`."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise MatineeError(ErrorCode.BODY_TOO_LARGE, f"The file is over {limit} bytes; {advice}.")
    return bytes(body)
