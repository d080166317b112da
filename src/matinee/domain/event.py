"""What other systems are told: which change of a stored value is which event. It must not know who listens.

    before ─▶ after                                     event
    nothing ─▶ asset                                    asset.created
    asset in another status ─▶ playable, ready …        asset.playable | ready | failed | deleted
    open upload ─▶ expired                              upload.expired
    nothing ─▶ session                                  playback.session_started
    session ─▶ revoked session                          playback.session_revoked

An event is derived from the stored change and from nothing else, its id too (the value's id and revision): whoever
derives it again, after a crash or from a repeated stream record, derives the same one. It carries ids and states, no
titles and no viewers: what is known of a person stays in the catalog, where a deletion finds it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from matinee.domain.asset import Asset, Status
from matinee.domain.ids import AssetId, EventId, SessionId, UploadId, VersionId, derive_id
from matinee.domain.session import Session
from matinee.domain.upload import Upload, UploadState
from matinee.errors import ErrorCode


class EventType(StrEnum):
    """Stable names: receivers lean on them. Add; never rename."""

    ASSET_CREATED = "asset.created"
    ASSET_PLAYABLE = "asset.playable"
    ASSET_READY = "asset.ready"
    ASSET_FAILED = "asset.failed"
    ASSET_DELETED = "asset.deleted"
    UPLOAD_EXPIRED = "upload.expired"
    SESSION_STARTED = "playback.session_started"
    SESSION_REVOKED = "playback.session_revoked"
    TEST = "webhook.test"


# What an endpoint may ask for; a test goes to the one endpoint it is a test of.
SUBSCRIBABLE = tuple(each for each in EventType if each is not EventType.TEST)

ASSET_EVENTS = {
    Status.PLAYABLE: EventType.ASSET_PLAYABLE,
    Status.READY: EventType.ASSET_READY,
    Status.FAILED: EventType.ASSET_FAILED,
    Status.DELETED: EventType.ASSET_DELETED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventData:
    """What an event is about; what does not belong to its type is None."""

    asset_id: AssetId | None = None
    upload_id: UploadId | None = None
    session_id: SessionId | None = None
    webhook_id: str | None = None
    status: Status | None = None
    version: VersionId | None = None
    duration_seconds: float | None = None
    error_code: ErrorCode | None = None
    session_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened `at`. It never changes; `revision` is the catalog's."""

    id: EventId
    type: EventType
    at: datetime
    data: EventData
    revision: int = 1


Told = Asset | Upload | Session  # the values whose changes are events


def event_of(before: Told | None, after: Told) -> Event | None:
    """The event that storing `after` over `before` is; None when it is none."""
    if isinstance(after, Asset):
        return _of_asset(before if isinstance(before, Asset) else None, after)
    if isinstance(after, Upload):
        return _of_upload(before if isinstance(before, Upload) else None, after)
    return _of_session(before if isinstance(before, Session) else None, after)


def _of_asset(before: Asset | None, after: Asset) -> Event | None:
    kind = EventType.ASSET_CREATED if before is None else ASSET_EVENTS.get(after.status)
    if kind is None or (before is not None and before.status is after.status):
        return None
    data = EventData(
        asset_id=after.id,
        status=after.status,
        version=after.version,
        duration_seconds=None if after.status is Status.DELETED else after.duration_seconds,
        error_code=None if after.error is None else after.error.code,
    )
    return _event(after, kind, after.created_at if before is None else after.updated_at, data)


def _of_upload(before: Upload | None, after: Upload) -> Event | None:
    if before is None or before.state is after.state or after.state is not UploadState.EXPIRED:
        return None
    data = EventData(upload_id=after.id, asset_id=after.asset_id)
    return _event(after, EventType.UPLOAD_EXPIRED, after.expires_at, data)


def _of_session(before: Session | None, after: Session) -> Event | None:
    data = EventData(session_id=after.id, asset_id=after.asset_id, session_ends_at=after.ends_at)
    if before is None:
        return _event(after, EventType.SESSION_STARTED, after.created_at, data)
    if before.revoked_at is None and after.revoked_at is not None:
        return _event(after, EventType.SESSION_REVOKED, after.revoked_at, data)
    return None


def _event(after: Told, kind: EventType, at: datetime, data: EventData) -> Event:
    return Event(id=EventId(derive_id("evt_", after.id, str(after.revision))), type=kind, at=at, data=data)
