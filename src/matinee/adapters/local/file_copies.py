"""Copies of objects on one machine: parts of uploads that nobody finished. `ports.copies` is what it promises."""

from collections.abc import Iterator

from matinee.adapters.local.file_store import FileStore
from matinee.domain.ids import AssetId
from matinee.ports.copies import Copy, CopyKind


class FileCopies:
    """Implements the `Copies` port: files have no old versions, and no CDN stands before them."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def of(self, prefix: str) -> Iterator[Copy]:
        """Uploads in parts whose object would lie there."""
        for key, _, size_bytes in self._store.unfinished(prefix):
            yield Copy(kind=CopyKind.UNFINISHED, key=key, size_bytes=size_bytes)

    def drop(self, prefix: str) -> int:
        """They go."""
        found = list(self._store.unfinished(prefix))
        for key, multipart_id, _ in found:
            self._store.abort_multipart(key, multipart_id)
        return len(found)

    def drop_versions(self, _: str) -> int:
        """There are none."""
        return 0

    def forget_cached(self, _: AssetId) -> bool:
        """There is no CDN."""
        return False
