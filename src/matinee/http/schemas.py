"""The API's bodies: what comes in, what goes out. It must not know how anything is done.

Incoming bodies refuse unknown fields and do not coerce: a misspelt field is an error, not a silence.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from matinee.domain.asset import MAX_DESCRIPTION, MAX_TAG, MAX_TAGS, MAX_TITLE, Asset, Kind, Status
from matinee.domain.audit import Act
from matinee.domain.chapters import MAX_CHAPTER_TITLE, MAX_CHAPTERS
from matinee.domain.media import CODECS, Codec
from matinee.domain.object_keys import version_of
from matinee.domain.session import MAX_VIEWER, SessionState
from matinee.http.times import to_rfc3339
from matinee.ports.catalog import Order
from matinee.services.runs import RunReport

Time = Annotated[datetime, PlainSerializer(to_rfc3339, return_type=str, when_used="json")]
Codecs = Annotated[list[Codec], Field(max_length=len(CODECS))]
Tag = Annotated[str, Field(min_length=1, max_length=MAX_TAG)]


class Incoming(BaseModel):
    """A request body: strict types, no unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Outgoing(BaseModel):
    """A response body."""

    model_config = ConfigDict(from_attributes=True)


class Problem(Outgoing):
    """An error (RFC 9457). `code` is stable; `detail` says what happened, to what and what to do next."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str | None = None


class SignedLink(Outgoing):
    """The short-lived link to one stored object."""

    url: str
    expires_at: Time


class NewIngest(Incoming):
    """What a further ingest is to change."""

    codecs: Codecs | None = Field(
        default=None,
        description="The asset's codecs from now on; empty: what the server is set to. Without it those it has stay",
    )


class RenditionBody(Outgoing):
    """One rendition. `bandwidth` is the peak in bits per second."""

    name: str
    kind: Kind
    codecs: str
    bandwidth: int
    width: int | None
    height: int | None
    channels: int | None
    language: str | None


class CaptionBody(Outgoing):
    """One caption track."""

    language: str
    label: str


class ChapterBody(Outgoing):
    """A chapter, up to where the next one begins."""

    start_seconds: float
    title: str


class ChapterEdit(Incoming):
    """A chapter as its publisher wants it."""

    start_seconds: float = Field(ge=0)
    title: str = Field(min_length=1, max_length=MAX_CHAPTER_TITLE)


class PosterCandidate(Outgoing):
    """A picture of the film that may become its poster; the best has the highest `score` (0 to 1)."""

    number: int
    at_seconds: float
    score: float
    url: str


class PosterCandidates(Outgoing):
    """The candidates in the film's order."""

    items: list[PosterCandidate]


class ErrorBody(Outgoing):
    """Why the last run failed."""

    code: str
    message: str


class CostBody(Outgoing):
    """What one ingest costs, by AWS's prices: `usd` once, `usd_a_month` for what is stored."""

    seconds: float = Field(description="Of film")
    cpu_seconds: float
    usd: float
    stored_gb: float = Field(description="The source and every rendition, in 10^9 bytes")
    usd_a_month: float


class AssetBody(Outgoing):
    """An asset."""

    id: str
    title: str
    description: str
    tags: list[str]
    kind: Kind
    status: Status
    progress: int = Field(ge=0, le=100)
    paused: bool = Field(description="Whether its ingest waits for somebody to resume it")
    waiting: ErrorBody | None = Field(description="The limit its ingest waits at, for somebody to approve it")
    cost: CostBody | None = Field(description="What its latest ingest costs, estimated once the film was looked at")
    seconds_left: int | None = Field(description="How long its ingest still takes; null while nobody can know")
    playable_after_seconds: float | None = Field(
        description="From the end of the upload (or the call of …/ingest) until its latest ingest could be watched"
    )
    duration_seconds: float | None
    width: int | None
    height: int | None
    frame_rate: float | None
    codecs: list[Codec] = Field(description="What its pictures are encoded in; empty: what the server is set to")
    version: str | None
    error: ErrorBody | None
    renditions: list[RenditionBody]
    captions: list[CaptionBody]
    chapters: list[ChapterBody]
    poster: int | Literal["auto", "own"] = Field(
        description="The candidate chosen as poster, 'own' for a picture that was sent, 'auto' for the best candidate"
    )
    size_bytes: int | None
    poster_url: str | None = Field(
        description="Opens the picture and nothing else, without sign-in, for half an hour to an hour"
    )
    expires_at: Time | None = Field(description="When it deletes itself; null: not, or by the server's own rule")
    public_preview: bool = Field(description="Whether its share links show title and poster before they are opened")
    created_at: Time
    updated_at: Time


class AssetList(Outgoing):
    """A page of assets, in the order asked for."""

    items: list[AssetBody]
    next_cursor: str | None


class Listing(BaseModel):
    """What a page of assets is asked by, in the query string."""

    limit: int = Field(default=25, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=500)
    status: Status | None = None
    q: str | None = Field(default=None, max_length=200)
    kind: Kind | None = None
    tag: str | None = Field(default=None, min_length=1, max_length=MAX_TAG)
    sort: Order = Field(
        default=Order.NEWEST,
        description="By age, by title (its first 60 letters, whatever the case) or by length, then by id",
    )


class AssetEdit(Incoming):
    """What a publisher may change; fields left out stay as they are."""

    title: str | None = Field(default=None, min_length=1, max_length=MAX_TITLE)
    description: str | None = Field(default=None, max_length=MAX_DESCRIPTION)
    tags: list[Tag] | None = Field(default=None, max_length=MAX_TAGS)
    chapters: list[ChapterEdit] | None = Field(default=None, max_length=MAX_CHAPTERS)
    poster: int | Literal["auto"] | None = Field(
        default=None, description="The number of a candidate, or 'auto' for the best one"
    )
    public_preview: bool | None = None
    expires_at: Annotated[AwareDatetime, Field(strict=False)] | Literal["never"] | None = Field(
        default=None, description="When the asset deletes itself; 'never' takes that back"
    )


class SupersededBody(Outgoing):
    """What was published before and is kept while somebody may still watch it."""

    version: str | None = Field(description="Null for the media of an earlier run")
    at: Time
    removed_after: Time


class VersionList(Outgoing):
    """What is published of an asset and what was."""

    published: str | None
    attempt: int = Field(description="How often the source was ingested")
    superseded: list[SupersededBody]


class LimitsBody(Outgoing):
    """What this server takes, makes and for how long. Sizes in bytes, lengths in characters."""

    max_size_bytes: int
    free_bytes: int | None = Field(description="Room for sources and what is made of them; null where there is no end")
    source_endings: list[str] = Field(description="Endings of file names that are taken for films and recordings")
    upload_days: int
    codecs: list[str]
    playback_ttl_seconds: int
    playback_max_ttl_seconds: int
    session_seconds: int
    sessions_per_viewer: int = Field(description="0: any number")
    keep_superseded_seconds: int
    rotates_keys: str = Field(description="Who makes a new signing key: `command` or `schedule`")
    max_caption_bytes: int
    max_title: int
    max_description: int
    max_tags: int
    max_tag: int


class SessionWish(Incoming):
    """Who wants to watch, from where, how long. The server decides; the caller only asks."""

    viewer: str | None = Field(default=None, min_length=1, max_length=MAX_VIEWER)
    ttl_seconds: int | None = None
    bind_ip: str | None = Field(default=None, max_length=64)
    not_before: Annotated[datetime, Field(strict=False)] | None = None


class PlaybackBody(Outgoing):
    """A playback session with everything a player needs; one token, in the path, covers all of it."""

    session_id: str
    asset_id: str
    title: str
    kind: Kind
    duration_seconds: float | None
    expires_at: Time
    session_ends_at: Time
    hls_url: str
    dash_url: str
    poster_url: str | None
    storyboard_url: str | None = Field(description="WebVTT whose cues name tiles (`sheet.jpg#xywh=x,y,w,h`)")
    chapters_url: str | None = Field(description="WebVTT with a cue for each chapter")
    watch_url: str


class SessionBody(Outgoing):
    """A playback session, without its token: that is told once, to who opened it."""

    session_id: str
    asset_id: str
    viewer: str
    state: SessionState
    bind_ip: str | None
    created_at: Time
    not_before: Time
    session_ends_at: Time
    revoked_at: Time | None


class SessionList(Outgoing):
    """A page of an asset's sessions, newest first."""

    items: list[SessionBody]
    next_cursor: str | None


class AuditBody(Outgoing):
    """What was done with a session, by whom, and from which network (IPv4 to 24 bits, IPv6 to 48)."""

    id: str
    at: Time
    act: Act
    caller: str | None = Field(description="Null, as `viewer`, for a viewer whose asset was deleted")
    session_id: str
    asset_id: str
    viewer: str | None
    network: str | None


class AuditList(Outgoing):
    """A page of records, newest first."""

    items: list[AuditBody]
    next_cursor: str | None


class Health(Outgoing):
    """What works."""

    version: str
    status: str
    checks: dict[str, str]
    gate: str = Field(description="`enforce`; `log` while everybody is let through")
    public_assets: list[str] = Field(description="Films that anybody may watch")


def asset_body(asset: Asset, report: RunReport, poster_url: str | None) -> AssetBody:
    """The API's view of `asset` and of its latest run."""
    values: dict[str, Any] = {name: getattr(asset, name, None) for name in AssetBody.model_fields}
    chosen = "own" if asset.own_poster else asset.poster_candidate or "auto"
    made = {"poster_url": poster_url, "poster": chosen, "chapters": asset.chapters or ()}
    return AssetBody.model_validate(values | asdict(report) | made, from_attributes=True)


def version_list(asset: Asset, keep_seconds: int) -> VersionList:
    """What is published and what was, each with the moment from which it may go."""
    return VersionList(
        published=asset.version,
        attempt=asset.attempt,
        superseded=[
            SupersededBody(
                version=version_of(asset.id, old.prefix + "x"),
                at=old.at,
                removed_after=old.at + timedelta(seconds=keep_seconds),
            )
            for old in asset.superseded
        ],
    )
