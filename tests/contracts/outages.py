"""What receivers that misbehave, and senders that die, must not do to events, wherever those are kept and sent from.

Nothing here knows an adapter. The requests go over loopback; the clock is let run, so that an hour is no hour.
"""

import ipaddress
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from matinee.adapters.courier import SocketCourier
from matinee.domain.delivery import KEEP_TRYING, DeliveryState
from matinee.domain.ids import EventId
from matinee.domain.webhook import Webhook
from matinee.errors import MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.courier import Receipt
from matinee.ports.webhooks import EventQuery, WebhookStore
from matinee.services.webhooks import NewWebhook, Range, Webhooks
from tests.contracts.children import child
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.samples import an_asset
from tests.receiver import Message, Receiver, receiving

HOUR = 3600
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
PATIENT_SECONDS = 60.0  # a receiver on a busy machine: a try that gives up on it is one that it may never hear of
HURRIED_SECONDS = 0.4  # one that answers too late


class HurriedCourier:
    """The real one, which can be put in a hurry, so that nobody waits for receivers that are meant to be too slow."""

    def __init__(self) -> None:
        self._seconds = PATIENT_SECONDS

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """See `Courier`."""
        return SocketCourier(LOOPBACK, deadline_seconds=self._seconds).post(url, headers, body)

    @contextmanager
    def in_a_hurry(self) -> Iterator[None]:
        """While the block lasts."""
        self._seconds = HURRIED_SECONDS
        yield
        self._seconds = PATIENT_SECONDS


class House(ABC):
    """What a deployment has for telling others; opened again, it is the deployment after its sender died."""

    clock: ShiftedClock
    courier: HurriedCourier
    catalog: Catalog
    store: WebhookStore
    webhooks: Webhooks

    @abstractmethod
    def turns(self, receiver: Receiver, count: int = 1) -> None:
        """So many turns of the sender, each to its end."""

    @abstractmethod
    def send(self) -> None:
        """One turn, whatever becomes of it."""

    @abstractmethod
    def close(self) -> None:
        """Nobody sends any more."""

    def happens(self, *names: object) -> None:
        """Assets come."""
        for name in names:
            at = self.clock.now()
            self.catalog.add_asset(replace(an_asset(name), created_at=at, updated_at=at))

    def hours(self, receiver: Receiver, hours: float, *, step_seconds: int = 300) -> None:
        """The clock runs, with a turn every few minutes."""
        for _ in range(round(hours * HOUR / step_seconds)):
            self.clock.let_pass(step_seconds)
            self.turns(receiver)

    def events(self) -> set[str]:
        """The id of everything that happened."""
        now = self.clock.now()
        query = EventQuery(since=now - timedelta(days=365), until=now + timedelta(days=1), limit=1000)
        return {event.id for event in self.store.list_events(query).items}

    def states(self, webhook: Webhook) -> list[DeliveryState]:
        """Where the deliveries of an endpoint stand."""
        page = self.store.list_deliveries(webhook.id, state=None, limit=1000, cursor=None)
        return [delivery.state for delivery in page.items]


Opener = Callable[[ShiftedClock], House]


def slow(_: Message) -> int:
    """An answer that comes when nobody in a hurry waits for it any more."""
    threading.Event().wait(HURRIED_SECONDS + 0.2)
    return 200


def send_forever(opener: Opener, seconds: float) -> None:
    """A sender, so many seconds later."""
    clock = ShiftedClock()
    clock.by = timedelta(seconds=seconds)
    house = opener(clock)
    while True:
        house.send()
        clock.let_pass(1)


class OutagesContract:
    """The obligations of whoever tells."""

    @pytest.fixture
    def open_house(self) -> Opener:
        """Opens the house under test, in this process or in another."""
        raise NotImplementedError

    @pytest.fixture
    def house(self, open_house: Opener) -> Iterator[House]:
        """The house under test."""
        made = open_house(ShiftedClock())
        yield made
        made.close()

    @pytest.fixture
    def receiver(self) -> Iterator[Receiver]:
        """Somebody else's server."""
        with receiving() as found:
            yield found

    @pytest.fixture
    def webhook(self, house: House, receiver: Receiver) -> Webhook:
        """An endpoint that is told of everything."""
        return house.webhooks.add(NewWebhook(url=receiver.url))

    def test_a_receiver_that_was_down_an_hour_slow_failing_and_lying_has_every_event_in_the_end(
        self, house: House, receiver: Receiver, webhook: Webhook
    ) -> None:
        kept: set[str] = set()
        moods: dict[str, Callable[[Message], int | bytes]] = {
            "down": lambda _: b"",
            "failing": lambda _: 500,
            "lying": lambda _: 200,
        }

        def well(message: Message) -> int:
            kept.add(message.id)
            return 204

        house.happens(*range(4))
        receiver.answer = moods["down"]
        house.hours(receiver, 1)
        house.happens(*range(4, 8))
        receiver.answer = slow
        with house.courier.in_a_hurry():
            house.hours(receiver, 0.25)
        house.happens(*range(8, 12))
        receiver.answer = moods["failing"]
        house.hours(receiver, 1)
        assert kept == set()
        began_to_lie = house.clock.now()
        house.happens(*range(12, 16))
        receiver.answer = moods["lying"]
        house.hours(receiver, 3, step_seconds=600)
        assert set(house.states(webhook)) == {DeliveryState.DELIVERED}
        receiver.answer = well
        house.happens(*range(16, 20))
        # Only the receiver knows that it lied. It asks for that time again, under the ids it may have seen.
        replayed = house.webhooks.replay_range(webhook.id, Range(since=began_to_lie - timedelta(hours=3)))
        assert replayed.next_cursor is None
        house.hours(receiver, 1)
        assert kept == house.events()
        assert len(kept) == 20
        assert set(house.states(webhook)) == {DeliveryState.DELIVERED}

    def test_after_a_day_of_tries_an_event_is_dead_and_can_be_told_again(
        self, house: House, receiver: Receiver, webhook: Webhook
    ) -> None:
        receiver.answer = lambda _: 500
        began = house.clock.now()
        house.happens("one")
        while house.clock.now() - began < KEEP_TRYING:
            assert house.states(webhook) in ([], [DeliveryState.WAITING])
            house.hours(receiver, 0.5, step_seconds=600)
        house.hours(receiver, 0.5)
        (delivery,) = house.store.list_deliveries(webhook.id, state=DeliveryState.DEAD, limit=9, cursor=None).items
        assert 15 <= delivery.tries == len(receiver.came) <= 30
        assert [attempt.status for attempt in delivery.attempts] == [500] * 10
        house.hours(receiver, 5, step_seconds=1800)
        assert len(receiver.came) == delivery.tries
        receiver.answer = lambda _: 204
        assert house.webhooks.replay_range(webhook.id, Range(since=began, only_dead=True)).count == 1
        house.turns(receiver)
        assert house.states(webhook) == [DeliveryState.DELIVERED]
        assert len(receiver.ids()) == 1
        assert house.webhooks.replay_range(webhook.id, Range(since=began, only_dead=True)).count == 0

    def test_one_event_is_told_again_under_its_own_id(self, house: House, receiver: Receiver, webhook: Webhook) -> None:
        house.happens("one")
        house.turns(receiver)
        house.webhooks.replay(webhook.id, EventId(receiver.came[0].id))
        house.turns(receiver)
        assert [message.id for message in receiver.came] == [receiver.came[0].id] * 2
        assert receiver.came[0].body == receiver.came[1].body
        with pytest.raises(MatineeError):
            house.webhooks.replay(webhook.id, EventId("evt_none"))

    def test_a_sender_killed_at_any_moment_loses_no_event(
        self, house: House, open_house: Opener, receiver: Receiver, webhook: Webhook
    ) -> None:
        """`kill -9` while a request is open, between requests, and before anything was told; then it goes on."""
        shift = 0.0
        for round_number in range(3):
            house.happens(*range(round_number * 5, round_number * 5 + 5))
            came = len(receiver.came)
            receiver.answer = (slow, lambda _: 204, lambda _: 500)[round_number]
            with child(send_forever, open_house, shift):
                receiver.until(lambda came=came: len(receiver.came) > came)  # type: ignore[misc] # a bound default
            shift += HOUR
        receiver.answer = lambda _: 204
        house.clock.by = timedelta(seconds=shift)
        house.hours(receiver, 5)
        assert {message.id for message in receiver.taken} == house.events()
        assert len(house.events()) == 15
        assert set(house.states(webhook)) == {DeliveryState.DELIVERED}
