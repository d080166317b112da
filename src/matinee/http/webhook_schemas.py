"""The bodies of `/v1/webhooks`. It must not know how anything is done.

A secret is in two of them, and only there: what makes an endpoint and what rotates its secret answer with it.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from matinee.domain.delivery import DeliveryState
from matinee.domain.outbound import MAX_URL
from matinee.domain.webhook import MAX_DESCRIPTION, Webhook
from matinee.http.schemas import Incoming, Outgoing, Time
from matinee.services.webhooks import MAX_KEEP_SECONDS

EventName = Literal[
    "asset.created",
    "asset.playable",
    "asset.ready",
    "asset.failed",
    "asset.deleted",
    "upload.expired",
    "playback.session_started",
    "playback.session_revoked",
]
Moment = Annotated[datetime, Field(strict=False)]
KEEP_SECONDS = 86_400


class WebhookWish(Incoming):
    """An endpoint to be told of events; without `events`, of all."""

    url: str = Field(min_length=1, max_length=MAX_URL)
    events: list[EventName] = Field(default_factory=list, max_length=8)
    description: str = Field(default="", max_length=MAX_DESCRIPTION)


class WebhookEdit(Incoming):
    """What may be changed; fields left out stay as they are. An empty list of events is every event."""

    url: str | None = Field(default=None, min_length=1, max_length=MAX_URL)
    events: list[EventName] | None = Field(default=None, max_length=8)
    description: str | None = Field(default=None, max_length=MAX_DESCRIPTION)
    enabled: bool | None = None


class RotationWish(Incoming):
    """How long the secret before the new one goes on signing."""

    keep_seconds: int = Field(default=KEEP_SECONDS, ge=0, le=MAX_KEEP_SECONDS)


class ReplayWish(Incoming):
    """What to tell again: one event, or those of a time; of these only the dead ones, when asked."""

    event_id: str | None = Field(default=None, min_length=1, max_length=60)
    since: Moment | None = None
    until: Moment | None = None
    only_dead: bool = False
    cursor: str | None = Field(default=None, max_length=500)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.event_id is None) == (self.since is None):
            raise ValueError("takes event_id, or since (and until); one of the two")
        if any(at is not None and at.tzinfo is None for at in (self.since, self.until)):
            raise ValueError("since and until take a time with its zone, such as 2026-03-01T20:00:00Z")
        return self


class WebhookBody(Outgoing):
    """An endpoint."""

    id: str
    url: str
    events: list[str] = Field(description="The types it is told of; empty: all")
    description: str
    enabled: bool
    previous_secret_valid_until: Time | None = Field(description="Until when the secret before the newest signs too")
    created_at: Time
    updated_at: Time


class WebhookWithSecret(WebhookBody):
    """An endpoint with the secret that was just made: it is shown this once."""

    secret: str


class WebhookList(Outgoing):
    """Every endpoint, oldest first."""

    items: list[WebhookBody]


class AttemptBody(Outgoing):
    """One try: the endpoint's status, or why there is none."""

    at: Time
    duration_ms: int
    status: int | None
    problem: str | None


class DeliveryBody(Outgoing):
    """One event on its way to an endpoint."""

    id: str
    event_id: str
    event_type: str
    event_at: Time
    state: DeliveryState
    tries: int
    next_at: Time | None = Field(description="When it is tried next; null when it is over")
    attempts: list[AttemptBody] = Field(description="The last ten tries, the newest last")


class DeliveryList(Outgoing):
    """A page of deliveries, the newest event first."""

    items: list[DeliveryBody]
    next_cursor: str | None


class ReplayReport(Outgoing):
    """How many events are told again; ask on with `next_cursor` and the same range."""

    count: int
    next_cursor: str | None


def webhook_values(webhook: Webhook) -> dict[str, object]:
    """What every body of an endpoint holds."""
    old = webhook.secrets[1].valid_until if len(webhook.secrets) > 1 else None
    return {
        "id": webhook.id,
        "url": webhook.url,
        "events": [str(each) for each in webhook.events],
        "description": webhook.description,
        "enabled": webhook.enabled,
        "previous_secret_valid_until": old,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
    }
