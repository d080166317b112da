"""A run's moves: what a late one may not undo."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from matinee.domain.asset import AssetError
from matinee.domain.ids import AssetId, RunId
from matinee.domain.run import Run, RunState
from matinee.errors import ErrorCode

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=7)
NEW = Run(
    id=RunId("run_a"), asset_id=AssetId("ast_a"), source_key="s", attempt=1, state=RunState.QUEUED, created_at=NOON
)
ERROR = AssetError(code=ErrorCode.ENCODE_FAILED, message="It failed.")

MOVES: dict[str, Callable[[Run], Run]] = {
    "running": lambda run: run.running(LATER),
    "tried": Run.tried,
    "paused": Run.paused,
    "resumed": Run.resumed,
    "waiting": lambda run: run.waiting(ERROR),
    "asked_again": Run.asked_again,
    "cancelled": lambda run: run.cancelled(LATER),
}


def in_state(state: RunState) -> Run:
    """A run in this state."""
    moves: dict[RunState, Run] = {
        RunState.QUEUED: NEW,
        RunState.RUNNING: NEW.running(NOON),
        RunState.PAUSED: NEW.running(NOON).paused(),
        RunState.WAITING: NEW.running(NOON).waiting(ERROR),
        RunState.CANCELLED: NEW.cancelled(NOON),
        RunState.DONE: NEW.done(NOON),
        RunState.FAILED: NEW.failed(ERROR, NOON),
    }
    return moves[state]


@pytest.mark.parametrize(
    ("move", "legal"),
    [
        ("running", {RunState.QUEUED, RunState.RUNNING}),
        ("tried", {RunState.QUEUED, RunState.RUNNING}),
        ("paused", {RunState.QUEUED, RunState.RUNNING}),
        ("resumed", {RunState.PAUSED}),
        ("waiting", {RunState.QUEUED, RunState.RUNNING}),
        ("asked_again", {RunState.WAITING}),
        ("cancelled", {RunState.QUEUED, RunState.RUNNING, RunState.PAUSED, RunState.WAITING}),
    ],
)
def test_a_move_from_another_state_leaves_the_run_as_it_is(move: str, legal: set[RunState]) -> None:
    for state in set(RunState) - legal:
        assert MOVES[move](in_state(state)) == in_state(state)
    goals = {"tried": "queued", "resumed": "queued", "asked_again": "queued"}
    assert {str(MOVES[move](in_state(state)).state) for state in legal} == {goals.get(move, move)}


def test_a_run_that_was_published_is_done_although_a_pause_came_meanwhile() -> None:
    assert in_state(RunState.PAUSED).done(LATER).state is RunState.DONE


def test_how_long_until_it_could_be_watched_is_told_of_every_run() -> None:
    assert NEW.playable_after_seconds is None
    assert NEW.playable(NOON + timedelta(seconds=2)).done(LATER).playable_after_seconds == 2
    assert NEW.done(LATER).playable_after_seconds == 7


def test_the_time_left_is_known_only_while_it_runs() -> None:
    busy = NEW.running(NOON).at_step("video", 30, 90)
    assert busy.seconds_left == 90
    for move in (MOVES["paused"], MOVES["tried"], MOVES["cancelled"]):
        assert move(busy).seconds_left is None
    assert busy.done(LATER).seconds_left is None
