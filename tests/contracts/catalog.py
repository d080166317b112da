"""What every `Catalog` must do. Give `open_catalog`: a picklable call that opens the same, at first empty, catalog."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.domain.asset import MAX_TAG, Asset, Kind, Status, check_title
from matinee.domain.ids import AssetId
from matinee.domain.run import RunState
from matinee.domain.session import ANONYMOUS, Session
from matinee.domain.upload import UploadState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery, Catalog, Order, SessionQuery
from tests.contracts.children import code_of, count_up, in_processes, in_threads
from tests.contracts.samples import (
    NOON,
    a_full_asset,
    a_run,
    a_session,
    an_asset,
    an_upload,
    asset_id,
    later,
    raises,
    run_id,
    session_id,
)


def _is_title(text: str) -> bool:
    try:
        return bool(check_title(text))
    except MatineeError:
        return False


texts = st.text(st.characters(codec="utf-8"))
titles = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50).filter(_is_title)
tags = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=MAX_TAG), max_size=5).map(tuple)
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)

# One suite for several adapters, whose store a test empties or keeps apart by names of its own.
SHARED = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)


class CatalogContract:
    """The obligations of `ports.catalog`."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        """Opens the catalog under test; picklable."""
        raise NotImplementedError

    @pytest.fixture
    def catalog(self, open_catalog: Callable[[], Catalog]) -> Catalog:
        """The catalog under test."""
        return open_catalog()

    @pytest.fixture
    def titles_of(self, catalog: Catalog) -> Callable[[AssetQuery], list[str]]:
        """The titles of a listing's first page."""
        return lambda query: [asset.title for asset in catalog.list_assets(query).items]

    def test_what_was_added_is_got_whole(self, open_catalog: Callable[[], Catalog], catalog: Catalog) -> None:
        asset, upload, session, run = a_full_asset(), an_upload(), a_session(), a_run()
        assert catalog.add_asset(asset) == asset
        assert catalog.add_upload(upload) == upload
        assert catalog.add_session(session) == session
        assert catalog.add_run(run) == run
        again = open_catalog()
        assert again.get_asset(asset.id) == asset
        assert again.get_upload(upload.id) == upload
        assert again.get_session(session.id) == session
        assert again.get_run(run.id) == run

    def test_a_replaced_value_is_got_whole(self, catalog: Catalog) -> None:
        upload = catalog.replace_upload(catalog.add_upload(an_upload()).moved(UploadState.COMPLETED))
        session = catalog.replace_session(catalog.add_session(a_session()).revoked(later(5)))
        run = catalog.replace_run(catalog.add_run(a_run()).running(later(5)))
        assert (upload.revision, session.revision, run.revision) == (2, 2, 2)
        assert catalog.get_upload(upload.id) == upload
        assert catalog.get_session(session.id) == session
        assert catalog.get_run(run.id) == run

    @settings(max_examples=50, deadline=None, suppress_health_check=SHARED)
    @given(
        title=titles, description=texts, tag=tags, number=numbers, moment=st.datetimes(timezones=st.just(NOON.tzinfo))
    )
    def test_any_text_number_and_time_comes_back(
        self,
        catalog: Catalog,
        title: str,
        description: str,
        tag: tuple[str, ...],
        number: float | None,
        moment: datetime,
    ) -> None:
        given = replace(an_asset(), title=title, description=description, tags=tag, duration_seconds=number)
        given = replace(given, created_at=moment, updated_at=moment, id=asset_id(repr((title, moment, description))))
        if code_of(lambda: catalog.add_asset(given)) is None:
            assert catalog.get_asset(given.id) == given

    def test_what_is_not_there_is_not_found(self, catalog: Catalog) -> None:
        for call, code in (
            (lambda: catalog.get_asset(asset_id("no")), ErrorCode.ASSET_NOT_FOUND),
            (lambda: catalog.get_upload(an_upload("no").id), ErrorCode.UPLOAD_NOT_FOUND),
            (lambda: catalog.get_session(session_id("no")), ErrorCode.SESSION_NOT_FOUND),
            (lambda: catalog.get_run(run_id("no")), ErrorCode.ASSET_NOT_FOUND),
            (lambda: catalog.get_asset(AssetId("' OR 1=1 --")), ErrorCode.ASSET_NOT_FOUND),
            (lambda: catalog.get_asset(AssetId("")), ErrorCode.ASSET_NOT_FOUND),
            (lambda: catalog.get_asset(AssetId("x" * 5000)), ErrorCode.ASSET_NOT_FOUND),
        ):
            with raises(code):
                call()

    def test_adding_an_id_twice_is_a_conflict_and_keeps_the_first(self, catalog: Catalog) -> None:
        catalog.add_asset(an_asset(title="first"))
        with raises(ErrorCode.CATALOG_CONFLICT):
            catalog.add_asset(an_asset(title="second"))
        assert catalog.get_asset(asset_id("one")).title == "first"

    def test_adding_stores_revision_one_whatever_it_says(self, catalog: Catalog) -> None:
        assert catalog.add_asset(replace(an_asset(), revision=7)).revision == 1
        assert catalog.get_asset(asset_id("one")).revision == 1

    def test_replacing_what_somebody_changed_is_a_conflict(self, catalog: Catalog) -> None:
        read = catalog.add_asset(an_asset())
        changed = catalog.replace_asset(replace(read, title="theirs"))
        assert changed.revision == 2
        for stale in (read, replace(read, revision=3), replace(read, revision=0)):
            with raises(ErrorCode.CATALOG_CONFLICT):
                catalog.replace_asset(replace(stale, title="mine"))
        assert catalog.get_asset(read.id) == changed

    def test_replacing_what_is_not_there_is_a_conflict(self, catalog: Catalog) -> None:
        with raises(ErrorCode.CATALOG_CONFLICT):
            catalog.replace_asset(an_asset())
        with raises(ErrorCode.ASSET_NOT_FOUND):
            catalog.get_asset(asset_id("one"))

    def test_of_many_threads_one_replaces(self, catalog: Catalog) -> None:
        read = catalog.add_asset(an_asset())
        for _ in range(5):
            mine = [replace(read, title=f"writer {number}") for number in range(8)]
            codes = in_threads(lambda asset: code_of(lambda: catalog.replace_asset(asset)), mine)
            assert sorted(codes, key=str) == sorted([None, *[ErrorCode.CATALOG_CONFLICT] * 7], key=str)
            read = catalog.get_asset(read.id)
            assert read.title == mine[codes.index(None)].title

    def test_processes_never_overwrite_each_other(
        self, open_catalog: Callable[[], Catalog], catalog: Catalog, pool: ProcessPoolExecutor
    ) -> None:
        catalog.add_asset(an_asset())
        won = in_processes(pool, count_up, [(open_catalog, asset_id("one"), 60)] * 4)
        assert catalog.get_asset(asset_id("one")).revision == 1 + sum(won)
        assert sum(won) >= 60

    def test_assets_are_listed_newest_first_then_by_id(self, catalog: Catalog) -> None:
        same = sorted((an_asset(name, seconds=5) for name in "abcd"), key=lambda asset: asset.id, reverse=True)
        others = [an_asset("new", seconds=9), an_asset("old", seconds=-9), an_asset("just older", seconds=4.999999)]
        for asset in (*others, *same):
            catalog.add_asset(asset)
        listed = [asset.id for asset in catalog.list_assets(AssetQuery()).items]
        assert listed == [others[0].id, *(asset.id for asset in same), others[2].id, others[1].id]

    @pytest.mark.parametrize("limit", [1, 2, 3, 10, 11])
    def test_pages_of_any_size_join_to_the_whole_listing(self, catalog: Catalog, limit: int) -> None:
        for number in range(10):
            catalog.add_asset(an_asset(number, seconds=number // 3))
        whole = [asset.id for asset in catalog.list_assets(AssetQuery(limit=100)).items]
        found: list[AssetId] = []
        cursor = None
        while True:
            page = catalog.list_assets(AssetQuery(limit=limit, cursor=cursor))
            found += [asset.id for asset in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.items) == limit
        assert found == whole
        assert len(whole) == 10

    def test_a_page_is_not_disturbed_by_what_arrives_meanwhile(self, catalog: Catalog) -> None:
        for number in range(4):
            catalog.add_asset(an_asset(number, seconds=number))
        first = catalog.list_assets(AssetQuery(limit=2))
        catalog.add_asset(an_asset("newest", seconds=99))
        catalog.replace_asset(catalog.get_asset(asset_id(1)))
        second = catalog.list_assets(AssetQuery(limit=5, cursor=first.next_cursor))
        assert [asset.id for asset in second.items] == [asset_id(1), asset_id(0)]

    @pytest.mark.parametrize("cursor", ["", "x", "!!!", "AAAA", "ü", "MTIzIGFzdF94", "a" * 5000, "' OR 1=1 --"])
    def test_a_cursor_nobody_gave_is_refused(self, catalog: Catalog, cursor: str) -> None:
        with raises(ErrorCode.FIELD_INVALID):
            catalog.list_assets(AssetQuery(cursor=cursor))

    def test_a_cursor_of_another_listing_is_refused(self, catalog: Catalog) -> None:
        for number in range(3):
            catalog.add_asset(an_asset(number, seconds=number))
        cursor = catalog.list_assets(AssetQuery(limit=1)).next_cursor
        for other in (
            AssetQuery(cursor=cursor, status=Status.READY),
            AssetQuery(cursor=cursor, text="title"),
            AssetQuery(cursor=cursor, kind=Kind.VIDEO),
            AssetQuery(cursor=cursor, tag="x"),
            AssetQuery(cursor=cursor, order=Order.OLDEST),
            AssetQuery(cursor=cursor, order=Order.TITLE),
            AssetQuery(cursor=cursor, order=Order.LONGEST),
        ):
            with raises(ErrorCode.FIELD_INVALID):
                catalog.list_assets(other)
        assert len(catalog.list_assets(AssetQuery(cursor=cursor, limit=7)).items) == 2

    def test_a_page_of_nothing_is_refused(self, catalog: Catalog) -> None:
        with raises(ErrorCode.FIELD_INVALID):
            catalog.list_assets(AssetQuery(limit=0))

    def test_a_listing_by_status_holds_that_status(
        self, catalog: Catalog, titles_of: Callable[[AssetQuery], list[str]]
    ) -> None:
        for status in Status:
            catalog.add_asset(an_asset(status, status=status, title=status.value))
        for status in Status:
            assert titles_of(AssetQuery(status=status)) == [status.value]

    def test_a_listing_follows_a_change_of_status(
        self, catalog: Catalog, titles_of: Callable[[AssetQuery], list[str]]
    ) -> None:
        asset = catalog.add_asset(an_asset(title="film", status=Status.UPLOADING))
        catalog.replace_asset(asset.queued(run_id("one"), "sources/x", NOON))
        assert titles_of(AssetQuery(status=Status.UPLOADING)) == []
        assert titles_of(AssetQuery(status=Status.QUEUED)) == ["film"]

    def test_deleted_assets_are_listed_only_when_asked_for(self, catalog: Catalog) -> None:
        gone = catalog.replace_asset(catalog.add_asset(an_asset()).deleted(later(1)))
        assert catalog.list_assets(AssetQuery()).items == ()
        assert catalog.list_assets(AssetQuery(status=Status.DELETED)).items == (gone,)
        assert catalog.get_asset(gone.id) == gone

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("äPFEL", ["Äpfel & Birnen"]),
            ("strasse", ["Straße 100%"]),
            ("STRAẞE", ["Straße 100%"]),
            ("ΣΊΣΥΦΟΣ", ["Σίσυφος"]),
            ("a\u0308pfel", ["Äpfel & Birnen"]),
            ("映", ["映画"]),
            ("%", ["Straße 100%"]),
            ("_", ["under_score"]),
            ("\\", ["back\\slash"]),
            ("100% ", []),
            ("described", ["under_score"]),
            ("tagged", ["back\\slash"]),
            ("'", []),
            ("", ["back\\slash", "under_score", "映画", "Σίσυφος", "Straße 100%", "Äpfel & Birnen"]),
        ],
    )
    def test_a_search_finds_text_whatever_its_case(
        self, catalog: Catalog, titles_of: Callable[[AssetQuery], list[str]], text: str, expected: list[str]
    ) -> None:
        for number, title in enumerate(("Äpfel & Birnen", "Straße 100%", "Σίσυφος", "映画")):
            catalog.add_asset(an_asset(number, seconds=number, title=title))
        catalog.add_asset(an_asset(8, seconds=8, title="under_score", description="Described \x00 here"))
        catalog.add_asset(replace(an_asset(9, seconds=9, title="back\\slash"), tags=("x", "TAGGED")))
        assert titles_of(AssetQuery(text=text)) == expected

    def test_a_search_follows_a_change_of_title(
        self, catalog: Catalog, titles_of: Callable[[AssetQuery], list[str]]
    ) -> None:
        catalog.replace_asset(replace(catalog.add_asset(an_asset(title="before")), title="after"))
        assert titles_of(AssetQuery(text="before")) == []
        assert titles_of(AssetQuery(text="after")) == ["after"]

    def test_a_search_in_pages_holds_to_its_text_and_status(self, catalog: Catalog) -> None:
        for number in range(9):
            status = Status.READY if number % 2 else Status.FAILED
            catalog.add_asset(
                an_asset(number, seconds=number, title=f"{'film' if number % 3 else 'clip'}", status=status)
            )
        first = catalog.list_assets(AssetQuery(limit=2, text="FILM", status=Status.READY))
        rest = catalog.list_assets(AssetQuery(limit=9, text="FILM", status=Status.READY, cursor=first.next_cursor))
        assert [asset.id for asset in (*first.items, *rest.items)] == [asset_id(number) for number in (7, 5, 1)]

    def test_a_listing_of_the_oldest_first_goes_on_page_by_page(self, catalog: Catalog) -> None:
        for number in range(7):
            catalog.add_asset(an_asset(number, seconds=number // 2))
        newest = [asset.id for asset in catalog.list_assets(AssetQuery()).items]
        found: list[AssetId] = []
        page = catalog.list_assets(AssetQuery(limit=3, order=Order.OLDEST))
        while True:
            found += [asset.id for asset in page.items]
            if page.next_cursor is None:
                break
            page = catalog.list_assets(AssetQuery(limit=3, order=Order.OLDEST, cursor=page.next_cursor))
        assert found == newest[::-1]

    def test_a_listing_by_kind_and_tag_holds_to_both(
        self, catalog: Catalog, titles_of: Callable[[AssetQuery], list[str]]
    ) -> None:
        for number, (kind, tags) in enumerate(
            [(Kind.VIDEO, ("talk", "50%")), (Kind.AUDIO, ("talk",)), (Kind.VIDEO, ("talks", "Talk")), (Kind.VIDEO, ())]
        ):
            catalog.add_asset(replace(an_asset(number, seconds=number, title=f"{number}"), kind=kind, tags=tags))
        assert titles_of(AssetQuery(kind=Kind.VIDEO)) == ["3", "2", "0"]
        assert titles_of(AssetQuery(tag="talk")) == ["1", "0"]
        assert titles_of(AssetQuery(tag="talk", kind=Kind.AUDIO, order=Order.OLDEST)) == ["1"]
        assert titles_of(AssetQuery(tag="50%", text="0", status=Status.READY)) == ["0"]
        assert titles_of(AssetQuery(tag="tal")) == []

    def test_a_listing_by_tag_follows_a_change_of_tags(
        self, catalog: Catalog, titles_of: Callable[[AssetQuery], list[str]]
    ) -> None:
        catalog.replace_asset(replace(catalog.add_asset(an_asset(title="film")), tags=("new",)))
        assert titles_of(AssetQuery(tag="new")) == ["film"]

    def test_uploads_are_listed_by_state_the_first_to_expire_first(self, catalog: Catalog) -> None:
        for name, expires in (("b", 20), ("a", 10), ("c", 30)):
            catalog.add_upload(an_upload(name, expires=expires))
        catalog.add_upload(an_upload("done", expires=1, state=UploadState.COMPLETED))
        listed = catalog.list_uploads(UploadState.OPEN)
        assert [upload.id for upload in listed] == [an_upload(name).id for name in "abc"]
        assert catalog.list_uploads(UploadState.OPEN, limit=1) == listed[:1]
        catalog.replace_upload(listed[0].moved(UploadState.EXPIRED))
        assert catalog.list_uploads(UploadState.OPEN) == listed[1:]

    def test_uploads_of_an_asset_are_listed_whatever_their_state(self, catalog: Catalog) -> None:
        ended = catalog.replace_upload(catalog.add_upload(an_upload("one")).moved(UploadState.ABORTED))
        catalog.add_upload(an_upload("two"))
        assert catalog.list_uploads_of(asset_id("one")) == (ended,)
        assert catalog.list_uploads_of(asset_id("none")) == ()

    def test_a_forgotten_asset_leaves_no_session_and_another_keeps_its_own(self, catalog: Catalog) -> None:
        for name, of in (("a", "one"), ("b", "one"), ("c", "two")):
            catalog.add_session(a_session(name, of=of))
        for _ in range(2):
            catalog.forget_asset(asset_id("one"))
        assert catalog.list_sessions(asset_id("one")) == ()
        with raises(ErrorCode.SESSION_NOT_FOUND):
            catalog.get_session(session_id("a"))
        assert catalog.get_session(session_id("c")).asset_id == asset_id("two")

    def test_a_sweep_drops_ended_sessions_and_no_other(self, catalog: Catalog) -> None:
        for name, seconds in (("a", 10), ("b", 20), ("c", 30)):
            catalog.add_session(a_session(name, seconds=seconds))
        catalog.replace_session(catalog.get_session(session_id("b")).revoked(later(25)))
        assert catalog.sweep(later(86_400 + 20)) == 1
        assert [session.id for session in catalog.list_sessions(asset_id("one"))] == [session_id("c"), session_id("b")]
        assert catalog.sweep(later(86_400 + 20.000001)) == 1

    def test_sessions_of_an_asset_are_listed_newest_first(self, catalog: Catalog) -> None:
        for name, seconds in (("b", 20), ("a", 10), ("c", 30)):
            catalog.add_session(a_session(name, seconds=seconds))
        catalog.add_session(a_session("other", of="another", seconds=40))
        listed = catalog.list_sessions(asset_id("one"))
        assert [session.id for session in listed] == [session_id(name) for name in "cba"]
        assert catalog.list_sessions(asset_id("one"), limit=2) == listed[:2]

    def test_pages_of_an_assets_sessions_join_also_at_the_same_moment(self, catalog: Catalog) -> None:
        for number in range(7):
            catalog.add_session(a_session(number, seconds=number // 3))
        catalog.add_session(a_session("other", of="another", seconds=40))
        found, cursor = list[Session](), None
        for _ in range(4):
            page = catalog.page_of_sessions(SessionQuery(asset_id=asset_id("one"), limit=2, cursor=cursor))
            found += page.items
            cursor = page.next_cursor
        assert tuple(found) == catalog.list_sessions(asset_id("one"))
        assert cursor is None
        first = catalog.page_of_sessions(SessionQuery(asset_id=asset_id("one"), limit=2)).next_cursor
        with raises(ErrorCode.FIELD_INVALID):
            catalog.page_of_sessions(SessionQuery(asset_id=asset_id("another"), cursor=first))

    def test_sessions_of_a_named_viewer_are_listed_newest_first(self, catalog: Catalog) -> None:
        for name, of, seconds in (("b", "one", 20), ("a", "two", 10), ("c", "one", 30)):
            catalog.add_session(replace(a_session(name, of=of, seconds=seconds), viewer="Zoë 'the' 🎬"))
        catalog.add_session(replace(a_session("other", seconds=40), viewer="Zoë"))
        catalog.replace_session(catalog.get_session(session_id("a")).revoked(later(50)))
        listed = catalog.list_viewer_sessions("Zoë 'the' 🎬")
        assert [session.id for session in listed] == [session_id(name) for name in "cba"]
        assert listed[2].revoked_at == later(50)
        assert catalog.list_viewer_sessions("Zoë 'the' 🎬", limit=2) == listed[:2]
        assert catalog.list_viewer_sessions("zoë") == ()

    def test_sessions_of_viewers_nobody_named_are_nobodys(self, catalog: Catalog) -> None:
        catalog.add_session(replace(a_session("a"), viewer=ANONYMOUS))
        assert catalog.list_viewer_sessions(ANONYMOUS) == ()

    def test_a_forgotten_asset_takes_its_sessions_from_their_viewers(self, catalog: Catalog) -> None:
        for name, of in (("a", "one"), ("b", "two")):
            catalog.add_session(replace(a_session(name, of=of), viewer="ada"))
        catalog.forget_asset(asset_id("one"))
        assert [session.id for session in catalog.list_viewer_sessions("ada")] == [session_id("b")]

    def test_runs_are_listed_by_state_oldest_first(self, catalog: Catalog) -> None:
        for name, seconds in (("b", 20), ("a", 10), ("c", 30)):
            catalog.add_run(a_run(name, seconds=seconds))
        catalog.replace_run(catalog.get_run(run_id("b")).running(later(50)))
        assert [run.id for run in catalog.list_runs(RunState.QUEUED)] == [run_id("a"), run_id("c")]
        assert [run.id for run in catalog.list_runs(RunState.RUNNING)] == [run_id("b")]
        assert [run.id for run in catalog.list_runs(RunState.QUEUED, limit=1)] == [run_id("a")]

    def test_an_asset_holds_its_limits(self, catalog: Catalog) -> None:
        large: Asset = replace(an_asset(), description="ü" * 5000, tags=tuple(f"{number:060}" for number in range(50)))
        assert catalog.get_asset(catalog.add_asset(large).id) == large
