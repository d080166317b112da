"""Where objects lie: bytes under keys, as S3 keeps them. It must not know files, buckets or HTTP frameworks.

Obligations of every adapter (`tests/contracts/object_store.py` holds them to it):

* Keys are `domain.object_keys.check_key` keys, case-sensitive, compared byte by byte; no two keys are one object.
* A write is whole or absent: a reader sees the old object or the new one, never a mixture, whatever dies meanwhile.
* Reads after a write see it (S3 User Guide, "Amazon S3 data consistency model").
* Links work without any other credential until they expire, for exactly the method, object and size they were made for.
* Errors are `MatineeError`: `key_invalid`, `object_not_found`, `range_not_satisfiable`, `store_full`,
  `store_unavailable`, and those named below. A failed call changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from matinee.domain.upload import Part
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.link_source import SignedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectInfo:
    """What a store knows of one object. `etag` is unquoted and changes whenever the bytes do."""

    key: str
    size_bytes: int
    etag: str
    modified_at: datetime
    content_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPage:
    """A page of a listing, keys in byte order; `next_cursor` is None on the last."""

    items: tuple[ObjectInfo, ...]
    next_cursor: str | None


class ObjectStore(Protocol):
    """Bytes under keys."""

    @property
    def name(self) -> str:
        """The store's own name (a bucket's, on AWS); part of what makes a run id."""
        ...

    def put(self, key: str, data: bytes, *, content_type: str | None = None, sha256: str | None = None) -> ObjectInfo:
        """Write a small object whole, replacing what was there.

        With `sha256` (base64) the store itself checks that these bytes came. Raises `checksum_mismatch`.
        """
        ...

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """Take the file at `path` as the object; the file is consumed (moved or uploaded, then gone)."""
        ...

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        """The bytes from `start` (0-based), at most `length` of them (None: to the end); shorter at the object's end.

        Raises `object_not_found`, and `range_not_satisfiable` when `start` is at or past the end of a non-empty object.
        """
        ...

    def stat(self, key: str) -> ObjectInfo:
        """What is known of the object. Raises `object_not_found`."""
        ...

    def list(self, prefix: str, *, limit: int = 1000, cursor: str | None = None) -> ObjectPage:
        """Objects whose keys begin with `prefix` (any prefix, not only folders), 1 to 1,000 a page."""
        ...

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""
        ...

    def copy(self, source: str, target: str) -> ObjectInfo:
        """`target` holds what `source` holds, replacing what was there. Raises `object_not_found`."""
        ...

    def as_local_file(self, key: str, folder: Path) -> AbstractContextManager[Path]:
        """The object as a readable file while the context lasts; never write to it.

        It may be the store's own file or a copy below `folder`. Raises `object_not_found`.
        """
        ...

    def own_file(self, key: str) -> Path | None:
        """The file in which the store itself keeps the object, None where it keeps none; never write to it.

        Who gets None reads ranges with `get`: nothing is copied. Raises `object_not_found`.
        """
        ...

    def link_get(self, key: str, *, ttl_seconds: int) -> SignedRequest:
        """A link that GETs the object, byte ranges included. Raises `object_not_found`.

        Whether it answers HEAD too is the store's: this machine's does, S3 signs one method.
        """
        ...

    def begin_multipart(self, key: str, *, content_type: str | None = None) -> str:
        """A handle for an object that arrives in parts; nothing is visible under `key` until it is completed."""
        ...

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
        """A link that PUTs part `number` (from 1): exactly the `size_bytes` bytes whose sum is `sha256` (base64).

        A part sent twice is the later one. A part of another size or sum is refused and leaves the earlier one.
        """
        ...

    def put_part(self, key: str, multipart_id: str, number: int, data: bytes, *, sha256: str) -> Part:
        """Part `number` from this process, as a PUT to its `link_part` would leave it; the store checks the sum.

        Raises `upload_not_found`, `part_invalid`, `checksum_mismatch`.
        """
        ...

    def list_parts(self, key: str, multipart_id: str) -> tuple[Part, ...]:
        """The parts held, by number. Raises `upload_not_found` when the handle is unknown, completed or aborted."""
        ...

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[Part]) -> ObjectInfo:
        """Join `parts` in order into the object, all or nothing; after a crash midway, calling again finishes it.

        Raises `upload_not_found`, and `part_invalid` when there are none, when one named is not held with that etag,
        or when numbers do not ascend.
        """
        ...

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Drop the parts; aborting twice, or after completion, is no error and leaves a completed object alone."""
        ...


def walk(store: ObjectStore, prefix: str) -> Iterator[ObjectInfo]:
    """Every object under `prefix`, page by page."""
    cursor: str | None = None
    while True:
        page = store.list(prefix, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def info_of(store: ObjectStore, key: str) -> ObjectInfo | None:
    """What the store knows of the object, None when there is no such object."""
    try:
        return store.stat(key)
    except MatineeError as error:
        if error.code is ErrorCode.OBJECT_NOT_FOUND:
            return None
        raise


def tag_of(store: ObjectStore, key: str) -> str | None:
    """The object's tag (`ObjectInfo.etag`), None when there is no such object."""
    found = info_of(store, key)
    return None if found is None else found.etag


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenObject:
    """An object opened for sending: `file` is the caller's to close."""

    info: ObjectInfo
    file: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class PartGrant:
    """What a part link permits: these bytes, in this number, and no others."""

    multipart_id: str
    number: int
    size_bytes: int
    sha256: str


class PartSink(Protocol):
    """A part on its way into the store. Either `commit` or `discard` ends it; a dropped sink leaves no part."""

    def write(self, data: bytes) -> None:
        """Take the next bytes. Raises `part_invalid` at the first byte over the granted size; `store_full`."""
        ...

    def commit(self) -> Part:
        """All bytes came: check size and sum, make the part durable. Raises `part_invalid`, `checksum_mismatch`."""
        ...

    def discard(self) -> None:
        """Forget what was written; an earlier part of the number stays."""
        ...


class ServedStore(ObjectStore, Protocol):
    """A store whose links this process answers itself: the local one. On AWS, S3 answers and this is not there."""

    def open(self, key: str) -> OpenObject:
        """The object for the kernel to send. Raises `object_not_found`."""
        ...

    def admit_get(self, path: str, query: Mapping[str, str]) -> str:
        """The key a GET link names. `path` is decoded. Raises `link_invalid`, `link_expired`.

        The caller refuses a query in which a name comes twice: a mapping cannot show that.
        """
        ...

    def admit_part(self, path: str, query: Mapping[str, str]) -> PartGrant:
        """What a part link permits; path and query as for `admit_get`. Raises `link_invalid`, `link_expired`."""
        ...

    def receive_part(self, grant: PartGrant) -> PartSink:
        """A sink for the part. Raises `upload_not_found` when the upload ended meanwhile."""
        ...
