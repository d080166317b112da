"""What every `Audit` must do. Give `open_audit`: a call that opens the same, at first empty."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.domain.audit import Act, AuditId, AuditRecord
from matinee.domain.ids import derive_id
from matinee.errors import ErrorCode
from matinee.ports.audit import Audit, AuditQuery
from tests.contracts.children import in_threads
from tests.contracts.samples import NOON, asset_id, later, raises, session_id

KEEP_SECONDS = 3600


def a_record(name: object = "one", *, of: object = "one", asset: object = "one", seconds: float = 0) -> AuditRecord:
    """A record, made so many seconds after noon."""
    return AuditRecord(
        id=AuditId(derive_id("aud_", str(name))),
        at=later(seconds),
        act=Act.OPENED,
        caller="owner",
        session_id=session_id(of),
        asset_id=asset_id(asset),
        viewer="Jörg 🎬",
        network="2001:db8::/48",
    )


class AuditContract:
    """The obligations of `ports.audit`."""

    drops_by_itself = False

    @pytest.fixture
    def open_audit(self, tmp_path: Path) -> Callable[[], Audit]:
        """Opens the records under test."""
        raise NotImplementedError

    @pytest.fixture
    def audit(self, open_audit: Callable[[], Audit]) -> Audit:
        """The records under test."""
        return open_audit()

    def test_what_one_writes_down_another_reads_whole_and_newest_first(self, open_audit: Callable[[], Audit]) -> None:
        first, second = a_record(1), a_record(2, seconds=0.000001)
        for record in (second, first):
            open_audit().add(record, keep_until=later(KEEP_SECONDS))
        assert open_audit().list(AuditQuery(), now=NOON).items == (second, first)

    def test_the_records_of_a_session_and_of_an_asset_are_theirs_alone(self, audit: Audit) -> None:
        records = [
            a_record(1, of="a", asset="x"),
            a_record(2, of="b", asset="x", seconds=1),
            a_record(3, of="c", asset="y", seconds=2),
        ]
        for record in records:
            audit.add(record, keep_until=later(KEEP_SECONDS))
        found = [
            audit.list(query, now=NOON).items
            for query in (
                AuditQuery(session_id=session_id("b")),
                AuditQuery(asset_id=asset_id("x")),
                AuditQuery(asset_id=asset_id("x"), session_id=session_id("c")),
                AuditQuery(asset_id=asset_id("nobody's")),
            )
        ]
        assert found == [(records[1],), (records[1], records[0]), (), ()]

    @pytest.mark.parametrize(
        "query", [{}, {"asset_id": asset_id("one")}, {"session_id": session_id("one")}], ids=["all", "asset", "session"]
    )
    def test_pages_join_without_a_gap_also_at_the_same_moment(self, audit: Audit, query: dict[str, object]) -> None:
        for number in range(23):
            audit.add(a_record(number, seconds=number // 4), keep_until=later(KEEP_SECONDS))
        whole = audit.list(AuditQuery(limit=100, **query), now=NOON)  # type: ignore[arg-type] # one of two ids
        found, cursor = list[AuditRecord](), None
        while len(found) < 30:
            page = audit.list(AuditQuery(limit=5, cursor=cursor, **query), now=NOON)  # type: ignore[arg-type] # the same
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert tuple(found) == whole.items
        assert len(found) == 23

    def test_a_cursor_counts_for_its_own_listing_alone(self, audit: Audit) -> None:
        for number in range(3):
            audit.add(a_record(number), keep_until=later(KEEP_SECONDS))
        cursor = audit.list(AuditQuery(limit=1), now=NOON).next_cursor
        for wrong in (AuditQuery(cursor=cursor, asset_id=asset_id("one")), AuditQuery(cursor="x")):
            with raises(ErrorCode.FIELD_INVALID):
                audit.list(wrong, now=NOON)

    def test_a_record_is_listed_until_its_time_is_over(self, audit: Audit) -> None:
        audit.add(a_record(1), keep_until=later(10))
        audit.add(a_record(2, seconds=1), keep_until=later(100))
        assert len(audit.list(AuditQuery(), now=later(9)).items) == 2
        assert [record.at for record in audit.list(AuditQuery(), now=later(11)).items] == [later(1)]
        assert audit.sweep(later(11)) == (0 if self.drops_by_itself else 1)
        assert len(audit.list(AuditQuery(), now=later(11)).items) == 1

    def test_a_deleted_assets_records_keep_what_was_done_and_not_who_watched(self, audit: Audit) -> None:
        records = [a_record(1), replace(a_record(2, of="two", seconds=1), caller="Jörg 🎬"), a_record(3, asset="other")]
        for record in records:
            audit.add(record, keep_until=later(KEEP_SECONDS))
        for _ in range(2):
            audit.forget_viewers(asset_id("one"))
        bare = [replace(record, viewer=None, network=None) for record in records[:2]]
        listed = audit.list(AuditQuery(asset_id=asset_id("one")), now=NOON).items
        assert listed == (replace(bare[1], caller=None), bare[0])
        assert audit.list(AuditQuery(asset_id=asset_id("other")), now=NOON).items == (records[2],)

    def test_many_threads_lose_no_record(self, audit: Audit) -> None:
        def work(number: int) -> None:
            audit.add(a_record(number, of=number), keep_until=later(KEEP_SECONDS))

        in_threads(work, range(16))
        assert len(audit.list(AuditQuery(limit=100), now=NOON).items) == 16
