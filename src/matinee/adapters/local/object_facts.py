"""What a file tells of the object in it: size, etag, type. It must not know where objects lie.

An etag is size, time of change and inode: cheap for a film of any size dropped in by hand, and another one whenever
the bytes are others. The clock of a file system ticks every few milliseconds and inodes are used again, so what the
store writes itself is stamped with a random part of the tick. A content type that the key's ending does not tell is
kept in an extended attribute where the file system has them; elsewhere the ending is all there is.
"""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

from matinee.adapters.local.durable import sync_file
from matinee.domain.content_types import content_type_of
from matinee.ports.clock import Entropy
from matinee.ports.object_store import ObjectInfo

TICK_NANOSECONDS = 10_000_000  # the coarsest kernel clock in use: 100 Hz
TYPE_ATTRIBUTE = "user.matinee.content_type"


def info_of(key: str, found: os.stat_result, where: Path | int) -> ObjectInfo:
    """The facts of the file `where` (a path or an open handle) as those of `key`."""
    return ObjectInfo(
        key=key,
        size_bytes=found.st_size,
        etag=f"{found.st_size:x}-{found.st_mtime_ns:x}-{found.st_ino:x}",
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        content_type=_kept_type(where) or content_type_of(key),
    )


def keep_type(path: Path, key: str, content_type: str | None) -> None:
    """Beside the bytes, in the inode: one rename publishes both."""
    if content_type is None or content_type == content_type_of(key) or not hasattr(os, "setxattr"):
        return
    try:
        os.setxattr(path, TYPE_ATTRIBUTE, content_type.encode())
        sync_file(path)
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise


def _kept_type(where: Path | int) -> str | None:
    if not hasattr(os, "getxattr"):
        return None
    try:
        return os.getxattr(where, TYPE_ATTRIBUTE).decode("utf-8", "replace")
    except OSError:  # none kept, no attributes on this file system, or gone meanwhile: the ending tells
        return None


def stamp(path: Path, entropy: Entropy) -> None:
    """Put a random part of a tick into the time of change, so that no two writes share an etag."""
    found = path.stat()
    tick = found.st_mtime_ns - found.st_mtime_ns % TICK_NANOSECONDS
    part = int.from_bytes(entropy.token_bytes(4), "big") % TICK_NANOSECONDS
    os.utime(path, ns=(found.st_atime_ns, tick + part))
