"""How long what beacons leave is kept: as long as the settings say, and no longer."""

from datetime import timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.adapters.local.system_clock import SystemClock
from matinee.config import Settings
from matinee.domain.beacon import Beacon
from matinee.domain.ids import AssetId, SessionId
from matinee.domain.token import Claims, path_of, sign
from matinee.wiring import Machine, open_machine
from tests.hand import Hand

FILM = AssetId("ast_0123456789abcdefghjk")
BEACON = Beacon(view="view-0001", number=1, watched_ms=4000)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    """The time of the machine."""
    made = Hand()
    monkeypatch.setattr(SystemClock, "now", lambda _: made.time)
    return made


def opened(tmp_path: Path, **settings: int) -> Machine:
    """A machine that keeps things so long."""
    made = open_machine(Settings(data_dir=tmp_path / "data", workers=0, **settings))  # type: ignore[arg-type] # lives
    made.keys.rotate(now=made.clock.now(), keep_for_renewal_until=made.clock.now())
    return made


def tell(machine: Machine, hand: Hand, beacon: Beacon) -> None:
    """The beacon of one viewer's player."""
    begun = int(hand.time.timestamp())
    claims = Claims(
        session_id=SessionId("ses_0123456789abcdefghjk"),
        viewer="grace",
        path=path_of(FILM),
        not_before=begun,
        expires_at=begun + 60,
        session_ends_at=begun + 60,
    )
    machine.app.insight.record(sign(claims, machine.keys.signing_key()), beacon, "Mozilla/5.0 (X11; Linux x86_64)")


def hashes(tmp_path: Path) -> int:
    """How many hashes of viewers, and names of views, lie in the catalog."""
    database = Database(tmp_path / "data" / "matinee.db")
    return sum(len(database.read(f"SELECT * FROM {table}", ())) for table in ("insight_viewers", "insight_views"))  # noqa: S608 - two names


@pytest.mark.parametrize("hours", [1, 48, 100])
def test_hashes_of_viewers_are_kept_for_as_long_as_it_is_set(tmp_path: Path, hand: Hand, hours: int) -> None:
    machine = opened(tmp_path, viewer_hours=hours)
    tell(machine, hand, BEACON)
    assert hashes(tmp_path) == 3, "of the film's viewers, of all viewers, and a view"
    hand.time += timedelta(hours=hours)
    machine.app.insight.sweep()
    assert hashes(tmp_path) == 3
    hand.time += timedelta(seconds=1)
    machine.app.insight.sweep()
    assert hashes(tmp_path) == 0


@pytest.mark.parametrize("minutes", [20, 60, 300])
def test_how_films_played_is_kept_for_as_long_as_it_is_set(tmp_path: Path, hand: Hand, minutes: int) -> None:
    machine, insights = (
        opened(tmp_path, quality_minutes=minutes),
        SqliteInsights(Database(tmp_path / "data" / "matinee.db")),
    )
    began = hand.time
    tell(machine, hand, BEACON)
    hand.time += timedelta(minutes=minutes)
    machine.app.insight.sweep()
    assert dict(insights.noted(began)) == {FILM: {"watch_ms": 4000}}
    hand.time += timedelta(seconds=1)
    machine.app.insight.sweep()
    assert dict(insights.noted(began)) == {}
