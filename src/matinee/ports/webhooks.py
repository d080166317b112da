"""Endpoints, events and deliveries, kept. It must not know SQL, DynamoDB or JSON.

Obligations of every adapter (`tests/contracts/webhooks.py` holds them to it):

* As in `ports.catalog`: `add_*` stores revision 1 and raises `catalog_conflict` when the id exists; `replace_*` stores
  only over `value.revision`; a write that returned is durable. Reads by id and `list_webhooks` see it at once; the
  other listings may lag by a second.
* Every change of an asset, an upload or a session that is an event (`domain.event.event_of`) is recorded with the
  change itself, all or none: on one machine in the same transaction (`Outbox`), on AWS by the table's stream.
* Secrets are in no error.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matinee.domain.delivery import Delivery, DeliveryState
from matinee.domain.event import Event
from matinee.domain.ids import DeliveryId, EventId, WebhookId
from matinee.domain.webhook import Webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Events of `[since, until)`, oldest first."""

    since: datetime
    until: datetime
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Events, oldest first; `next_cursor` is None on the last page."""

    items: tuple[Event, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPage:
    """Deliveries, the newest event first; `next_cursor` is None on the last page."""

    items: tuple[Delivery, ...]
    next_cursor: str | None


class WebhookStore(Protocol):
    """What is known of endpoints and of what they were told."""

    def add_webhook(self, webhook: Webhook) -> Webhook:
        """Store a new endpoint."""
        ...

    def get_webhook(self, webhook_id: WebhookId) -> Webhook:
        """The endpoint. Raises `webhook_not_found`."""
        ...

    def replace_webhook(self, webhook: Webhook) -> Webhook:
        """Store a changed endpoint."""
        ...

    def remove_webhook(self, webhook_id: WebhookId) -> None:
        """The endpoint goes, and what was on its way is never due again. Raises `webhook_not_found`."""
        ...

    def list_webhooks(self) -> tuple[Webhook, ...]:
        """Every endpoint, oldest first."""
        ...

    def add_event(self, event: Event) -> Event:
        """Store an event that is no stored change: a test, or one the stream told of."""
        ...

    def get_event(self, event_id: EventId) -> Event:
        """The event. Raises `event_not_found`, also once it was swept."""
        ...

    def list_events(self, query: EventQuery) -> EventPage:
        """A page of events. A cursor that is none of this listing: `field_invalid`."""
        ...

    def add_delivery(self, delivery: Delivery) -> Delivery:
        """Store a new delivery."""
        ...

    def get_delivery(self, delivery_id: DeliveryId) -> Delivery:
        """The delivery. Raises `event_not_found`."""
        ...

    def replace_delivery(self, delivery: Delivery) -> Delivery:
        """Store a changed delivery."""
        ...

    def list_deliveries(
        self, webhook_id: WebhookId, *, state: DeliveryState | None, limit: int, cursor: str | None
    ) -> DeliveryPage:
        """A page of an endpoint's deliveries, the newest event first. A foreign cursor: `field_invalid`."""
        ...

    def due(self, webhook_id: WebhookId, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Up to `limit` deliveries that wait and whose `next_at` is not after `now`."""
        ...

    def sweep_events(self, before: datetime) -> int:
        """Drop events from before `before` that were told, and their deliveries that no longer wait; how many went."""
        ...


class Outbox(Protocol):
    """Events that were recorded with their change and are not told yet. On AWS the table's stream does this."""

    def untold(self, *, limit: int) -> tuple[Event, ...]:
        """Up to `limit` of them, in the order they were recorded. Asking changes nothing."""
        ...

    def told(self, event_id: EventId) -> None:
        """Its deliveries are stored. Twice is once."""
        ...
