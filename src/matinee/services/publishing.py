"""Versions: their playlists and pictures over a run's media, and the one write that makes them visible.

It must not know who encoded what. Everything of a version lies in the store before the catalog points to it; a
version's name comes from its contents, so publishing the same twice is publishing once.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path

from matinee.domain import dash, playlist
from matinee.domain.asset import Asset, Kind, Published, RenditionSummary, Status
from matinee.domain.chapters import chapters_webvtt
from matinee.domain.content_types import content_type_of
from matinee.domain.ids import AssetId, RunId, VersionId, version_id
from matinee.domain.media import CaptionTrack, Media, Rendition
from matinee.domain.object_keys import media_prefix, source_caption_key, source_poster_key, version_prefix
from matinee.domain.pictures import Pictures, candidate_name, storyboard_webvtt
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore
from matinee.services.moving import move_asset
from matinee.services.steps import PICTURES_DOCUMENT

log = logging.getLogger(__name__)

MEDIA_DOCUMENT = "media.json"
POSTER = "poster.jpg"
STORYBOARD = "storyboard.vtt"
CHAPTERS = "chapters.vtt"


class Publishing:
    """Versions of assets."""

    def __init__(self, store: ObjectStore, catalog: Catalog, clock: Clock) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock

    def store_media(self, asset_id: AssetId, media_run: RunId, folder: Path, media: Media) -> None:
        """Move what an encoder left in `folder` into the store. Interrupted, it is repeated with what is left."""
        prefix = media_prefix(asset_id, media_run)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            relative = path.relative_to(folder).as_posix()
            self._store.put_file(prefix + relative, path, content_type=content_type_of(path.name))
        self.note_media(asset_id, media_run, media)

    def note_media(self, asset_id: AssetId, media_run: RunId, media: Media) -> None:
        """Write down what lies in the store, whole, for this run."""
        prefix = media_prefix(asset_id, media_run)
        document = json.dumps(media.to_json(), separators=(",", ":")).encode()
        self._store.put(prefix + MEDIA_DOCUMENT, document, content_type=content_type_of(MEDIA_DOCUMENT))

    def load_media(self, asset_id: AssetId, media_run: RunId) -> Media | None:
        """What `store_media` has stored whole for this run; None when it has not come that far."""
        document = self._found(media_prefix(asset_id, media_run) + MEDIA_DOCUMENT)
        return None if document is None else Media.from_json(json.loads(document))

    def publish(self, asset_id: AssetId, run: RunId, media_run: RunId, media: Media, to: Status) -> Asset:
        """A version over `media`, made visible as `to` (`playable` or `ready`) by one conditional write.

        Raises `run_superseded` when the asset was deleted or has a newer run.
        """

        def move(asset: Asset) -> Asset | None:
            if asset.run != run or asset.status is Status.DELETED:
                sentence = f"{run} of {asset_id} was superseded; nothing was published."
                raise MatineeError(ErrorCode.RUN_SUPERSEDED, sentence)
            if asset.status is Status.READY or asset.status is to:
                return None  # this very run has published it already
            published = self._write_version(asset, media_run, media, asset.captions)
            now = self._clock.now()
            return asset.ready(published, now) if to is Status.READY else asset.playable(published, now)

        asset = move_asset(self._catalog, asset_id, move)
        log.info("version published", extra={"asset": asset_id, "run": run, "status": asset.status})
        return asset

    def publish_poster(self, asset_id: AssetId, run: RunId, media_run: RunId, media: Media) -> None:
        """A version with the picture that lies beside the media by now; nothing when another one is published."""

        def move(asset: Asset) -> Asset | None:
            if (asset.run, asset.media_run) != (run, media_run) or asset.status is not Status.PLAYABLE:
                return None
            published = self._write_version(asset, media_run, media, asset.captions)
            return None if published.version == asset.version else asset.reissued(published, self._clock.now())

        move_asset(self._catalog, asset_id, move)

    def reissue(self, asset: Asset) -> Asset:
        """`asset` with its captions, chapters and poster as they are now in this value: a new small version over the
        same media, or a note for the first version.

        Raises `catalog_conflict` when the asset changed since it was read.
        """
        media = None if asset.media_run is None else self.load_media(asset.id, asset.media_run)
        if asset.media_run is None or media is None:
            return self._catalog.replace_asset(asset)
        published = self._write_version(asset, asset.media_run, media, asset.captions)
        return self._catalog.replace_asset(asset.reissued(published, self._clock.now()))

    def pictures(self, asset: Asset) -> Pictures:
        """The storyboard and the poster candidates of what is published; none where there are none (yet)."""
        return Pictures() if asset.media_run is None else self._pictures(asset.id, asset.media_run)

    def rewrite(self, asset: Asset) -> None:
        """Put the files of the asset's version back, the same to the byte, when a sweep met their publishing."""
        media = None if asset.media_run is None else self.load_media(asset.id, asset.media_run)
        if asset.media_run is not None and media is not None:
            self._write_version(asset, asset.media_run, media, asset.captions)

    def _write_version(
        self, asset: Asset, media_run: RunId, media: Media, captions: tuple[CaptionTrack, ...]
    ) -> Published:
        texts = {track: text for track in captions if (text := self.caption_text(asset, track)) is not None}
        captions = tuple(texts)  # a track whose text is gone is being taken away: a version lists no missing file
        files = playlists(media, media_run, captions)
        files |= {f"captions/{track.language}.vtt": text for track, text in texts.items()}
        pictures = self._pictures(asset.id, media_run)
        poster = self._poster(asset, media_run, pictures)
        if poster is not None:
            files[POSTER] = poster
        if pictures.storyboard is not None:
            base = f"../m/{media_run}/"
            files[STORYBOARD] = storyboard_webvtt(pictures.storyboard, base, media.duration_seconds).encode()
        if asset.chapters:
            files[CHAPTERS] = chapters_webvtt(asset.chapters, media.duration_seconds).encode()
        version = _version_of(media_run, files)
        prefix = version_prefix(asset.id, version)
        for name, data in files.items():
            self._store.put(prefix + name, data, content_type=content_type_of(name))
        return Published(
            version=version,
            media_run=media_run,
            renditions=tuple(_summary(rendition) for rendition in media.renditions),
            captions=captions,
            has_poster=poster is not None,
            has_storyboard=pictures.storyboard is not None,
        )

    def caption_text(self, asset: Asset, track: CaptionTrack) -> bytes | None:
        """The track's text: as it was given, else as the published version shows it, else None."""
        keys = [source_caption_key(asset.id, track.language)]
        if asset.version is not None:
            keys.append(f"{version_prefix(asset.id, asset.version)}captions/{track.language}.vtt")
        for key in keys:
            text = self._found(key)
            if text is not None:
                return text
        log.warning("caption text is gone", extra={"asset": asset.id, "language": track.language})
        return None

    def _poster(self, asset: Asset, media_run: RunId, pictures: Pictures) -> bytes | None:
        """What the publisher sent or chose, else the best there is."""
        prefix, chosen = media_prefix(asset.id, media_run), pictures.chosen(asset.poster_candidate)
        keys = [source_poster_key(asset.id)] if asset.own_poster else []
        keys += [prefix + candidate_name(chosen.number)] if chosen is not None else []
        found = (self._found(key) for key in (*keys, prefix + POSTER))
        return next((picture for picture in found if picture is not None), None)

    def _pictures(self, asset_id: AssetId, media_run: RunId) -> Pictures:
        document = self._found(media_prefix(asset_id, media_run) + PICTURES_DOCUMENT)
        return Pictures() if document is None else Pictures.from_json(document)

    def _found(self, key: str) -> bytes | None:
        try:
            return self._store.get(key)
        except MatineeError as error:
            if error.code is not ErrorCode.OBJECT_NOT_FOUND:
                raise
            return None


def playlists(media: Media, media_run: RunId, captions: tuple[CaptionTrack, ...]) -> dict[str, bytes]:
    """Every text of a version, by its name below the version's prefix."""
    base = f"../m/{media_run}/"
    texts = {"main.m3u8": playlist.multivariant(media, captions)}
    for rendition in media.renditions:
        texts[f"{rendition.name}.m3u8"] = playlist.media_playlist(rendition, base)
        if rendition.key_frames:
            texts[playlist.iframe_name(rendition)] = playlist.iframe_playlist(rendition, base)
    for track in captions:
        texts[f"captions/{track.language}.m3u8"] = playlist.caption_playlist(track, media.duration_seconds)
    texts["manifest.mpd"] = dash.manifest(media, captions, base)
    return {name: text.encode() for name, text in texts.items()}


def _version_of(media_run: RunId, files: Mapping[str, bytes]) -> VersionId:
    digests = [f"{name}={hashlib.sha256(files[name]).hexdigest()}" for name in sorted(files)]
    return version_id(media_run, *digests)


def _summary(rendition: Rendition) -> RenditionSummary:
    return RenditionSummary(
        name=rendition.name,
        kind=Kind(rendition.kind),
        codecs=rendition.codecs,
        bandwidth=rendition.bandwidth,
        width=rendition.width,
        height=rendition.height,
        channels=rendition.channels,
        language=rendition.language,
    )
