"""What a file tells of the object in it: size, etag, type. It must not know where objects lie.

An etag is size, time of change and inode: cheap for a film of any size dropped in by hand, and another one whenever
the bytes are others. The clock of a file system ticks every few milliseconds and inodes are used again, so what the
store writes itself is stamped with a random part of the tick. A content type that the key's ending does not tell is
kept in an extended attribute where the file system has them; elsewhere the ending is all there is. A copy put
back from a backup has another inode and keeps its etag in an attribute too, which counts while size and time are those
it names.
"""

import errno
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from matinee.adapters.local.durable import sync_file
from matinee.domain.content_types import content_type_of
from matinee.ports.clock import Entropy
from matinee.ports.object_store import ObjectInfo

TICK_NANOSECONDS = 10_000_000  # the coarsest kernel clock in use: 100 Hz
TYPE_ATTRIBUTE = "user.matinee.content_type"
ETAG_ATTRIBUTE = "user.matinee.etag"


def info_of(key: str, found: os.stat_result, where: Path | int) -> ObjectInfo:
    """The facts of the file `where` (a path or an open handle) as those of `key`."""
    return ObjectInfo(
        key=key,
        size_bytes=found.st_size,
        etag=etag_of(found, where),
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        content_type=_kept(where, TYPE_ATTRIBUTE) or content_type_of(key),
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


def etag_of(found: os.stat_result, where: Path | int) -> str:
    """The etag of the file `where`, of which this is `found`."""
    bytes_and_time = f"{found.st_size:x}-{found.st_mtime_ns:x}-"
    kept = kept_etag(where)
    return kept if kept is not None and kept.startswith(bytes_and_time) else f"{bytes_and_time}{found.st_ino:x}"


def keep_etag(path: Path, etag: str) -> None:
    """Let `path`, a copy with the same bytes and time of change, be known by the etag of what it was copied from."""
    if hasattr(os, "setxattr"):
        with suppress(OSError):  # no attributes here: what was made from an index is made anew then
            os.setxattr(path, ETAG_ATTRIBUTE, etag.encode())


def kept_etag(where: Path | int) -> str | None:
    """What `keep_etag` left there, whether or not it still counts."""
    return _kept(where, ETAG_ATTRIBUTE)


def _kept(where: Path | int, attribute: str) -> str | None:
    if not hasattr(os, "getxattr"):
        return None
    try:
        return os.getxattr(where, attribute).decode("utf-8", "replace")
    except OSError:  # none kept, no attributes on this file system, or gone meanwhile
        return None


def stamp(path: Path, entropy: Entropy) -> None:
    """Put a random part of a tick into the time of change, so that no two writes share an etag."""
    found = path.stat()
    tick = found.st_mtime_ns - found.st_mtime_ns % TICK_NANOSECONDS
    part = int.from_bytes(entropy.token_bytes(4), "big") % TICK_NANOSECONDS
    os.utime(path, ns=(found.st_atime_ns, tick + part))
