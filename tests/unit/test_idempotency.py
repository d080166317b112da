"""`Idempotency-Key` and passwords: what is remembered of a request makes no password faster to guess."""

import hashlib
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from matinee.domain.asset import Asset, Status
from matinee.domain.ids import VersionId
from matinee.http.share_schemas import NewShare
from matinee.services.access import OWNER
from tests.contracts.samples import asset_id
from tests.machine import Visit

PATH = f"/v1/assets/{asset_id('film')}/shares"
PASSWORD = "correct horse"


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
