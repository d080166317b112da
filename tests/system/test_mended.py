"""What a review found broken, each held by a test: writers that meet, processes that die in between, what stays behind.

Everything runs in this process on the real local adapters; `Met` is the catalog when somebody else is a moment quicker.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from matinee import config
from matinee.adapters.local.file_copies import FileCopies
from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.asset import Asset, Status
from matinee.domain.audit import Act
from matinee.domain.ids import AssetId
from matinee.domain.media import CaptionTrack
from matinee.domain.object_keys import media_prefix, source_caption_key, version_prefix
from matinee.domain.run import RunState
from matinee.domain.session import Session, SessionPolicy
from matinee.domain.upload import Upload, UploadState
from matinee.errors import ErrorCode, MatineeError
from matinee.http.idempotency import once
from matinee.ports.audit import AuditQuery
from matinee.ports.object_store import walk
from matinee.services.access import Identity
from matinee.services.erasure import Erasure
from matinee.services.journal import Caller, Journal
from matinee.services.library import AssetChange, Library
from matinee.services.playback import SessionRequest, Sessions
from matinee.services.publishing import MEDIA_DOCUMENT, Publishing
from matinee.services.runs import Runs
from matinee.services.upkeep import Upkeep
from matinee.services.uploads import NewSource, UploadPolicy, Uploads
from matinee.wiring import open_machine
from tests.contracts.local_openers import ShiftedClock, open_audit, open_keys, open_queue, open_revocations, open_store
from tests.contracts.samples import raises
from tests.unit.test_playlist import SURROUND

KEEP = timedelta(days=2)
VTT = b"WEBVTT\n\n00:00.500 --> 00:01.500\nHello\n"
OTHER_VTT = VTT.replace(b"Hello", b"Good evening")


class Killed(BaseException):
    """The process ends here: nothing catches it."""


class Met(SqliteCatalog):
    """The catalog; what is in `quicker` happens once, just before the next change of an asset or a session."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.quicker: list[Callable[[], object]] = []
        self.broken: str = ""

    def replace_asset(self, asset: Asset) -> Asset:
        """Somebody else first; then as ever, but for the asset whose writing fails."""
        self._meet()
        if asset.id == self.broken:
            raise MatineeError(ErrorCode.CATALOG_UNAVAILABLE, "The catalog did not answer for this one; try again.")
        return super().replace_asset(asset)

    def replace_session(self, session: Session) -> Session:
        """Somebody else first."""
        self._meet()
        return super().replace_session(session)

    def replace_upload(self, upload: Upload) -> Upload:
        """As ever, but for the upload at which the process dies."""
        if upload.id == self.broken:
            raise Killed
        return super().replace_upload(upload)

    def _meet(self) -> None:
        if self.quicker:
            self.quicker.pop()()


@dataclass
class House:
    """The services over one data directory."""

    root: Path
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    policy: SessionPolicy = SessionPolicy()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        self.store: FileStore = open_store(self.root, self.clock)
        self.catalog = Met(Database(self.root / "matinee.db"))
        self.revocations = open_revocations(self.root)
        self.runs = Runs(self.store, self.catalog, open_queue(self.root), self.clock)
        entropy = SystemEntropy()
        keys = open_keys(self.root)
        keys.rotate(now=self.clock.now(), keep_for_renewal_until=self.clock.now())
        self.journal = Journal(open_audit(self.root), self.clock, entropy)
        self.sessions = Sessions(self.catalog, keys, self.revocations, self.clock, entropy, self.policy, self.journal)
        self.uploads = Uploads(self.store, self.catalog, self.runs, self.clock, entropy, UploadPolicy())
        self.publishing = Publishing(self.store, self.catalog, self.clock)
        copies = FileCopies(self.store)
        erasure = Erasure(self.store, self.catalog, self.uploads, self.sessions, copies, self.clock)
        self.library = Library(self.store, self.catalog, self.runs, erasure, self.publishing, self.clock)
        self.upkeep = Upkeep(
            self.store, self.catalog, self.revocations, self.uploads, self.library, self.runs, self.clock
        )

    def begin(self, filename: str = "Anna at the sea.mp4", **more: Any) -> Upload:
        """An upload of five bytes."""
        return self.uploads.begin(NewSource(filename=filename, size_bytes=5, **more))

    def film(self) -> Asset:
        """An asset that is ready, with playlists over media nobody encoded."""
        upload = self.begin()
        self.store.put(upload.key, b"12345")
        self.uploads.complete(upload.id)
        asset = self.catalog.get_asset(upload.asset_id)
        assert asset.run is not None
        self.store.put(media_prefix(asset.id, asset.run) + MEDIA_DOCUMENT, json.dumps(SURROUND.to_json()).encode())
        self.catalog.replace_asset(asset.processing(self.clock.now()))
        return self.publishing.publish(asset.id, asset.run, asset.run, SURROUND, Status.READY)

    def status(self, asset_id: AssetId) -> Status:
        """Where the asset stands."""
        return self.catalog.get_asset(asset_id).status

    def rename(self, asset_id: AssetId) -> None:
        """Somebody else's edit."""
        asset = self.catalog.get_asset(asset_id)
        self.catalog.replace_asset(replace(asset, title="Theirs"))

    def text(self, asset: Asset, language: str) -> bytes:
        """The captions a viewer of the published version gets."""
        assert asset.version is not None
        return self.store.get(f"{version_prefix(asset.id, asset.version)}captions/{language}.vtt")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty house."""
    return House(tmp_path / "data")


def test_an_upload_expires_although_its_asset_is_edited_at_that_moment(house: House) -> None:
    upload = house.begin()
    house.clock.let_pass(8 * 86_400)
    house.catalog.quicker.append(lambda: house.rename(upload.asset_id))
    assert house.uploads.expire_abandoned() == 1
    assert house.status(upload.asset_id) is Status.FAILED
    assert house.catalog.get_upload(upload.id).state is UploadState.EXPIRED


def test_an_upload_is_aborted_although_its_asset_is_edited_at_that_moment(house: House) -> None:
    upload = house.begin()
    house.catalog.quicker.append(lambda: house.rename(upload.asset_id))
    house.uploads.abort(upload.id)
    assert house.status(upload.asset_id) is Status.DELETED


def test_an_expiry_cut_short_is_finished_by_the_next_sweep(house: House) -> None:
    upload = house.begin()
    house.clock.let_pass(8 * 86_400)
    house.catalog.broken = upload.id
    with pytest.raises(Killed):
        house.upkeep.sweep(KEEP)
    assert house.status(upload.asset_id) is Status.FAILED
    house.catalog.broken = ""
    house.upkeep.sweep(KEEP)
    assert house.catalog.get_upload(upload.id).state is UploadState.EXPIRED


def test_an_abort_cut_short_is_finished_by_the_next_sweep(house: House) -> None:
    upload = house.begin()
    house.catalog.broken = upload.id
    with pytest.raises(Killed):
        house.uploads.abort(upload.id)
    house.catalog.broken = ""
    house.upkeep.sweep(KEEP)
    assert house.catalog.get_upload(upload.id).state is UploadState.ABORTED
    assert house.status(upload.asset_id) is Status.DELETED


def test_one_upload_that_cannot_be_swept_keeps_no_other_from_it(house: House, caplog: pytest.LogCaptureFixture) -> None:
    first, second = house.begin(), house.begin()
    house.clock.let_pass(8 * 86_400)
    house.catalog.broken = first.asset_id
    with caplog.at_level(logging.WARNING):
        house.upkeep.sweep(KEEP)
    assert house.status(second.asset_id) is Status.FAILED
    warned = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert warned == ["upload not swept"]


@pytest.mark.parametrize("state", [UploadState.ABORTED, UploadState.EXPIRED])
@pytest.mark.parametrize("when", ["sweep", "recover"])
def test_an_asset_whose_upload_ended_under_it_fails_with_a_sentence(
    house: House, state: UploadState, when: str
) -> None:
    upload = house.begin()
    house.catalog.replace_upload(upload.moved(state))
    house.upkeep.sweep(KEEP) if when == "sweep" else house.upkeep.recover()
    asset = house.catalog.get_asset(upload.asset_id)
    assert asset.status is Status.FAILED
    assert asset.error is not None
    assert "upload the file again" in asset.error.message


def test_an_asset_that_still_uploads_or_comes_from_the_inbox_is_left_alone(house: House) -> None:
    upload = house.begin()
    dropped = replace(house.catalog.get_asset(upload.asset_id), id=AssetId("ast_00000000000000000001"))
    house.catalog.add_asset(dropped)
    house.upkeep.sweep(KEEP)
    house.upkeep.recover()
    assert house.status(upload.asset_id) is Status.UPLOADING
    assert house.status(dropped.id) is Status.UPLOADING


def test_an_upload_that_was_joined_in_time_is_finished_not_expired(house: House) -> None:
    upload = house.begin()
    house.store.put(upload.key, b"12345")
    house.clock.let_pass(8 * 86_400)
    house.upkeep.sweep(KEEP)
    assert house.catalog.get_upload(upload.id).state is UploadState.COMPLETED
    assert house.status(upload.asset_id) is Status.QUEUED


def test_an_upload_being_completed_cannot_be_aborted(house: House) -> None:
    upload = house.begin()
    house.store.put(upload.key, b"12345")
    house.catalog.broken = upload.id
    with pytest.raises(Killed):
        house.uploads.complete(upload.id)
    house.catalog.broken = ""
    with raises(ErrorCode.UPLOAD_STATE):
        house.uploads.abort(upload.id)
    assert house.uploads.finish_interrupted() == 1
    assert house.status(upload.asset_id) is Status.QUEUED


def test_deletion_leaves_no_viewer_no_file_name_and_no_answer(house: House) -> None:
    asset = house.film()
    playback = house.sessions.open(asset.id, SessionRequest(viewer="Anna"))
    begun = house.clock.now()
    house.catalog.begin_request("k", "print", now=begun, expires_at=begun + KEEP)
    house.catalog.finish_request("k", 201, json.dumps({"asset_id": asset.id, "title": "Anna at the sea"}))
    assert house.library.delete(asset.id).sessions_revoked == 1
    with Database(house.root / "matinee.db").transaction() as connection:
        kept = "\n".join(connection.iterdump())
    assert "Anna" not in kept
    assert house.revocations.is_revoked(playback.session.id)
    with raises(ErrorCode.SESSION_REVOKED):
        house.sessions.renew(playback.session.id, playback.token, "127.0.0.1")


def test_an_aborted_upload_leaves_no_file_name(house: House) -> None:
    upload = house.begin(sha256="ab" * 32)
    house.uploads.abort(upload.id)
    kept = house.catalog.get_upload(upload.id)
    assert (kept.state, kept.filename, kept.sha256) == (UploadState.ABORTED, "deleted", None)


def test_a_session_opened_during_a_deletion_does_not_outlive_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = house.film()
    add = house.catalog.add_session

    def late(session: Session) -> Session:
        house.library.delete(asset.id)
        return add(session)

    monkeypatch.setattr(house.catalog, "add_session", late)
    with raises(ErrorCode.ASSET_DELETED):
        house.sessions.open(asset.id, SessionRequest(viewer="Anna"))
    assert house.catalog.list_sessions(asset.id) == ()


def test_ended_sessions_and_expired_answers_are_swept(house: House) -> None:
    asset, now = house.film(), house.clock.now()
    session = house.sessions.open(asset.id, SessionRequest(viewer="Anna")).session
    house.catalog.begin_request("k", "print", now=now, expires_at=now + timedelta(hours=1))
    house.catalog.finish_request("k", 201, "Anna")
    house.upkeep.sweep(KEEP)
    assert house.catalog.get_session(session.id) == session
    house.clock.let_pass(86_401)
    house.upkeep.sweep(KEEP)
    assert house.catalog.list_sessions(asset.id) == ()
    rows = Database(house.root / "matinee.db").read("SELECT * FROM requests")
    assert rows == []


def test_no_viewer_is_in_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        house.sessions.open(house.film().id, SessionRequest(viewer="Anna"))
    opened = [vars(record) for record in caplog.records if record.message == "session opened"]
    assert len(opened) == 1
    assert "Anna" not in str(opened)


def test_an_edit_that_names_no_revision_meets_another_and_both_stay(house: House) -> None:
    asset = house.film()
    house.catalog.quicker.append(lambda: house.rename(asset.id))
    edited = house.library.edit(asset.id, AssetChange(description="Mine"), expected_revision=None)
    assert (edited.title, edited.description) == ("Theirs", "Mine")


def test_an_edit_that_names_a_revision_is_refused_when_it_meets_another(house: House) -> None:
    asset = house.film()
    house.catalog.quicker.append(lambda: house.rename(asset.id))
    with raises(ErrorCode.ASSET_CHANGED):
        house.library.edit(asset.id, AssetChange(title="Mine"), expected_revision=asset.revision)


def test_a_deletion_that_meets_an_edit_deletes(house: House) -> None:
    asset = house.film()
    house.catalog.quicker.append(lambda: house.rename(asset.id))
    assert house.library.delete(asset.id).complete
    assert house.status(asset.id) is Status.DELETED


def test_a_session_revoked_twice_at_once_is_revoked(house: House) -> None:
    session = house.sessions.open(house.film().id, SessionRequest()).session
    house.catalog.quicker.append(lambda: house.sessions.revoke(session.id))
    house.sessions.revoke(session.id)
    assert house.catalog.get_session(session.id).revoked_at is not None


def test_a_deletion_cut_short_is_finished_by_the_sweep(house: House) -> None:
    asset = house.film()
    house.catalog.replace_asset(asset.deleted(house.clock.now()))  # as one leaves it that dies after its first write
    house.upkeep.sweep(KEEP)
    assert not [info.key for info in walk(house.store, "") if asset.id in info.key]
    assert house.catalog.list_uploads_of(asset.id)[0].filename == "deleted"


def superseded(house: House) -> tuple[Asset, str]:
    """A film in its second version, and the prefix of the first, whose time is over."""
    first = house.library.put_caption(house.film().id, "en", VTT)
    second = house.library.put_caption(first.id, "en", OTHER_VTT)
    assert first.version is not None
    assert first.version != second.version
    house.clock.let_pass(3 * 86_400)
    return second, version_prefix(first.id, first.version)


def at_the_first(
    house: House, monkeypatch: pytest.MonkeyPatch, call: str, prefix: str, act: Callable[[], object]
) -> None:
    """Somebody does `act` while the store is about to do `call` for a key under `prefix`, the first time."""
    method = getattr(house.store, call)
    waiting = [act]

    def meets(key: str, *arguments: object, **more: object) -> object:
        if key.startswith(prefix) and waiting:
            waiting.pop()()
        return method(key, *arguments, **more)

    monkeypatch.setattr(house.store, call, meets)


def die() -> None:
    """The process is killed."""
    raise Killed


def test_a_version_that_comes_back_while_it_is_swept_is_served_whole(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset, old = superseded(house)
    keys = {info.key for info in walk(house.store, old)}
    at_the_first(house, monkeypatch, "delete", old, lambda: house.library.put_caption(asset.id, "en", VTT))
    house.upkeep.sweep(KEEP)
    now = house.catalog.get_asset(asset.id)
    assert now.version is not None
    assert version_prefix(asset.id, now.version) == old
    assert {info.key for info in walk(house.store, old)} == keys


def test_a_version_that_came_back_just_before_the_sweep_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asset, old = superseded(house)
    stale = house.catalog.get_asset(asset.id)
    house.library.put_caption(asset.id, "en", VTT)
    keys = {info.key for info in walk(house.store, old)}
    at_the_first(house, monkeypatch, "delete", old, die)
    house.upkeep._drop_superseded(stale, house.clock.now() - KEEP)
    assert {info.key for info in walk(house.store, old)} == keys


def test_a_sweep_cut_short_is_finished_by_the_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asset, old = superseded(house)
    at_the_first(house, monkeypatch, "delete", old, die)
    with pytest.raises(Killed):
        house.upkeep.sweep(KEEP)
    house.upkeep.sweep(KEEP)
    assert list(walk(house.store, old)) == []
    assert house.catalog.get_asset(asset.id).superseded == ()


class Answer(BaseModel):
    """What a request answers."""

    word: str


def test_a_key_whose_answer_could_not_be_kept_may_be_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_machine(config.load({"MATINEE_DATA_DIR": str(tmp_path / "data")})).app
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    request = Request(scope | {"app": SimpleNamespace(state=SimpleNamespace(matinee=app))})

    publisher = Identity(subject="publisher", scopes=frozenset())

    def ask() -> Response:
        return once(request, publisher, "k", None, 201, lambda: Answer(word="x"))

    def full(*_: object) -> None:
        raise MatineeError(ErrorCode.STORE_FULL, "The disk is full; free space, then try again.")

    with monkeypatch.context() as patched:
        patched.setattr(app.catalog, "finish_request", full)
        with raises(ErrorCode.STORE_FULL):
            ask()
    assert ask().status_code == 201
    assert ask().headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("bound", "address", "code"),
    [
        ("203.0.113.0/24", "203.0.113.7", None),
        ("203.0.113.0/255.255.255.0", "203.0.113.7", None),
        ("203.0.113.0/24", "::ffff:203.0.113.7", None),
        ("203.0.113.0/24", "198.51.100.7", ErrorCode.TOKEN_IP),
        ("203.0.113.0/24", "", ErrorCode.TOKEN_IP),
        (None, "", None),
    ],
)
def test_a_bound_link_is_renewed_only_where_it_may_be_watched(
    house: House, bound: str | None, address: str, code: ErrorCode | None
) -> None:
    playback = house.sessions.open(house.film().id, SessionRequest(bind_ip=bound))
    if code is None:
        assert house.sessions.renew(playback.session.id, playback.token, address).session == playback.session
    else:
        with raises(code):
            house.sessions.renew(playback.session.id, playback.token, address)


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING])
def test_an_encode_under_way_is_not_thrown_away(house: House, state: RunState) -> None:
    asset = playable(house, state)
    with raises(ErrorCode.ASSET_STATE):
        house.library.ingest_again(asset.id)
    assert house.catalog.get_asset(asset.id) == asset


def test_a_playable_asset_whose_run_has_failed_is_ingested_again(house: House) -> None:
    asset = playable(house, RunState.FAILED)
    assert house.library.ingest_again(asset.id).attempt == asset.attempt + 1


def playable(house: House, state: RunState) -> Asset:
    """An asset that can be watched while its run is in `state`."""
    upload = house.begin()
    house.store.put(upload.key, b"12345")
    house.uploads.complete(upload.id)
    asset = house.catalog.get_asset(upload.asset_id)
    assert asset.run is not None
    house.catalog.replace_run(replace(house.catalog.get_run(asset.run), state=state))
    house.catalog.replace_asset(asset.processing(house.clock.now()))
    return house.publishing.publish(asset.id, asset.run, asset.run, SURROUND, Status.PLAYABLE)


def test_captions_sent_during_a_deletion_leave_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = house.film()
    at_the_first(house, monkeypatch, "put", "sources/", lambda: house.library.delete(asset.id))
    with raises(ErrorCode.ASSET_DELETED):
        house.library.put_caption(asset.id, "en", VTT)
    assert not [info.key for info in walk(house.store, "") if asset.id in info.key]


def test_captions_sent_while_they_are_taken_away_are_there(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = house.library.put_caption(house.film().id, "en", VTT)
    house.catalog.quicker.append(lambda: house.library.delete_caption(asset.id, "en"))
    after = house.library.put_caption(asset.id, "en", OTHER_VTT)
    assert [track.language for track in after.captions] == ["en"]
    assert house.text(after, "en") == OTHER_VTT
    assert house.store.get(source_caption_key(asset.id, "en")) == OTHER_VTT


def test_captions_taken_away_while_they_are_sent_keep_their_text(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asset = house.library.put_caption(house.film().id, "en", VTT)
    get = house.catalog.get_asset
    looks = [0]

    def meets(asset_id: AssetId) -> Asset:
        looks[0] += 1
        if looks[0] == 3:  # after the track was taken away, before its text is
            house.library.put_caption(asset.id, "en", OTHER_VTT)
        return get(asset_id)

    monkeypatch.setattr(house.catalog, "get_asset", meets)
    house.library.delete_caption(asset.id, "en")
    assert house.store.get(source_caption_key(asset.id, "en")) == OTHER_VTT
    after = house.library.put_caption(asset.id, "de", VTT)
    assert [track.language for track in after.captions] == ["de", "en"]
    assert house.text(after, "en") == OTHER_VTT


def test_a_version_lists_no_captions_whose_text_is_gone(house: House) -> None:
    asset = house.film()
    track = CaptionTrack(language="en", label="English")
    house.catalog.replace_asset(asset.with_captions((track,), house.clock.now()))
    after = house.library.put_caption(asset.id, "de", VTT)
    assert [track.language for track in after.captions] == ["de"]
    assert after.version is not None
    assert b"captions/en" not in house.store.get(version_prefix(asset.id, after.version) + "main.m3u8")


def test_captions_whose_given_text_is_gone_stay_as_they_are_shown(house: House) -> None:
    asset = house.library.put_caption(house.film().id, "en", VTT)
    house.store.delete(source_caption_key(asset.id, "en"))
    after = house.library.put_caption(asset.id, "de", VTT)
    assert house.text(after, "en") == VTT


def test_a_viewer_with_one_session_too_many_loses_the_oldest(tmp_path: Path) -> None:
    house = House(tmp_path, policy=SessionPolicy(sessions_per_viewer=2))
    film, other = house.film(), house.film()
    ada = [house.sessions.open(of.id, SessionRequest(viewer="ada")) for of in (film, other, film)]
    strangers = [house.sessions.open(film.id, SessionRequest()) for _ in range(3)]
    assert house.revocations.is_revoked(ada[0].session.id)
    with pytest.raises(MatineeError) as refused:
        house.sessions.renew(ada[0].session.id, ada[0].token, "127.0.0.1")
    assert refused.value.code is ErrorCode.SESSION_REVOKED
    for playback in (*ada[1:], *strangers):
        assert house.sessions.renew(playback.session.id, playback.token, "127.0.0.1")


def test_every_opening_renewal_and_withdrawal_is_written_down_without_a_token(tmp_path: Path) -> None:
    house = House(tmp_path, policy=SessionPolicy(sessions_per_viewer=1))
    film, owner = house.film(), Caller("owner", "2001:db8:1:2::3")
    first, second = (house.sessions.open(film.id, SessionRequest(viewer="ada"), owner) for _ in range(2))
    house.sessions.renew(second.session.id, second.token, "192.0.2.77")
    records = house.journal.page(AuditQuery(asset_id=film.id)).items
    assert [(each.act, each.session_id, each.caller, each.network) for each in reversed(records)] == [
        (Act.OPENED, first.session.id, "owner", "2001:db8:1::/48"),
        (Act.OPENED, second.session.id, "owner", "2001:db8:1::/48"),
        (Act.REVOKED, first.session.id, "owner", "2001:db8:1::/48"),
        (Act.RENEWED, second.session.id, "ada", "192.0.2.0/24"),
    ]
    house.library.delete(film.id, Caller("owner", "192.0.2.77"))
    house.library.delete(film.id)
    left = house.journal.page(AuditQuery(asset_id=film.id)).items
    assert [(each.act, each.caller) for each in left[:2]] == [(Act.REVOKED, "owner"), (Act.RENEWED, None)]
    assert {(each.viewer, each.network) for each in left} == {(None, None)}
    for playback in (first, second):
        assert all(part not in repr(records) for part in playback.token.split("."))
    house.clock.let_pass(91 * 86_400)
    assert house.journal.page(AuditQuery()).items == ()
    assert house.journal.sweep() == 5


def test_a_session_that_was_withdrawn_makes_room_for_another(tmp_path: Path) -> None:
    house = House(tmp_path, policy=SessionPolicy(sessions_per_viewer=1))
    film = house.film()
    first = house.sessions.open(film.id, SessionRequest(viewer="ada")).session
    house.sessions.revoke(first.id)
    second = house.sessions.open(film.id, SessionRequest(viewer="ada")).session
    assert not house.revocations.is_revoked(second.id)
