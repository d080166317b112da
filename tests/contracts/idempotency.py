"""What every `Catalog` must do with idempotency keys. Give `open_catalog`, as for `CatalogContract`."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.ports.catalog import Catalog
from tests.contracts.children import SPAWN, add_forever, begin, child, in_processes, in_threads
from tests.contracts.samples import NOON, asset_id, later


class IdempotencyContract:
    """The obligations of `ports.catalog` for requests that are made twice."""

    @pytest.fixture
    def open_catalog(self, tmp_path: Path) -> Callable[[], Catalog]:
        """Opens the catalog under test; picklable."""
        raise NotImplementedError

    @pytest.fixture
    def catalog(self, open_catalog: Callable[[], Catalog]) -> Catalog:
        """The catalog under test."""
        return open_catalog()

    def test_the_first_with_a_key_goes_on_and_the_second_is_told(self, catalog: Catalog) -> None:
        assert catalog.begin_request("k", "print", now=NOON, expires_at=later(60)) is None
        running = catalog.begin_request("k", "another print", now=NOON, expires_at=later(60))
        assert running is not None
        assert (running.fingerprint, running.status, running.body) == ("print", None, None)
        catalog.finish_request("k", 201, '{"id": "ü"}')
        done = catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
        assert done is not None
        assert (done.fingerprint, done.status, done.body) == ("print", 201, '{"id": "ü"}')
        assert catalog.begin_request("K", "print", now=NOON, expires_at=later(60)) is None

    def test_a_key_is_remembered_until_it_expires(self, catalog: Catalog) -> None:
        catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
        catalog.finish_request("k", 201, "body")
        assert catalog.begin_request("k", "print", now=later(59), expires_at=later(200)) is not None
        assert catalog.begin_request("k", "print", now=later(60), expires_at=later(200)) is None

    def test_a_forgotten_key_may_be_used_again(self, catalog: Catalog) -> None:
        catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
        catalog.forget_request("k")
        assert catalog.begin_request("k", "other", now=NOON, expires_at=later(60)) is None

    def test_an_answered_key_is_not_forgotten(self, catalog: Catalog) -> None:
        catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
        catalog.finish_request("k", 201, "body")
        catalog.forget_request("k")
        assert catalog.begin_request("k", "print", now=NOON, expires_at=later(60)) is not None

    def test_at_start_running_keys_are_free_and_answered_ones_stay(self, catalog: Catalog) -> None:
        for key in ("running", "done"):
            catalog.begin_request(key, "print", now=NOON, expires_at=later(60))
        catalog.finish_request("done", 201, "body")
        catalog.forget_running_requests()
        assert catalog.begin_request("running", "print", now=NOON, expires_at=later(60)) is None
        assert catalog.begin_request("done", "print", now=NOON, expires_at=later(60)) is not None

    def test_answers_that_name_a_forgotten_asset_go_and_others_stay(self, catalog: Catalog) -> None:
        for key, of in (("mine", "one"), ("theirs", "two")):
            catalog.begin_request(key, "print", now=NOON, expires_at=later(60))
            catalog.finish_request(key, 201, f'{{"asset_id": "{asset_id(of)}"}}')
        catalog.begin_request("running", "print", now=NOON, expires_at=later(60))
        catalog.forget_asset(asset_id("one"))
        kept = [catalog.begin_request(key, "print", now=NOON, expires_at=later(60)) for key in ("theirs", "running")]
        assert None not in kept
        assert catalog.begin_request("mine", "print", now=NOON, expires_at=later(60)) is None

    def test_a_sweep_drops_answers_that_expired_and_no_other(self, catalog: Catalog) -> None:
        for key, seconds in (("old", 10), ("new", 20)):
            catalog.begin_request(key, "print", now=NOON, expires_at=later(seconds))
            catalog.finish_request(key, 201, "body")
        assert catalog.sweep(later(10)) == 1
        assert catalog.sweep(later(10)) == 0

    def test_exactly_one_of_many_threads_begins(self, catalog: Catalog) -> None:
        for number in range(10):
            key = f"key {number}"
            ends = later(60)
            answers = in_threads(
                lambda _: catalog.begin_request(key, "print", now=NOON, expires_at=ends),  # noqa: B023 - called in the loop
                range(8),
            )
            assert answers.count(None) == 1

    def test_exactly_one_of_many_processes_begins_also_when_the_old_key_expired(
        self, open_catalog: Callable[[], Catalog], catalog: Catalog, pool: ProcessPoolExecutor
    ) -> None:
        for key in ("a", "b", "c", "d"):
            catalog.begin_request(key, "old", now=NOON - timedelta(days=2), expires_at=NOON - timedelta(days=1))
            assert in_processes(pool, begin, [(open_catalog, key, NOON)] * 8).count(True) == 1

    def test_what_was_answered_survives_a_killed_writer(
        self, open_catalog: Callable[[], Catalog], catalog: Catalog
    ) -> None:
        names = [f"name {number}" for number in range(5000)]
        heard, tell = SPAWN.Pipe(duplex=False)
        with child(add_forever, open_catalog, names, tell) as writer:
            told = [heard.recv() for _ in range(200)]
            writer.kill()
            writer.join()
        for name in told:
            assert catalog.begin_request(name, "other", now=NOON, expires_at=later(60)) is not None
