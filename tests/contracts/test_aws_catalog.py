"""DynamoDB held to the contracts of the catalog, against the emulator. What only DynamoDB can get wrong is at the end.

The emulator's indexes follow a write at once, AWS's within a second or so: that nothing decides by them alone is held
by the adapter's own docstring and cannot be shown here.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from matinee.adapters.aws.dynamodb_catalog import DynamoDbCatalog
from matinee.adapters.aws.dynamodb_table import Item
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.audit import Audit
from matinee.ports.catalog import AssetQuery, Catalog
from matinee.ports.revocations import Revocations
from tests.contracts.audit import AuditContract
from tests.contracts.aws_openers import open_dynamodb_audit, open_dynamodb_catalog, open_dynamodb_revocations
from tests.contracts.catalog import CatalogContract
from tests.contracts.catalog_orders import CatalogOrdersContract
from tests.contracts.catalog_shares import CatalogSharesContract
from tests.contracts.emulator import Emulator
from tests.contracts.idempotency import IdempotencyContract
from tests.contracts.lost_answers import losing_answers
from tests.contracts.revocations import RevocationsContract
from tests.contracts.samples import NOON, a_run, a_session, an_asset, an_upload, asset_id, later, session_id


class TestDynamoDbCatalog(CatalogContract, CatalogOrdersContract, CatalogSharesContract):
    """The catalog in a table."""

    @pytest.fixture
    def open_catalog(self, emulator: Emulator) -> Callable[[], Catalog]:
        return partial(open_dynamodb_catalog, emulator.adapter, emulator.new_table())


class TestDynamoDbCatalogIdempotency(IdempotencyContract):
    """Idempotency keys in a table."""

    @pytest.fixture
    def open_catalog(self, emulator: Emulator) -> Callable[[], Catalog]:
        return partial(open_dynamodb_catalog, emulator.adapter, emulator.new_table())


class TestDynamoDbRevocations(RevocationsContract):
    """Revocations in a table."""

    @pytest.fixture
    def open_revocations(self, emulator: Emulator) -> Callable[[], Revocations]:
        return partial(open_dynamodb_revocations, emulator.adapter, emulator.new_table())


class TestDynamoDbAudit(AuditContract):
    """Records in a table, which drops by itself what is over."""

    drops_by_itself = True

    @pytest.fixture
    def open_audit(self, emulator: Emulator) -> Callable[[], Audit]:
        return partial(open_dynamodb_audit, emulator.adapter, emulator.new_table())


class TestDynamoDbAlone:
    """What only DynamoDB can get wrong."""

    @pytest.fixture
    def table(self, emulator: Emulator) -> str:
        return emulator.new_table()

    @pytest.fixture
    def catalog(self, emulator: Emulator, table: str) -> DynamoDbCatalog:
        return open_dynamodb_catalog(emulator.adapter, table)

    @pytest.fixture
    def items(self, emulator: Emulator, table: str) -> Callable[[], list[Item]]:
        """Everything in the table, as it lies there."""
        client = emulator.root.session().client("dynamodb", endpoint_url=emulator.root.url)
        return lambda: list(client.scan(TableName=table)["Items"])

    @pytest.fixture
    def unlucky(self, emulator: Emulator, table: str) -> Iterator[tuple[DynamoDbCatalog, Callable[[], int]]]:
        """A catalog whose every write is done but not answered the first time; and how many answers were lost."""
        with losing_answers(emulator.adapter.url) as (url, lost):
            yield open_dynamodb_catalog(replace(emulator.adapter, url=url), table), lost

    def test_a_write_whose_answer_was_lost_is_still_ones_own(
        self, unlucky: tuple[DynamoDbCatalog, Callable[[], int]], catalog: DynamoDbCatalog
    ) -> None:
        mine, lost = unlucky
        added = mine.add_asset(an_asset())
        changed = mine.replace_asset(replace(added, title="changed"))
        session = mine.add_session(a_session())
        begun = mine.begin_request("k", "print", now=NOON, expires_at=later(60))
        mine.finish_request("k", 201, f'{{"id": "{asset_id("one")}"}}')
        assert lost() == 5
        assert begun is None
        assert catalog.get_asset(added.id) == changed
        assert catalog.get_session(session.id) == session
        answer = catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
        assert answer is not None
        assert answer.status == 201

    def test_a_request_that_ran_longer_than_a_function_may_is_dead(self, catalog: DynamoDbCatalog) -> None:
        for key in ("running", "done"):
            catalog.begin_request(key, "print", now=NOON, expires_at=later(86_400))
        catalog.finish_request("done", 201, "body")
        assert catalog.begin_request("running", "print", now=later(899), expires_at=later(86_400)) is not None
        assert catalog.begin_request("running", "print", now=later(900), expires_at=later(86_400)) is None
        assert catalog.begin_request("running", "print", now=later(901), expires_at=later(86_400)) is not None
        assert catalog.begin_request("done", "print", now=later(9000), expires_at=later(86_400)) is not None

    def test_more_sessions_than_a_batch_takes_are_listed_and_forgotten(
        self, catalog: DynamoDbCatalog, items: Callable[[], list[Item]]
    ) -> None:
        for number in range(120):
            catalog.add_session(a_session(number, seconds=number))
        listed = [session.id for session in catalog.list_sessions(asset_id("one"))]
        assert listed == [session_id(number) for number in reversed(range(120))]
        catalog.forget_asset(asset_id("one"))
        assert items() == []

    def test_a_session_that_was_deleted_by_its_time_to_live_is_passed_over(
        self, emulator: Emulator, catalog: DynamoDbCatalog, table: str
    ) -> None:
        for number in range(3):
            catalog.add_session(a_session(number, seconds=number))
        client = emulator.root.session().client("dynamodb", endpoint_url=emulator.root.url)
        client.delete_item(TableName=table, Key={"pk": {"S": session_id(1)}, "sk": {"S": "value"}})
        listed = catalog.list_sessions(asset_id("one"), limit=2)
        assert [session.id for session in listed] == [session_id(2), session_id(0)]

    def test_a_search_reads_on_past_the_service_s_page(self, catalog: DynamoDbCatalog) -> None:
        for number in range(60):  # about 25 KB each: more than the 1 MB that one read gives
            title = "wanted" if number % 20 == 0 else "other"
            catalog.add_asset(an_asset(number, seconds=number, title=title, description="ü" * 5000))
        first = catalog.list_assets(AssetQuery(text="wanted", limit=2))
        rest = catalog.list_assets(AssetQuery(text="wanted", limit=2, cursor=first.next_cursor))
        assert [asset.id for asset in (*first.items, *rest.items)] == [asset_id(number) for number in (40, 20, 0)]
        assert rest.next_cursor is None
        assert len(catalog.list_assets(AssetQuery(limit=60)).items) == 60

    def test_what_ends_is_marked_for_deletion_by_time_and_nothing_else(
        self, emulator: Emulator, catalog: DynamoDbCatalog, table: str, items: Callable[[], list[Item]]
    ) -> None:
        catalog.add_asset(an_asset())
        catalog.add_upload(an_upload())
        catalog.add_run(a_run())
        assert not any("expires" in item for item in items())
        lasting = len(items())
        session = catalog.add_session(a_session())
        catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
        catalog.finish_request("k", 201, asset_id("one"))
        open_dynamodb_revocations(emulator.adapter, table).revoke(session.id, until=session.ends_at)
        marks = sorted(int(item["expires"]["N"]) for item in items() if "expires" in item)
        second = int(NOON.timestamp()) + 1  # the part of a second counts as a whole one
        assert marks == [second + 60] * 2 + [second + 86_400] * 4
        assert len(items()) == lasting + 6

    def test_an_answer_goes_with_each_asset_it_names(
        self, catalog: DynamoDbCatalog, items: Callable[[], list[Item]]
    ) -> None:
        catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
        catalog.finish_request("k", 201, f"{asset_id(1)} and {asset_id(2)}")
        catalog.forget_asset(asset_id(2))
        assert catalog.begin_request("k", "print", now=NOON, expires_at=later(60)) is None
        catalog.forget_asset(asset_id(1))  # names an answer that is gone, and a request begun anew: that one stays
        assert catalog.begin_request("k", "print", now=NOON, expires_at=later(60)) is not None
        assert len(items()) == 1

    def test_a_table_that_is_not_there_is_said_to_be_missing(self, emulator: Emulator) -> None:
        catalog = open_dynamodb_catalog(emulator.adapter, "matinee-" + "0" * 16)
        with pytest.raises(MatineeError, match="ResourceNotFoundException") as caught:
            catalog.get_asset(asset_id("one"))
        assert caught.value.code is ErrorCode.CATALOG_UNAVAILABLE

    def test_what_the_role_may_not_do_is_said_to_be_refused(self, emulator: Emulator) -> None:
        catalog = open_dynamodb_catalog(emulator.adapter, "another-table")
        with pytest.raises(MatineeError, match="AccessDeniedException") as caught:
            catalog.add_asset(an_asset())
        assert caught.value.code is ErrorCode.CATALOG_UNAVAILABLE
