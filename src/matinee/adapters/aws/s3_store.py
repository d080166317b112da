"""The object store in an S3 bucket. It must not know HTTP, DynamoDB or what its objects mean.

For whoever runs it: the role needs s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and
s3:ListMultipartUploadParts on the bucket's objects and s3:ListBucket on the bucket (without it S3 answers 403, not
404, for what is not there). The bucket wants the default encryption, a lifecycle rule that ends multipart uploads
nobody completed, and for browsers CORS with `PUT` and `GET`, the headers of a part link, and `ETag` exposed.

What S3 does otherwise than a folder:
* A link is for one method: a GET link does not answer HEAD (SigV4 signs the method).
* Links die with the credentials that signed them, which for a role is hours, whatever their own time says; they are
  made when they are asked for, never stored. None lives over seven days.
* A type nobody gave is `binary/octet-stream`, which tells nothing: the key's ending tells then.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkstemp
from typing import TYPE_CHECKING, TypedDict
from urllib.parse import parse_qs, urlsplit

from boto3.s3.transfer import TransferConfig

from matinee.adapters.aws.errors import aws_errors
from matinee.adapters.aws.s3_parts import S3Parts
from matinee.adapters.key_cursor import key_cursor, read_key_cursor
from matinee.adapters.local.durable import storage_errors
from matinee.domain.content_types import content_type_of
from matinee.domain.object_keys import check_key
from matinee.domain.upload import MIB, Part
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import ObjectInfo, ObjectPage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

MAX_PAGE = 1000
MAX_LINK_SECONDS = 7 * 86_400  # S3 refuses X-Amz-Expires over a week (API Reference, "Authenticating requests: query")
UNTYPED = "binary/octet-stream"
TELLS_NOTHING = frozenset({UNTYPED, "application/octet-stream"})
# Up to 64 MiB in one request; over it 16 MiB parts, four at once: what a worker's network fills and its memory bears.
SEND = TransferConfig(multipart_threshold=64 * MIB, multipart_chunksize=16 * MIB, max_concurrency=4)
# Within S3 nothing passes through us: the parts may be large. One request copies 5 GiB at most, and takes its time.
COPY = TransferConfig(multipart_threshold=256 * MIB, multipart_chunksize=256 * MIB, max_concurrency=8)


class _Sum(TypedDict, total=False):
    ChecksumSHA256: str


class S3Store:
    """Implements the `ObjectStore` port in `bucket`; safe from many threads and processes.

    What a write tells of the object is asked of S3 after it, since PUT answers no time of change: one HEAD more.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket
        self._parts = S3Parts(client, bucket)

    @property
    def name(self) -> str:
        """The bucket's name."""
        return self._bucket

    def put(self, key: str, data: bytes, *, content_type: str | None = None, sha256: str | None = None) -> ObjectInfo:
        """Write a small object whole, replacing what was there. With a sum, S3 checks it and keeps it."""
        check_key(key)
        summed: _Sum = {} if sha256 is None else {"ChecksumSHA256": sha256}
        with _errors(f"writing {key}"):
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=_type(key, content_type), **summed
            )
        return self.stat(key)

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """Upload the file at `path`, in parts when it is large, and remove it."""
        check_key(key)
        extra = {"ContentType": _type(key, content_type)}
        with storage_errors(f"writing {key}"):
            with path.open("rb") as file, _errors(f"writing {key}"):
                self._client.upload_fileobj(file, self._bucket, key, ExtraArgs=extra, Config=SEND)
            path.unlink()
        return self.stat(key)

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        """The bytes from `start`, at most `length` of them."""
        check_key(key)
        if start < 0 or (length is not None and length < 1):
            return self._get_nothing(key, start, length)
        end = "" if length is None else str(start + length - 1)
        try:
            with _errors(f"reading {key}"):
                return self._read(key, f"bytes={start}-{end}" if start or end else "")
        except MatineeError as error:
            if error.code is ErrorCode.RANGE_NOT_SATISFIABLE and self.stat(key).size_bytes == 0:
                return b""  # S3 has no satisfiable range in an empty object (RFC 9110, 14.1.2)
            raise

    def stat(self, key: str) -> ObjectInfo:
        """What is known of the object. Raises `object_not_found`."""
        check_key(key)
        with _errors(f"reading {key}"):
            found = self._client.head_object(Bucket=self._bucket, Key=key)
        kept = found.get("ContentType", UNTYPED)
        return ObjectInfo(
            key=key,
            size_bytes=found["ContentLength"],
            etag=found["ETag"].strip('"'),
            modified_at=found["LastModified"].astimezone(UTC),
            content_type=content_type_of(key) if kept in TELLS_NOTHING else kept,
        )

    def list(self, prefix: str, *, limit: int = MAX_PAGE, cursor: str | None = None) -> ObjectPage:
        """Objects whose keys begin with `prefix`, in byte order. A cursor of another prefix: `field_invalid`."""
        if not 1 <= limit <= MAX_PAGE:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'limit' is {limit}; it takes 1 to {MAX_PAGE}.")
        after = read_key_cursor(cursor, prefix) if cursor is not None else ""
        items: tuple[ObjectInfo, ...] = ()
        more = True
        while more and len(items) < limit:  # a page may hold fewer than asked for, and still not be the last
            with _errors(f"listing {prefix}"):
                page = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=prefix, StartAfter=after, MaxKeys=limit - len(items)
                )
            items += tuple(_infos(page))
            more = page["IsTruncated"]
            after = items[-1].key if items else after
        return ObjectPage(items=items, next_cursor=key_cursor(items[-1].key) if more else None)

    def delete(self, key: str) -> None:
        """Remove the object; S3 says nothing of what was not there. In a versioned bucket lifecycle ends the rest."""
        check_key(key)
        with _errors(f"deleting {key}"):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def copy(self, source: str, target: str) -> ObjectInfo:
        """`target` holds what `source` holds, its content type included; no byte comes here."""
        check_key(target)
        found = self.stat(source)
        if source == target:  # S3 would move every byte for nothing
            return found
        extra = {"ContentType": found.content_type or UNTYPED, "MetadataDirective": "REPLACE"}
        origin = {"Bucket": self._bucket, "Key": source}
        with _errors(f"copying {source} to {target}"):
            self._client.copy(origin, self._bucket, target, ExtraArgs=extra, Config=COPY)  # type: ignore[arg-type] # a version id is optional
        return self.stat(target)

    @contextmanager
    def as_local_file(self, key: str, folder: Path) -> Iterator[Path]:
        """A copy below `folder` while the context lasts, with the key's ending."""
        self.stat(key)  # a missing object is told before anything is made
        with storage_errors(f"reading {key}"):
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = mkstemp(dir=folder, suffix=Path(key).suffix[:20])
        try:
            with storage_errors(f"reading {key}"), os.fdopen(handle, "wb") as file, _errors(f"reading {key}"):
                self._client.download_fileobj(self._bucket, key, file, Config=SEND)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def own_file(self, key: str) -> None:
        """None: S3 keeps no file. Raises `object_not_found`."""
        self.stat(key)

    def link_get(self, key: str, *, ttl_seconds: int) -> SignedRequest:
        """A link that GETs the object, of seven days at most."""
        self.stat(key)
        with _errors(f"signing a link to {key}"):
            url = self._client.generate_presigned_url(
                "get_object",
                Params={"Bucket": self._bucket, "Key": key},
                ExpiresIn=min(ttl_seconds, MAX_LINK_SECONDS),
            )
        return SignedRequest(method="GET", url=url, headers={}, expires_at=expiry_of(url))

    def begin_multipart(self, key: str, *, content_type: str | None = None) -> str:
        """A handle for an object that arrives in parts."""
        check_key(key)
        return self._parts.begin(key, _type(key, content_type))

    def link_part(
        self,
        key: str,
        multipart_id: str,
        number: int,
        *,
        size_bytes: int,
        ttl_seconds: int,
        sha256: str,
    ) -> SignedRequest:
        """A link that PUTs the part; size and sum are signed. Made without asking S3 whether the upload still runs."""
        check_key(key)
        url, headers = self._parts.link(
            key, multipart_id, number, size_bytes, sha256, min(ttl_seconds, MAX_LINK_SECONDS)
        )
        return SignedRequest(method="PUT", url=url, headers=headers, expires_at=expiry_of(url))

    def put_part(self, key: str, multipart_id: str, number: int, data: bytes, *, sha256: str) -> Part:
        """Part `number` from this process."""
        check_key(key)
        return self._parts.put(key, multipart_id, number, data, sha256)

    def list_parts(self, key: str, multipart_id: str) -> tuple[Part, ...]:
        """The parts held, by number."""
        return self._parts.held(key, multipart_id)

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[Part]) -> ObjectInfo:
        """Join `parts` in order into the object; S3 drops those not named."""
        self._parts.complete(key, multipart_id, parts)
        return self.stat(key)

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Drop the parts; nothing to drop is no error."""
        self._parts.abort(key, multipart_id)

    def _read(self, key: str, asked: str) -> bytes:
        if asked:
            return self._client.get_object(Bucket=self._bucket, Key=key, Range=asked)["Body"].read()
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()

    def _get_nothing(self, key: str, start: int, length: int | None) -> bytes:
        """No Range header says "no bytes": what is refused elsewhere is refused here too, by the size."""
        size = self.stat(key).size_bytes
        if start < 0 or (length or 0) < 0 or start >= size > 0:
            sentence = f"{key} has {size} bytes; bytes from {start} on do not exist."
            raise MatineeError(ErrorCode.RANGE_NOT_SATISFIABLE, sentence)
        return b""


def expiry_of(url: str) -> datetime:
    """When a SigV4 link ends, by its own words: its date is cut to the second, so a clock of ours would be later."""
    query = parse_qs(urlsplit(url).query)
    signed_at = datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return signed_at + timedelta(seconds=int(query["X-Amz-Expires"][0]))


def _errors(doing: str) -> AbstractContextManager[None]:
    return aws_errors(doing, otherwise=ErrorCode.STORE_UNAVAILABLE)


def _type(key: str, content_type: str | None) -> str:
    return content_type or content_type_of(key) or UNTYPED


def _infos(page: "ListObjectsV2OutputTypeDef") -> Iterator[ObjectInfo]:
    """A listing tells no types; the key's ending does."""
    for item in page.get("Contents", []):
        yield ObjectInfo(
            key=item["Key"],
            size_bytes=item["Size"],
            etag=item["ETag"].strip('"'),
            modified_at=item["LastModified"].astimezone(UTC),
            content_type=content_type_of(item["Key"]),
        )
