"""One step that fails keeps no other from being taken, and is heard of: on AWS the alarm errors-upkeep rings by it."""

import pytest

from matinee import wiring_house
from matinee.config import Settings
from matinee.errors import ErrorCode, MatineeError
from matinee.services.in_turn import in_turn


def failing(sentence: str) -> MatineeError:
    """An error of the store."""
    return MatineeError(ErrorCode.STORE_UNAVAILABLE, sentence)


def test_every_step_is_taken_and_the_first_error_raised() -> None:
    done: list[str] = []

    def fails(name: str) -> None:
        done.append(name)
        raise failing(name)

    with pytest.raises(MatineeError, match="scan"):
        in_turn(lambda: fails("scan"), lambda: done.append("ring"), lambda: fails("sweep"), lambda: done.append("tell"))
    assert done == ["scan", "ring", "sweep", "tell"]
    in_turn(lambda: done.append("whole"))
    assert done[-1] == "whole"


def test_a_round_of_upkeep_whose_inbox_fails_tries_every_other_step(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def noted(*steps: object) -> None:
        taken.append(len(steps))

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(wiring_house, "in_turn", noted)
    arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:matinee"
    settings = Settings(
        bucket="bucket",
        table="table",
        distribution_id="E1",
        state_machine_arn=arn,
        key_value_store_arn="arn:aws:cloudfront::123456789012:key-value-store/gate",
        deliveries_queue_url="https://queue.example.org",
    )
    wiring_house.open_upkeep(settings, lambda _: None)()
    assert taken == [7], "a step beside `in_turn` would end the round when it fails"
