"""`Idempotency-Key` and passwords: what is remembered of a request makes no password faster to guess."""

import hashlib
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from matinee.domain.asset import Asset, Status
from matinee.domain.ids import VersionId
from matinee.http.routes.playback import with_token
from matinee.http.share_schemas import NewShare
from matinee.services.access import OWNER
from tests.contracts.samples import asset_id
from tests.machine import Visit

PATH = f"/v1/assets/{asset_id('film')}/shares"
PASSWORD = "correct horse"
DAY = timedelta(days=1)


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    """A machine with one film."""
    made = Visit(tmp_path)
    now = made.machine.clock.now()
    film = Asset(
        id=asset_id("film"), title="F", status=Status.READY, created_at=now, updated_at=now, version=VersionId("v")
    )
    made.machine.app.catalog.add_asset(film)
    return made


def share(visit: Visit, password: str | None) -> httpx.Response:
    """What a share link with the password is answered with, under one key."""
    return visit.ask("POST", PATH, json={"password": password}, headers={"Idempotency-Key": "one"})


def test_the_same_password_again_is_the_same_share_and_another_is_refused(visit: Visit) -> None:
    first, second = share(visit, PASSWORD), share(visit, PASSWORD)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert share(visit, "another horse").json()["code"] == "idempotency_key_reused"
    assert share(visit, None).json()["code"] == "idempotency_key_reused"


def test_the_fingerprint_that_is_kept_is_no_plain_hash_of_the_password(visit: Visit) -> None:
    share(visit, PASSWORD)
    now = visit.machine.clock.now()
    kept = visit.machine.app.catalog.begin_request(
        f"{OWNER.subject}:one", "", now=now, expires_at=now + timedelta(hours=1)
    )
    assert kept is not None
    text = NewShare(password=PASSWORD).model_dump_json()
    assert PASSWORD in text
    assert kept.fingerprint != hashlib.sha256(f"POST\n{PATH}\n{text}".encode()).hexdigest()


def play(visit: Visit) -> httpx.Response:
    """What opening a session is answered with, under one key."""
    path = f"/v1/assets/{asset_id('film')}/playback"
    return visit.ask("POST", path, json={"viewer": "ada"}, headers={"Idempotency-Key": "play"})


def token_of(answer: httpx.Response) -> str:
    """The answer's playback token."""
    return str(answer.json()["watch_url"]).partition("#")[2]


def opens(visit: Visit, token: str) -> bool:
    """Whether the gate admits the token to its film."""
    return visit.ask("GET", f"/t/{token}/{asset_id('film')}/v/main.m3u8", signed_in=False).status_code == 404


def test_a_session_asked_for_again_is_the_same_answer_to_the_letter(visit: Visit) -> None:
    first = play(visit)
    assert opens(visit, token_of(first))
    visit.machine.keys.rotate(now=visit.machine.clock.now(), keep_for_renewal_until=visit.machine.clock.now() + DAY)
    second = play(visit)
    assert (second.status_code, second.content) == (201, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["cache-control"] == "no-store"


def test_what_is_kept_of_a_session_opens_nothing(visit: Visit, tmp_path: Path) -> None:
    token = token_of(play(visit))
    _, claims, signature = token.split(".")
    written = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert claims.encode() in written, "the answer was kept"
    assert signature.encode() not in written
    assert not opens(visit, token.removesuffix(signature))


def test_a_session_is_not_told_again_once_its_key_leaked(visit: Visit) -> None:
    play(visit)
    visit.machine.keys.replace_all()
    again = play(visit)
    assert (again.status_code, again.json()["code"]) == (401, "session_ended")
    assert "new Idempotency-Key" in again.json()["detail"]


def test_an_answer_kept_whole_by_an_earlier_version_is_told_as_it_is(visit: Visit) -> None:
    first = play(visit)
    assert with_token(visit.machine.app, first.text) == first.text
