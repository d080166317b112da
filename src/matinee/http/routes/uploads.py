"""`/v1/uploads`: sources on their way in. Parse, call, render."""

from typing import Annotated
from urllib.parse import urljoin

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from matinee.domain.ids import UploadId
from matinee.domain.upload import Part, Upload
from matinee.http.auth import Writes
from matinee.http.idempotency import IdempotencyKey, once
from matinee.http.state import AppState, BaseUrl
from matinee.http.strict_json import StrictRoute
from matinee.http.upload_schemas import HeldPart, NewUpload, PartLink, PartLinks, PartWishes, UploadBody
from matinee.services.uploads import NewSource

router = APIRouter(route_class=StrictRoute, prefix="/v1/uploads", tags=["uploads"])


@router.post("", status_code=201, response_model=UploadBody)
def begin_upload(request: Request, app: AppState, who: Writes, body: NewUpload, key: IdempotencyKey = None) -> Response:
    """Announce a file: an asset in `uploading`, and an upload to send its parts to."""

    def act() -> UploadBody:
        upload = app.uploads.begin(NewSource(**body.model_dump()))
        return upload_body(upload, ())

    return once(request, who, key, body, 201, act)


@router.post("/{upload_id}/parts")
def link_parts(app: AppState, _: Writes, base: BaseUrl, upload_id: str, body: PartWishes) -> PartLinks:
    """Links to PUT parts to, with exactly the given headers; each takes the bytes of its sum and no others. Asking
    again signs anew.
    """
    links = app.uploads.links(UploadId(upload_id), [(part.number, part.sha256) for part in body.parts])
    return PartLinks(
        parts=[
            PartLink(
                number=link.number,
                url=urljoin(base, link.request.url),
                headers=dict(link.request.headers),
                expires_at=link.request.expires_at,
            )
            for link in links
        ]
    )


@router.get("/{upload_id}")
def get_upload(app: AppState, _: Writes, upload_id: str) -> UploadBody:
    """The upload with the parts the store holds: what a resuming client asks first."""
    return upload_body(*app.uploads.get(UploadId(upload_id)))


@router.post("/{upload_id}/complete")
def complete_upload(
    app: AppState, _: Writes, upload_id: str, body: Annotated[dict[str, object] | None, Body()] = None
) -> UploadBody:
    """All parts are sent: join them and start the run. Twice is once; no body is needed."""
    del body
    return upload_body(app.uploads.complete(UploadId(upload_id)), ())


@router.delete("/{upload_id}", status_code=204)
def abort_upload(app: AppState, _: Writes, upload_id: str) -> None:
    """Give the upload up; its parts go."""
    app.uploads.abort(UploadId(upload_id))


def upload_body(upload: Upload, parts: tuple[Part, ...]) -> UploadBody:
    """The API's view of an upload."""
    return UploadBody(
        id=upload.id,
        asset_id=upload.asset_id,
        filename=upload.filename,
        size_bytes=upload.size_bytes,
        state=upload.state,
        part_size_bytes=upload.part_size_bytes,
        part_count=upload.part_count,
        parts=[HeldPart(number=part.number, size_bytes=part.size_bytes, etag=part.etag) for part in parts],
        expires_at=upload.expires_at,
    )
