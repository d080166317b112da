"""What of an asset's objects lies where the store's listing does not show it. It must not know S3 or CloudFront.

Old versions of a versioned store, parts of uploads that nobody finished, what the CDN keeps near viewers. Obligations
of every adapter (`tests/contracts/copies.py`): `drop` leaves none of the copies under the prefix that are not said to
go by themselves, and touches no object that is listed; twice is once. Errors: `store_unavailable`, `edge_unavailable`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from matinee.domain.ids import AssetId


class CopyKind(StrEnum):
    """Where a copy lies. Stable: programs read it."""

    OLD_VERSION = "old_version"
    UNFINISHED = "unfinished_upload"
    REPLICA = "replica"
    REPLICA_VERSION = "replica_old_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One of them; `gone_by` is when it goes by itself at the latest, None when it does not."""

    kind: CopyKind
    key: str
    size_bytes: int = 0
    gone_by: datetime | None = None


class Copies(Protocol):
    """Copies, found and dropped."""

    def of(self, prefix: str) -> Iterator[Copy]:
        """Every copy of what lies or lay below `prefix`."""
        ...

    def drop(self, prefix: str) -> int:
        """Remove what does not go by itself; how many went."""
        ...

    def drop_versions(self, key: str) -> int:
        """Remove the old versions of this one key that do not go by themselves; how many went."""
        ...

    def forget_cached(self, asset_id: AssetId) -> bool:
        """Have the CDN drop what it keeps of the asset; False where there is none."""
        ...


class Replica(Protocol):
    """A copy of the streams that the store itself keeps up in another place, deletions included. Never changed.

    Errors: `store_unavailable`, when that place does not answer.
    """

    name: str  # what a person calls it

    def of(self, prefix: str) -> Iterator[Copy]:
        """Everything it has of what lies or lay below `prefix`: `REPLICA` what it would still give out, which stays
        until the deletion arrives there, and `REPLICA_VERSION`, which goes by itself.
        """
        ...
