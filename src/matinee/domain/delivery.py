"""One event on its way to one endpoint. It must not know how it travels.

    waiting ──▶ delivered      the endpoint answered 2xx
       │  ▲         │
       ▼  └─────────┤  replayed: as good as new, under the same id
      dead ─────────┘
       ▲ a day of tries (`KEEP_TRYING`) went by

While a try is under way the delivery is still `waiting`, with `next_at` put off by `LEASE`: a sender that dies in the
middle leaves it to be tried again. So an event may arrive twice and is never lost; its id tells the receiver.

Pauses double from 5 seconds to 2 hours, each with jitter, so that endpoints that came back are not met by everything
at once; the last try is at the day's very end.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from matinee.domain.event import Event
from matinee.domain.ids import DeliveryId, EventId, WebhookId, derive_id

KEEP_TRYING = timedelta(hours=24)
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 7200.0
LEASE = timedelta(seconds=90)  # longer than any try may take (`ports.courier`), so nobody else begins one meanwhile
LATE = timedelta(hours=1)  # a ring that was lost is made good within half of it
LONGEST_ASKED = timedelta(hours=1)  # of what a receiver's Retry-After may ask for
REMEMBERED = 10  # attempts of one delivery in the log, the newest last


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: the endpoint's status, or why there is none (`ports.courier` lists the reasons)."""

    at: datetime
    duration_ms: int
    status: int | None = None
    problem: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint took it: any 2xx (Standard Webhooks, "Retries"). A redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint."""

    id: DeliveryId
    webhook_id: WebhookId
    event_id: EventId
    event_type: str
    event_at: datetime
    state: DeliveryState
    next_at: datetime
    give_up_at: datetime
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()
    revision: int = 1

    def begun(self, now: datetime) -> Self:
        """A try is under way. Hours in which nobody tried, the endpoint being off, are not of the day of tries."""
        late = now - self.next_at
        give_up_at = self.give_up_at + late if late > LATE else self.give_up_at
        return replace(self, next_at=now + LEASE, give_up_at=give_up_at)

    def ended(self, attempt: Attempt, *, now: datetime, jitter: float, asked: timedelta | None) -> Self:
        """The try is over. `jitter` is from 0 to 1; `asked` is the pause the endpoint asked for."""
        tried = replace(self, tries=self.tries + 1, attempts=(*self.attempts, attempt)[-REMEMBERED:])
        if attempt.succeeded:
            return replace(tried, state=DeliveryState.DELIVERED)
        if now >= self.give_up_at:
            return replace(tried, state=DeliveryState.DEAD)
        pause = max(pause_after(tried.tries, jitter), min(asked or timedelta(0), LONGEST_ASKED))
        return replace(tried, next_at=min(now + pause, self.give_up_at))

    def replayed(self, now: datetime) -> Self:
        """Sent once more, with a whole day of tries."""
        return replace(self, state=DeliveryState.WAITING, next_at=now, give_up_at=now + KEEP_TRYING, tries=0)


def delivery_of(event: Event, webhook: WebhookId, now: datetime) -> Delivery:
    """The delivery of `event` to an endpoint; there is one, whoever makes it again."""
    return Delivery(
        id=delivery_id(event.id, webhook),
        webhook_id=webhook,
        event_id=event.id,
        event_type=event.type,
        event_at=event.at,
        state=DeliveryState.WAITING,
        next_at=now,
        give_up_at=now + KEEP_TRYING,
    )


def delivery_id(event: EventId, webhook: WebhookId) -> DeliveryId:
    """The id of the one delivery of an event to an endpoint."""
    return DeliveryId(derive_id("dlv_", webhook, event))


def pause_after(tries: int, jitter: float) -> timedelta:
    """How long to wait after so many failed tries: between a half and the whole of the doubled pause."""
    whole = min(FIRST_PAUSE_SECONDS * 2 ** min(tries - 1, 20), LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=whole * (0.5 + jitter / 2))
