"""What every `IngestStarter` must do. Give `open_starter`, and `end` that ends the work on a run."""

from collections.abc import Callable

import pytest

from matinee.domain.ids import RunId
from matinee.ports.ingest import IngestStarter
from tests.contracts.children import in_threads
from tests.contracts.samples import NOON, later, run_id


class IngestStarterContract:
    """The obligations of `ports.ingest` that the services lean on."""

    @pytest.fixture
    def open_starter(self) -> Callable[[], IngestStarter]:
        """Opens the starter under test."""
        raise NotImplementedError

    @pytest.fixture
    def end(self) -> Callable[[RunId], None]:
        """Ends the work on a run, as a worker that is done does."""
        raise NotImplementedError

    @pytest.fixture
    def starter(self, open_starter: Callable[[], IngestStarter]) -> IngestStarter:
        """The starter under test."""
        return open_starter()

    def test_starting_twice_is_once(self, starter: IngestStarter) -> None:
        assert starter.start(run_id("a"), now=NOON)
        assert not starter.start(run_id("a"), now=NOON)
        assert not starter.start(run_id("a"), now=later(1))

    def test_another_process_knows_of_it(self, open_starter: Callable[[], IngestStarter]) -> None:
        assert open_starter().start(run_id("a"), now=NOON)
        assert not open_starter().start(run_id("a"), now=NOON)

    def test_runs_do_not_get_in_each_others_way(self, starter: IngestStarter) -> None:
        assert all(starter.start(run_id(number), now=NOON) for number in range(5))

    def test_of_many_that_start_at_once_one_did(self, starter: IngestStarter) -> None:
        for number in range(5):
            name = run_id(number)
            started = in_threads(lambda _: starter.start(name, now=NOON), range(6))  # noqa: B023 - called in the loop
            assert started.count(True) == 1

    def test_a_run_that_ended_may_be_started_again(self, starter: IngestStarter, end: Callable[[RunId], None]) -> None:
        for _ in range(3):
            assert starter.start(run_id("a"), now=NOON)
            assert not starter.start(run_id("a"), now=later(1))
            end(run_id("a"))
