"""Where every object lies. It must not know which store keeps it.

inbox/…                         dropped here, ingested by itself once it stops changing
sources/{asset}/…               originals, captions, poster as given, a migration's receipt; no viewer path leads here
work/{asset}/{run}/…            plan and chunk results, expired by lifecycle
work/{asset}/moved/…            what a migration that is under way has brought so far
streams/{asset}/m/{run}/…       media of one run, immutable
streams/{asset}/{version}/…     playlists, captions, pictures of one version, immutable, pointing at ../m/{run}/…
web/…                           the pages (AWS)
any other key                   plain objects, for `GET /?key=`
"""

import re

from matinee.domain.ids import AssetId, RunId, VersionId
from matinee.errors import ErrorCode, MatineeError

RESERVED_PREFIXES = ("inbox/", "sources/", "work/", "streams/", "web/")
# What the files of an indexed instant rendition consist of, beside where they would lie; viewers are not sent it.
INDEX_NAME = "index.bin"
MAX_KEY_BYTES = 1024  # S3 User Guide, "Naming Amazon S3 objects"
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SAFE_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}\Z")


def source_key(asset: AssetId, filename: str) -> str:
    """The original of an asset; only the file's ending is kept of its name, which may hold anything."""
    ending = SAFE_SUFFIX.search(filename.lower())
    return f"sources/{asset}/original{ending.group() if ending else ''}"


def source_caption_key(asset: AssetId, language: str) -> str:
    """A caption track as WebVTT, kept beside the source so that every later version can carry it."""
    return f"sources/{asset}/captions/{language}.vtt"


def source_poster_key(asset: AssetId) -> str:
    """The poster its publisher sent, kept beside the source so that every later version can carry it."""
    return f"sources/{asset}/poster.jpg"


def work_prefix(asset: AssetId, run: RunId) -> str:
    """Everything a run keeps for itself."""
    return f"work/{asset}/{run}/"


def receipt_key(asset: AssetId) -> str:
    """What a migration noted when it brought the asset here."""
    return f"sources/{asset}/moved.json"


def moved_prefix(name: str) -> str:
    """What a migration has brought of an asset so far; of plain objects, below `work/objects/`."""
    return f"work/{name}/moved/"


def media_prefix(asset: AssetId, run: RunId) -> str:
    """Everything a run gives to viewers but playlists."""
    return f"streams/{asset}/m/{run}/"


def version_prefix(asset: AssetId, version: VersionId) -> str:
    """The playlists, captions and pictures of one version."""
    return f"streams/{asset}/{version}/"


def version_of(asset: AssetId, key: str) -> VersionId | None:
    """The version the object `key` of `asset` belongs to; None for sources, work and media, which versions share."""
    name, _, rest = key.removeprefix(f"streams/{asset}/").partition("/")
    return VersionId(name) if rest and name.startswith("ver_") else None


def asset_prefixes(asset: AssetId) -> tuple[str, ...]:
    """Every place that holds something of an asset; deletion empties them all."""
    return (f"sources/{asset}/", f"work/{asset}/", f"streams/{asset}/")


def check_key(key: str) -> str:
    """`key` when a store may hold it.

    Raises `key_invalid` for what no store and no file system agree on: an empty key, one over 1,024 bytes of UTF-8,
    control characters, a leading slash, an empty, `.` or `..` segment, or a lone surrogate.
    """
    if not key or key.startswith("/") or CONTROL.search(key):
        raise MatineeError(ErrorCode.KEY_INVALID, f"{key[:80]!r} is not an object key; use names like 'talks/one.mp4'.")
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise MatineeError(ErrorCode.KEY_INVALID, f"{key[:80]!r} is not valid Unicode; rename the object.") from None
    if size > MAX_KEY_BYTES:
        raise MatineeError(ErrorCode.KEY_INVALID, f"The key has {size} bytes; the limit is {MAX_KEY_BYTES}.")
    if any(segment in ("", ".", "..") for segment in key.removesuffix("/").split("/")):
        raise MatineeError(ErrorCode.KEY_INVALID, f"{key[:80]!r} has an empty, '.' or '..' segment; remove it.")
    return key


def check_plain_key(key: str) -> str:
    """`key` when it may be linked to directly. Raises `key_invalid`, or `key_reserved` for Matinee's own prefixes."""
    check_key(key)
    if key.startswith(RESERVED_PREFIXES):
        prefix = key.partition("/")[0]
        raise MatineeError(
            ErrorCode.KEY_RESERVED,
            f"Keys under {prefix}/ are Matinee's own and never linked; share the asset with a playback session.",
        )
    return key
