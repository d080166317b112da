"""Step Functions held to the starter's contract, against the emulator.

To the name and input of a running execution AWS answers as if it had begun just now, the emulator refuses the name:
that no two starts of ours have the same input is shown here by itself.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from matinee.domain.ids import RunId
from matinee.errors import ErrorCode
from matinee.ports.ingest import IngestStarter
from tests.contracts.aws_openers import open_step_functions_starter
from tests.contracts.emulator import Emulator
from tests.contracts.ingest_starter import IngestStarterContract
from tests.contracts.lost_answers import losing_answers
from tests.contracts.samples import NOON, raises, run_id


class TestStepFunctionsStarter(IngestStarterContract):
    """Executions of a workflow that waits for an hour."""

    @pytest.fixture
    def workflow(self, emulator: Emulator) -> str:
        return emulator.new_workflow()

    @pytest.fixture
    def open_starter(self, emulator: Emulator, workflow: str) -> Callable[[], IngestStarter]:
        return partial(open_step_functions_starter, emulator.adapter, workflow)

    @pytest.fixture
    def end(self, emulator: Emulator, workflow: str) -> Callable[[RunId], None]:
        return lambda _: emulator.end_executions(workflow)

    def test_no_two_starts_have_the_same_input(
        self, emulator: Emulator, workflow: str, starter: IngestStarter, end: Callable[[RunId], None]
    ) -> None:
        for _ in range(3):
            starter.start(run_id("a"), now=NOON)
            end(run_id("a"))
        assert len(set(emulator.inputs(workflow))) == 3

    def test_a_start_whose_answer_was_lost_is_still_ones_own(self, emulator: Emulator, workflow: str) -> None:
        with losing_answers(emulator.adapter.url) as (url, lost):
            starter = open_step_functions_starter(replace(emulator.adapter, url=url), workflow)
            assert starter.start(run_id("a"), now=NOON)
            assert lost() == 1

    def test_a_run_that_ended_time_and_again_is_given_up(
        self, starter: IngestStarter, end: Callable[[RunId], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("matinee.adapters.aws.step_functions_starter.MOST_STARTS", 3)
        for _ in range(3):
            assert starter.start(run_id("a"), now=NOON)
            end(run_id("a"))
        with raises(ErrorCode.RUN_STALLED):
            starter.start(run_id("a"), now=NOON)
