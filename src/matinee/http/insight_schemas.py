"""The bodies of beacons and of insight. It must not know how anything is counted."""

from datetime import date
from typing import Annotated

from pydantic import Field

from matinee.domain.beacon import ERRORS, MAX_MS, MAX_NUMBER
from matinee.domain.quality import Complaint
from matinee.domain.token import MAX_TOKEN
from matinee.http.schemas import Incoming, Outgoing

Milliseconds = Annotated[int, Field(ge=0, le=MAX_MS)]
Total = Annotated[int, Field(ge=0, le=MAX_MS * MAX_NUMBER)]
Hundredth = Annotated[int, Field(ge=0, le=99)]


class BeaconBody(Incoming):
    """What a player tells of one view since its last beacon; the token is in the body, so that `sendBeacon` works."""

    token: str = Field(min_length=1, max_length=MAX_TOKEN)
    view: str = Field(pattern="^[0-9A-Za-z_-]{8,64}$", description="Drawn by the player for each opening of a film")
    number: int = Field(ge=1, le=MAX_NUMBER, description="1, 2, 3 …: a number heard twice counts once")
    watched_ms: Milliseconds = 0
    stalls: int = Field(default=0, ge=0, le=1000)
    stalled_ms: Milliseconds = 0
    startup_ms: Milliseconds | None = Field(default=None, description="From play to the first picture; once a view")
    seen: list[Hundredth] = Field(
        default_factory=list, max_length=100, description="Hundredths of the film seen for the first time"
    )
    rendition: str | None = Field(default=None, max_length=32)
    error: str | None = Field(default=None, description=f"One of {', '.join(ERRORS)}")
    ended: bool = False
    view_watched_ms: Total | None = Field(default=None, description="The whole view; with its last beacon alone")
    view_stalled_ms: Total | None = None


class ExperienceBody(Outgoing):
    """How views began and ran on one kind of device, or in one rendition."""

    watch_seconds: float
    startup_ms_p50: int | None
    startup_ms_p95: int | None
    stalled_share: float = Field(description="Of the time playing was wanted, 0 to 1")


class DayBody(Outgoing):
    """One day, in UTC."""

    day: date
    views: int
    viewers: int
    watch_seconds: float
    stalled_seconds: float
    startup_ms_p50: int | None
    startup_ms_p95: int | None
    stalled_share: float
    errors: int


class InsightBody(Outgoing):
    """What was watched. Percentiles are the upper edge of the bucket they fall into; nobody in particular is in it."""

    asset_id: str | None
    first: date
    last: date
    views: int
    viewers: int = Field(description="Counted each day anew: somebody who watched on two days counts twice")
    watch_seconds: float
    stalls: int
    stalled_share: float = Field(description="Of the time playing was wanted, 0 to 1")
    startup_ms_p50: int | None
    startup_ms_p95: int | None
    stalled_share_p50: float | None = Field(description="Of views")
    stalled_share_p95: float | None
    errors: dict[str, int]
    devices: dict[str, int]
    renditions: dict[str, float] = Field(description="Seconds watched in each")
    by_device: dict[str, ExperienceBody] = Field(description="Nothing of days before 2026-11-26")
    by_rendition: dict[str, ExperienceBody] = Field(description="A view's start counts to the rendition it began with")
    retention: list[float] = Field(description="The share of views that saw each hundredth of the film")
    days: list[DayBody]


class QualityBody(Outgoing):
    """How one film played in the last quarter of an hour."""

    asset_id: str
    complaint: Complaint | None = Field(description="What its viewers have to complain of; null when nothing")
    wanted_seconds: float = Field(description="Time that playing was wanted: watched, and stood still")
    stalled_seconds: float
    stalled_share: float
    starts: int
    slow_starts: int = Field(description="Those that took over ten seconds")
    errors: int = Field(description="Of players, ended links aside")


class QualityList(Outgoing):
    """Every film that was played, those whose viewers complain first."""

    items: list[QualityBody]
