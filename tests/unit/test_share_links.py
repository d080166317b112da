"""Share links over the real local adapters: life, views, password, withdrawal, and what they show beforehand."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.memory_meter import MemoryMeter
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_audit import SqliteAudit
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_revocations import SqliteRevocations
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain import password as passwords
from matinee.domain.asset import Asset, Status
from matinee.domain.ids import SessionId, ShareId, VersionId
from matinee.domain.rate import Rate
from matinee.domain.session import Session, SessionPolicy
from matinee.domain.share_link import SharePolicy
from matinee.errors import ErrorCode
from matinee.services.journal import Journal
from matinee.services.playback import Playback, Sessions
from matinee.services.shares import Shares, ShareWish
from matinee.services.throttle import Origin, Throttle, ThrottlePolicy
from tests.contracts.children import code_of, in_threads
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.samples import asset_id, raises

FILM = asset_id("film")


class Room:
    """Share links of one film."""

    def __init__(self, root: Path) -> None:
        self.clock, entropy = ShiftedClock(), SystemEntropy()
        database = Database(root / "matinee.db")
        self.catalog, self.revocations = SqliteCatalog(database), SqliteRevocations(database)
        self.store = FileStore(root, LinkSigner(b"k" * 32, lambda: "", self.clock), entropy)
        keys = KeyFile(root / "keys.json", entropy)
        keys.rotate(now=self.clock.now(), keep_for_renewal_until=self.clock.now())
        journal = Journal(SqliteAudit(database), self.clock, entropy)
        self.sessions = Sessions(self.catalog, keys, self.revocations, self.clock, entropy, SessionPolicy(), journal)
        policy, throttle = SharePolicy(), Throttle(MemoryMeter(), self.clock, ThrottlePolicy(tries=Rate(3, 600)))
        self.shares = Shares(self.store, self.catalog, self.sessions, self.clock, entropy, policy, throttle)
        now = self.clock.now()
        self.film = self.catalog.add_asset(
            Asset(id=FILM, title="A film", status=Status.READY, created_at=now, updated_at=now, version=VersionId("v"))
        )

    def make(
        self, life_seconds: int | None = None, view_limit: int | None = None, password: str | None = None
    ) -> ShareId:
        """A share link's id."""
        wish = ShareWish(life_seconds=life_seconds, view_limit=view_limit, password=password)
        return self.shares.make(FILM, wish).id

    def revoked(self, playback: Playback) -> bool:
        """Whether the gate would refuse the session."""
        return self.revocations.is_revoked(playback.session.id)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A film and nothing shared yet."""
    return Room(tmp_path)


def test_a_link_opens_sessions_until_its_life_is_over_and_they_end_with_it(room: Room) -> None:
    share = room.make(life_seconds=600)
    playback = room.shares.open(share, None)
    assert playback.asset.id == FILM
    assert playback.session.ends_at == room.shares.get(share).ends_at
    room.clock.let_pass(600)
    with raises(ErrorCode.SHARE_ENDED):
        room.shares.open(share, None)
    with raises(ErrorCode.SESSION_ENDED):
        room.sessions.renew(playback.session.id, playback.token, "192.0.2.1")


def test_a_life_is_thirty_days_when_none_is_asked_for_and_never_over_the_policys(room: Room) -> None:
    for asked, days in ((None, 30), (10**12, 365)):
        share = room.shares.get(room.make(life_seconds=asked))
        assert share.ends_at - share.created_at == timedelta(days=days)
    with raises(ErrorCode.FIELD_INVALID):
        room.make(life_seconds=0)


def test_of_many_who_open_a_link_at_once_no_more_get_in_than_its_views(room: Room) -> None:
    share = room.make(view_limit=3)
    codes = in_threads(lambda _: code_of(lambda: room.shares.open(share, None)), range(10))
    assert sorted(codes, key=str) == sorted([None] * 3 + [ErrorCode.SHARE_USED_UP] * 7, key=str)
    assert len(room.catalog.list_sessions(FILM)) == 3


def test_a_view_is_not_spent_on_a_wrong_password_or_on_what_cannot_be_watched(room: Room) -> None:
    share = room.make(view_limit=1, password="open sesame")
    for given, code in ((None, ErrorCode.SHARE_PASSWORD_MISSING), ("open barley", ErrorCode.SHARE_PASSWORD_WRONG)):
        with raises(code):
            room.shares.open(share, given)
    room.film = room.catalog.replace_asset(room.film.withdrawn(room.clock.now()))
    with raises(ErrorCode.ASSET_NOT_PLAYABLE):
        room.shares.open(share, "open sesame")
    assert room.shares.get(share).views == 0


def test_a_password_is_guessed_a_few_times_from_one_address(room: Room) -> None:
    share = room.make(password="open sesame")
    here, there = Origin("192.0.2.1"), Origin("192.0.2.2")
    for _ in range(5):
        room.shares.open(share, "open sesame", origin=here)  # right ones are no guesses
    for _ in range(3):
        with raises(ErrorCode.SHARE_PASSWORD_WRONG):
            room.shares.open(share, "open barley", origin=here)
    for given in ("open barley", "open sesame"):
        with raises(ErrorCode.TOO_MANY_REQUESTS):
            room.shares.open(share, given, origin=here)
    room.shares.open(share, "open sesame", origin=there)
    room.shares.open(room.make(), None, origin=here)


def test_the_password_opens_and_is_kept_nowhere(room: Room, tmp_path: Path) -> None:
    share = room.make(password="öffne dich")
    assert room.shares.open(share, "o\u0308ffne dich").asset.id == FILM  # typed on another system
    for path in tmp_path.glob("matinee.db*"):
        assert b"ffne dich" not in path.read_bytes()


def test_revoking_a_link_stops_its_sessions_and_no_others(room: Room) -> None:
    share, other = room.make(), room.make()
    mine, another = room.shares.open(share, None), room.shares.open(other, None)
    assert room.shares.revoke(share) == 1
    assert room.shares.revoke(share) == 0
    assert (room.revoked(mine), room.revoked(another)) == (True, False)
    with raises(ErrorCode.SHARE_REVOKED):
        room.shares.open(share, None)
    assert [one.id for one in room.shares.list(FILM)] == [other]


def test_a_link_revoked_while_it_is_opened_leaves_no_session(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    share, add = room.make(), room.catalog.add_session

    def revoked_first(session: Session) -> Session:
        room.shares.revoke(share)
        return add(session)

    monkeypatch.setattr(room.catalog, "add_session", revoked_first)
    with raises(ErrorCode.SHARE_REVOKED):
        room.shares.open(share, None)
    (session,) = room.catalog.list_sessions(FILM)
    assert room.revocations.is_revoked(SessionId(session.id))


def test_a_link_shows_title_and_picture_only_of_what_is_marked_and_without_a_password(room: Room) -> None:
    share, secret = room.make(), room.make(password="open sesame")
    with raises(ErrorCode.PREVIEW_PRIVATE):
        room.shares.preview(share)
    with raises(ErrorCode.PREVIEW_PRIVATE):
        room.shares.poster(share)
    room.store.put(f"streams/{FILM}/v/poster.jpg", b"a picture", content_type="image/jpeg")
    room.film = room.catalog.replace_asset(replace(room.film, public_preview=True, has_poster=True))
    assert room.shares.preview(share).title == "A film"
    assert room.shares.poster(share) == b"a picture"
    with raises(ErrorCode.PREVIEW_PRIVATE):
        room.shares.preview(secret)
    room.shares.revoke(share)
    with raises(ErrorCode.SHARE_REVOKED):
        room.shares.poster(share)


def test_a_deleted_film_can_be_shared_no_more(room: Room) -> None:
    room.catalog.replace_asset(room.film.deleted(room.clock.now()))
    with raises(ErrorCode.ASSET_DELETED):
        room.make()


@pytest.mark.parametrize("site", ["blog.example.org", "https://Blog.example.org/", " https://blog.example.org "])
def test_a_site_is_read_as_people_write_it(room: Room, site: str) -> None:
    assert room.shares.make(FILM, ShareWish(sites=(site,))).sites == ("https://blog.example.org",)


@pytest.mark.parametrize(
    "site", ["*", "https://", "https://a b", "'self'", "https://a;script-src *", "https://a/b", "data:"]
)
def test_what_is_no_site_is_refused(room: Room, site: str) -> None:
    with raises(ErrorCode.FIELD_INVALID):
        room.shares.make(FILM, ShareWish(sites=(site,)))


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_too_short_or_too_long_is_refused(password: str) -> None:
    with raises(ErrorCode.FIELD_INVALID):
        passwords.protect(password, b"s" * 16)


def test_the_same_password_is_kept_differently_each_time() -> None:
    assert passwords.protect("open sesame", b"s" * 16) != passwords.protect("open sesame", b"t" * 16)
    assert not passwords.matches("x" * 1000, passwords.protect("open sesame", b"s" * 16))
