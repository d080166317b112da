"""`/healthz` on AWS costs what a monitor costs, however many ask."""

from collections.abc import Callable
from pathlib import Path
from typing import Never

import pytest

from matinee.errors import ErrorCode, MatineeError
from matinee.services.health import Health
from tests.contracts.local_openers import ShiftedClock
from tests.machine import Visit


class Asked:
    """Health over a machine's own catalog and store, with a clock to move; what was asked of them."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.visit, self.clock, self.questions = Visit(root), ShiftedClock(), list[str]()
        catalog, store = self.visit.machine.app.catalog, self.visit.machine.store
        monkeypatch.setattr(catalog, "list_assets", self.noting("c", catalog.list_assets))
        monkeypatch.setattr(store, "list", self.noting("s", store.list))
        self.health = Health(catalog, store, self.clock)

    def noting(self, name: str, ask: Callable[..., object]) -> Callable[..., object]:
        """`ask`, and a note that it was asked."""

        def noted(*given: object, **named: object) -> object:
            self.questions.append(name)
            return ask(*given, **named)

        return noted


def test_two_calls_are_one_question_until_ten_seconds_are_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(tmp_path, monkeypatch)
    assert [asked.health.checks() for _ in range(2)] == [{"catalog": "ok", "store": "ok"}] * 2
    assert asked.questions == ["c", "s"]
    asked.clock.let_pass(11)
    asked.health.checks()
    assert asked.questions == ["c", "s"] * 2


def test_what_does_not_work_is_said_by_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(tmp_path, monkeypatch)

    def away(prefix: str, *, limit: int) -> Never:
        raise MatineeError(ErrorCode.STORE_UNAVAILABLE, f"{prefix} {limit}")

    monkeypatch.setattr(asked.visit.machine.store, "list", away)
    assert asked.health.checks() == {"catalog": "ok", "store": "store_unavailable"}
