"""The bodies of uploads. It must not know how anything is done."""

from typing import Annotated

from pydantic import Field

from matinee.domain.asset import MAX_TITLE
from matinee.domain.upload import MAX_FILENAME, MAX_PARTS, MAX_SIZE_BYTES, UploadState
from matinee.http.schemas import Codecs, Incoming, Outgoing, Time

Sha256Hex = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the whole file, in hex")]
Sha256Base64 = Annotated[str, Field(pattern="^[A-Za-z0-9+/]{43}=$", description="SHA-256 of the part, in base64")]
PartNumber = Annotated[int, Field(ge=1, le=MAX_PARTS)]


class NewUpload(Incoming):
    """A file about to be uploaded."""

    filename: str = Field(min_length=1, max_length=MAX_FILENAME)
    size_bytes: int = Field(ge=0, le=MAX_SIZE_BYTES)
    content_type: str | None = Field(default=None, max_length=255)
    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE)
    sha256: Sha256Hex | None = None
    codecs: Codecs | None = Field(
        default=None,
        description="What its pictures are encoded in, H.264 always; without it: what the server is set to",
    )


class HeldPart(Outgoing):
    """A part the store holds."""

    number: int
    size_bytes: int
    etag: str


class UploadBody(Outgoing):
    """An upload and the parts that are there."""

    id: str
    asset_id: str
    filename: str
    size_bytes: int
    state: UploadState
    part_size_bytes: int
    part_count: int
    parts: list[HeldPart]
    expires_at: Time


class PartWish(Incoming):
    """A part to be sent, with the checksum of its bytes."""

    number: PartNumber
    sha256: Sha256Base64


class PartWishes(Incoming):
    """Parts to sign links for."""

    parts: list[PartWish] = Field(min_length=1, max_length=1000)


class PartLink(Outgoing):
    """Where one part goes: PUT exactly its bytes with exactly these headers."""

    number: int
    url: str
    headers: dict[str, str]
    expires_at: Time


class PartLinks(Outgoing):
    """Links for parts; asking again signs anew."""

    parts: list[PartLink]
