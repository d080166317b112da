"""Endpoints as their owner sees them: made, changed, rotated, tried out, looked at, told again.

It must not know HTTP nor how anything travels. A secret leaves here twice in its life: when it is made.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from matinee.domain.delivery import Delivery, DeliveryState, delivery_id, delivery_of
from matinee.domain.event import Event, EventData, EventType
from matinee.domain.ids import EventId, WebhookId, encode_id
from matinee.domain.outbound import Network, check_url
from matinee.domain.webhook import MAX_WEBHOOKS, SECRET_BYTES, Secret, Webhook, make_secret
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Clock, Entropy
from matinee.ports.courier import Bell
from matinee.ports.webhooks import DeliveryPage, EventQuery, WebhookStore

log = logging.getLogger(__name__)

ID_BYTES = 13
MAX_KEEP_SECONDS = 7 * 86_400
AT_ONCE = 500  # events replayed or rung for by one call: each is a request, and a call has half a minute
TRIES = 5  # to change what somebody else changes at the same moment


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWebhook:
    """An endpoint somebody wants told."""

    url: str
    events: tuple[EventType, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChange:
    """What may be changed; None stays as it is."""

    url: str | None = None
    events: tuple[EventType, ...] | None = None
    description: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Events of `[since, until)` to tell again, or only those whose delivery is dead."""

    since: datetime
    until: datetime | None = None
    only_dead: bool = False
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """How many events are told again; `next_cursor` when the range holds more than one call takes."""

    count: int
    next_cursor: str | None


class Webhooks:
    """Endpoints and what they were told."""

    def __init__(
        self, store: WebhookStore, bell: Bell, clock: Clock, entropy: Entropy, allowed: tuple[Network, ...] = ()
    ) -> None:
        self._store = store
        self._bell = bell
        self._clock = clock
        self._entropy = entropy
        self._allowed = allowed

    def add(self, wanted: NewWebhook) -> Webhook:
        """A new endpoint with its secret. Raises `field_invalid` for an address that may not be called."""
        if len(self._store.list_webhooks()) >= MAX_WEBHOOKS:
            sentence = f"There are {MAX_WEBHOOKS} webhooks already; remove one, or have one receiver tell the others."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        now = self._clock.now()
        webhook = Webhook(
            id=WebhookId(encode_id("whk_", self._entropy.token_bytes(ID_BYTES))),
            url=check_url(wanted.url, self._allowed),
            events=wanted.events,
            description=wanted.description,
            secrets=(Secret(value=self._secret()),),
            created_at=now,
            updated_at=now,
        )
        log.info("webhook added", extra={"webhook": webhook.id})
        return self._store.add_webhook(webhook)

    def list(self) -> tuple[Webhook, ...]:
        """Every endpoint, oldest first."""
        return self._store.list_webhooks()

    def get(self, webhook_id: WebhookId) -> Webhook:
        """The endpoint. Raises `webhook_not_found`."""
        return self._store.get_webhook(webhook_id)

    def edit(self, webhook_id: WebhookId, change: WebhookChange) -> Webhook:
        """Change an endpoint; switched on, it is told of what waited. Raises `webhook_not_found`, `field_invalid`."""
        if change.url is not None:
            check_url(change.url, self._allowed)
        given = {name: getattr(change, name) for name in ("url", "events", "description", "enabled")}
        given = {name: value for name, value in given.items() if value is not None}
        changed = self._changed(webhook_id, lambda webhook: replace(webhook, **given, updated_at=self._clock.now()))
        if change.enabled:  # the upkeep rings for what is beyond these (`Deliveries.ring_overdue`)
            due = self._store.due(webhook_id, now=self._clock.now(), limit=AT_ONCE)
            self._bell.ring(tuple(delivery.id for delivery in due))
        return changed

    def remove(self, webhook_id: WebhookId) -> None:
        """The endpoint goes, and what was on its way with it. Raises `webhook_not_found`."""
        self._store.remove_webhook(webhook_id)
        log.info("webhook removed", extra={"webhook": webhook_id})

    def rotate(self, webhook_id: WebhookId, keep_seconds: int) -> Webhook:
        """A new secret; the one before signs beside it for `keep_seconds`. Raises `webhook_not_found`."""
        if not 0 <= keep_seconds <= MAX_KEEP_SECONDS:
            sentence = f"'keep_seconds' is {keep_seconds}; it takes 0 to {MAX_KEEP_SECONDS} (a week)."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        now, secret = self._clock.now(), self._secret()
        until = now + timedelta(seconds=keep_seconds)
        changed = self._changed(webhook_id, lambda webhook: webhook.rotated(secret, old_until=until, at=now))
        log.info("webhook secret rotated", extra={"webhook": webhook_id})
        return changed

    def test(self, webhook_id: WebhookId) -> Delivery:
        """Send the endpoint an event `webhook.test`. Raises `webhook_not_found`."""
        webhook, now = self._store.get_webhook(webhook_id), self._clock.now()
        event = Event(
            id=EventId(encode_id("evt_", self._entropy.token_bytes(ID_BYTES))),
            type=EventType.TEST,
            at=now,
            data=EventData(webhook_id=webhook.id),
        )
        self._store.add_event(event)
        delivery = self._store.add_delivery(delivery_of(event, webhook.id, now))
        self._bell.ring((delivery.id,))
        return delivery

    def deliveries(
        self, webhook_id: WebhookId, *, state: DeliveryState | None, limit: int, cursor: str | None
    ) -> DeliveryPage:
        """What the endpoint was told, the newest event first. Raises `webhook_not_found`."""
        self._store.get_webhook(webhook_id)
        return self._store.list_deliveries(webhook_id, state=state, limit=limit, cursor=cursor)

    def replay(self, webhook_id: WebhookId, event_id: EventId) -> Replayed:
        """Tell the endpoint of one event again, whatever types it asks for. Raises the not-found codes."""
        webhook, event = self._store.get_webhook(webhook_id), self._store.get_event(event_id)
        self._again(webhook, event)
        self._bell.ring((delivery_id(event.id, webhook.id),))
        return Replayed(count=1, next_cursor=None)

    def replay_range(self, webhook_id: WebhookId, wanted: Range) -> Replayed:
        """Tell the endpoint again of the events it asks for, up to `AT_ONCE` a call. Raises `webhook_not_found`."""
        webhook = self._store.get_webhook(webhook_id)
        until = wanted.until or self._clock.now()
        query = EventQuery(since=wanted.since, until=until, limit=AT_ONCE, cursor=wanted.cursor)
        page = self._store.list_events(query)
        events = [event for event in page.items if not webhook.events or event.type in webhook.events]
        if wanted.only_dead:
            events = [event for event in events if self._is_dead(webhook, event)]
        for event in events:
            self._again(webhook, event)
        self._bell.ring(tuple(delivery_id(event.id, webhook.id) for event in events))
        log.info("events replayed", extra={"webhook": webhook_id, "count": len(events)})
        return Replayed(count=len(events), next_cursor=page.next_cursor)

    def _again(self, webhook: Webhook, event: Event) -> None:
        """The delivery of `event` waits as if it were new."""
        now = self._clock.now()
        for _ in range(TRIES):
            try:
                found = self._found(webhook, event)
                if found is None:
                    self._store.add_delivery(delivery_of(event, webhook.id, now))
                else:
                    self._store.replace_delivery(found.replayed(now))
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise
            else:
                return
        raise _busy(event.id)

    def _is_dead(self, webhook: Webhook, event: Event) -> bool:
        found = self._found(webhook, event)
        return found is not None and found.state is DeliveryState.DEAD

    def _found(self, webhook: Webhook, event: Event) -> Delivery | None:
        try:
            return self._store.get_delivery(delivery_id(event.id, webhook.id))
        except MatineeError as error:
            if error.code is ErrorCode.EVENT_NOT_FOUND:
                return None
            raise

    def _changed(self, webhook_id: WebhookId, change: Callable[[Webhook], Webhook]) -> Webhook:
        for _ in range(TRIES):
            try:
                return self._store.replace_webhook(change(self._store.get_webhook(webhook_id)))
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise
        raise _busy(webhook_id)

    def _secret(self) -> str:
        return make_secret(self._entropy.token_bytes(SECRET_BYTES))


def _busy(name: str) -> MatineeError:
    return MatineeError(ErrorCode.CATALOG_CONFLICT, f"{name} is being changed by somebody else; try again.")
