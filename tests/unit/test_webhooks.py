"""Telling others what happened: signatures as the standard's own library reads them, and receivers that misbehave.

The store is the real one, the requests go over loopback; the clock is let run, so that an hour is no hour.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from standardwebhooks import Webhook as Standard
from standardwebhooks import WebhookVerificationError

from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_outbox import SqliteOutbox
from matinee.adapters.local.sqlite_webhooks import SqliteWebhooks
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.delivery import KEEP_TRYING, Delivery, DeliveryState, pause_after
from matinee.domain.event import EventType
from matinee.domain.ids import EventId
from matinee.domain.webhook import Webhook
from matinee.errors import MatineeError
from matinee.services.deliveries import Deliveries
from matinee.services.rounds import Rounds
from matinee.services.webhooks import NewWebhook, WebhookChange, Webhooks
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.outages import HOUR, LOOPBACK, PATIENT_SECONDS, House, HurriedCourier, OutagesContract
from tests.contracts.samples import an_asset
from tests.receiver import Message, Receiver, receiving


class Bell:
    """Nobody has to be rung: the tests take turns themselves."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def ring(self, delivery_ids: tuple[str, ...]) -> None:
        """Noted."""
        self.rung += delivery_ids


class Machine(House):
    """What one machine has of it, over a folder."""

    def __init__(self, folder: Path, clock: ShiftedClock) -> None:
        database = Database(folder / "matinee.db")
        self.clock, entropy = clock, SystemEntropy()
        self.catalog, self.store = SqliteCatalog(database), SqliteWebhooks(database)
        self.bell = Bell()
        self.webhooks = Webhooks(self.store, self.bell, clock, entropy, LOOPBACK)
        self.courier = HurriedCourier()
        self.deliveries = Deliveries(self.store, self.courier, Bell(), clock, entropy)
        self.rounds = Rounds(SqliteOutbox(database), self.deliveries)

    def turns(self, receiver: Receiver, count: int = 1) -> None:
        """See `House`."""
        for _ in range(count):
            self.rounds.turn()
            receiver.until(self.rounds.idle)

    def send(self) -> None:
        """See `House`."""
        self.rounds.turn()

    def close(self) -> None:
        """See `House`."""
        self.rounds.close()


class TestOneMachine(OutagesContract):
    """Over SQLite."""

    @pytest.fixture
    def open_house(self, tmp_path: Path) -> Callable[[ShiftedClock], House]:
        return partial(Machine, tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with receiving() as found:
        yield found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Machine]:
    """A machine."""
    made = Machine(tmp_path, ShiftedClock())
    yield made
    made.close()


@pytest.fixture
def webhook(house: Machine, receiver: Receiver) -> Webhook:
    """An endpoint that is told of everything."""
    return house.webhooks.add(NewWebhook(url=receiver.url))


def secret(webhook: Webhook) -> str:
    """Its newest secret."""
    return webhook.secrets[0].value


# --- signatures -----------------------------------------------------------------------------------------------------


def test_the_standards_own_library_reads_and_believes_a_message(
    house: Machine, receiver: Receiver, webhook: Webhook
) -> None:
    house.happens("one")
    house.turns(receiver)
    (message,) = receiver.came
    event = Standard(secret(webhook)).verify(message.body, message.headers)
    assert event["type"] == "asset.created"
    assert event["data"] == {"asset_id": an_asset("one").id, "status": "ready"}
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret(webhook))
    for forged in (replace_body(message), replace_header(message, "webhook-id", "evt_other")):
        with pytest.raises(WebhookVerificationError):
            Standard(secret(webhook)).verify(forged.body, forged.headers)


def replace_body(message: Message) -> Message:
    """The same, with another body."""
    return Message(message.path, message.headers, message.body.replace(b"ready", b"other"))


def replace_header(message: Message, name: str, value: str) -> Message:
    """The same, with another header."""
    return Message(message.path, message.headers | {name: value}, message.body)


def believed(secret_value: str, message: Message) -> bool:
    """Whether a receiver with that secret takes the message for ours."""
    try:
        Standard(secret_value).verify(message.body, message.headers)
    except WebhookVerificationError:
        return False
    return True


def test_after_a_rotation_both_secrets_are_valid_until_the_old_ones_time_is_over(
    house: Machine, receiver: Receiver, webhook: Webhook
) -> None:
    rotated = house.webhooks.rotate(webhook.id, keep_seconds=100)
    house.happens("one")
    house.turns(receiver)
    assert [believed(secret(each), receiver.came[0]) for each in (webhook, rotated)] == [True, True]
    again = house.webhooks.rotate(webhook.id, keep_seconds=100)  # at most two: the first is no longer one of them
    house.happens("two")
    house.turns(receiver)
    found = [believed(secret(each), receiver.came[1]) for each in (webhook, rotated, again)]
    assert found == [False, True, True]
    house.clock.let_pass(101)
    house.happens("three")
    house.turns(receiver)
    assert receiver.came[2].headers["webhook-signature"].count("v1,") == 1
    with pytest.raises(MatineeError):
        house.webhooks.rotate(webhook.id, keep_seconds=-1)


# --- receivers that misbehave ---------------------------------------------------------------------------------------


def test_pauses_double_with_jitter_and_never_pass_two_hours() -> None:
    shortest = [pause_after(tries, 0).total_seconds() for tries in (1, 2, 3, 11, 12, 99)]
    longest = [pause_after(tries, 1).total_seconds() for tries in (1, 2, 3, 11, 12, 99)]
    assert longest == [5, 10, 20, 5120, 7200, 7200]
    assert shortest == [each / 2 for each in longest]


def test_a_receiver_that_asks_for_a_pause_is_given_it(house: Machine, receiver: Receiver, webhook: Webhook) -> None:
    receiver.answer = lambda _: b"HTTP/1.1 429 Slow down\r\nRetry-After: 1800\r\n\r\n"
    house.happens("one")
    house.hours(receiver, 0.4)
    assert len(receiver.came) == 1
    house.hours(receiver, 0.2)
    assert len(receiver.came) == 2


def test_one_receiver_that_is_slow_holds_up_no_other(house: Machine, receiver: Receiver, webhook: Webhook) -> None:
    with receiving() as other:
        house.webhooks.add(NewWebhook(url=other.url))
        others_are_through = threading.Event()
        receiver.answer = lambda _: 204 if others_are_through.wait(PATIENT_SECONDS / 2) else 500
        house.happens(*range(5))
        house.rounds.turn()
        other.until(lambda: len(other.ids()) == 5)
        assert receiver.taken == []
        others_are_through.set()
        receiver.until(lambda: len(receiver.taken) == 5)


def test_an_endpoint_is_told_of_what_it_asked_for_while_it_is_switched_on(house: Machine, receiver: Receiver) -> None:
    webhook = house.webhooks.add(NewWebhook(url=receiver.url, events=(EventType.ASSET_DELETED,)))
    house.happens("one")
    asset = house.catalog.get_asset(an_asset("one").id)
    house.catalog.replace_asset(asset.deleted(house.clock.now()))
    house.rounds.turn()
    house.webhooks.edit(webhook.id, WebhookChange(enabled=False))
    receiver.until(house.rounds.idle)
    house.turns(receiver, 3)
    before = len(receiver.came)
    house.happens("two")
    house.catalog.replace_asset(house.catalog.get_asset(an_asset("two").id).deleted(house.clock.now()))
    house.hours(receiver, 0.5)
    assert len(receiver.came) == before
    house.webhooks.edit(webhook.id, WebhookChange(enabled=True, events=()))
    house.happens("three")
    house.turns(receiver, 2)
    assert set(receiver.kinds()) <= {"asset.deleted", "asset.created"}
    assert receiver.came[-1].event["type"] == "asset.created"
    house.webhooks.remove(webhook.id)
    house.happens("four")
    count = len(receiver.came)
    house.hours(receiver, 0.5)
    assert len(receiver.came) == count


def test_what_waits_for_an_endpoint_that_is_off_is_let_go_and_rung_for_when_it_is_on(
    house: Machine, receiver: Receiver
) -> None:
    """On AWS a message that stayed meanwhile would be received until it counts as a dead letter."""
    webhook = house.webhooks.add(NewWebhook(url=receiver.url))
    waiting = house.webhooks.test(webhook.id)
    house.webhooks.edit(webhook.id, WebhookChange(enabled=False))
    house.clock.let_pass(3 * 24 * HOUR)
    assert house.deliveries.attempt(waiting.id) is None
    assert house.store.get_delivery(waiting.id) == waiting
    house.webhooks.edit(webhook.id, WebhookChange(description="mine"))
    house.bell.rung.clear()
    house.webhooks.edit(webhook.id, WebhookChange(enabled=True))
    assert house.bell.rung == [waiting.id]
    receiver.answer = lambda _: 500
    tried = house.deliveries.attempt(waiting.id)
    assert tried is not None
    assert tried.state is DeliveryState.WAITING
    assert tried.give_up_at - house.clock.now() > KEEP_TRYING - timedelta(minutes=1), "three days off are no tries"


def test_a_test_goes_to_the_one_endpoint(house: Machine, receiver: Receiver, webhook: Webhook) -> None:
    with receiving() as other:
        house.webhooks.add(NewWebhook(url=other.url))
        house.webhooks.test(webhook.id)
        house.turns(receiver, 2)
        assert other.came == []
    assert receiver.came[0].event["data"] == {"webhook_id": webhook.id}


# --- death in between -----------------------------------------------------------------------------------------------


def test_a_crash_between_the_outbox_and_its_deliveries_tells_once_more_and_makes_no_second_delivery(
    house: Machine, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.happens("one")
    with monkeypatch.context() as patch:
        patch.setattr(SqliteOutbox, "told", lambda *_: 1 / 0)
        with suppress(ZeroDivisionError):
            house.rounds.turn()
    house.rounds.turn()
    assert len(house.states(webhook)) == 1


def test_a_replay_in_the_middle_of_a_try_is_not_lost(house: Machine, receiver: Receiver, webhook: Webhook) -> None:
    asked: list[Delivery] = []

    def replaying(message: Message) -> int:
        if not asked:
            house.webhooks.replay(webhook.id, EventId(message.id))
            asked.append(house.store.list_deliveries(webhook.id, state=None, limit=1, cursor=None).items[0])
        return 204

    receiver.answer = replaying
    house.happens("one")
    house.turns(receiver, 2)
    assert len(receiver.came) == 2
    assert house.states(webhook) == [DeliveryState.DELIVERED]


def test_no_secret_is_in_a_log_line_a_value_or_an_error(
    house: Machine, receiver: Receiver, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    receiver.answer = lambda _: 500
    rotated = house.webhooks.rotate(webhook.id, keep_seconds=60)
    house.happens("one")
    house.hours(receiver, 25, step_seconds=3600)
    said = caplog.text + repr(house.webhooks.list()) + "".join(str(record.__dict__) for record in caplog.records)
    assert "delivery given up" in said
    for each in (webhook, rotated):
        assert secret(each) not in said
    assert receiver.url not in caplog.text
