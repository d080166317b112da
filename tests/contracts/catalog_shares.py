"""What every `Catalog` must do with share links. Give `open_catalog`, as for the rest of the catalog."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.domain.ids import ShareId, derive_id
from matinee.domain.share_link import KEPT, ShareLink
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from tests.contracts.children import in_threads
from tests.contracts.samples import asset_id, later, raises


def a_share(
    name: object = "one", *, of: object = "one", seconds: float = 0, view_limit: int | None = None
) -> ShareLink:
    """A share link of an asset, made so many seconds after noon, for an hour."""
    return ShareLink(
        id=ShareId(derive_id("shr_", str(name))),
        asset_id=asset_id(of),
        created_at=later(seconds),
        ends_at=later(seconds + 3600),
        label="für die Tante",
        view_limit=view_limit,
        password="scrypt$14$8$5$00$00",
        sites=("https://blog.example.org",),
    )


class CatalogSharesContract:
    """The obligations of `ports.catalog` for share links."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        """Opens the catalog under test."""
        raise NotImplementedError

    @pytest.fixture
    def catalog(self, open_catalog: Callable[[], Catalog]) -> Catalog:
        """The catalog under test."""
        return open_catalog()

    def test_a_share_link_is_got_whole_and_changed(self, open_catalog: Callable[[], Catalog], catalog: Catalog) -> None:
        share = catalog.add_share(a_share(view_limit=2))
        assert share == a_share(view_limit=2)
        assert open_catalog().get_share(share.id) == share
        seen = catalog.replace_share(share.viewed(later(1)))
        assert (seen.views, seen.revision) == (1, 2)
        assert open_catalog().get_share(share.id) == seen
        for stale in (share, replace(seen, revision=3)):
            with raises(ErrorCode.CATALOG_CONFLICT):
                catalog.replace_share(stale.viewed(later(2)))

    def test_a_share_link_nobody_made_is_not_found(self, catalog: Catalog) -> None:
        for name in (a_share("no").id, ShareId(""), ShareId("' OR 1=1 --"), ShareId("x" * 5000)):
            with raises(ErrorCode.SHARE_NOT_FOUND):
                catalog.get_share(name)

    def test_share_links_of_an_asset_are_listed_newest_first(self, catalog: Catalog) -> None:
        for name, seconds in (("b", 20), ("a", 10), ("c", 30)):
            catalog.add_share(a_share(name, seconds=seconds))
        catalog.add_share(a_share("other", of="another", seconds=40))
        listed = [share.id for share in catalog.list_shares(asset_id("one"))]
        assert listed == [a_share(name).id for name in "cba"]
        assert len(catalog.list_shares(asset_id("one"), limit=2)) == 2
        assert catalog.list_shares(asset_id("none")) == ()

    def test_of_many_views_at_once_no_more_count_than_the_limit_allows(self, catalog: Catalog) -> None:
        catalog.add_share(a_share(view_limit=3))

        def view(_: int) -> bool:
            while True:
                try:
                    catalog.replace_share(catalog.get_share(a_share().id).viewed(later(1)))
                except MatineeError as error:
                    if error.code is ErrorCode.SHARE_USED_UP:
                        return False
                    if error.code is not ErrorCode.CATALOG_CONFLICT:
                        raise
                else:
                    return True

        assert sum(in_threads(view, range(8))) == 3
        assert catalog.get_share(a_share().id).views == 3

    def test_a_forgotten_asset_leaves_no_share_link_and_another_keeps_its_own(self, catalog: Catalog) -> None:
        for name, of in (("a", "one"), ("b", "one"), ("c", "two")):
            catalog.add_share(a_share(name, of=of))
        for _ in range(2):
            catalog.forget_asset(asset_id("one"))
        assert catalog.list_shares(asset_id("one")) == ()
        with raises(ErrorCode.SHARE_NOT_FOUND):
            catalog.get_share(a_share("a").id)
        assert catalog.get_share(a_share("c").id).asset_id == asset_id("two")

    def test_a_sweep_drops_share_links_a_month_after_their_end(self, catalog: Catalog) -> None:
        for name, seconds in (("a", 10), ("b", 20)):
            catalog.add_share(a_share(name, seconds=seconds))
        kept = later(3600 + 10) + KEPT
        assert catalog.sweep(kept) == 0
        assert catalog.sweep(kept + timedelta(microseconds=1)) == 1
        assert [share.id for share in catalog.list_shares(asset_id("one"))] == [a_share("b").id]
