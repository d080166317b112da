"""Bringing a source in: begin, send parts, complete. It must not know how parts travel or who asks.

Every step may be repeated. `complete` does four things in an order that survives a crash after each of them: while
the upload is open, calling it again (the client, or `finish_interrupted` at the next start) goes on where it stopped.

    join the parts ▶ asset queued ▶ run started ▶ upload completed
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from matinee.domain.asset import Asset, AssetError, Kind, Status, title_from_filename
from matinee.domain.ids import AssetId, UploadId, encode_id
from matinee.domain.media import Codec, with_h264
from matinee.domain.object_keys import source_key
from matinee.domain.upload import Part, Upload, UploadState, check_size, choose_part_size
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock, Entropy
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import ObjectStore
from matinee.services.runs import Runs

log = logging.getLogger(__name__)

EVERY_UPLOAD = 1_000_000  # open at once on one machine: more than anybody has
FORGOTTEN = "deleted"  # the file's name in an upload whose asset was deleted
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}\Z", re.ASCII)  # RFC 6838, 4.2


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPolicy:
    """How long an unfinished upload is kept and how long a part's link lives."""

    keep: timedelta = timedelta(days=7)
    link_ttl_seconds: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """What a publisher announces of a file, and asks for it: `codecs`, where not those the server is set to."""

    filename: str
    size_bytes: int
    content_type: str | None = None
    title: str | None = None
    sha256: str | None = None
    codecs: Sequence[Codec] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLink:
    """Where one part goes."""

    number: int
    request: SignedRequest


class Uploads:
    """Sources on their way in."""

    def __init__(
        self, store: ObjectStore, catalog: Catalog, runs: Runs, clock: Clock, entropy: Entropy, policy: UploadPolicy
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._runs = runs
        self._clock = clock
        self._entropy = entropy
        self._policy = policy

    def begin(self, source: NewSource) -> Upload:
        """A new asset in `uploading` and its open upload. Raises `field_invalid`, `source_empty`."""
        check_size(source.size_bytes)
        content_type = _checked_content_type(source.content_type)
        now = self._clock.now()
        asset = Asset(
            id=AssetId(encode_id("ast_", self._entropy.token_bytes(13))),
            title=source.title or title_from_filename(source.filename),
            status=Status.UPLOADING,
            kind=Kind.AUDIO if (content_type or "").startswith("audio/") else Kind.VIDEO,
            size_bytes=source.size_bytes,
            sha256=source.sha256,
            codecs=with_h264(source.codecs or ()),
            created_at=now,
            updated_at=now,
        )
        key = source_key(asset.id, source.filename)
        upload = Upload(
            id=UploadId(encode_id("upl_", self._entropy.token_bytes(13))),
            asset_id=asset.id,
            filename=source.filename,
            size_bytes=source.size_bytes,
            part_size_bytes=choose_part_size(source.size_bytes),
            key=key,
            multipart_id=self._store.begin_multipart(key, content_type=content_type),
            state=UploadState.OPEN,
            created_at=now,
            expires_at=now + self._policy.keep,
            content_type=content_type,
            sha256=source.sha256,
        )
        self._catalog.add_upload(upload)  # first: an upload without its asset expires; the reverse would never end
        self._catalog.add_asset(asset)
        log.info("upload begun", extra={"upload": upload.id, "asset": asset.id, "size_bytes": upload.size_bytes})
        return upload

    def links(self, upload_id: UploadId, wishes: Sequence[tuple[int, str]]) -> tuple[PartLink, ...]:
        """A link for each (number, SHA-256 in base64), which takes those bytes alone.

        Raises `part_invalid`, `upload_state`, `upload_expired`, `asset_deleted`.
        """
        upload = self._open(upload_id)
        ttl_seconds = self._policy.link_ttl_seconds
        return tuple(
            PartLink(
                number=number,
                request=self._store.link_part(
                    upload.key,
                    upload.multipart_id,
                    number,
                    size_bytes=upload.part_size(number),
                    ttl_seconds=ttl_seconds,
                    sha256=sha256,
                ),
            )
            for number, sha256 in wishes
        )

    def get(self, upload_id: UploadId) -> tuple[Upload, tuple[Part, ...]]:
        """The upload and the parts the store holds (none once it ended)."""
        upload = self._catalog.get_upload(upload_id)
        return upload, self._held(upload) if upload.state is UploadState.OPEN else ()

    def complete(self, upload_id: UploadId) -> Upload:
        """Join the parts and start the run; twice is once.

        Raises `upload_incomplete` naming what is missing, `upload_state`, `asset_deleted`.
        """
        upload = self._catalog.get_upload(upload_id)
        if upload.state is UploadState.OPEN:
            self._refuse_deleted(upload)
            self._join(upload)
            self._hand_over(upload)
            upload = self._ended(upload, UploadState.COMPLETED)
        if upload.state is not UploadState.COMPLETED:
            raise _not_open(upload)
        return upload

    def abort(self, upload_id: UploadId) -> None:
        """Drop the parts; the asset goes with them. Twice is once.

        Raises `upload_state` when it was completed, or is being completed at this moment.
        """
        upload = self._catalog.get_upload(upload_id)
        if upload.state is UploadState.COMPLETED:
            raise _not_open(upload)
        asset = self._let_go(upload, lambda asset: asset.deleted(self._clock.now()))
        if upload.state is UploadState.OPEN:
            if _handed_over(asset):
                sentence = f"{upload.id} is being completed and cannot be aborted; delete {upload.asset_id} instead."
                raise MatineeError(ErrorCode.UPLOAD_STATE, sentence)
            upload = self._ended(upload, UploadState.ABORTED)
        self._store.abort_multipart(upload.key, upload.multipart_id)
        if asset is not None and asset.status is Status.DELETED:
            self.forget(asset.id)

    def abort_all(self, asset_id: AssetId) -> None:
        """Drop every open upload of an asset that is being deleted."""
        for upload in self._catalog.list_uploads_of(asset_id):
            if upload.state is not UploadState.OPEN:
                continue
            try:
                self.abort(upload.id)
            except MatineeError as error:
                if error.code not in (ErrorCode.UPLOAD_STATE, ErrorCode.CATALOG_CONFLICT):
                    raise  # otherwise it is being completed at this moment, and will find the asset deleted

    def forget(self, asset_id: AssetId) -> None:
        """Keep nothing of a person of a deleted asset: names and checksums of files, sessions, remembered answers."""
        for upload in self._remembered(asset_id):
            try:
                self._catalog.replace_upload(replace(upload, filename=FORGOTTEN, sha256=None, content_type=None))
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise  # otherwise the same call came twice at once
        self._catalog.forget_asset(asset_id)

    def remembers(self, asset_id: AssetId) -> bool:
        """Whether an upload that ended still holds what `forget` takes away."""
        return bool(self._remembered(asset_id))

    def open_multiparts(self) -> frozenset[str]:
        """The store's handles that are still wanted."""
        return frozenset(
            upload.multipart_id for upload in self._catalog.list_uploads(UploadState.OPEN, limit=EVERY_UPLOAD)
        )

    def expire_abandoned(self) -> int:
        """Sweep uploads whose time is over or whose asset was deleted: parts gone, asset failed with a sentence.

        How many went. One that cannot be swept is told and keeps no other from being swept.
        """
        now = self._clock.now()
        count = 0
        for upload in self._catalog.list_uploads(UploadState.OPEN, limit=EVERY_UPLOAD):
            try:
                count += self._swept(upload, now)
            except MatineeError as error:
                log.warning("upload not swept", extra={"upload": upload.id, "code": error.code})
        return count

    def fail_stranded(self, asset: Asset) -> None:
        """An asset that waits for an upload, and every upload of it has ended, fails with a sentence.

        One without any upload is left alone: a file from the inbox is being copied.
        """
        uploads = self._catalog.list_uploads_of(asset.id)
        if not uploads or any(upload.state is UploadState.OPEN for upload in uploads):
            return
        sentence = "The upload ended before the file was whole; upload the file again."
        failed = asset.failed(AssetError(code=ErrorCode.UPLOAD_INCOMPLETE, message=sentence), self._clock.now())
        try:
            self._catalog.replace_asset(failed)
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT:
                raise  # otherwise it moved on since it was read
        else:
            log.info("stranded asset failed", extra={"asset": asset.id})

    def finish_interrupted(self) -> int:
        """At start: finish what `complete` began when the process died, end what `begin` only began; how many finished.

        One that cannot be finished stays open for its publisher to see, and keeps no other from being finished.
        """
        count = 0
        for upload in self._catalog.list_uploads(UploadState.OPEN, limit=EVERY_UPLOAD):
            if self._asset_of(upload) is None:  # nobody was ever told of it: its first answer was not sent
                self._ended(upload, UploadState.EXPIRED)
                self._store.abort_multipart(upload.key, upload.multipart_id)
            elif self._joined(upload):
                try:
                    self.complete(upload.id)
                    count += 1
                except MatineeError as error:
                    log.warning("upload not finished", extra={"upload": upload.id, "code": error.code})
        return count

    def _swept(self, upload: Upload, now: datetime) -> bool:
        asset = self._asset_of(upload)
        if asset is not None and asset.status is Status.DELETED:
            self.abort(upload.id)
            self._store.delete(upload.key)
            return True
        if upload.expires_at > now:
            return False
        if self._joined(upload):
            self.complete(upload.id)  # whole before its time was over: only what follows was interrupted
            return True
        sentence = f"The upload of {upload.filename} was not finished in time; upload the file again."
        late = AssetError(code=ErrorCode.UPLOAD_EXPIRED, message=sentence)
        if not _handed_over(self._let_go(upload, lambda asset: asset.failed(late, now))):
            self._ended(upload, UploadState.EXPIRED)
            self._store.abort_multipart(upload.key, upload.multipart_id)
        return True

    def _let_go(self, upload: Upload, move: Callable[[Asset], Asset]) -> Asset | None:
        """The asset, moved if it waits for `upload`, whoever else edits it; None when it was never added.

        Before the upload ends: a crash in between leaves an open upload, which is found again. The other way round
        the asset would wait for ever.
        """
        while True:
            asset = self._asset_of(upload)
            if asset is None or asset.status is not Status.UPLOADING:
                return asset
            try:
                return self._catalog.replace_asset(move(asset))
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise

    def _remembered(self, asset_id: AssetId) -> tuple[Upload, ...]:
        uploads = self._catalog.list_uploads_of(asset_id)
        return tuple(upload for upload in uploads if upload.state is not UploadState.OPEN and not _is_forgotten(upload))

    def _open(self, upload_id: UploadId) -> Upload:
        upload = self._catalog.get_upload(upload_id)
        if upload.state is not UploadState.OPEN:
            raise _not_open(upload)
        self._refuse_deleted(upload)
        if upload.expires_at <= self._clock.now():
            raise MatineeError(ErrorCode.UPLOAD_EXPIRED, f"{upload.id} has expired; begin a new upload.")
        return upload

    def _held(self, upload: Upload) -> tuple[Part, ...]:
        try:
            return self._store.list_parts(upload.key, upload.multipart_id)
        except MatineeError as error:
            if error.code is ErrorCode.UPLOAD_NOT_FOUND:
                return ()  # joined already, or being ended by somebody else at this moment
            raise

    def _joined(self, upload: Upload) -> bool:
        try:
            return self._store.stat(upload.key).size_bytes == upload.size_bytes
        except MatineeError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                return False
            raise

    def _join(self, upload: Upload) -> None:
        held = self._held(upload)
        missing = upload.missing(held)
        if missing and not held and self._joined(upload):
            return
        if missing:
            listed = ", ".join(str(number) for number in missing[:20]) + (" …" if len(missing) > 20 else "")
            lack = f"{len(missing)} of {upload.part_count} parts ({listed})"
            sentence = f"{upload.id} lacks {lack}; send them and complete again."
            raise MatineeError(ErrorCode.UPLOAD_INCOMPLETE, sentence)
        try:
            self._store.complete_multipart(upload.key, upload.multipart_id, held)
        except MatineeError as error:
            if error.code is not ErrorCode.UPLOAD_NOT_FOUND or not self._joined(upload):
                raise

    def _ended(self, upload: Upload, state: UploadState) -> Upload:
        try:
            return self._catalog.replace_upload(upload.moved(state))
        except MatineeError as error:
            now = self._catalog.get_upload(upload.id)
            if error.code is ErrorCode.CATALOG_CONFLICT and now.state is state:
                return now  # the same call came twice at once
            raise

    def _hand_over(self, upload: Upload) -> None:
        """The asset's run is on its way, whoever else edits the asset or completes the upload at the same time."""
        while True:
            asset = self._catalog.get_asset(upload.asset_id)
            if asset.status is Status.DELETED:
                self._store.delete(upload.key)  # the deletion passed by before the parts were joined
                raise _deleted(upload)
            try:
                # Without a run it waits for this upload, or failed as expired while the parts were being joined.
                self._runs.begin(asset, upload.key) if asset.run is None else self._runs.put_back(asset)
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise
            else:
                return

    def _refuse_deleted(self, upload: Upload) -> None:
        """Raises `asset_deleted`, and drops what has come so far: nobody would ask for it again."""
        asset = self._asset_of(upload)
        if asset is not None and asset.status is Status.DELETED:
            self._store.abort_multipart(upload.key, upload.multipart_id)
            raise _deleted(upload)

    def _asset_of(self, upload: Upload) -> Asset | None:
        try:
            return self._catalog.get_asset(upload.asset_id)
        except MatineeError as error:
            if error.code is ErrorCode.ASSET_NOT_FOUND:
                return None  # the process died between the two writes of `begin`
            raise


def _handed_over(asset: Asset | None) -> bool:
    """Whether the source is the asset's already: the upload has been joined, and only its end is missing."""
    return asset is not None and asset.run is not None and asset.status is not Status.DELETED


def _is_forgotten(upload: Upload) -> bool:
    return upload.filename == FORGOTTEN and upload.sha256 is None and upload.content_type is None


def _deleted(upload: Upload) -> MatineeError:
    return MatineeError(ErrorCode.ASSET_DELETED, f"{upload.asset_id} was deleted; begin a new upload.")


def _not_open(upload: Upload) -> MatineeError:
    if upload.state is UploadState.EXPIRED:
        return MatineeError(ErrorCode.UPLOAD_EXPIRED, f"{upload.id} has expired; begin a new upload.")
    return MatineeError(ErrorCode.UPLOAD_STATE, f"{upload.id} is {upload.state} already; begin a new upload.")


def _checked_content_type(text: str | None) -> str | None:
    if text is None or MEDIA_TYPE.match(text):
        return text
    raise MatineeError(ErrorCode.FIELD_INVALID, f"'content_type' is {text[:60]!r}; it takes a type such as video/mp4.")
