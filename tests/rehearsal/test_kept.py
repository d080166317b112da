"""How long what a beacon leaves in the table lies there: as long as the deployment was told."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.system_clock import SystemClock
from matinee.domain.ids import AssetId, SessionId
from matinee.domain.quality import slot_of
from matinee.domain.token import Claims, path_of, sign
from tests.contracts.aws_openers import open_secret_keys
from tests.contracts.emulator import Emulator
from tests.hand import SOME_DAY
from tests.rehearsal.functions import Functions, deploy

FILM = AssetId("ast_0123456789abcdefghjk")


def at(seconds: str) -> datetime:
    """A time to live as a time."""
    return datetime.fromtimestamp(int(seconds), SOME_DAY.tzinfo)


@pytest.fixture
def functions(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """A deployment that was told how long, on one day."""
    told = {"INSIGHT_DAYS": "7", "VIEWER_HOURS": "3", "QUALITY_MINUTES": "25"}
    for name, value in told.items():
        monkeypatch.setenv(f"MATINEE_{name}", value)
    monkeypatch.setattr(SystemClock, "now", lambda _: SOME_DAY)
    return deploy(emulator, tmp_path / "scratch", monkeypatch, lambda: emulator.adapter)


def test_what_a_beacon_leaves_goes_when_the_settings_say(functions: Functions) -> None:
    keys = open_secret_keys(functions.emulator.adapter, functions.secret, functions.edge)
    begun = int(SOME_DAY.timestamp())
    claims = Claims(
        session_id=SessionId("ses_0123456789abcdefghjk"),
        viewer="grace",
        path=path_of(FILM),
        not_before=begun,
        expires_at=begun + 60,
        session_ends_at=begun + 60,
    )
    beacon = {"token": sign(claims, keys.signing_key()), "view": "view-0001", "number": 1, "watched_ms": 1000}
    assert functions.answer("POST", "/v1/beacons", beacon, scope=None) == (204, {})
    client = functions.emulator.root.session().client("dynamodb", endpoint_url=functions.emulator.root.url)
    ends = {
        item["pk"]["S"].partition("#")[0]: at(item["expires"]["N"])
        for item in client.scan(TableName=functions.table)["Items"]
        if "expires" in item
    }
    assert {kind: ends[kind] for kind in ("view", "viewers", "slot", "insight")} == {
        "view": SOME_DAY + timedelta(hours=3),
        "viewers": SOME_DAY + timedelta(hours=3),
        "slot": slot_of(SOME_DAY) + timedelta(minutes=25),
        "insight": SOME_DAY + timedelta(days=7),
    }
