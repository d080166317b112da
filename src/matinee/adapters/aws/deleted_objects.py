"""What a versioned bucket still holds of deleted objects, brought back. It must not know assets.

A delete without a version id puts a marker over the object; taking the marker away is bringing the object back (S3 User
Guide, "Working with delete markers"). For whoever calls it: s3:ListBucketVersions, and s3:DeleteObjectVersion, which no
function of a deployment has.
"""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from matinee.adapters.aws.errors import aws_errors
from matinee.errors import ErrorCode, MatineeError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

AT_ONCE = 1000  # keys in one DeleteObjects


class DeletedObjects:
    """Those of `bucket`."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def bring_back(self, prefix: str) -> int:
        """Every object below `prefix` that was deleted and is still kept is there again; how many. Twice is once."""
        markers: list[ObjectIdentifierTypeDef] = []
        with _errors(f"looking for what was deleted below {prefix}"):
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix):
                found = [marker for marker in page.get("DeleteMarkers", []) if marker["IsLatest"]]
                markers += [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        for start in range(0, len(markers), AT_ONCE):
            some = markers[start : start + AT_ONCE]
            with _errors(f"bringing back what was deleted below {prefix}"):
                failed = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": some, "Quiet": True})
            if errors := failed.get("Errors"):
                sentence = f"S3 brought back all but {len(errors)} objects below {prefix} ({errors[0].get('Code')})."
                raise MatineeError(ErrorCode.STORE_UNAVAILABLE, f"{sentence} Run it again.")
        return len(markers)


def _errors(doing: str) -> AbstractContextManager[None]:
    return aws_errors(doing, otherwise=ErrorCode.STORE_UNAVAILABLE)
