"""An asset: a title with its metadata and its state. It must not know how it is stored or shown.

    uploading ──▶ queued ──▶ processing ──▶ playable ──▶ ready
        │            │            ├───────────────────────▲
        │            │            │            │          │
        └────────────┴────────────┴──▶ failed ◀┘          │
                                          │               │
                  queued ◀────────────────┴───────────────┘   (a new run; the published version keeps serving)
                     └── or processing ──▶ ready                (the new run was cancelled: the old version is whole)

    every state ──▶ deleted

Any other move raises `asset_state`. `version` is the published version; it stays while a new run is under way, so
an asset is watchable exactly when it is not deleted and `version` is set.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from matinee.domain.chapters import Chapter, check_chapters
from matinee.domain.ids import AssetId, RunId, VersionId, is_instant
from matinee.domain.media import CaptionTrack, Codec
from matinee.domain.object_keys import media_prefix, version_prefix
from matinee.errors import ErrorCode, MatineeError

MAX_TITLE = 200
MAX_DESCRIPTION = 5000
MAX_TAGS = 50
MAX_TAG = 60


class Status(StrEnum):
    """Where an asset stands."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    PROCESSING = "processing"
    PLAYABLE = "playable"
    READY = "ready"
    FAILED = "failed"
    DELETED = "deleted"


class Kind(StrEnum):
    """What a viewer gets: moving pictures, or sound alone."""

    VIDEO = "video"
    AUDIO = "audio"


MOVES: dict[Status, frozenset[Status]] = {
    Status.UPLOADING: frozenset({Status.QUEUED, Status.FAILED, Status.DELETED}),
    Status.QUEUED: frozenset({Status.PROCESSING, Status.READY, Status.FAILED, Status.DELETED}),
    Status.PROCESSING: frozenset({Status.PLAYABLE, Status.READY, Status.FAILED, Status.DELETED}),
    Status.PLAYABLE: frozenset({Status.READY, Status.FAILED, Status.QUEUED, Status.DELETED}),
    Status.READY: frozenset({Status.QUEUED, Status.DELETED}),
    Status.FAILED: frozenset({Status.QUEUED, Status.DELETED}),
    Status.DELETED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RenditionSummary:
    """What the API tells of one rendition. `bandwidth` is the peak in bits per second (RFC 8216, 4.3.4.2)."""

    name: str
    kind: Kind
    codecs: str
    bandwidth: int
    width: int | None = None
    height: int | None = None
    channels: int | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetError:
    """Why the last run failed: a stable code and a sentence."""

    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """A published prefix nobody new is sent to since `at`; it goes when the last session that knew it has ended."""

    prefix: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A version as a run publishes it: playlists in `version`, media in the folder of `media_run`."""

    version: VersionId
    media_run: RunId
    renditions: tuple[RenditionSummary, ...]
    captions: tuple[CaptionTrack, ...]
    has_poster: bool
    has_storyboard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What the probe found, as a viewer would say it: display size, seconds, frames per second."""

    kind: Kind
    duration_seconds: float
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    chapters: tuple[Chapter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A title. `revision` counts stored changes and is the ETag; a move returns a new value.

    `chapters` are None until somebody, a source file or a publisher, says that there are some or none. The poster is
    the picture its publisher sent (`own_poster`), else the candidate of that number, else the best candidate.
    From `expires_at` on it is deleted by itself. Without `source_kept` the original is being removed, or was, since
    the ladder is published. `erased_at`, of a tombstone: all of it is gone since then.
    `codecs` are what its pictures are encoded in, now and when it is ingested again; none: what the server is set to.
    """

    id: AssetId
    title: str
    status: Status
    created_at: datetime
    updated_at: datetime
    kind: Kind = Kind.VIDEO
    description: str = ""
    tags: tuple[str, ...] = ()
    duration_seconds: float | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    size_bytes: int | None = None
    version: VersionId | None = None
    media_run: RunId | None = None
    run: RunId | None = None
    attempt: int = 0
    source_key: str | None = None
    sha256: str | None = None
    codecs: tuple[Codec, ...] = ()
    error: AssetError | None = None
    renditions: tuple[RenditionSummary, ...] = ()
    captions: tuple[CaptionTrack, ...] = ()
    has_poster: bool = False
    has_storyboard: bool = False
    chapters: tuple[Chapter, ...] | None = None
    poster_candidate: int | None = None
    own_poster: bool = False
    public_preview: bool = False  # title and poster may be seen by who has a share link but not its film
    superseded: tuple[Superseded, ...] = ()
    expires_at: datetime | None = None
    source_kept: bool = True
    erased_at: datetime | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        """An asset is built valid or not at all."""
        check_title(self.title)
        if len(self.description) > MAX_DESCRIPTION:
            raise MatineeError(
                ErrorCode.FIELD_INVALID, f"'description' is over {MAX_DESCRIPTION} characters; shorten it."
            )
        check_chapters(self.chapters or (), self.duration_seconds)
        if len(self.tags) > MAX_TAGS or any(not tag or len(tag) > MAX_TAG for tag in self.tags):
            sentence = f"'tags' takes up to {MAX_TAGS} tags of 1 to {MAX_TAG} characters."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)

    @property
    def watchable(self) -> bool:
        """Whether a playback session can be opened now."""
        return self.version is not None and self.status is not Status.DELETED

    @property
    def ingesting(self) -> bool:
        """Whether a run of it is under way, waiting or paused."""
        return self.status in (Status.QUEUED, Status.PROCESSING, Status.PLAYABLE)

    def queued(self, run: RunId, source_key: str, at: datetime) -> Self:
        """A new run over `source_key` is waiting; what was published keeps serving."""
        moved = self._moved(Status.QUEUED, at)
        return replace(moved, run=run, source_key=source_key, attempt=self.attempt + 1, error=None)

    def processing(self, at: datetime) -> Self:
        """A worker took the run."""
        return self._moved(Status.PROCESSING, at)

    def probed(self, facts: MediaFacts, at: datetime) -> Self:
        """The probe's findings are known; the state stays."""
        return replace(
            self,
            kind=facts.kind,
            duration_seconds=facts.duration_seconds,
            width=facts.width,
            height=facts.height,
            frame_rate=facts.frame_rate,
            chapters=facts.chapters if self.chapters is None and facts.chapters else _within(self.chapters, facts),
            updated_at=at,
        )

    def playable(self, published: Published, at: datetime) -> Self:
        """Something can be watched while the ladder is being made."""
        return self._serving(Status.PLAYABLE, published, at)

    def ready(self, published: Published, at: datetime) -> Self:
        """The whole ladder is published."""
        return replace(self._serving(Status.READY, published, at), error=None)

    def reissued(self, published: Published, at: datetime) -> Self:
        """Captions, chapters or picture changed: a new small version over the same media; the state stays."""
        return self._serving(self.status, published, at)

    def withdrawn(self, at: datetime) -> Self:
        """What was published must not be seen: the version goes, nobody is sent to it any more."""
        gone = () if self.version is None else (Superseded(prefix=version_prefix(self.id, self.version), at=at),)
        return replace(
            self,
            version=None,
            media_run=None,
            renditions=(),
            has_poster=False,
            has_storyboard=False,
            superseded=(*self.superseded, *gone),
        )

    def with_captions(self, captions: tuple[CaptionTrack, ...], at: datetime) -> Self:
        """Captions changed before anything was published; the first version will carry them."""
        return replace(self, captions=captions, updated_at=at)

    def forgot(self, prefixes: frozenset[str]) -> Self:
        """Superseded prefixes that are gone now."""
        return replace(self, superseded=tuple(old for old in self.superseded if old.prefix not in prefixes))

    def failed(self, error: AssetError, at: datetime) -> Self:
        """The run ended without a result; a version published before keeps serving."""
        return replace(self._moved(Status.FAILED, at), error=error)

    def cancelled(self, error: AssetError, at: datetime) -> Self:
        """The run was cancelled: `ready` with the whole version of an earlier run, else `failed` by `error`."""
        if self.media_run is not None and not is_instant(self.media_run):
            return replace(self._moved(Status.READY, at), error=None)
        return self.failed(error, at)

    def deleted(self, at: datetime) -> Self:
        """A tombstone: nothing of a person stays in it."""
        moved = self._moved(Status.DELETED, at)
        return replace(
            moved, title="deleted", description="", tags=(), version=None, media_run=None, error=None, renditions=(),
            captions=(), source_key=None, sha256=None, has_poster=False, has_storyboard=False,
            chapters=None, poster_candidate=None, own_poster=False, public_preview=False, superseded=(),
            expires_at=None,
        )  # fmt: skip

    def erased(self, at: datetime) -> Self:
        """Everything but this tombstone is gone."""
        return replace(self, erased_at=at)

    def without_source(self) -> Self:
        """Its original is not to be used again: it goes."""
        return replace(self, source_kept=False)

    def source_removed(self) -> Self:
        """Its original is gone."""
        return replace(self, source_key=None)

    def _serving(self, to: Status, published: Published, at: datetime) -> Self:
        moved = self if to is self.status else self._moved(to, at)
        # A version is named by its contents, so an old one can come back: then it must not be swept.
        now_served = {version_prefix(self.id, published.version), media_prefix(self.id, published.media_run)}
        kept = tuple(item for item in self.superseded if item.prefix not in now_served)
        old: list[str] = []
        if self.version is not None and self.version != published.version:
            old.append(version_prefix(self.id, self.version))
        if self.media_run is not None and self.media_run != published.media_run:
            old.append(media_prefix(self.id, self.media_run))
        return replace(
            moved,
            version=published.version,
            media_run=published.media_run,
            renditions=published.renditions,
            captions=published.captions,
            has_poster=published.has_poster,
            has_storyboard=published.has_storyboard,
            superseded=(*kept, *(Superseded(prefix=prefix, at=at) for prefix in old)),
            updated_at=at,
        )

    def _moved(self, to: Status, at: datetime) -> Self:
        if to not in MOVES[self.status]:
            sentence = f"{self.id} is {self.status}; it cannot become {to} now. Read it again and decide anew."
            raise MatineeError(ErrorCode.ASSET_STATE, sentence)
        return replace(self, status=to, updated_at=at)


def _within(chapters: tuple[Chapter, ...] | None, facts: MediaFacts) -> tuple[Chapter, ...] | None:
    """Those of a publisher that a file of this length still has."""
    if chapters is None:
        return None
    return tuple(chapter for chapter in chapters if chapter.start_seconds < facts.duration_seconds)


def check_title(title: str) -> str:
    """`title` when a library can show it. Raises `field_invalid`."""
    if not title.strip() or len(title) > MAX_TITLE or any(ord(letter) < 32 for letter in title):
        sentence = f"'title' takes 1 to {MAX_TITLE} printable characters; this one has {len(title)}."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    return title


def title_from_filename(filename: str) -> str:
    """A first title from a file's name: no folders, no ending, no underscores; 'Untitled' when nothing is left."""
    stem = filename.replace("\\", "/").rsplit("/", 1)[-1]
    stem = stem.rsplit(".", 1)[0] if "." in stem.lstrip(".") else stem
    words = "".join(letter if letter.isprintable() else " " for letter in stem).replace("_", " ").split()
    return " ".join(words)[:MAX_TITLE].strip() or "Untitled"
