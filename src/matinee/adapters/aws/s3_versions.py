"""What a versioned bucket lists of versions, the newest told from the old. It must not remove anything.

For whoever runs it: s3:ListBucketVersions on the bucket.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from matinee.adapters.aws.errors import aws_errors
from matinee.errors import ErrorCode

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of an object; `old_since` is when the next one, or its deletion, came, None of the newest."""

    key: str
    id: str
    size_bytes: int
    old_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    key: str
    id: str
    size_bytes: int | None  # None of a delete marker
    at: datetime
    newest: bool


def versions(s3: "S3Client", bucket: str, prefix: str) -> Iterator[Version]:
    """Those of what lies or lay below `prefix`, by key backwards, the newest first. Raises `store_unavailable`."""
    newer: _Listed | None = None
    everything = sorted(_listed(s3, bucket, prefix), key=lambda each: (each.key, each.newest, each.at), reverse=True)
    for each in everything:
        since = newer.at if newer is not None and newer.key == each.key else each.at
        newer = each
        if each.size_bytes is not None:
            old_since = None if each.newest else since
            yield Version(key=each.key, id=each.id, size_bytes=each.size_bytes, old_since=old_since)


def store_errors(doing: str) -> AbstractContextManager[None]:
    """What S3 says, as `store_unavailable`."""
    return aws_errors(doing, otherwise=ErrorCode.STORE_UNAVAILABLE)


def _listed(s3: "S3Client", bucket: str, prefix: str) -> Iterator[_Listed]:
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    with store_errors(f"listing versions below {prefix}"):
        for page in pages:
            for found in page.get("Versions", []):
                yield _Listed(
                    key=found["Key"],
                    id=found["VersionId"],
                    size_bytes=found["Size"],
                    at=found["LastModified"].astimezone(UTC),
                    newest=found["IsLatest"],
                )
            for marker in page.get("DeleteMarkers", []):
                yield _Listed(
                    key=marker["Key"],
                    id=marker["VersionId"],
                    size_bytes=None,
                    at=marker["LastModified"].astimezone(UTC),
                    newest=marker["IsLatest"],
                )
