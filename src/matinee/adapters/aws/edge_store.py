"""CloudFront's KeyValueStore, written so that no writer loses another's entry. It must not know what they say.

Every write names the store's ETag as it was when the writer looked; whoever comes second is refused (409), looks again
and decides anew. An entry reaches the edges within seconds. For whoever runs it: DescribeKeyValueStore, GetKey and
PutKey, for a sweep ListKeys and UpdateKeys too, on the one store; requests are signed with SigV4A, hence awscrt.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from matinee.adapters.aws.errors import aws_errors, code_of
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy

if TYPE_CHECKING:
    from mypy_boto3_cloudfront_keyvaluestore import CloudFrontKeyValueStoreClient

MAX_STORE_BYTES = 5 * 1024 * 1024  # CloudFront quotas: "Maximum size of a key value store", keys and values together
MAX_BATCH = 50  # the same: keys in one UpdateKeys, and in one answer of ListKeys
CONFLICT = "ConflictException"
FULL = "ServiceQuotaExceededException"
MISSING = "ResourceNotFoundException"
TRIES = 60  # each lost one was another writer's success; nobody has so many writers at once
PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Seen:
    """The store as a writer saw it."""

    etag: str
    size_bytes: int


class EdgeStore:
    """One KeyValueStore."""

    def __init__(self, client: "CloudFrontKeyValueStoreClient", arn: str, entropy: Entropy) -> None:
        self._client = client
        self._arn = arn
        self._entropy = entropy

    def get(self, key: str) -> str | None:
        """The entry's value as last written; an edge may still have the one before."""
        with _errors("reading an entry of the gate"):
            try:
                return self._client.get_key(KvsARN=self._arn, Key=key)["Value"]
            except ClientError as error:
                if code_of(error) != MISSING:
                    raise
                self._look()  # the same code says that there is no store
                return None

    def put(self, key: str, value_of: Callable[[], str | None], *, spare_bytes: int = 0) -> None:
        """Write the entry: `value_of()`, asked anew after each look at the store, so that nothing newer is lost.

        None writes nothing. Raises `store_full` when less than `spare_bytes` would be left, and `edge_unavailable`.
        """

        def write(seen: Seen) -> None:
            value = value_of()
            if value is None:
                return
            if seen.size_bytes + len(key) + len(value) + spare_bytes > MAX_STORE_BYTES:
                raise _full()
            self._client.put_key(KvsARN=self._arn, Key=key, Value=value, IfMatch=seen.etag)

        self._write(write)

    def sweep(self, ended: Callable[[str, str], bool]) -> int:
        """Remove each entry for which `ended(key, value)`; how many went."""
        dropped: list[str] = []

        def write(seen: Seen) -> None:
            doomed = [key for key, value in self._entries() if ended(key, value)]
            etag = seen.etag
            for start in range(0, len(doomed), MAX_BATCH):
                batch = doomed[start : start + MAX_BATCH]
                deletes = [{"Key": key} for key in batch]
                etag = self._client.update_keys(KvsARN=self._arn, IfMatch=etag, Deletes=deletes)["ETag"]  # type: ignore[arg-type] # plain dicts are what it takes
                dropped.extend(batch)

        self._write(write)
        return len(dropped)

    def _entries(self) -> Iterator[tuple[str, str]]:
        page = self._client.list_keys(KvsARN=self._arn, MaxResults=MAX_BATCH)
        while True:
            yield from ((item["Key"], item["Value"]) for item in page["Items"])
            token = page.get("NextToken")
            if not token:
                return
            page = self._client.list_keys(KvsARN=self._arn, MaxResults=MAX_BATCH, NextToken=token)

    def _write(self, write: Callable[[Seen], None]) -> None:
        for turn in range(TRIES):
            with _errors("writing an entry of the gate"):
                try:
                    return write(self._look())
                except ClientError as error:
                    if code_of(error) == FULL:
                        raise _full() from error
                    if code_of(error) != CONFLICT:
                        raise
            bound = min(LONGEST_PAUSE_SECONDS, PAUSE_SECONDS * 2**turn)
            time.sleep(bound * self._entropy.token_bytes(1)[0] / 255)  # apart, or the same two meet again
        sentence = f"The gate's store was changed by others {TRIES} times in a row; try again in a moment."
        raise MatineeError(ErrorCode.EDGE_UNAVAILABLE, sentence)

    def _look(self) -> Seen:
        found = self._client.describe_key_value_store(KvsARN=self._arn)
        return Seen(found["ETag"], found["TotalSizeInBytes"])


def _errors(doing: str) -> AbstractContextManager[None]:
    return aws_errors(doing, otherwise=ErrorCode.EDGE_UNAVAILABLE)


def _full() -> MatineeError:
    sentence = (
        "CloudFront's KeyValueStore holds all it can (5 MB); entries of sessions that ended go within the hour. "
        "If that is too late, end every session at once with a new key: matinee keys rotate --leaked"
    )
    return MatineeError(ErrorCode.STORE_FULL, sentence)
