"""Endpoints, events and deliveries in SQLite. It must not know HTTP or policy; `ports.webhooks` is what it promises."""

from datetime import datetime

from matinee.adapters.documents import microseconds
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_documents import DocumentTable
from matinee.adapters.webhook_cursor import delivery_page, event_page, read_place_cursor
from matinee.adapters.webhook_errors import no_delivery, no_event, no_webhook
from matinee.domain.delivery import Delivery, DeliveryState
from matinee.domain.event import Event
from matinee.domain.ids import DeliveryId, EventId, WebhookId
from matinee.domain.webhook import Webhook
from matinee.ports.webhooks import DeliveryPage, EventPage, EventQuery


class SqliteWebhooks:
    """Implements the `WebhookStore` port."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._webhooks = DocumentTable(
            database,
            Webhook,
            "webhooks",
            lambda webhook: {"created_at": microseconds(webhook.created_at)},
            missing=no_webhook,
        )
        # Stored by hand rather than with a change: nobody is left to tell of it, whoever stores it does so.
        self._events = DocumentTable(
            database, Event, "events", lambda event: {"at": microseconds(event.at), "told": 1}, missing=no_event
        )
        self._deliveries = DocumentTable(
            database,
            Delivery,
            "deliveries",
            lambda delivery: {
                "webhook_id": delivery.webhook_id,
                "event_id": delivery.event_id,
                "state": delivery.state,
                "event_at": microseconds(delivery.event_at),
                "next_at": microseconds(delivery.next_at),
            },
            missing=no_delivery,
        )

    def add_webhook(self, webhook: Webhook) -> Webhook:
        """Store a new endpoint."""
        return self._webhooks.add(webhook)

    def get_webhook(self, webhook_id: WebhookId) -> Webhook:
        """The endpoint. Raises `webhook_not_found`."""
        return self._webhooks.get(webhook_id)

    def replace_webhook(self, webhook: Webhook) -> Webhook:
        """Store a changed endpoint."""
        return self._webhooks.replace(webhook)

    def remove_webhook(self, webhook_id: WebhookId) -> None:
        """The endpoint goes, with its deliveries."""
        with self._database.transaction() as connection:
            if connection.execute("DELETE FROM webhooks WHERE id = ?", (webhook_id,)).rowcount != 1:
                raise no_webhook(webhook_id)
            connection.execute("DELETE FROM deliveries WHERE webhook_id = ?", (webhook_id,))

    def list_webhooks(self) -> tuple[Webhook, ...]:
        """Every endpoint, oldest first."""
        return self._webhooks.select("true ORDER BY created_at, id", ())

    def add_event(self, event: Event) -> Event:
        """Store an event that is no stored change."""
        return self._events.add(event)

    def get_event(self, event_id: EventId) -> Event:
        """The event. Raises `event_not_found`."""
        return self._events.get(event_id)

    def list_events(self, query: EventQuery) -> EventPage:
        """A page of events, oldest first."""
        where, values = "at >= ? AND at < ?", [microseconds(query.since), microseconds(query.until)]
        parameters: list[int | str] = [*values]
        if query.cursor is not None:
            where += " AND (at, id) > (?, ?)"
            parameters += read_place_cursor(query.cursor)
        found = self._events.select(f"{where} ORDER BY at, id LIMIT ?", (*parameters, query.limit + 1))
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
        where, parameters = "webhook_id = ?", [str(webhook_id)]
        if state is not None:
            where, parameters = f"{where} AND state = ?", [*parameters, state]
        values: list[int | str] = [*parameters]
        if cursor is not None:
            where += " AND (event_at, id) < (?, ?)"
            values += read_place_cursor(cursor)
        found = self._deliveries.select(f"{where} ORDER BY event_at DESC, id DESC LIMIT ?", (*values, limit + 1))
        return delivery_page(found, limit)

    def due(self, webhook_id: WebhookId, *, now: datetime, limit: int) -> tuple[Delivery, ...]:
        """Up to `limit` deliveries that wait and whose time has come, that which waits longest first."""
        where = "webhook_id = ? AND state = ? AND next_at <= ? ORDER BY next_at, id LIMIT ?"
        return self._deliveries.select(where, (webhook_id, DeliveryState.WAITING, microseconds(now), limit))

    def sweep_events(self, before: datetime) -> int:
        """Drop old events that were told, and their deliveries that no longer wait."""
        over = "SELECT id FROM events WHERE at < ? AND told = 1"
        # Of an endpoint that is there: one that was removed while it was being told waits for nobody.
        waiting = (
            "SELECT 1 FROM deliveries JOIN webhooks ON webhooks.id = deliveries.webhook_id"
            " WHERE deliveries.event_id = events.id AND state = 'waiting'"
        )
        with self._database.transaction() as connection:
            gone = [row[0] for row in connection.execute(f"{over} AND NOT EXISTS ({waiting})", (microseconds(before),))]
            for event_id in gone:
                connection.execute("DELETE FROM deliveries WHERE event_id = ?", (event_id,))
                connection.execute("DELETE FROM events WHERE id = ?", (event_id,))
        return len(gone)
