"""Opaque names for things, each with a prefix that says what it names. It must not know where randomness comes from.

    ast_ asset · upl_ upload · ses_ playback session · run_ one ingest · ver_ a published version · key_ a signing key
    evt_ event · whk_ webhook endpoint · dlv_ delivery of an event to an endpoint
    shr_ a share link

Twenty characters of Crockford's base 32 in lower case hold 100 bits: nobody guesses one, nobody mistypes one, and it
is safe as a path segment, a file name on any system and a KeyValueStore key.
"""

import hashlib
from typing import NewType

AssetId = NewType("AssetId", str)
UploadId = NewType("UploadId", str)
SessionId = NewType("SessionId", str)
ShareId = NewType("ShareId", str)
RunId = NewType("RunId", str)
VersionId = NewType("VersionId", str)
EventId = NewType("EventId", str)
WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 20
INSTANT = "_instant"
RANDOM_BYTES = 13  # 104 bits, of which 100 are used


def encode_id(prefix: str, entropy: bytes) -> str:
    """`prefix` and twenty characters made from the first 100 bits of `entropy` (13 bytes or more)."""
    number = int.from_bytes(entropy[:RANDOM_BYTES], "big") >> 4
    letters = [ALPHABET[(number >> (5 * place)) & 31] for place in range(ID_LENGTH)]
    return prefix + "".join(letters)


def derive_id(prefix: str, *parts: str) -> str:
    """The same parts always give the same id, other parts another one: how a repeated event meets its first run."""
    digest = hashlib.sha256("\x00".join(parts).encode()).digest()
    return encode_id(prefix, digest)


def run_id(store_name: str, key: str, etag: str, attempt: int) -> RunId:
    """The id of one ingest: an event told twice is one run, `…/ingest` takes the next attempt."""
    return RunId(derive_id("run_", store_name, key, etag, str(attempt)))


def instant_run_id(run: RunId) -> RunId:
    """The media folder of a run's instant rendition, apart so that it can go when the ladder has taken over."""
    return RunId(f"{run}{INSTANT}")


def is_instant(media_run: RunId) -> bool:
    """Whether the media folder is an instant rendition's."""
    return media_run.endswith(INSTANT)


def version_id(media_run: RunId, *contents: str) -> VersionId:
    """The id of a version over a run's media with these contents, so that publishing twice is publishing once."""
    return VersionId(derive_id("ver_", media_run, *contents))
