"""Telling endpoints of events: which deliveries an event is, one try of one, and what is overdue.

It must not know HTTP, sockets or queues. Everything here may be done twice: an event's deliveries are made once,
a try is begun by one conditional write, and a receiver knows a message by its id.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from matinee.domain.delivery import Attempt, Delivery, DeliveryState, delivery_of
from matinee.domain.event import Event
from matinee.domain.ids import DeliveryId, WebhookId
from matinee.domain.webhook import Webhook, signed_headers
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Clock, Entropy
from matinee.ports.courier import Bell, Courier
from matinee.ports.webhooks import WebhookStore

log = logging.getLogger(__name__)

GONE = (ErrorCode.EVENT_NOT_FOUND, ErrorCode.WEBHOOK_NOT_FOUND)
OVERDUE = timedelta(minutes=10)  # nobody rang for it, or the ring was lost
OVERDUE_AT_ONCE = 1000


class Deliveries:
    """Events on their way."""

    def __init__(self, store: WebhookStore, courier: Courier, bell: Bell, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._courier = courier
        self._bell = bell
        self._clock = clock
        self._entropy = entropy

    def tell(self, event: Event) -> int:
        """Store the event and a delivery for each endpoint that wants it, and ring; how many. Twice is once."""
        _once(partial(self._store.add_event, event))
        wanting = [webhook for webhook in self._store.list_webhooks() if webhook.wants(event.type)]
        deliveries = [delivery_of(event, webhook.id, self._clock.now()) for webhook in wanting]
        for delivery in deliveries:
            _once(partial(self._store.add_delivery, delivery))
        self._bell.ring(tuple(delivery.id for delivery in deliveries))
        return len(deliveries)

    def attempt(self, delivery_id: DeliveryId) -> Delivery | None:
        """One try if it is time for one; the delivery as it is then, None when it is over or its endpoint is gone.

        None too while the endpoint is switched off: what waits stays as it is, and switching it on rings for it.
        """
        try:
            delivery = self._store.get_delivery(delivery_id)
            webhook = self._store.get_webhook(delivery.webhook_id)
            event = self._store.get_event(delivery.event_id)
        except MatineeError as error:
            if error.code in GONE:
                return None
            raise
        now = self._clock.now()
        if delivery.state is not DeliveryState.WAITING or not webhook.enabled:
            return None
        if delivery.next_at > now:
            return delivery
        return self._tried(delivery, webhook, event)

    def seconds_left(self, delivery: Delivery) -> float:
        """How long until its next try."""
        return max(0.0, (delivery.next_at - self._clock.now()).total_seconds())

    def due(self, webhook_id: WebhookId, limit: int) -> tuple[Delivery, ...]:
        """What waits for an endpoint and whose time has come."""
        return self._store.due(webhook_id, now=self._clock.now(), limit=limit)

    def listening(self) -> tuple[Webhook, ...]:
        """The endpoints that are switched on."""
        return tuple(webhook for webhook in self._store.list_webhooks() if webhook.enabled)

    def ring_overdue(self) -> int:
        """Ring again for what should have been tried long ago; how many. Where a queue calls, a call may be lost."""
        before = self._clock.now() - OVERDUE
        rung = 0
        for webhook in self.listening():
            overdue = self._store.due(webhook.id, now=before, limit=OVERDUE_AT_ONCE)
            self._bell.ring(tuple(delivery.id for delivery in overdue))
            rung += len(overdue)
        if rung:
            log.warning("deliveries were overdue", extra={"count": rung})
        return rung

    def _tried(self, delivery: Delivery, webhook: Webhook, event: Event) -> Delivery | None:
        try:
            delivery = self._store.replace_delivery(delivery.begun(self._clock.now()))
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT:
                raise
            return self._store.get_delivery(delivery.id)  # somebody else is at it
        body = message(event)
        begun = self._clock.now()
        receipt = self._courier.post(webhook.url, _headers(webhook, event, body, begun), body)
        asked = receipt.retry_after_seconds
        ended = delivery.ended(
            Attempt(at=begun, duration_ms=receipt.duration_ms, status=receipt.status, problem=receipt.problem),
            now=self._clock.now(),
            jitter=int.from_bytes(self._entropy.token_bytes(2), "big") / 65_535,
            asked=None if asked is None else timedelta(seconds=asked),
        )
        _say(ended, receipt.status, receipt.problem)
        return self._settled(ended)

    def _settled(self, delivery: Delivery) -> Delivery | None:
        """Stored, unless somebody (a replay) changed it meanwhile: theirs is newer, and the try was one more."""
        try:
            return self._store.replace_delivery(delivery)
        except MatineeError as error:
            if error.code is ErrorCode.CATALOG_CONFLICT:
                return self._store.get_delivery(delivery.id)
            if error.code in GONE:
                return None
            raise


def _once(add: Callable[[], object]) -> None:
    """`add`, unless it was added before."""
    try:
        add()
    except MatineeError as error:
        if error.code is not ErrorCode.CATALOG_CONFLICT:
            raise


def message(event: Event) -> bytes:
    """The body, the same in every try (Standard Webhooks, "Payload structure"): what does not apply is left out."""
    data = {name: _plain(value) for name, value in asdict(event.data).items() if value is not None}
    return json.dumps(
        {"type": str(event.type), "timestamp": _plain(event.at), "data": data}, separators=(",", ":")
    ).encode()


def _headers(webhook: Webhook, event: Event, body: bytes, now: datetime) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "Matinee-Webhooks/1",
        **signed_headers(webhook, event.id, body, now),
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return str(value) if isinstance(value, str) else value


def _say(delivery: Delivery, status: int | None, problem: str | None) -> None:
    """One line a try; never the address, which may hold a credential of the receiver's."""
    facts = {
        "delivery": delivery.id,
        "webhook": delivery.webhook_id,
        "event": delivery.event_id,
        "type": delivery.event_type,
        "status": status,
        "problem": problem,
        "tries": delivery.tries,
    }
    if delivery.state is DeliveryState.DEAD:
        log.error("delivery given up", extra=facts)
    else:
        log.info("delivery tried", extra=facts)
