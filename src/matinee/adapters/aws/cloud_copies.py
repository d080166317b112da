"""Copies of objects on AWS: old versions and unfinished uploads in S3, and CloudFront's caches.

`ports.copies` is what it promises. Old versions stay for `noncurrent_days`, so that a mistake can be undone, and go by
the bucket's lifecycle then (within a day more: S3 User Guide, "Lifecycle rules: based on an object's age"); with
`purge` they go at once. For whoever runs it: s3:ListBucketVersions and s3:ListBucketMultipartUploads on the bucket,
s3:AbortMultipartUpload and (with `purge`) s3:DeleteObjectVersion on its objects, cloudfront:CreateInvalidation.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from matinee.adapters.aws.errors import NO_SUCH_UPLOAD, aws_errors, code_of
from matinee.adapters.aws.s3_versions import Version, store_errors, versions
from matinee.domain.ids import AssetId
from matinee.errors import ErrorCode
from matinee.ports.copies import Copy, CopyKind

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long old versions stay: `noncurrent_days`, or with `purge` not at all."""

    noncurrent_days: int
    purge: bool


class CloudCopies:
    """Implements the `Copies` port for `bucket` behind the distribution of that id."""

    def __init__(
        self, s3: "S3Client", bucket: str, cloudfront: "CloudFrontClient", distribution_id: str, keeping: Keeping
    ) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._cloudfront = cloudfront
        self._distribution_id = distribution_id
        self._keeping = keeping

    def of(self, prefix: str) -> Iterator[Copy]:
        """Old versions, and uploads nobody finished; of those S3 does not tell what they hold without asking each."""
        stay = None if self._keeping.purge else timedelta(days=self._keeping.noncurrent_days + 1)
        for old in self._old(prefix):
            gone_by = None if stay is None or old.old_since is None else old.old_since + stay
            yield Copy(kind=CopyKind.OLD_VERSION, key=old.key, size_bytes=old.size_bytes, gone_by=gone_by)
        for key, _ in self._unfinished(prefix):
            yield Copy(kind=CopyKind.UNFINISHED, key=key)

    def drop(self, prefix: str) -> int:
        """Unfinished uploads, and with `purge` old versions."""
        unfinished = list(self._unfinished(prefix))
        for key, upload_id in unfinished:
            self._abort(key, upload_id)
        return len(unfinished) + self._purged(self._old(prefix))

    def drop_versions(self, key: str) -> int:
        """With `purge` those of `key`, and of no other that begins so."""
        return self._purged(old for old in self._old(key) if old.key == key)

    def forget_cached(self, asset_id: AssetId) -> bool:
        """An invalidation named after the asset: asked for twice, CloudFront answers with the first.

        The gate takes the token out of the path before the cache key is made, so one path covers everybody's.
        """
        with aws_errors(f"invalidating {asset_id}", otherwise=ErrorCode.EDGE_UNAVAILABLE):
            self._cloudfront.create_invalidation(
                DistributionId=self._distribution_id,
                InvalidationBatch={
                    "Paths": {"Quantity": 1, "Items": [f"/{asset_id}/*"]},
                    "CallerReference": f"deleted-{asset_id}",
                },
            )
        return True

    def _old(self, prefix: str) -> Iterator[Version]:
        return (each for each in versions(self._s3, self._bucket, prefix) if each.old_since is not None)

    def _unfinished(self, prefix: str) -> Iterator[tuple[str, str]]:
        pages = self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=prefix)
        with store_errors(f"listing uploads below {prefix}"):
            for page in pages:
                for found in page.get("Uploads", []):
                    if found["Key"].startswith(prefix):  # the emulator lists them all
                        yield found["Key"], found["UploadId"]

    def _abort(self, key: str, upload_id: str) -> None:
        with store_errors(f"dropping an upload of {key}"):
            try:
                self._s3.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload_id)
            except ClientError as error:
                if code_of(error) != NO_SUCH_UPLOAD:
                    raise

    def _purged(self, found: Iterable[Version]) -> int:
        """How many went; nothing is listed where old versions are kept."""
        some = list(found) if self._keeping.purge else []
        for old in some:
            with store_errors(f"dropping a version of {old.key}"):
                self._s3.delete_object(Bucket=self._bucket, Key=old.key, VersionId=old.id)
        return len(some)
