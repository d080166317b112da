"""The local adapters held to every contract. What only a folder or a file can get wrong is in `test_local_files`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.domain.delivery import DeliveryState
from matinee.domain.event import Event
from matinee.domain.ids import RunId
from matinee.errors import MatineeError
from matinee.ports.audit import Audit
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock, Entropy
from matinee.ports.ingest import IngestQueue, IngestStarter
from matinee.ports.keys import Keys
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import ObjectStore, ServedStore
from matinee.ports.revocations import Revocations
from matinee.ports.webhooks import WebhookStore
from tests.contracts.audit import AuditContract
from tests.contracts.catalog import CatalogContract
from tests.contracts.catalog_orders import CatalogOrdersContract
from tests.contracts.catalog_shares import CatalogSharesContract
from tests.contracts.clock import ClockContract, EntropyContract
from tests.contracts.idempotency import IdempotencyContract
from tests.contracts.ingest_queue import IngestQueueContract, claimed
from tests.contracts.ingest_starter import IngestStarterContract
from tests.contracts.keys import KeysContract
from tests.contracts.links import LinkContract
from tests.contracts.local_openers import (
    ShiftedClock,
    open_audit,
    open_catalog,
    open_keys,
    open_outbox,
    open_queue,
    open_revocations,
    open_store,
    open_webhooks,
)
from tests.contracts.multipart import MultipartContract
from tests.contracts.object_store import ObjectStoreContract
from tests.contracts.requests import Answer, Perform
from tests.contracts.revocations import RevocationsContract
from tests.contracts.samples import an_asset, later
from tests.contracts.webhooks import ALL, EventsContract, WebhooksContract, a_delivery, a_webhook, an_event


def serve(store: ServedStore, request: SignedRequest, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Answer a signed request as the server does, without a server."""
    parts = urlsplit(request.url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):  # the server refuses a parameter given twice
        return Answer(status=403, headers={}, body=b"")
    if request.method not in ("GET", "HEAD", "PUT"):
        return Answer(status=405, headers={}, body=b"")
    try:
        if request.method == "PUT":
            return _receive(store, unquote(parts.path), dict(pairs), body)
        return _send(store, unquote(parts.path), dict(pairs), request.method, headers.get("range"))
    except MatineeError as error:
        return Answer(status=error.kind.status, headers={}, body=error.code.encode())


def _receive(store: ServedStore, path: str, query: Mapping[str, str], body: bytes) -> Answer:
    sink = store.receive_part(store.admit_part(path, query))
    try:
        for start in range(0, len(body), 65_536):
            sink.write(body[start : start + 65_536])
        part = sink.commit()
    finally:
        sink.discard()
    return Answer(status=200, headers={"etag": f'"{part.etag}"'}, body=b"")


def _send(store: ServedStore, path: str, query: Mapping[str, str], method: str, asked: str | None) -> Answer:
    key = store.admit_get(path, query)
    size = {"content-length": str(store.stat(key).size_bytes)}
    if method == "HEAD":
        return Answer(status=200, headers=size, body=b"")
    if asked is None:
        return Answer(status=200, headers=size, body=store.get(key))
    start, _, end = asked.removeprefix("bytes=").partition("-")
    length = int(end) - int(start) + 1 if end else None
    return Answer(status=206, headers={}, body=store.get(key, start=int(start), length=length))


class TestFileStore(ObjectStoreContract):
    """Objects in a folder."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Callable[[], ObjectStore]:
        return partial(open_store, tmp_path / "data")


class TestFileStoreMultipart(MultipartContract):
    """Parts in a folder."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Callable[[], ObjectStore]:
        return partial(open_store, tmp_path / "data")

    @pytest.fixture
    def perform(self, store: ObjectStore) -> Perform:
        assert isinstance(store, FileStore)
        return partial(serve, store)


class TestFileStoreLinks(LinkContract):
    """Links this machine answers."""

    @pytest.fixture
    def clock(self) -> ShiftedClock:
        return ShiftedClock()

    @pytest.fixture
    def open_store(self, tmp_path: Path, clock: ShiftedClock) -> Callable[[], ObjectStore]:
        return partial(open_store, tmp_path / "data", clock)

    @pytest.fixture
    def perform(self, store: ObjectStore) -> Perform:
        assert isinstance(store, FileStore)
        return partial(serve, store)

    @pytest.fixture
    def let_pass(self, clock: ShiftedClock) -> Callable[[int], None]:
        return clock.let_pass

    def test_a_link_answers_head_too(self, perform: Perform, link: SignedRequest) -> None:
        answer = perform(replace(link, method="HEAD"), b"", {})
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "10")


class TestSqliteCatalog(CatalogContract, CatalogOrdersContract, CatalogSharesContract):
    """The catalog in a file."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        return partial(open_catalog, tmp_path)


class TestSqliteCatalogIdempotency(IdempotencyContract):
    """Idempotency keys in a file."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        return partial(open_catalog, tmp_path)


class TestSqliteQueue(IngestQueueContract):
    """The queue in a file."""

    @pytest.fixture
    def open_queue(self, tmp_path: Path) -> Callable[[], IngestQueue]:
        return partial(open_queue, tmp_path)


class TestSqliteQueueStarter(IngestStarterContract):
    """The queue as the services see it."""

    @pytest.fixture
    def open_starter(self, tmp_path: Path) -> Callable[[], IngestStarter]:
        return partial(open_queue, tmp_path)

    @pytest.fixture
    def end(self, tmp_path: Path) -> Callable[[RunId], None]:
        queue = open_queue(tmp_path)
        return lambda _: queue.finish(claimed(queue))


class TestSqliteRevocations(RevocationsContract):
    """Revocations in a file."""

    @pytest.fixture
    def open_revocations(self, tmp_path: Path) -> Callable[[], Revocations]:
        return partial(open_revocations, tmp_path)


class TestSqliteAudit(AuditContract):
    """Records in a file."""

    @pytest.fixture
    def open_audit(self, tmp_path: Path) -> Callable[[], Audit]:
        return partial(open_audit, tmp_path)


class TestSqliteWebhooks(WebhooksContract):
    """Endpoints, events and deliveries in a file."""

    @pytest.fixture
    def open_webhooks(self, tmp_path: Path) -> Callable[[], WebhookStore]:
        return partial(open_webhooks, tmp_path)

    def test_what_was_told_and_is_old_is_swept_and_what_waits_is_not(self, webhooks: WebhookStore) -> None:
        webhooks.add_webhook(a_webhook())
        for number, state in enumerate((DeliveryState.DELIVERED, DeliveryState.WAITING)):
            event = webhooks.add_event(an_event(number, seconds=number))
            webhooks.add_delivery(replace(a_delivery(event), state=state))
        assert webhooks.sweep_events(later(5)) == 1
        assert [event.id for event in webhooks.list_events(ALL).items] == [an_event(1).id]


class TestSqliteOutbox(EventsContract):
    """Events in the transaction of their change."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        return partial(open_catalog, tmp_path)

    @pytest.fixture
    def happened(self, tmp_path: Path) -> Callable[[], list[Event]]:
        return lambda: list(open_outbox(tmp_path).untold(limit=1000))

    def test_what_was_told_is_not_told_again_and_nothing_else_is_forgotten(
        self, catalog: Catalog, tmp_path: Path
    ) -> None:
        catalog.add_asset(an_asset(1))
        catalog.add_asset(an_asset(2))
        outbox = open_outbox(tmp_path)
        first, second = outbox.untold(limit=10)
        outbox.told(first.id)
        outbox.told(first.id)
        assert outbox.untold(limit=10) == (second,)
        webhooks = open_webhooks(tmp_path)
        assert webhooks.sweep_events(later(1e9)) == 1
        assert outbox.untold(limit=10) == (second,)


class TestKeyFile(KeysContract):
    """Signing keys in a file."""

    @pytest.fixture
    def open_keys(self, tmp_path: Path) -> Callable[[], Keys]:
        return partial(open_keys, tmp_path)


class TestSystemClock(ClockContract):
    """This machine's clock."""

    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()


class TestShiftedClock(ClockContract):
    """The clock the suites themselves let run ahead."""

    @pytest.fixture
    def clock(self) -> Clock:
        return ShiftedClock()


class TestSystemEntropy(EntropyContract):
    """The kernel's generator."""

    @pytest.fixture
    def entropy(self) -> Entropy:
        return SystemEntropy()
