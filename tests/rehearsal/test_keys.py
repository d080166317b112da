"""The signing keys of a deployment by its functions: made once, rotated, minted with, told to the gate alone."""

import base64
import json
import logging
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from matinee.domain.edge_store import KEYS_ENTRY, revocation_key
from matinee.domain.ids import SessionId
from matinee.domain.token import read
from matinee.errors import ErrorCode
from tests.contracts.aws_openers import open_dynamodb_catalog, open_edge_store
from tests.contracts.emulator import Emulator
from tests.contracts.samples import an_asset, asset_id, raises
from tests.rehearsal.functions import Functions, deploy


@pytest.fixture
def functions(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """A deployment of its own, with a film that can be watched."""
    made = deploy(emulator, tmp_path / "scratch", monkeypatch, lambda: emulator.adapter)
    open_dynamodb_catalog(emulator.adapter, made.table).add_asset(an_asset(version="ver_x"))
    return made


def told(functions: Functions) -> dict[str, bytes]:
    """The keys the gate has, by kid, newest first."""
    value = open_edge_store(functions.emulator.adapter, functions.edge).get(KEYS_ENTRY) or ""
    pairs = [entry.split(":") for entry in value.split(" ") if entry]
    return {kid: bytes.fromhex(secret) for kid, secret in pairs}


def minted(functions: Functions) -> tuple[SessionId, str]:
    """A session's id and its token."""
    status, body = functions.answer("POST", f"/v1/assets/{asset_id('one')}/playback", {})
    assert status == 201, body
    return SessionId(body["session_id"]), urlsplit(body["hls_url"]).path.split("/")[2]


def test_the_first_key_is_made_once(functions: Functions) -> None:
    (kid,) = told(functions)
    assert functions.rotate(first=True) == {"kid": kid}
    assert list(told(functions)) == [kid]


def test_a_rotation_answers_with_the_keys_name_alone(functions: Functions) -> None:
    (before,) = told(functions)
    answer = functions.rotate(now=True)
    assert set(answer) == {"kid"}
    assert list(told(functions)) == [answer["kid"], before]


def test_the_gate_admits_a_session_the_api_minted_through_a_rotation_and_not_two(functions: Functions) -> None:
    session, token = minted(functions)
    assert read(token, told(functions)).session_id == session
    functions.rotate(now=True)
    assert read(token, told(functions)).session_id == session
    functions.rotate(now=True)
    with raises(ErrorCode.TOKEN_SIGNATURE):
        read(token, told(functions))


def test_a_rotation_that_would_end_valid_tokens_changes_nothing_until_it_is_forced(functions: Functions) -> None:
    kid = functions.rotate()["kid"]
    assert functions.rotate() == {"kid": kid}
    assert next(iter(told(functions))) == kid
    assert functions.rotate(now=True)["kid"] != kid


def test_after_a_leak_one_call_ends_every_token_that_is_out(functions: Functions) -> None:
    functions.rotate(now=True)
    session, token = minted(functions)
    assert read(token, told(functions)).session_id == session
    answer = functions.rotate(leaked=True)
    assert list(told(functions)) == [answer["kid"]]
    with raises(ErrorCode.TOKEN_SIGNATURE):
        read(token, told(functions))


def test_the_gate_hears_of_a_revoked_session(functions: Functions) -> None:
    session, _ = minted(functions)
    edge = open_edge_store(functions.emulator.adapter, functions.edge)
    assert edge.get(revocation_key(session)) is None
    assert functions.answer("DELETE", f"/v1/playback/{session}")[0] == 204
    ends = edge.get(revocation_key(session))
    assert ends is not None
    assert ends.isdecimal()


def test_nothing_that_is_written_holds_a_key(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr(logging.getLogger("matinee").handlers[0], "stream", written)
    monkeypatch.setattr("builtins.print", lambda text: written.write(f"{text}\n"))  # how metrics leave
    functions.rotate(now=True)
    _, token = minted(functions)
    functions.rotate(now=True)
    functions.keep_house()
    wrote = written.getvalue()
    lines = [json.loads(line) for line in wrote.splitlines()]
    assert [line["kid"] for line in lines if line.get("message") == "signing key rotated"] == list(told(functions))[
        ::-1
    ]
    assert token not in wrote
    for secret in told(functions).values():
        assert secret.hex() not in wrote
        assert base64.urlsafe_b64encode(secret).decode().rstrip("=") not in wrote
