"""Uploads in parts, sent straight to S3 by whoever holds a link. It must not know what the parts make.

An upload is begun with sums, so S3 refuses a part that has none ("expected checksum Type: sha256, actual: null"). A
link signs `content-length` and `x-amz-checksum-sha256`: S3 takes these bytes and no others. A sender may not add an
`x-amz-…` header that is not signed. ETags of parts are opaque (MD5 only without KMS).
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from matinee.adapters.aws.errors import NO_SUCH_UPLOAD, aws_errors, code_of
from matinee.domain.upload import Part, check_part
from matinee.errors import ErrorCode, MatineeError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef

# Before sums were required a second upload, for parts without, stood behind ':'; the bucket's lifecycle ends those.
HANDLE = re.compile(r"([A-Za-z0-9._-]{1,512})(?::[A-Za-z0-9._-]{1,512})?\Z", re.ASCII)
# Without a type of its own a browser would send one guessed from the file; S3 does not keep a part's.
PART_HEADERS: Mapping[str, str] = {"content-type": "application/octet-stream"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPart:
    """A part as S3 holds it, with its sum in base64."""

    part: Part
    sha256: str


class S3Parts:
    """The parts of `bucket`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def begin(self, key: str, content_type: str) -> str:
        """A handle; nothing is visible under `key` yet."""
        with _errors(f"beginning {key}"):
            begun = self._client.create_multipart_upload(
                Bucket=self._bucket, Key=key, ContentType=content_type, ChecksumAlgorithm="SHA256"
            )
        return begun["UploadId"]

    def link(
        self, key: str, handle: str, number: int, size_bytes: int, sha256: str, ttl_seconds: int
    ) -> tuple[str, Mapping[str, str]]:
        """The address of a part and the headers to send. Raises `part_invalid`, `upload_not_found`."""
        check_part(number, size_bytes, sha256)
        params = {
            "Bucket": self._bucket,
            "Key": key,
            "UploadId": _upload(handle),
            "PartNumber": number,
            "ContentLength": size_bytes,
            "ChecksumSHA256": sha256,
        }
        headers = {**PART_HEADERS, "x-amz-checksum-sha256": sha256}
        with _errors(f"signing a link to part {number}"):
            return self._client.generate_presigned_url("upload_part", Params=params, ExpiresIn=ttl_seconds), headers

    def put(self, key: str, handle: str, number: int, data: bytes, sha256: str) -> Part:
        """A part with its sum, which S3 checks. Raises `part_invalid`, `upload_not_found`, `checksum_mismatch`."""
        check_part(number, len(data), sha256)
        upload_id = _upload(handle)
        with _errors(f"sending part {number} of {key}"):
            answer = self._client.upload_part(
                Bucket=self._bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=data, ChecksumSHA256=sha256
            )
        return Part(number=number, size_bytes=len(data), etag=answer["ETag"].strip('"'))

    def held(self, key: str, handle: str) -> tuple[Part, ...]:
        """The parts held, by number. Raises `upload_not_found`."""
        return tuple(held.part for held in self._held(key, handle))

    def complete(self, key: str, handle: str, parts: Sequence[Part]) -> None:
        """Join `parts` into the object. Raises `upload_not_found`, `part_invalid`.

        Two that complete at once, or one that comes back after a crash, may find the upload gone: it is done then.
        """
        held = {each.part.number: each for each in self._held(key, handle)}
        if not parts or any(later.number <= earlier.number for earlier, later in pairwise(parts)):
            sentence = "The parts to join must be named in ascending order, at least one of them."
            raise MatineeError(ErrorCode.PART_INVALID, sentence)
        chosen = [_checked(part, held.get(part.number)) for part in parts]
        with _errors(f"joining {key}"):
            self._client.complete_multipart_upload(
                Bucket=self._bucket,
                Key=key,
                UploadId=_upload(handle),
                MultipartUpload={"Parts": [_named(each) for each in chosen]},
            )

    def abort(self, key: str, handle: str) -> None:
        """Drop the parts; what ended already is no error."""
        if HANDLE.match(handle) is None:
            return
        with _errors(f"dropping the parts of {key}"):
            try:
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=_upload(handle))
            except ClientError as error:
                if code_of(error) != NO_SUCH_UPLOAD:
                    raise

    def _held(self, key: str, handle: str) -> list[HeldPart]:
        """By number, as S3 lists them. Raises `upload_not_found`."""
        upload_id = _upload(handle)
        with _errors(f"listing the parts of {key}"):
            pages = self._client.get_paginator("list_parts").paginate(Bucket=self._bucket, Key=key, UploadId=upload_id)
            return [
                HeldPart(
                    part=Part(number=part["PartNumber"], size_bytes=part["Size"], etag=part["ETag"].strip('"')),
                    sha256=part["ChecksumSHA256"],
                )
                for page in pages
                for part in page.get("Parts", [])
            ]


def _upload(handle: str) -> str:
    match = HANDLE.match(handle)
    if match is None:
        sentence = f"There is no upload {handle[:40]!r} under way; it was completed, aborted, or never begun."
        raise MatineeError(ErrorCode.UPLOAD_NOT_FOUND, sentence)
    return match[1]


def _checked(part: Part, held: HeldPart | None) -> HeldPart:
    if held is None or held.part != part:
        sentence = f"Part {part.number} is not held with this etag; list the parts again and send what is missing."
        raise MatineeError(ErrorCode.PART_INVALID, sentence)
    return held


def _named(held: HeldPart) -> "CompletedPartTypeDef":
    """S3 wants every sum again when the upload was begun with sums."""
    return {"PartNumber": held.part.number, "ETag": f'"{held.part.etag}"', "ChecksumSHA256": held.sha256}


def _errors(doing: str) -> AbstractContextManager[None]:
    return aws_errors(doing, otherwise=ErrorCode.STORE_UNAVAILABLE)
