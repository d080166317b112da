"""Who may come in: the token, and a browser that showed it once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ErrorCode, MatineeError
from matinee.services.access import OWNER, ClaimsAccess, Identity, Scope, TokenAccess

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ACCESS = TokenAccess("a-token-of-this-machine")


def test_the_token_is_the_owner() -> None:
    assert ACCESS.by_token("a-token-of-this-machine") is OWNER


@given(given=st.text(max_size=40))
def test_no_other_text_is(given: str) -> None:
    if given == "a-token-of-this-machine":
        return
    with pytest.raises(MatineeError) as caught:
        ACCESS.by_token(given)
    assert caught.value.code is ErrorCode.CREDENTIAL_INVALID


def test_a_browsers_pass_works_until_it_is_old() -> None:
    browser = ACCESS.browser_pass(NOW)
    assert ACCESS.by_browser_pass(browser, NOW + timedelta(days=29)) is OWNER
    with pytest.raises(MatineeError):
        ACCESS.by_browser_pass(browser, NOW + timedelta(days=31))


def test_a_browsers_pass_does_not_hold_the_token() -> None:
    assert "token" not in ACCESS.browser_pass(NOW)


def test_a_new_token_ends_every_browsers_pass() -> None:
    with pytest.raises(MatineeError):
        TokenAccess("another-token-of-it").by_browser_pass(ACCESS.browser_pass(NOW), NOW)


@given(place=st.integers(0, 200), letter=st.characters(max_codepoint=127))
def test_no_changed_pass_works(place: int, letter: str) -> None:
    good = ACCESS.browser_pass(NOW)
    at = place % len(good)
    changed = good[:at] + letter + good[at + 1 :]
    if changed != good:
        with pytest.raises(MatineeError):
            ACCESS.by_browser_pass(changed, NOW)


@pytest.mark.parametrize(
    "given", ["", "v1", "v1.", "v1.9", "v1.x.y", "v2.99999999999.00", "v1.99999999999999999999.00"]
)
def test_no_crooked_pass_works(given: str) -> None:
    with pytest.raises(MatineeError):
        ACCESS.by_browser_pass(given, NOW)


def test_a_caller_without_the_scope_is_told_which() -> None:
    with pytest.raises(MatineeError, match="assets:write"):
        Identity("viewer", frozenset({Scope.ASSETS_READ})).require(Scope.ASSETS_WRITE)


def test_verified_claims_say_who_it_is_and_what_they_may_do() -> None:
    claims = {"sub": "ada", "scope": "openid matinee/assets:read matinee/playback:issue other/assets:write"}
    found = ClaimsAccess("matinee/").by_claims(claims)
    assert found == Identity("ada", frozenset({Scope.ASSETS_READ, Scope.PLAYBACK_ISSUE}))


@pytest.mark.parametrize("scope", ["assets:read", "matinee/assets:readx", "xmatinee/assets:read", "matinee/", ""])
def test_a_scope_counts_only_in_full_with_the_issuers_prefix(scope: str) -> None:
    assert ClaimsAccess("matinee/").by_claims({"sub": "ada", "scope": scope}).scopes == frozenset()


def test_groups_are_no_scopes() -> None:
    claims = {"sub": "ada", "cognito:groups": "[operator]", "username": "ada"}
    assert ClaimsAccess("matinee/").by_claims(claims).scopes == frozenset()


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": None, "scope": "matinee/assets:read"}])
def test_claims_of_nobody_are_no_credential(claims: dict[str, object]) -> None:
    with pytest.raises(MatineeError) as caught:
        ClaimsAccess("matinee/").by_claims(claims)
    assert caught.value.code is ErrorCode.CREDENTIAL_INVALID


def test_who_may_not_speak_for_others_has_sessions_of_their_own_only() -> None:
    viewer = Identity("ada", frozenset({Scope.PLAYBACK_ISSUE}))
    assert viewer.viewer_named(None) == viewer.viewer_named("ada") == "ada"
    for other in ("grace", "Ada", ""):
        with pytest.raises(MatineeError) as caught:
            viewer.viewer_named(other)
        assert caught.value.code is ErrorCode.SCOPE_MISSING


def test_who_may_speak_for_others_names_anybody_or_nobody() -> None:
    assert OWNER.viewer_named(None) is None
    assert OWNER.viewer_named("grace") == "grace"
