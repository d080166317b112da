"""The library's own pictures: each has an address that opens it and nothing else, over the real local adapters."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_audit import SqliteAudit
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_revocations import SqliteRevocations
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain import token as tokens
from matinee.domain.asset import Asset, Status
from matinee.domain.ids import VersionId
from matinee.domain.session import SessionPolicy
from matinee.errors import ErrorCode
from matinee.services.journal import Journal
from matinee.services.playback import Gate, Sessions
from tests.contracts.samples import asset_id, raises
from tests.hand import SOME_DAY, Hand

FILM = Asset(
    id=asset_id("film"),
    title="A film",
    status=Status.READY,
    created_at=SOME_DAY,
    updated_at=SOME_DAY,
    version=VersionId("ver_0"),
)
POSTER = "ver_0/poster.jpg"
VIEWER = "192.0.2.1"


class Room:
    """One film, a clock moved by hand, and the gate."""

    def __init__(self, root: Path) -> None:
        self.clock, entropy = Hand(datetime(2026, 11, 22, 10, 12, tzinfo=UTC)), SystemEntropy()
        database = Database(root / "matinee.db")
        self.keys = KeyFile(root / "keys.json", entropy)
        self.keys.rotate(now=self.clock.now(), keep_for_renewal_until=self.clock.now())
        revocations, journal = SqliteRevocations(database), Journal(SqliteAudit(database), self.clock, entropy)
        policy = SessionPolicy()
        self.sessions = Sessions(SqliteCatalog(database), self.keys, revocations, self.clock, entropy, policy, journal)
        self.gate = Gate(self.keys, revocations, self.clock)

    def path(self, name: str = POSTER) -> str:
        """The address of a picture of the film."""
        found = self.sessions.picture_path(FILM, name)
        assert found is not None
        return found

    def opened(self, address: str) -> str:
        """The object the gate names for an address. Raises the token codes."""
        _, _, token, path = address.split("/", 3)
        return self.gate.admit(token, f"/{path}", VIEWER)

    def after(self, **time: float) -> None:
        """Let time go by."""
        self.clock.time += timedelta(**time)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Twelve minutes past ten."""
    return Room(tmp_path)


def test_the_address_of_a_picture_opens_that_picture(room: Room) -> None:
    assert room.opened(room.path()) == f"streams/{FILM.id}/{POSTER}"


@pytest.mark.parametrize(
    "beside", ["ver_0/main.m3u8", "ver_0/storyboard.vtt", "m/run_0/720p/seg-00001.m4s", POSTER + "x", POSTER + "/x"]
)
def test_and_nothing_beside_it(room: Room, beside: str) -> None:
    with raises(ErrorCode.TOKEN_PATH):
        room.opened(room.path().replace(POSTER, beside))


def test_it_is_the_same_for_half_an_hour_and_opens_for_as_long_again(room: Room) -> None:
    first = room.path()
    room.after(minutes=17)
    assert room.path() == first
    room.after(minutes=1)
    assert room.path() != first
    room.opened(first)
    room.after(minutes=30)
    with raises(ErrorCode.TOKEN_EXPIRED):
        room.opened(first)


def test_it_renews_no_session(room: Room) -> None:
    token = room.path().split("/")[2]
    session = tokens.read(token, room.keys.renewal_keys()).session_id
    with raises(ErrorCode.TOKEN_PATH):
        room.sessions.renew(session, token, VIEWER)


def test_it_ends_with_the_keys_after_a_leak(room: Room) -> None:
    address = room.path()
    room.keys.replace_all()
    with raises(ErrorCode.TOKEN_SIGNATURE):
        room.opened(address)
    room.opened(room.path())


def test_what_cannot_be_watched_shows_no_picture(room: Room) -> None:
    assert room.sessions.picture_path(replace(FILM, status=Status.PROCESSING, version=None), POSTER) is None
