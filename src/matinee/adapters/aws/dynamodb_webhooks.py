"""Endpoints, events and deliveries in the catalog's table. It must not know HTTP or policy; `ports.webhooks` rules.

    what is asked                     how                                                              reads
    an endpoint, event, delivery      GetItem {id}, value                                              consistent
    every endpoint                    Query webhooks, webhook#…, then BatchGetItem                     consistent
    events of a time                  by_listing "events", position by what time it happened           index
    an endpoint's deliveries          by_listing "deliveries#{id}", position by their event's time     index
    … in a state                      by_state "delivery#{state}#{id}", the same position              index
    … that are due                    the same, filtered by `next_at`                                  index

Events and deliveries end by time to live: nothing has to sweep them.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from matinee.adapters.aws.dynamodb_documents import VALUE, Attributes, Documents
from matinee.adapters.aws.dynamodb_ends import expires
from matinee.adapters.aws.dynamodb_table import BY_LISTING, BY_STATE, Item, Table, key, number, position, text
from matinee.adapters.documents import microseconds
from matinee.adapters.webhook_cursor import delivery_page, event_page, read_place_cursor
from matinee.adapters.webhook_errors import no_delivery, no_event, no_webhook
from matinee.domain.delivery import KEEP_TRYING, Delivery, DeliveryState
from matinee.domain.event import Event
from matinee.domain.ids import DeliveryId, EventId, WebhookId
from matinee.domain.webhook import Webhook
from matinee.ports.clock import Entropy
from matinee.ports.webhooks import DeliveryPage, EventPage, EventQuery

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WEBHOOKS, WEBHOOK, EVENTS = "webhooks", "webhook#", "events"
AFTER_ALL_IDS = "~"  # sorts after any id


class DynamoDbWebhooks:
    """Implements the `WebhookStore` port in the table `name`; what happened is kept for `keep`."""

    def __init__(self, client: "DynamoDBClient", name: str, entropy: Entropy, *, keep: timedelta) -> None:
        self._table = table = Table(client, name)
        self._keep = keep
        self._webhooks = Documents(table, entropy, Webhook, lambda _: {}, missing=no_webhook)
        self._events = Documents(table, entropy, Event, self._event_attributes, missing=no_event)
        self._deliveries = Documents(table, entropy, Delivery, self._delivery_attributes, missing=no_delivery)

    def add_webhook(self, webhook: Webhook) -> Webhook:
        """Store a new endpoint."""
        return self._webhooks.add_below(webhook, [WEBHOOKS], _place(webhook), {})

    def get_webhook(self, webhook_id: WebhookId) -> Webhook:
        """The endpoint. Raises `webhook_not_found`."""
        return self._webhooks.get(webhook_id)

    def replace_webhook(self, webhook: Webhook) -> Webhook:
        """Store a changed endpoint."""
        return self._webhooks.replace(webhook)

    def remove_webhook(self, webhook_id: WebhookId) -> None:
        """The endpoint goes. Its deliveries end by time to live; who would send one finds no endpoint."""
        webhook = self.get_webhook(webhook_id)
        self._table.delete_all([key(WEBHOOKS, _place(webhook)), key(webhook_id, VALUE)])

    def list_webhooks(self) -> tuple[Webhook, ...]:
        """Every endpoint, oldest first."""
        return tuple(self._webhooks.below(WEBHOOKS, WEBHOOK))

    def add_event(self, event: Event) -> Event:
        """Store an event."""
        return self._events.add(event)

    def get_event(self, event_id: EventId) -> Event:
        """The event. Raises `event_not_found`."""
        return self._events.get(event_id)

    def list_events(self, query: EventQuery) -> EventPage:
        """A page of events, oldest first."""
        since, until = microseconds(query.since), microseconds(query.until) - 1
        first = position(since, "")
        if query.cursor is not None:
            first = position(*read_place_cursor(query.cursor)) + AFTER_ALL_IDS
        last = position(until, AFTER_ALL_IDS)
        if first > last:
            return EventPage(items=(), next_cursor=None)
        values = {":of": text(EVENTS), ":first": text(first), ":last": text(last)}
        condition = "#listing = :of AND #position BETWEEN :first AND :last"
        items = self._table.query(condition, values, index=BY_LISTING, limit=query.limit + 1)
        found = tuple(self._events.read(item) for item in items)
        return event_page(found, query.limit)

    def add_delivery(self, delivery: Delivery) -> Delivery:
        """Store a new delivery."""
        return self._deliveries.add(delivery)

    def get_delivery(self, delivery_id: DeliveryId) -> Delivery:
        """The delivery. Raises `event_not_found`."""
        return self._deliveries.get(delivery_id)

    def replace_delivery(self, delivery: Delivery) -> Delivery:
        """Store a changed delivery."""
        return self._deliveries.replace(delivery)

    def list_deliveries(
        self, webhook_id: WebhookId, *, state: DeliveryState | None, limit: int, cursor: str | None
    ) -> DeliveryPage:
        """A page of an endpoint's deliveries, the newest event first."""
        index, attribute = (BY_LISTING, "listing") if state is None else (BY_STATE, "state")
        of = _listing(webhook_id) if state is None else _state(webhook_id, state)
        condition, values = f"#{attribute} = :of", {":of": text(of)}
        if cursor is not None:
            condition += " AND #position < :after"
            values[":after"] = text(position(*read_place_cursor(cursor)))
        items = self._table.query(condition, values, index=index, newest_first=True, limit=limit + 1)
        found = tuple(self._deliveries.read(item) for item in items)
        return delivery_page(found, limit)

    def due(self, webhook_id: WebhookId, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Up to `limit` deliveries that wait and whose time has come, in the order of their events."""
        values: Item = {
            ":of": text(_state(webhook_id, DeliveryState.WAITING)),
            ":now": number(microseconds(now)),
        }
        items = self._table.query("#state = :of", values, index=BY_STATE, filtered="#next_at <= :now", limit=limit)
        return tuple(self._deliveries.read(item) for item in items)

    def sweep_events(self, before: datetime) -> int:  # noqa: ARG002 - the port's
        """Time to live does this."""
        return 0

    def _event_attributes(self, event: Event) -> Attributes:
        return {
            "listing": text(EVENTS),
            "position": text(position(microseconds(event.at), event.id)),
            "expires": expires(event.at + self._keep),
        }

    def _delivery_attributes(self, delivery: Delivery) -> Attributes:
        # One that is still tried outlives the day it is tried for.
        ends = max(delivery.event_at + self._keep, delivery.give_up_at + KEEP_TRYING)
        return {
            "listing": text(_listing(delivery.webhook_id)),
            "state": text(_state(delivery.webhook_id, delivery.state)),
            "position": text(position(microseconds(delivery.event_at), delivery.id)),
            "next_at": number(microseconds(delivery.next_at)),
            "expires": expires(ends),
        }


def _place(webhook: Webhook) -> str:
    return WEBHOOK + position(microseconds(webhook.created_at), webhook.id)


def _listing(webhook_id: WebhookId) -> str:
    return f"deliveries#{webhook_id}"


def _state(webhook_id: WebhookId, state: DeliveryState) -> str:
    return f"delivery#{state}#{webhook_id}"
