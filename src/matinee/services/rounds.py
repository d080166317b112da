"""The sender on one machine: who tells what happened, and tries what is due. It must not know threads' owner.

    turn ─▶ outbox: each untold event becomes its deliveries
         ─▶ for each endpoint that is not being sent to: its due deliveries, one after the other, in a thread

One endpoint has one thread at a time, and a failure ends its turn: a receiver that is down or slow holds up nobody
else, and is not hammered with everything that waits.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from matinee.domain.delivery import Delivery, DeliveryState
from matinee.domain.ids import WebhookId
from matinee.domain.webhook import MAX_WEBHOOKS
from matinee.errors import MatineeError
from matinee.ports.webhooks import Outbox
from matinee.services.deliveries import Deliveries

log = logging.getLogger(__name__)

EVENTS_AT_ONCE = 200
DELIVERIES_AT_ONCE = 50


class Rounds:
    """Turns of the sender. Close it when the server ends; what is under way is tried again at the next start."""

    def __init__(self, outbox: Outbox, deliveries: Deliveries) -> None:
        self._outbox = outbox
        self._deliveries = deliveries
        self._busy: set[WebhookId] = set()
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._closed = threading.Event()

    def turn(self) -> int:
        """Tell what is untold, and have what is due sent, without waiting for it; how many endpoints are sent to."""
        for event in self._outbox.untold(limit=EVENTS_AT_ONCE):
            self._deliveries.tell(event)
            self._outbox.told(event.id)
        begun = 0
        for webhook in self._deliveries.listening():
            due = self._deliveries.due(webhook.id, DELIVERIES_AT_ONCE)
            if due and self._taken(webhook.id):
                self._threads().submit(self._send, webhook.id, due)
                begun += 1
        return begun

    def idle(self) -> bool:
        """Whether no endpoint is being sent to."""
        with self._lock:
            return not self._busy

    def close(self) -> None:
        """No further try is begun."""
        self._closed.set()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _taken(self, webhook_id: WebhookId) -> bool:
        with self._lock:
            if webhook_id in self._busy:
                return False
            self._busy.add(webhook_id)
            return True

    def _send(self, webhook_id: WebhookId, due: tuple[Delivery, ...]) -> None:
        try:
            for delivery in due:
                if self._closed.is_set():
                    return
                left = self._deliveries.attempt(delivery.id)
                if left is not None and left.state is DeliveryState.WAITING and left.tries > 0:
                    return
        except MatineeError as error:
            log.warning("sending was interrupted", extra={"webhook": webhook_id, "code": error.code})
        except Exception:
            # A thread of a pool is an entry point: logged once, and tried again at the next turn.
            log.exception("sending failed", extra={"webhook": webhook_id})
        finally:
            with self._lock:
                self._busy.discard(webhook_id)

    def _threads(self) -> ThreadPoolExecutor:
        """Made at the first use: most servers tell nobody."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(MAX_WEBHOOKS, thread_name_prefix="webhook")
        return self._pool
