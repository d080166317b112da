"""What the doctor makes of what an account tells, and that it takes away what it put there."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matinee.cli import chain_account
from matinee.cli.chain_account import AccountChecks
from matinee.cli.client import Api, Json
from matinee.cli.doctor import Check
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.account import GateStore, Schedule

NOW = datetime.now(UTC)
LONG_RUN = timedelta(hours=6)  # how long before a test these lines may have been read
OLD = NOW - timedelta(days=100)


@dataclass
class Told:
    """An account that tells what a test has it tell."""

    at_once: int = 1000
    calls: Schedule = field(default_factory=lambda: Schedule(enabled=True, every="rate(30 days)", since=OLD))
    called: datetime | None = NOW + LONG_RUN
    changed: datetime | None = NOW
    store: GateStore = field(default_factory=lambda: GateStore(entries=2, told_bytes=200, counted_bytes=200))
    refuses: bool = True
    twice: bool = True
    arrives: bool = True
    held: set[str] = field(default_factory=set)
    put: list[str] = field(default_factory=list)

    def drop(self, file: Path, key: str) -> None:
        """It lies there until it is taken back."""
        self.held.add(key)
        self.put.append(key)

    def take_back(self, key: str) -> None:
        """See the port."""
        self.held.discard(key)

    def second_region(self) -> bool:
        """See the port."""
        return self.twice

    def copied(self, key: str) -> bool:
        """See the port."""
        return self.arrives and key in self.held

    def functions_at_once(self) -> int:
        """See the port."""
        return self.at_once

    def schedule(self, of: str) -> Schedule:
        """See the port."""
        return self.calls

    def last_call(self, of: str, within: timedelta) -> datetime | None:
        """See the port."""
        return self.called

    def key_changed_at(self) -> datetime | None:
        """See the port."""
        return self.changed

    def gate_store(self) -> GateStore:
        """See the port."""
        return self.store

    def refuses_second_value(self) -> bool:
        """See the port."""
        return self.refuses


class Library(Api):
    """One asset of whatever name is asked for, as far as its run got; what was deleted."""

    def __init__(self, status: str | None) -> None:
        self.status = status
        self.deleted: list[str] = []

    def get(self, path: str, **params: str | float | None) -> Json:
        """The list."""
        return {"items": [] if self.status is None else [{"id": "ast_1", "status": self.status}]}

    def delete(self, path: str) -> Json:
        """It is gone."""
        self.deleted.append(path)
        return {}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for events here."""
    monkeypatch.setattr(chain_account, "EVENT_SECONDS", 0.1)
    monkeypatch.setattr(chain_account, "COPY_SECONDS", 0.1)
    monkeypatch.setattr(chain_account, "LOOK_SECONDS", 0.02)


def examined(told: Told, status: str | None = "queued") -> tuple[dict[str, Check], Library]:
    """Every check by its name."""
    library = Library(status)
    found = list(AccountChecks(library, told, Path("film.mp4")).examine())
    assert [check.name for check in found] == list(chain_account.STEPS)
    return {check.name: check for check in found}, library


def test_an_account_that_is_well_has_nothing_to_tell_of_and_keeps_nothing() -> None:
    told = Told()
    checks, library = examined(told)
    assert all(check.ok and not check.warns for check in checks.values()), checks
    assert [key.partition("/doctor-")[0] for key in told.put] == ["inbox", "streams"]
    assert (told.held, library.deleted) == (set(), ["/v1/assets/ast_1"])


@pytest.mark.parametrize(("status", "deleted"), [(None, []), ("uploading", ["/v1/assets/ast_1"])])
def test_a_file_that_becomes_no_run_is_told_of_and_taken_back(status: str | None, deleted: list[str]) -> None:
    told = Told()
    checks, library = examined(told, status)
    assert "no run after" in checks["inbox"].sentence
    assert (told.held, library.deleted) == (set(), deleted)


def test_without_a_second_region_nothing_is_put_there() -> None:
    told = Told(twice=False)
    checks, _ = examined(told)
    assert "there is none" in checks["second Region"].sentence
    assert len(told.put) == 1


def test_a_copy_that_does_not_arrive_is_told_of_and_taken_back() -> None:
    told = Told(arrives=False)
    checks, _ = examined(told)
    assert checks["second Region"].warns
    assert told.held == set()


OFF = Schedule(enabled=False, every="rate(30 days)", since=OLD)


@pytest.mark.parametrize(
    ("changed", "name", "said"),
    [
        ({"called": None}, "schedule", "was not called within"),
        ({"calls": OFF}, "schedule", "switched off"),
        ({"calls": OFF}, "signing keys", "are to be rotated by"),
        ({"changed": NOW - timedelta(days=32)}, "signing keys", "32 days old"),
        ({"changed": None}, "signing keys", "no secret"),
        ({"refuses": False}, "secret", "have a second value"),
    ],
)
def test_what_is_broken_is_told_of(changed: dict[str, object], name: str, said: str) -> None:
    checks, _ = examined(replace(Told(), **changed))  # type: ignore[arg-type] # fields of Told
    assert not checks[name].ok
    assert said in checks[name].sentence


@pytest.mark.parametrize(
    ("changed", "name", "said"),
    [
        ({"at_once": 10}, "functions at once", "10 of them; ask for more"),
        (
            {"called": None, "calls": Schedule(enabled=True, every="rate(15 minutes)", since=NOW + LONG_RUN)},
            "schedule",
            "not called",
        ),
        ({"store": GateStore(entries=1, told_bytes=90, counted_bytes=100)}, "gate's store", "add up to 100 B"),
        ({"store": GateStore(entries=1, told_bytes=3 << 20, counted_bytes=3 << 20)}, "gate's store", "60.0 %"),
    ],
)
def test_what_is_to_be_known_is_a_warning(changed: dict[str, object], name: str, said: str) -> None:
    checks, _ = examined(replace(Told(), **changed))  # type: ignore[arg-type] # fields of Told
    assert checks[name].ok
    assert checks[name].warns
    assert said in checks[name].sentence


def test_what_may_not_be_asked_is_told_of_and_the_rest_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Told) -> int:
        raise MatineeError(ErrorCode.CHECK_FAILED, "AWS refused reading Lambda's limits.")

    monkeypatch.setattr(Told, "functions_at_once", refused)
    checks, _ = examined(Told())
    assert [name for name, check in checks.items() if not check.ok] == ["functions at once"]
