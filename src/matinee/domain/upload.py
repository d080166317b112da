"""An upload: one source on its way in, in parts. It must not know how parts travel.

    open ──▶ completed        every part is there and joined
      ├────▶ aborted          given up by the publisher
      └────▶ expired          given up by time; its parts are swept

Part sizes follow S3 (User Guide, "Amazon S3 multipart upload limits"): 5 MiB at least but for the last, 10,000 at most.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from matinee.domain.ids import AssetId, UploadId
from matinee.errors import ErrorCode, MatineeError

MIB = 1024 * 1024
DEFAULT_PART_SIZE = 8 * MIB
MAX_PARTS = 10_000
MAX_SIZE_BYTES = 5 * 1024 * 1024 * MIB  # 5 TiB, S3's largest object
MAX_FILENAME = 255
SHA256 = re.compile(r"[A-Za-z0-9+/]{43}=\Z", re.ASCII)


class UploadState(StrEnum):
    """Where an upload stands."""

    OPEN = "open"
    COMPLETED = "completed"
    ABORTED = "aborted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part the store holds. `etag` is the store's own and opaque."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One source on its way in: `multipart_id` is the store's handle, `sha256` (hex) what the publisher announced."""

    id: UploadId
    asset_id: AssetId
    filename: str
    size_bytes: int
    part_size_bytes: int
    key: str
    multipart_id: str
    state: UploadState
    created_at: datetime
    expires_at: datetime
    content_type: str | None = None
    sha256: str | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        """An upload is built valid or not at all."""
        check_size(self.size_bytes)

    @property
    def part_count(self) -> int:
        """How many parts make the whole."""
        return -(-self.size_bytes // self.part_size_bytes)

    def part_size(self, number: int) -> int:
        """The exact size of part `number` (from 1). Raises `part_invalid` for a number outside."""
        if not 1 <= number <= self.part_count:
            sentence = f"Part {number} does not exist; {self.id} has parts 1 to {self.part_count}."
            raise MatineeError(ErrorCode.PART_INVALID, sentence)
        return min(self.part_size_bytes, self.size_bytes - (number - 1) * self.part_size_bytes)

    def missing(self, held: tuple[Part, ...]) -> tuple[int, ...]:
        """The numbers still to come, in order: not held, or held with another size."""
        sizes = {part.number: part.size_bytes for part in held}
        wanted = range(1, self.part_count + 1)
        return tuple(number for number in wanted if sizes.get(number) != self.part_size(number))

    def moved(self, to: UploadState) -> Self:
        """The upload in its final state. Raises `upload_state` from any state but open."""
        if self.state is not UploadState.OPEN:
            sentence = f"{self.id} is {self.state} and cannot become {to}; begin a new upload."
            raise MatineeError(ErrorCode.UPLOAD_STATE, sentence)
        return replace(self, state=to)


def check_size(size_bytes: int) -> int:
    """`size_bytes` when it can be uploaded. Raises `source_empty` for none, `field_invalid` over 5 TiB."""
    if size_bytes == 0:
        raise MatineeError(ErrorCode.SOURCE_EMPTY, "The file has 0 bytes; choose the file again or export it anew.")
    if size_bytes < 0 or size_bytes > MAX_SIZE_BYTES:
        sentence = f"'size_bytes' is {size_bytes}; it takes 1 to {MAX_SIZE_BYTES} (5 TiB)."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    return size_bytes


def check_part(number: int, size_bytes: int, sha256: str) -> None:
    """Raises `part_invalid` for a number, size or sum (base64) no part can have."""
    if not 1 <= number <= MAX_PARTS or size_bytes < 1:
        sentence = f"Part {number} of {size_bytes} bytes cannot be; numbers go from 1 to 10,000."
        raise MatineeError(ErrorCode.PART_INVALID, sentence)
    if not SHA256.match(sha256):
        sentence = f"The sha256 of part {number} takes base64 of 32 bytes, 44 characters."
        raise MatineeError(ErrorCode.PART_INVALID, sentence)


def sum_of(data: bytes) -> str:
    """The SHA-256 of `data` as parts and objects are sent with it: base64, 44 characters."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")


def check_sum(key: str, data: bytes, sha256: str) -> None:
    """Raises `checksum_mismatch` when `data` has another SHA-256."""
    if sum_of(data) != sha256:
        raise MatineeError(ErrorCode.CHECKSUM_MISMATCH, f"{key} came with other bytes than announced; send it again.")


def choose_part_size(size_bytes: int) -> int:
    """8 MiB, or as many whole MiB as keep the film within 10,000 parts."""
    smallest = -(-size_bytes // MAX_PARTS)
    return max(DEFAULT_PART_SIZE, -(-smallest // MIB) * MIB)
