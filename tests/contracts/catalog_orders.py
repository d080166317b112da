"""What every `Catalog` must do with listings by title and length. Give `open_catalog`, as for the catalog."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.domain.asset import Asset, Kind, Status
from matinee.ports.catalog import AssetQuery, Catalog, Order
from tests.contracts.samples import an_asset, asset_id, later

LENGTHS = {"Äb": 9000.0, "映画": 100.001, "a!": 100.0, "ab": 99.5, "A b": 10.0, "a": 9.0, "b": 0.5, "🎬": None}
TITLES = {"one film": Status.READY, "two clip": Status.READY, "film 3": Status.FAILED, "A FILM": Status.READY}


def all_pages(catalog: Catalog, query: AssetQuery) -> list[Asset]:
    """The assets of every page of a listing."""
    found: list[Asset] = []
    while True:
        page = catalog.list_assets(query)
        found += page.items
        if page.next_cursor is None:
            return found
        query = replace(query, cursor=page.next_cursor)


class CatalogOrdersContract:
    """The obligations of `ports.catalog.Order`."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        """Opens the catalog under test."""
        raise NotImplementedError

    @pytest.fixture
    def catalog(self, open_catalog: Callable[[], Catalog]) -> Catalog:
        """The catalog under test."""
        return open_catalog()

    def test_a_listing_by_title_or_length_goes_on_page_by_page(self, catalog: Catalog) -> None:
        for name, seconds in LENGTHS.items():
            catalog.add_asset(replace(an_asset(name, title=name), duration_seconds=seconds))
        catalog.replace_asset(catalog.add_asset(an_asset("gone")).deleted(later(1)))
        for order, expected in (
            (Order.TITLE, ["a", "A b", "a!", "ab", "Äb", "b", "映画", "🎬"]),
            (Order.SHORTEST, ["🎬", "b", "a", "A b", "ab", "a!", "映画", "Äb"]),
            (Order.LONGEST, ["Äb", "映画", "a!", "ab", "A b", "a", "b", "🎬"]),
        ):
            assert [asset.title for asset in all_pages(catalog, AssetQuery(limit=3, order=order))] == expected

    def test_a_listing_by_title_or_length_is_narrowed_too_and_follows_a_change(self, catalog: Catalog) -> None:
        for number, (title, status) in enumerate(TITLES.items()):
            asset = an_asset(number, title=title, status=status)
            catalog.add_asset(replace(asset, duration_seconds=float(number), tags=("x",) if number else ()))

        def titles(query: AssetQuery) -> list[str]:
            return [asset.title for asset in catalog.list_assets(query).items]

        films = AssetQuery(status=Status.READY, text="film", order=Order.TITLE)
        assert titles(films) == ["A FILM", "one film"]
        assert titles(AssetQuery(tag="x", kind=Kind.VIDEO, order=Order.LONGEST)) == ["A FILM", "film 3", "two clip"]
        catalog.replace_asset(replace(catalog.get_asset(asset_id(0)), title="0 film", duration_seconds=99.0))
        assert titles(films) == ["0 film", "A FILM"]
        assert titles(AssetQuery(order=Order.LONGEST))[0] == "0 film"

    def test_titles_with_the_same_beginning_go_on_page_by_page(self, catalog: Catalog) -> None:
        for number in range(5):
            catalog.add_asset(an_asset(number, title=f"{'long ' * 14}{number}"))
        found = [asset.id for asset in all_pages(catalog, AssetQuery(limit=2, order=Order.TITLE))]
        assert found == sorted(asset_id(number) for number in range(5))
