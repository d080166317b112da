"""The bodies of what ingests cost. It must not know how that is reckoned."""

from pydantic import BaseModel, Field

from matinee.http.schemas import CostBody, ErrorBody, Outgoing


class FilmWish(BaseModel):
    """A film as it is described before it is sent, in the query string. A sound has no `width` and `height`."""

    duration_seconds: float | None = Field(default=None, description="Without it no film is asked about")
    width: int | None = None
    height: int | None = None
    frame_rate: float = 30.0
    size_bytes: int = Field(default=0, ge=0)
    codecs: str = Field(default="", max_length=40, description="Such as `h264,av1`; empty: what the server is set to")


class SpendingBody(Outgoing):
    """What the film would cost, why its ingest would wait, what this month has cost, and what is allowed (0: all)."""

    film: CostBody | None
    waits: ErrorBody | None
    month: str
    runs: int = Field(description="Ingests this month, those that were cancelled too")
    minutes: float
    usd: float
    limit_minutes_a_month: int
    limit_hours_stored: int
    limit_usd_a_film: float
