"""The copy of the streams that S3 makes in a second Region, looked at and never changed.

`ports.copies.Replica` is what it promises. S3 carries every deletion over within minutes; what it leaves as old
versions goes by that bucket's lifecycle, `noncurrent_days` (and a day at most) after, since S3 carries over no deletion
of a version (S3 User Guide, "What does Amazon S3 replicate?"). For whoever runs it: s3:ListBucketVersions on the copy.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from matinee.adapters.aws.s3_versions import versions
from matinee.ports.copies import Copy, CopyKind

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Replica:
    """Implements the `Replica` port for `bucket`, which lies in `region`; `s3` asks there."""

    def __init__(self, s3: "S3Client", bucket: str, region: str, noncurrent_days: int) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._stay = timedelta(days=noncurrent_days + 1)
        self.name = f"the copy in {region}"

    def of(self, prefix: str) -> Iterator[Copy]:
        """The objects it still has, and old versions with the time they go."""
        for each in versions(self._s3, self._bucket, prefix):
            kind = CopyKind.REPLICA if each.old_since is None else CopyKind.REPLICA_VERSION
            gone_by = None if each.old_since is None else each.old_since + self._stay
            yield Copy(kind=kind, key=each.key, size_bytes=each.size_bytes, gone_by=gone_by)
