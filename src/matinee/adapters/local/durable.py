"""Writing files so that they survive power loss, whole or not at all. It must not know what the files mean.

A file's bytes, its name in the folder and the folder's own name are three things to a file system; each is synced
here (fsync(2): "fsync does not necessarily ensure that the entry in the directory … has also reached disk").
"""

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from matinee.errors import ErrorCode, MatineeError

# EFBIG is a file-size limit (ulimit -f): to the person the same thing, no room for the bytes.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

KERNEL_COPY_BYTES = 64 * 1024 * 1024  # a call at a time, so that a signal is answered in between
COPY_BYTES = 1024 * 1024


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """What the operating system refuses while `doing` this, as `store_full` or `store_unavailable`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in FULL:
            sentence = f"The disk is full ({reason} while {doing}); free space or delete assets, then try again."
            raise MatineeError(ErrorCode.STORE_FULL, sentence) from error
        sentence = f"The data directory did not answer ({reason} while {doing}); check the disk and its permissions."
        raise MatineeError(ErrorCode.STORE_UNAVAILABLE, sentence) from error


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Make the bytes of `path` durable."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(folder: Path) -> None:
    """`folder` and those above it, for this user alone, durable. Raises OSError when a file is in the way."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for wanted in reversed(missing):
        with suppress(FileExistsError):  # made by somebody else meanwhile; if it is a file, the next step says so
            wanted.mkdir(mode=0o700)
        sync_folder(wanted.parent)


def new_temporary(folder: Path) -> tuple[int, str]:
    """An empty file (0600) in `folder`, as its handle and path; its name says which process made it."""
    return tempfile.mkstemp(dir=folder, prefix=temporary_prefix(os.getpid()))


def temporary_prefix(process: int) -> str:
    """How the names of this process's unfinished files begin."""
    return f"tmp-{process}-"


def write_temporary(folder: Path, data: bytes) -> Path:
    """A new durable file (0600) in `folder` that holds `data`; on failure nothing stays."""
    handle, name = new_temporary(folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def copy_bytes(source: BinaryIO, target: BinaryIO, size_bytes: int) -> None:
    """Append the next `size_bytes` of `source` to `target`. OSError when there are fewer.

    In the kernel where it can (copy_file_range(2)): file systems that share blocks, as XFS and Btrfs do, then copy
    nothing at all.
    """
    target.flush()
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):  # not between these two; what is left is copied below, or fails there with its reason
            while copied := os.copy_file_range(source.fileno(), target.fileno(), min(size_bytes, KERNEL_COPY_BYTES)):
                size_bytes -= copied
        source.seek(os.lseek(source.fileno(), 0, os.SEEK_CUR))  # the buffer above knows nothing of the kernel's reads
    while size_bytes:
        data = source.read(min(size_bytes, COPY_BYTES))
        if not data:
            raise OSError(errno.EIO, "the file is shorter than it was")
        target.write(data)
        size_bytes -= len(data)
    target.flush()


def replace_file(path: Path, data: bytes) -> None:
    """`path` holds `data` (0600): the old bytes or the new ones, whatever dies meanwhile."""
    temporary = write_temporary(path.parent, data)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create_file(path: Path, data: bytes) -> bool:
    """`path` holds `data` (0600) unless it exists already; True when this call made it. Never half-written."""
    temporary = write_temporary(path.parent, data)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    sync_folder(path.parent)
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time, by an advisory lock on `path` that dies with its holder (flock(2))."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
