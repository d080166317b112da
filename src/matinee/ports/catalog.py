"""What is known of assets, uploads, sessions and runs. It must not know SQL, DynamoDB or JSON.

Obligations of every adapter (`tests/contracts/catalog.py` holds them to it):

* Every value carries `revision`. `add_*` stores revision 1 and raises `catalog_conflict` when the id exists.
  `replace_*` stores `value` with `revision + 1` only if what is stored still has `value.revision`, returns what it
  stored, and raises `catalog_conflict` otherwise: two writers never overwrite each other.
* A write that returned is durable, whatever dies next. Reads after it see it, by id and of one asset (`…_of`,
  `list_sessions`, `list_shares`); the listings across assets may lag by a second, so nobody decides by them without a
  `replace_*`.
* Errors are `MatineeError`: the not-found codes named below, `catalog_conflict`, `catalog_unavailable`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from matinee.domain.asset import Asset, Kind, Status
from matinee.domain.ids import AssetId, RunId, SessionId, ShareId, UploadId
from matinee.domain.run import Run, RunState
from matinee.domain.session import Session
from matinee.domain.share_link import ShareLink
from matinee.domain.upload import Upload, UploadState


class Order(StrEnum):
    """By `created_at`, title or length, one way or the other, then by id.

    Titles whatever their case, by their first 60 letters and the letters' numbers (no language's own order); a film
    whose length is not known yet is the shortest.
    """

    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "title"
    LONGEST = "longest"
    SHORTEST = "shortest"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetQuery:
    """Which assets, and in what order; deleted ones only when asked for.

    `text` matches title, description and tags, whatever the case; `tag` is one of the tags, to the letter.
    """

    limit: int = 25
    cursor: str | None = None
    status: Status | None = None
    text: str | None = None
    kind: Kind | None = None
    tag: str | None = None
    order: Order = Order.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetPage:
    """Assets in the order asked for; `next_cursor` is None on the last page."""

    items: tuple[Asset, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionQuery:
    """Which sessions: those of an asset."""

    asset_id: AssetId
    limit: int = 25
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    """Sessions, newest first; `next_cursor` is None on the last page."""

    items: tuple[Session, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedAnswer:
    """What was answered to a request with an idempotency key. `body` is None while the first is still running."""

    fingerprint: str
    status: int | None
    body: str | None


class Catalog(Protocol):
    """Durable facts, each kind with add, get, replace and the listings the services need."""

    def add_asset(self, asset: Asset) -> Asset:
        """Store a new asset."""
        ...

    def get_asset(self, asset_id: AssetId) -> Asset:
        """The asset, tombstones included. Raises `asset_not_found`."""
        ...

    def replace_asset(self, asset: Asset) -> Asset:
        """Store a changed asset; publishing a version is this one conditional write."""
        ...

    def list_assets(self, query: AssetQuery) -> AssetPage:
        """A page of assets in the order asked for. A cursor of another listing: `field_invalid`."""
        ...

    def add_upload(self, upload: Upload) -> Upload:
        """Store a new upload."""
        ...

    def get_upload(self, upload_id: UploadId) -> Upload:
        """The upload. Raises `upload_not_found`."""
        ...

    def replace_upload(self, upload: Upload) -> Upload:
        """Store a changed upload."""
        ...

    def list_uploads(self, state: UploadState, *, limit: int = 100) -> tuple[Upload, ...]:
        """Up to `limit` uploads in `state`, those that expire first coming first."""
        ...

    def list_uploads_of(self, asset_id: AssetId) -> tuple[Upload, ...]:
        """Every upload of an asset, whatever its state."""
        ...

    def add_session(self, session: Session) -> Session:
        """Store a new playback session."""
        ...

    def get_session(self, session_id: SessionId) -> Session:
        """The session. Raises `session_not_found`."""
        ...

    def replace_session(self, session: Session) -> Session:
        """Store a changed session."""
        ...

    def list_sessions(self, asset_id: AssetId, *, limit: int = 1000) -> tuple[Session, ...]:
        """The sessions of an asset, newest first."""
        ...

    def page_of_sessions(self, query: SessionQuery) -> SessionPage:
        """A page of an asset's sessions, newest first. A cursor of another asset: `field_invalid`."""
        ...

    def list_viewer_sessions(self, viewer: str, *, limit: int = 1000) -> tuple[Session, ...]:
        """The sessions of a named viewer, of every asset, newest first; none of `ANONYMOUS`."""
        ...

    def add_share(self, share: ShareLink) -> ShareLink:
        """Store a new share link."""
        ...

    def get_share(self, share_id: ShareId) -> ShareLink:
        """The share link. Raises `share_not_found`."""
        ...

    def replace_share(self, share: ShareLink) -> ShareLink:
        """Store a changed share link; counting a view is this one conditional write."""
        ...

    def list_shares(self, asset_id: AssetId, *, limit: int = 1000) -> tuple[ShareLink, ...]:
        """The share links of an asset, newest first."""
        ...

    def add_run(self, run: Run) -> Run:
        """Store a new run."""
        ...

    def get_run(self, run_id: RunId) -> Run:
        """The run. Raises `asset_not_found` (a run is named only through its asset)."""
        ...

    def replace_run(self, run: Run) -> Run:
        """Store a changed run."""
        ...

    def list_runs(self, state: RunState, *, limit: int = 100) -> tuple[Run, ...]:
        """Up to `limit` runs in `state`, oldest first."""
        ...

    def begin_request(
        self, key: str, fingerprint: str, *, now: datetime, expires_at: datetime
    ) -> RememberedAnswer | None:
        """None when the caller is the first with `key` (it must finish or forget it), else what is remembered.

        A key is remembered until `expires_at`, durably, and exactly one of many simultaneous callers gets None.
        """
        ...

    def finish_request(self, key: str, status: int, body: str) -> None:
        """Remember the answer for whoever asks again."""
        ...

    def forget_request(self, key: str) -> None:
        """The request failed without effect: the key may be used again."""
        ...

    def forget_running_requests(self) -> None:
        """At start: requests that were running when the process died never finish; their keys may be used again."""
        ...

    def forget_asset(self, asset_id: AssetId) -> None:
        """The asset was deleted: its sessions and share links go, what was counted of it, and every remembered answer
        that names it. Twice is once."""
        ...

    def sweep(self, now: datetime) -> int:
        """Drop sessions ended before `now`, share links kept until then, answers expired by then; how many went."""
        ...
