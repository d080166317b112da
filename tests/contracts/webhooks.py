"""What every `WebhookStore` must do, and what every catalog must tell of. Nothing here knows an adapter."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.domain.asset import AssetError, Status
from matinee.domain.delivery import Attempt, Delivery, DeliveryState, delivery_of
from matinee.domain.event import Event, EventData, EventType
from matinee.domain.ids import EventId, WebhookId, derive_id
from matinee.domain.upload import UploadState
from matinee.domain.webhook import Secret, Webhook, make_secret
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.webhooks import EventQuery, WebhookStore
from tests.contracts.children import in_threads
from tests.contracts.samples import NOON, a_run, a_session, an_asset, an_upload, asset_id, later, raises

ALL = EventQuery(since=NOON - timedelta(days=1), until=NOON + timedelta(days=1))


def webhook_id(name: object) -> WebhookId:
    """An id for a name."""
    return WebhookId(derive_id("whk_", str(name)))


def a_webhook(name: object = "one", *, seconds: float = 0) -> Webhook:
    """An endpoint made so many seconds after noon."""
    return Webhook(
        id=webhook_id(name),
        url="https://films.example/hook?of=ü".replace("ü", "%C3%BC"),
        secrets=(Secret(value=make_secret(b"s" * 32)), Secret(value=make_secret(b"o" * 32), valid_until=later(60))),
        created_at=later(seconds),
        updated_at=later(seconds),
        events=(EventType.ASSET_READY, EventType.SESSION_STARTED),
        description="the shop",
    )


def an_event(name: object = "one", *, seconds: float = 0) -> Event:
    """An event so many seconds after noon."""
    data = EventData(asset_id=asset_id(name), status=Status.FAILED, error_code=ErrorCode.SOURCE_EMPTY)
    return Event(id=EventId(derive_id("evt_", str(name))), type=EventType.ASSET_FAILED, at=later(seconds), data=data)


def a_delivery(event: Event, to: object = "one") -> Delivery:
    """The delivery of an event that waits since noon."""
    return delivery_of(event, webhook_id(to), NOON)


class WebhooksContract:
    """The obligations of `ports.webhooks`, for what is kept."""

    @pytest.fixture
    def open_webhooks(self, tmp_path: Path) -> Callable[[], WebhookStore]:
        """Opens the store under test."""
        raise NotImplementedError

    @pytest.fixture
    def webhooks(self, open_webhooks: Callable[[], WebhookStore]) -> WebhookStore:
        """The store under test."""
        return open_webhooks()

    def test_what_is_stored_is_read_by_another_process(self, open_webhooks: Callable[[], WebhookStore]) -> None:
        first, second = open_webhooks(), open_webhooks()
        webhook, event = first.add_webhook(a_webhook()), first.add_event(an_event())
        attempts = (Attempt(at=NOON, duration_ms=5, status=500), Attempt(at=NOON, duration_ms=9, problem="timed_out"))
        delivery = first.add_delivery(replace(a_delivery(event), attempts=attempts, tries=2))
        assert second.get_webhook(webhook.id) == webhook
        assert second.get_event(event.id) == event
        assert second.get_delivery(delivery.id) == delivery
        assert second.list_webhooks() == (webhook,)

    def test_what_is_not_there_is_said_in_a_sentence_without_secrets(self, webhooks: WebhookStore) -> None:
        for read, code in (
            (lambda: webhooks.get_webhook(webhook_id("no")), ErrorCode.WEBHOOK_NOT_FOUND),
            (lambda: webhooks.remove_webhook(webhook_id("no")), ErrorCode.WEBHOOK_NOT_FOUND),
            (lambda: webhooks.get_event(an_event().id), ErrorCode.EVENT_NOT_FOUND),
            (lambda: webhooks.get_delivery(a_delivery(an_event()).id), ErrorCode.EVENT_NOT_FOUND),
        ):
            with raises(code):
                read()
        assert "whsec_" not in repr(a_webhook())

    def test_the_same_event_and_the_same_delivery_are_stored_once(self, webhooks: WebhookStore) -> None:
        event = webhooks.add_event(an_event())
        webhooks.add_delivery(a_delivery(event))
        for again in (lambda: webhooks.add_event(an_event()), lambda: webhooks.add_delivery(a_delivery(event))):
            with raises(ErrorCode.CATALOG_CONFLICT):
                again()

    def test_of_many_who_begin_a_try_at_once_one_does(self, webhooks: WebhookStore) -> None:
        delivery = webhooks.add_delivery(a_delivery(webhooks.add_event(an_event())))

        def begin(_: int) -> bool:
            try:
                webhooks.replace_delivery(delivery.begun(NOON))
            except MatineeError as error:
                return error.code is not ErrorCode.CATALOG_CONFLICT
            return True

        assert sum(in_threads(begin, range(8))) == 1

    def test_endpoints_are_listed_oldest_first_and_gone_when_removed(self, webhooks: WebhookStore) -> None:
        for number in (3, 1, 2):
            webhooks.add_webhook(a_webhook(number, seconds=number))
        webhooks.replace_webhook(replace(webhooks.get_webhook(webhook_id(2)), enabled=False))
        assert [each.id for each in webhooks.list_webhooks()] == [webhook_id(number) for number in (1, 2, 3)]
        webhooks.remove_webhook(webhook_id(2))
        assert [each.id for each in webhooks.list_webhooks()] == [webhook_id(1), webhook_id(3)]
        with raises(ErrorCode.WEBHOOK_NOT_FOUND):
            webhooks.get_webhook(webhook_id(2))

    def test_events_of_a_time_come_page_by_page_oldest_first(self, webhooks: WebhookStore) -> None:
        for number in (2, 0, 4, 1, 3):
            webhooks.add_event(an_event(number, seconds=number))
        wanted = EventQuery(since=later(1), until=later(4), limit=2)
        first = webhooks.list_events(wanted)
        second = webhooks.list_events(replace(wanted, cursor=first.next_cursor))
        assert [event.id for event in (*first.items, *second.items)] == [an_event(number).id for number in (1, 2, 3)]
        assert second.next_cursor is None
        with raises(ErrorCode.FIELD_INVALID):
            webhooks.list_events(replace(wanted, cursor="nonsense"))

    def test_deliveries_come_page_by_page_newest_first_and_by_their_state(self, webhooks: WebhookStore) -> None:
        for number in range(5):
            event = webhooks.add_event(an_event(number, seconds=number))
            delivery = webhooks.add_delivery(a_delivery(event))
            webhooks.add_delivery(a_delivery(event, to="another"))
            if number % 2:
                webhooks.replace_delivery(replace(delivery, state=DeliveryState.DEAD))
        one = webhook_id("one")
        first = webhooks.list_deliveries(one, state=None, limit=3, cursor=None)
        second = webhooks.list_deliveries(one, state=None, limit=3, cursor=first.next_cursor)
        order = [an_event(number).id for number in (4, 3, 2, 1, 0)]
        assert [each.event_id for each in (*first.items, *second.items)] == order
        assert second.next_cursor is None
        dead = webhooks.list_deliveries(one, state=DeliveryState.DEAD, limit=1, cursor=None)
        rest = webhooks.list_deliveries(one, state=DeliveryState.DEAD, limit=9, cursor=dead.next_cursor)
        assert [each.event_id for each in (*dead.items, *rest.items)] == [order[1], order[3]]

    def test_due_is_what_waits_for_this_endpoint_and_whose_time_has_come(self, webhooks: WebhookStore) -> None:
        for number in range(4):
            event = webhooks.add_event(an_event(number, seconds=number))
            delivery = a_delivery(event)
            webhooks.add_delivery(replace(delivery, next_at=later(number * 10)))
            webhooks.add_delivery(a_delivery(event, to="another"))
        done = webhooks.get_delivery(a_delivery(an_event(0)).id)
        webhooks.replace_delivery(replace(done, state=DeliveryState.DELIVERED))
        due = webhooks.due(webhook_id("one"), now=later(20), limit=10)
        assert {each.event_id for each in due} == {an_event(1).id, an_event(2).id}
        assert len(webhooks.due(webhook_id("one"), now=later(20), limit=1)) == 1
        assert webhooks.due(webhook_id("nobody"), now=later(20), limit=10) == ()


class EventsContract:
    """The obligation of `ports.webhooks` that no change is without its event. `happened` is what was recorded."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        """Opens the catalog under test."""
        raise NotImplementedError

    @pytest.fixture
    def catalog(self, open_catalog: Callable[[], Catalog]) -> Catalog:
        """The catalog under test."""
        return open_catalog()

    @pytest.fixture
    def happened(self) -> Callable[[], list[Event]]:
        """Every event so far, in the order of its change."""
        raise NotImplementedError

    def test_every_change_that_others_are_told_of_is_an_event(
        self, catalog: Catalog, happened: Callable[[], list[Event]]
    ) -> None:
        asset = catalog.add_asset(an_asset(status=Status.UPLOADING))
        upload = catalog.add_upload(an_upload())
        catalog.replace_upload(upload.moved(UploadState.EXPIRED))
        session = catalog.add_session(a_session())
        revoked = catalog.replace_session(session.revoked(later(2)))
        catalog.replace_session(revoked.revoked(later(3)))
        catalog.replace_asset(asset.deleted(later(9)))
        assert [event.type for event in happened()] == [
            EventType.ASSET_CREATED,
            EventType.UPLOAD_EXPIRED,
            EventType.SESSION_STARTED,
            EventType.SESSION_REVOKED,
            EventType.ASSET_DELETED,
        ]
        assert happened()[-1].data == EventData(asset_id=asset.id, status=Status.DELETED)
        assert happened()[2].data.session_id == session.id

    def test_an_asset_tells_where_it_stands_and_why_it_failed(
        self, catalog: Catalog, happened: Callable[[], list[Event]]
    ) -> None:
        asset = catalog.add_asset(an_asset(status=Status.UPLOADING))
        for status in (Status.QUEUED, Status.PROCESSING, Status.PLAYABLE, Status.PLAYABLE, Status.READY, Status.QUEUED):
            asset = catalog.replace_asset(replace(asset, status=status, updated_at=later(1)))
        error = AssetError(code=ErrorCode.SOURCE_TRUNCATED, message="It is cut off.")
        catalog.replace_asset(asset.failed(error, later(2)))
        kinds = [event.type.removeprefix("asset.") for event in happened()]
        assert kinds == ["created", "playable", "ready", "failed"]
        assert happened()[-1].data.error_code is ErrorCode.SOURCE_TRUNCATED
        assert len({event.id for event in happened()}) == 4

    def test_a_write_that_is_refused_is_no_event(self, catalog: Catalog, happened: Callable[[], list[Event]]) -> None:
        asset = catalog.add_asset(an_asset(status=Status.PLAYABLE))
        catalog.replace_asset(replace(asset, title="changed"))
        with raises(ErrorCode.CATALOG_CONFLICT):
            catalog.replace_asset(replace(asset, status=Status.READY))
        with raises(ErrorCode.CATALOG_CONFLICT):
            catalog.add_asset(an_asset())
        catalog.add_run(a_run())
        assert [event.type for event in happened()] == [EventType.ASSET_CREATED]
