"""The object store in a folder of this machine. It must not know HTTP or what its objects mean.

objects/  odd/     the objects (`object_tree`)
multipart/         what arrives in parts (`multipart`)
tmp/               everything unfinished, on the same file system, so that a rename makes it visible whole
"""

import errno
import os
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from matinee.adapters.key_cursor import key_cursor, read_key_cursor
from matinee.adapters.local.durable import (
    copy_bytes,
    make_folders,
    new_temporary,
    storage_errors,
    sync_file,
    sync_folder,
    temporary_prefix,
    write_temporary,
)
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.multipart import MultipartFolder
from matinee.adapters.local.object_facts import info_of, keep_type, stamp
from matinee.adapters.local.object_tree import ObjectTree
from matinee.domain.object_keys import check_key
from matinee.domain.upload import Part, check_part, check_sum
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import ObjectInfo, ObjectPage, OpenObject, PartGrant, PartSink

# What says that a key cannot lie below objects/: a folder or a file in the way, a name this file system does not take.
OBSTACLES = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.EINVAL})
PLACE_TRIES = 50
MAX_PAGE = 1000


class FileStore:
    """Implements the `ServedStore` port below `root`; safe from many threads and processes.

    `name` is part of every run id: keep it the same for the life of the data directory.
    """

    def __init__(self, root: Path, links: LinkSigner, entropy: Entropy, *, name: str = "local") -> None:
        self._name = name
        self._links = links
        self._entropy = entropy
        self._temporary = root / "tmp"
        with storage_errors("opening the data directory"):
            make_folders(self._temporary)
            self._tree = ObjectTree(root)
            self._multipart = MultipartFolder(root / "multipart", self._temporary, entropy)
            _check_one_file_system(root)

    @property
    def name(self) -> str:
        """The store's own name."""
        return self._name

    def put(self, key: str, data: bytes, *, content_type: str | None = None, sha256: str | None = None) -> ObjectInfo:
        """Write a small object whole, replacing what was there. Raises `checksum_mismatch`."""
        check_key(key)
        if sha256 is not None:
            check_sum(key, data, sha256)
        with storage_errors(f"writing {key}"):
            return self._publish(key, write_temporary(self._temporary, data), content_type)

    def put_file(self, key: str, path: Path, *, content_type: str | None = None) -> ObjectInfo:
        """Take the file at `path` as the object: by rename on the same file system, else by copy."""
        check_key(key)
        with storage_errors(f"writing {key}"):
            if not path.is_symlink():  # a link would be moved, not what it points at
                try:
                    sync_file(path)
                    return self._move(key, path, content_type)
                except OSError as error:
                    if error.errno != errno.EXDEV:
                        raise
            with path.open("rb") as file:
                info = self._publish(key, self._copied(file), content_type)
            path.unlink()
            return info

    def get(self, key: str, *, start: int = 0, length: int | None = None) -> bytes:
        """The bytes from `start`, at most `length` of them."""
        opened = self.open(key)
        with opened.file, storage_errors(f"reading {key}"):
            size = opened.info.size_bytes
            if start < 0 or (length is not None and length < 0) or (start >= size > 0):
                sentence = f"{key} has {size} bytes; bytes from {start} on do not exist."
                raise MatineeError(ErrorCode.RANGE_NOT_SATISFIABLE, sentence)
            opened.file.seek(start)
            return opened.file.read(-1 if length is None else length)

    def stat(self, key: str) -> ObjectInfo:
        """What is known of the object. Raises `object_not_found`."""
        check_key(key)
        with storage_errors(f"reading {key}"):
            found = self._tree.find(key)
            if found is None:
                raise _not_found(key)
            return info_of(key, found[1], found[0])

    def list(self, prefix: str, *, limit: int = MAX_PAGE, cursor: str | None = None) -> ObjectPage:
        """Objects whose keys begin with `prefix`, in byte order. A cursor of another prefix: `field_invalid`."""
        if not 1 <= limit <= MAX_PAGE:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'limit' is {limit}; it takes 1 to {MAX_PAGE}.")
        after = read_key_cursor(cursor, prefix) if cursor is not None else ""
        with storage_errors(f"listing {prefix}"):
            items = tuple(islice(self._infos(prefix, after), limit + 1))
        more = len(items) > limit
        return ObjectPage(items=items[:limit], next_cursor=key_cursor(items[limit - 1].key) if more else None)

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""
        check_key(key)
        # The odd one first: removed last, it would show itself as the object for a moment.
        for path in (self._tree.odd(key), self._tree.plain(key)):
            if path is None:
                continue
            with storage_errors(f"deleting {key}"):
                if not path.is_symlink() and path.is_file():
                    path.unlink(missing_ok=True)
                    with suppress(FileNotFoundError):  # its folder was pruned by somebody else
                        sync_folder(path.parent)
                    self._tree.prune(path)

    def copy(self, source: str, target: str) -> ObjectInfo:
        """`target` holds what `source` holds, its content type included."""
        check_key(target)
        opened = self.open(source)
        with opened.file, storage_errors(f"writing {target}"):
            return self._publish(target, self._copied(opened.file), opened.info.content_type)

    def own_file(self, key: str) -> Path:
        """The store's own file."""
        check_key(key)
        with storage_errors(f"reading {key}"):
            found = self._tree.find(key)
        if found is None:
            raise _not_found(key)
        return found[0]

    @contextmanager
    def as_local_file(self, key: str, folder: Path) -> Iterator[Path]:  # noqa: ARG002 - for stores that must copy
        """The store's own file; `folder` is not needed."""
        yield self.own_file(key)

    def link_get(self, key: str, *, ttl_seconds: int) -> SignedRequest:
        """A link that GETs and HEADs the object. Raises `object_not_found`."""
        self.stat(key)
        return self._links.link_get(key, ttl_seconds=ttl_seconds)

    def begin_multipart(self, key: str, *, content_type: str | None = None) -> str:
        """A handle for an object that arrives in parts."""
        check_key(key)
        with storage_errors(f"beginning {key}"):
            return self._multipart.begin(key, content_type)

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
        """A link that PUTs the part. Raises `upload_not_found` when the upload ended."""
        grant = PartGrant(multipart_id=multipart_id, number=number, size_bytes=size_bytes, sha256=sha256)
        check_key(key)
        check_part(number, size_bytes, sha256)
        self._multipart.manifest(multipart_id, key)
        return self._links.link_part(grant, ttl_seconds=ttl_seconds)

    def put_part(self, key: str, multipart_id: str, number: int, data: bytes, *, sha256: str) -> Part:
        """Part `number` from this process."""
        check_part(number, len(data), sha256)
        self._multipart.manifest(multipart_id, key)
        sink = self.receive_part(
            PartGrant(multipart_id=multipart_id, number=number, size_bytes=len(data), sha256=sha256)
        )
        sink.write(data)
        return sink.commit()

    def list_parts(self, key: str, multipart_id: str) -> tuple[Part, ...]:
        """The parts held, by number."""
        with storage_errors(f"listing the parts of {key}"):
            return self._multipart.parts(multipart_id, key)

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[Part]) -> ObjectInfo:
        """Join `parts` in order into the object; the parts go once the object is there."""
        with storage_errors(f"joining {key}"):
            content_type = self._multipart.manifest(multipart_id, key).content_type
            info = self._publish(key, self._multipart.join(multipart_id, key, parts), content_type)
            self._multipart.drop(multipart_id)
            return info

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Drop the parts; nothing to drop is no error."""
        with storage_errors(f"dropping the parts of {key}"):
            if self._multipart.holds(multipart_id, key):
                self._multipart.drop(multipart_id)

    def open(self, key: str) -> OpenObject:
        """The object, opened for the kernel to send; replacing the key meanwhile does not touch what is open."""
        check_key(key)
        with storage_errors(f"reading {key}"):
            found = self._tree.find(key)
            if found is None:
                raise _not_found(key)
            try:
                # NOFOLLOW and NONBLOCK: it may have become a link or a pipe since it was looked at.
                handle = os.open(found[0], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            except FileNotFoundError:
                raise _not_found(key) from None
            now = os.fstat(handle)
            if not stat.S_ISREG(now.st_mode):
                os.close(handle)
                raise _not_found(key)
            return OpenObject(info=info_of(key, now, handle), file=os.fdopen(handle, "rb"))

    def admit_get(self, path: str, query: Mapping[str, str]) -> str:
        """The key a GET link names."""
        return self._links.admit_get(path, query)

    def admit_part(self, path: str, query: Mapping[str, str]) -> PartGrant:
        """What a part link permits."""
        return self._links.admit_part(path, query)

    def receive_part(self, grant: PartGrant) -> PartSink:
        """A sink for the part. Raises `upload_not_found` when the upload ended meanwhile."""
        with storage_errors(f"receiving part {grant.number}"):
            return self._multipart.receive(grant)

    def sweep_temporary(self, *, before: datetime) -> int:
        """Remove what writers that died left unfinished and that was last touched before then; how many."""
        removed = 0
        with storage_errors("sweeping unfinished files"):
            for path in self._temporary.iterdir():
                with suppress(FileNotFoundError):  # its writer finished meanwhile
                    if path.lstat().st_mtime < before.timestamp():
                        shutil.rmtree(path) if path.is_dir() else path.unlink()
                        removed += 1
        return removed

    def sweep_process(self, process: int) -> int:
        """Remove what this process, which has died, left unfinished; how many."""
        removed = 0
        with storage_errors("sweeping unfinished files"):
            for path in self._temporary.glob(f"{temporary_prefix(process)}*"):
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def unfinished(self, prefix: str) -> Iterator[tuple[str, str, int]]:
        """Uploads in parts of keys below `prefix`: key, handle and the bytes held."""
        with storage_errors(f"looking below {prefix}"):
            yield from self._multipart.of(prefix)

    def sweep_multipart(self, *, keep: Collection[str]) -> int:
        """Drop uploads in parts whose beginner died before it could note the handle: all but `keep`; how many.

        Call it while nobody begins one. (On S3 a lifecycle rule does this.)
        """
        with storage_errors("sweeping uploads"):
            return self._multipart.sweep(keep=keep)

    def _infos(self, prefix: str, after: str) -> Iterator[ObjectInfo]:
        for key in self._tree.keys(prefix, after):
            found = self._tree.find(key)
            if found is not None:  # gone since the folder was read
                yield info_of(key, found[1], found[0])

    def _publish(self, key: str, temporary: Path, content_type: str | None) -> ObjectInfo:
        """`_move` for a file of our own, which must not stay behind when it fails."""
        try:
            return self._move(key, temporary, content_type)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _move(self, key: str, durable: Path, content_type: str | None) -> ObjectInfo:
        """Make the file `durable` the object, in one rename."""
        stamp(durable, self._entropy)
        keep_type(durable, key, content_type)
        info = info_of(key, durable.stat(), durable)
        if self._renamed(durable, self._tree.plain(key)):
            self._tree.odd(key).unlink(missing_ok=True)
        elif not self._renamed(durable, self._tree.odd(key)):
            raise OSError(errno.EIO, "the object finds no place")
        return info

    def _renamed(self, temporary: Path, path: Path | None) -> bool:
        """Rename to `path`; False when it cannot lie there."""
        if path is None:
            return False
        for _ in range(PLACE_TRIES):
            try:
                make_folders(path.parent)
                temporary.replace(path)
            except FileNotFoundError:  # a folder was pruned between two lines, since somebody deleted the last in it
                continue
            except OSError as error:
                if error.errno in OBSTACLES:
                    return False
                raise
            with suppress(FileNotFoundError):  # deleted again already, and its folder pruned
                sync_folder(path.parent)
            return True
        return False

    def _copied(self, source: BinaryIO) -> Path:
        """A durable temporary file with the bytes of `source`."""
        handle, name = new_temporary(self._temporary)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                copy_bytes(source, file, os.fstat(source.fileno()).st_size)
                os.fsync(file.fileno())
        except BaseException:
            temporary.unlink()
            raise
        return temporary


def _check_one_file_system(root: Path) -> None:
    """Somebody may have put `objects` on a larger disk by a link; nothing could be renamed into it from `tmp`."""
    device = (root / "tmp").stat().st_dev
    for name in ("objects", "odd", "multipart"):
        if (root / name).stat().st_dev != device:
            sentence = f"{root / name} and {root / 'tmp'} are on different disks; move the whole of {root} to one."
            raise MatineeError(ErrorCode.SETTING_INVALID, sentence)


def _not_found(key: str) -> MatineeError:
    return MatineeError(ErrorCode.OBJECT_NOT_FOUND, f"There is no object {key!r}; check the key, or put it there.")
