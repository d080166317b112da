"""The library: find, read, edit, ingest again, caption and delete assets. It must not know who shows it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from matinee.domain.asset import Asset, Status
from matinee.domain.captions import check_language, label_of
from matinee.domain.chapters import Chapter
from matinee.domain.ids import AssetId
from matinee.domain.jpeg import plain_jpeg
from matinee.domain.media import CaptionTrack, Codec, with_h264
from matinee.domain.object_keys import (
    asset_prefixes,
    source_caption_key,
    source_poster_key,
    version_of,
    version_prefix,
)
from matinee.domain.pictures import Pictures
from matinee.domain.run import Run, RunState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetPage, AssetQuery, Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore, walk
from matinee.services.captions import to_webvtt
from matinee.services.erasure import Deletion, Erasure
from matinee.services.journal import HOUSE, Caller
from matinee.services.publishing import Publishing
from matinee.services.runs import Runs

MAX_TRIES = 10  # somebody else was quicker ten times in a row: tell rather than go on for ever

CaptionChange = Callable[[tuple[CaptionTrack, ...]], tuple[CaptionTrack, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionPreview:
    """What a deletion would remove now. Parts of an upload under way are not counted: no object holds them yet."""

    asset_id: AssetId
    objects: int
    bytes: int
    versions: int
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChange:
    """What a publisher changes; None leaves it as it is."""

    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    chapters: tuple[Chapter, ...] | None = None
    poster: int | Literal["auto"] | None = None
    public_preview: bool | None = None
    expires_at: datetime | Literal["never"] | None = None


class Library:
    """Assets as a publisher sees them."""

    def __init__(
        self,
        store: ObjectStore,
        catalog: Catalog,
        runs: Runs,
        erasure: Erasure,
        publishing: Publishing,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._runs = runs
        self._erasure = erasure
        self._publishing = publishing
        self._clock = clock

    def list(self, query: AssetQuery) -> AssetPage:
        """A page of assets; deleted ones are not shown."""
        return self._catalog.list_assets(query)

    def get(self, asset_id: AssetId) -> Asset:
        """The asset. Raises `asset_not_found`, `asset_deleted`."""
        asset = self._catalog.get_asset(asset_id)
        if asset.status is Status.DELETED:
            raise MatineeError(ErrorCode.ASSET_DELETED, f"{asset_id} was deleted.")
        return asset

    def edit(self, asset_id: AssetId, change: AssetChange, *, expected_revision: int | None) -> Asset:
        """The changed asset; what viewers see of the change is a new small version.

        Raises `asset_changed` when it is not at `expected_revision` (None: whatever it is).
        """
        while True:
            asset = self.get(asset_id)
            if expected_revision is not None and asset.revision != expected_revision:
                raise _changed(asset_id)
            edited = replace(
                asset,
                title=asset.title if change.title is None else change.title,
                description=asset.description if change.description is None else change.description,
                tags=asset.tags if change.tags is None else change.tags,
                chapters=asset.chapters if change.chapters is None else change.chapters,
                public_preview=asset.public_preview if change.public_preview is None else change.public_preview,
                expires_at=self._end_of(asset, change),
                updated_at=self._clock.now(),
            )
            edited = self._with_poster(edited, change.poster)
            shown = change.chapters is not None or change.poster is not None
            try:
                return self._publishing.reissue(edited) if shown else self._catalog.replace_asset(edited)
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise

    def ingest_again(self, asset_id: AssetId, codecs: Sequence[Codec] | None = None) -> Run:
        """A new run over the same source. Raises `asset_state` while one is under way, `source_missing`.

        `codecs` are the asset's from now on: none at all are the server's again, None leaves those it has.
        """
        asset = self.get(asset_id)
        if asset.status is Status.PLAYABLE and self._encoding(asset):
            sentence = f"{asset_id} is being encoded already; wait until it is ready, then ingest it again."
            raise MatineeError(ErrorCode.ASSET_STATE, sentence)
        if asset.source_key is None or not asset.source_kept:
            raise MatineeError(ErrorCode.SOURCE_MISSING, f"{asset_id} has no original file; upload it again.")
        wanted = asset if codecs is None else replace(asset, codecs=with_h264(codecs))
        return self._runs.begin(wanted, asset.source_key)

    def put_caption(self, asset_id: AssetId, language: str, text: bytes) -> Asset:
        """Add or replace a caption track (WebVTT or SRT in); a published asset gets a new small version.

        Raises `caption_invalid`, `field_invalid` for a language that is no BCP 47 tag.
        """
        self.get(asset_id)
        tag = check_language(language)
        data, key = to_webvtt(text), source_caption_key(asset_id, tag)
        track = CaptionTrack(language=tag, label=label_of(tag))
        for _ in range(MAX_TRIES):
            self._store.put(key, data, content_type="text/vtt")
            try:
                asset = self._recaption(asset_id, lambda tracks: (*(t for t in tracks if t.language != tag), track))
            except MatineeError as error:
                if error.code is ErrorCode.ASSET_DELETED:
                    self.delete(asset_id)  # the deletion passed by before the text was written
                raise
            if track in asset.captions and self._holds(key):
                return asset  # otherwise somebody took this very track away at this moment
        raise _changed(asset_id)

    def delete_caption(self, asset_id: AssetId, language: str) -> Asset:
        """Take a caption track away. Raises `caption_not_found`."""
        tag = check_language(language)
        if all(track.language != tag for track in self.get(asset_id).captions):
            raise _no_captions(asset_id, tag)
        asset = self._recaption(asset_id, lambda tracks: tuple(t for t in tracks if t.language != tag))
        if all(track.language != tag for track in self._catalog.get_asset(asset_id).captions):
            self._store.delete(source_caption_key(asset_id, tag))  # unless somebody has sent it anew
        return asset

    def caption_text(self, asset_id: AssetId, language: str) -> bytes:
        """A caption track as WebVTT: what was given, or what came with the film. Raises `caption_not_found`."""
        asset, tag = self.get(asset_id), check_language(language)
        for track in asset.captions:
            if track.language == tag and (text := self._publishing.caption_text(asset, track)) is not None:
                return text
        raise _no_captions(asset_id, tag)

    def posters(self, asset_id: AssetId) -> Pictures:
        """The pictures of the published version, with the candidates for its poster."""
        return self._publishing.pictures(self.get(asset_id))

    def put_poster(self, asset_id: AssetId, picture: bytes) -> Asset:
        """The publisher's own JPEG as the poster, freed of what it tells beside the picture. Raises `field_invalid`."""
        self.get(asset_id)
        self._store.put(source_poster_key(asset_id), plain_jpeg(picture), content_type="image/jpeg")
        for _ in range(MAX_TRIES):
            try:
                asset = self.get(asset_id)
                edited = replace(asset, own_poster=True, poster_candidate=None, updated_at=self._clock.now())
                return self._publishing.reissue(edited)
            except MatineeError as error:
                if error.code is ErrorCode.ASSET_DELETED:
                    self.delete(asset_id)  # the deletion passed by before the picture was written
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise
        raise _changed(asset_id)

    def _end_of(self, asset: Asset, change: AssetChange) -> datetime | None:
        if change.expires_at is None or change.expires_at == "never":
            return asset.expires_at if change.expires_at is None else None
        if change.expires_at <= self._clock.now():
            sentence = "'expires_at' has passed; name a time to come, or delete the asset."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        try:
            return change.expires_at.astimezone(UTC)
        except OverflowError:
            sentence = "'expires_at' is later than there are dates; 'never' stands for no end."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence) from None

    def _with_poster(self, asset: Asset, poster: int | Literal["auto"] | None) -> Asset:
        if poster is None:
            return asset
        if poster == "auto":
            return replace(asset, own_poster=False, poster_candidate=None)
        if all(one.number != poster for one in self._publishing.pictures(asset).candidates):
            sentence = f"{asset.id} has no poster candidate {poster}; GET /v1/assets/{asset.id}/posters lists them."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        return replace(asset, own_poster=False, poster_candidate=poster)

    def restore_version(self, asset_id: AssetId, removed: Collection[str]) -> None:
        """Write the published version again when its prefix is among `removed`: it came back during a sweep."""
        asset = self._catalog.get_asset(asset_id)
        if asset.version is not None and version_prefix(asset_id, asset.version) in removed:
            self._publishing.rewrite(asset)

    def preview_deletion(self, asset_id: AssetId) -> DeletionPreview:
        """What `delete` would remove, by a look at the store; nothing changes."""
        self.get(asset_id)
        found = [info for prefix in asset_prefixes(asset_id) for info in walk(self._store, prefix)]
        versions = {version for info in found if (version := version_of(asset_id, info.key)) is not None}
        return DeletionPreview(
            asset_id=asset_id,
            objects=len(found),
            bytes=sum(info.size_bytes for info in found),
            versions=len(versions),
            sessions=self._erasure.count_alive(asset_id),
        )

    def delete(self, asset_id: AssetId, by: Caller = HOUSE) -> Deletion:
        """Remove everything of the asset but a tombstone without personal data. Interrupted, it is resumed."""
        return self._erasure.delete(asset_id, by)

    def _encoding(self, asset: Asset) -> bool:
        if asset.run is None:
            return False
        try:
            return self._catalog.get_run(asset.run).state in (
                RunState.QUEUED,
                RunState.RUNNING,
                RunState.PAUSED,
                RunState.WAITING,
            )
        except MatineeError as error:
            if error.code is ErrorCode.ASSET_NOT_FOUND:
                return False  # the process died before the run was written
            raise

    def _holds(self, key: str) -> bool:
        return any(info.key == key for info in self._store.list(key, limit=1).items)

    def _recaption(self, asset_id: AssetId, change: CaptionChange) -> Asset:
        """Apply `change` to the tracks; when somebody changed the asset meanwhile, apply it to what they left."""
        for _ in range(MAX_TRIES):
            asset = self.get(asset_id)
            tracks = tuple(sorted(change(asset.captions), key=lambda track: track.language))
            try:
                return self._publishing.reissue(asset.with_captions(tracks, self._clock.now()))
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise
        raise _changed(asset_id)


def _no_captions(asset_id: AssetId, tag: str) -> MatineeError:
    return MatineeError(ErrorCode.CAPTION_NOT_FOUND, f"{asset_id} has no captions in {tag!r}.")


def _changed(asset_id: AssetId) -> MatineeError:
    return MatineeError(ErrorCode.ASSET_CHANGED, f"{asset_id} changed since you read it; read it again and repeat.")
