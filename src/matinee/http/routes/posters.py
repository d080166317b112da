"""The pictures that stand for an asset. Parse, call, render."""

from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from matinee.domain.ids import AssetId
from matinee.domain.jpeg import MAX_PICTURE_BYTES
from matinee.domain.pictures import candidate_name
from matinee.http.auth import Reads, Writes
from matinee.http.routes.assets import limited, render
from matinee.http.schemas import AssetBody, PosterCandidates
from matinee.http.state import AppState, BaseUrl
from matinee.http.strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, prefix="/v1/assets", tags=["assets"])


@router.get("/{asset_id}/posters")
def list_posters(app: AppState, _: Reads, base: BaseUrl, asset_id: str) -> PosterCandidates:
    """Pictures of the published film that may become its poster, with short-lived addresses; none of a sound."""
    asset, pictures = app.library.get(AssetId(asset_id)), app.library.posters(AssetId(asset_id))
    made = [
        asdict(one) | {"url": base + path}
        for one in pictures.candidates
        if (path := app.sessions.picture_path(asset, f"m/{asset.media_run}/{candidate_name(one.number)}")) is not None
    ]
    return PosterCandidates.model_validate({"items": made})


@router.put(
    "/{asset_id}/poster",
    openapi_extra={
        "requestBody": {"required": True, "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def put_poster(request: Request, app: AppState, _: Writes, base: BaseUrl, asset_id: str) -> AssetBody:
    """Take this JPEG as the poster, a frame of the film or any other picture: up to 2 MiB and 4,096 pixels a side.

    What it tells beside the picture (place, camera) is removed. `PATCH` with `"poster": "auto"` takes it back.
    """
    picture = await limited(request, MAX_PICTURE_BYTES, "a poster is smaller")
    asset = await run_in_threadpool(app.library.put_poster, AssetId(asset_id), picture)
    return await run_in_threadpool(render, app, base, asset)
