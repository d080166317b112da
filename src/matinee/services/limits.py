"""What a publisher may know of this server's policy: what it takes, makes and for how long. It must not decide it."""

from collections.abc import Callable
from dataclasses import dataclass

from matinee.domain.asset import MAX_DESCRIPTION, MAX_TAG, MAX_TAGS, MAX_TITLE
from matinee.domain.content_types import SOURCE_ENDINGS
from matinee.domain.upload import MAX_SIZE_BYTES
from matinee.services.captions import MAX_CAPTION_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Told before anything is sent. `free_bytes` is None where the store has no end (S3).

    `rotates_keys` names who makes a new signing key: `schedule`, or `command` (`matinee keys rotate`).
    """

    free_bytes: int | None
    upload_days: int
    codecs: tuple[str, ...]
    playback_ttl_seconds: int
    playback_max_ttl_seconds: int
    session_seconds: int
    sessions_per_viewer: int
    keep_superseded_seconds: int
    rotates_keys: str
    max_size_bytes: int = MAX_SIZE_BYTES
    max_caption_bytes: int = MAX_CAPTION_BYTES
    max_title: int = MAX_TITLE
    max_description: int = MAX_DESCRIPTION
    max_tags: int = MAX_TAGS
    max_tag: int = MAX_TAG
    source_endings: tuple[str, ...] = SOURCE_ENDINGS


AskLimits = Callable[[], Limits]
