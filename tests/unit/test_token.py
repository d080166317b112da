"""The playback token answers every vector, and no change of a token is admitted."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.ids import SessionId
from matinee.domain.session import MAX_VIEWER
from matinee.domain.token import Claims, SigningKey, check, read, sign
from matinee.errors import MatineeError
from tests.vectors.description import CLAIMS, FILE, KEY, NOW, Case
from tests.vectors.generate import TARGET, cases, committed, text
from tests.vectors.python_twin import python_answer


@pytest.mark.parametrize("case", committed(), ids=lambda case: case["name"])
def test_every_vector_gets_its_answer(case: Case) -> None:
    assert python_answer(case) == case["answer"]


def test_the_committed_vectors_are_the_generated_ones() -> None:
    assert TARGET.read_text() == text(), "run `python -m tests.vectors.generate` and commit what changed"


def test_there_are_at_least_five_hundred_vectors_each_with_a_name_of_its_own() -> None:
    names = [case["name"] for case in cases()]
    assert len(names) >= 500
    assert len(set(names)) == len(names)


def test_without_any_key_the_gate_is_not_ready() -> None:
    with pytest.raises(MatineeError) as caught:
        read(sign(CLAIMS, KEY), {})
    assert caught.value.code == "gate_not_ready"


@given(position=st.integers(0, 10_000), letter=st.characters(max_codepoint=255))
def test_no_token_with_one_letter_changed_is_admitted(position: int, letter: str) -> None:
    token = sign(CLAIMS, KEY)
    at = position % len(token)
    changed = token[:at] + letter + token[at + 1 :]
    if changed == token:
        return
    with pytest.raises(MatineeError):
        read(changed, {KEY.kid: KEY.secret})


@given(
    viewer=st.text(max_size=128),
    not_before=st.integers(0, 2**53 - 1),
    expires_at=st.integers(0, 2**53 - 1),
    secret=st.binary(min_size=32, max_size=32),
)
def test_what_is_signed_is_what_is_read(viewer: str, not_before: int, expires_at: int, secret: bytes) -> None:
    claims = Claims(
        session_id=SessionId("ses_00000000000000000001"),
        viewer=viewer,
        path="/ast_0123456789abcdefghjk/",
        not_before=not_before,
        expires_at=expires_at,
        session_ends_at=expires_at,
    )
    assert read(sign(claims, SigningKey("key_x", secret)), {"key_x": secret}) == claims


def test_the_longest_viewer_name_and_kid_make_a_token_the_gate_reads() -> None:
    claims = replace(CLAIMS, viewer="\U0001f600" * MAX_VIEWER, ip=f"{':'.join(['ffff'] * 8)}/128")
    key = SigningKey("k" * 64, bytes(32))
    assert read(sign(claims, key), {key.kid: key.secret}) == claims


@given(path=st.text(max_size=80))
def test_no_path_outside_the_claim_is_admitted(path: str) -> None:
    if path.startswith(CLAIMS.path):
        return
    with pytest.raises(MatineeError):
        check(CLAIMS, path=path, address="", now=NOW, revoked=lambda _: False)


def test_a_key_never_shows_its_secret() -> None:
    assert KEY.secret.hex() not in repr(KEY)
    assert repr(KEY.secret) not in repr(KEY)


def test_a_good_token_is_admitted_to_its_file() -> None:
    check(read(sign(CLAIMS, KEY), {KEY.kid: KEY.secret}), path=FILE, address="", now=NOW, revoked=lambda _: False)
