"""The scopes an access token gets, whatever was asked for: by the person's groups alone."""

from typing import Any

import pytest

from matinee.lambdas import claims
from matinee.services.access import ClaimsAccess, Scope


def details(*groups: str, asked: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """What the function says of a person's access token."""
    request: dict[str, Any] = {"groupConfiguration": {"groupsToOverride": list(groups)}, "scopes": list(asked)}
    event = {"version": "2", "request": request, "response": {}}
    found: dict[str, list[str]] = claims.handler(event, None)["response"]["claimsAndScopeOverrideDetails"][
        "accessTokenGeneration"
    ]
    return found


def may(*groups: str) -> frozenset[Scope]:
    """What somebody in these groups may do, by the token they get."""
    return ClaimsAccess("matinee/").by_claims({"sub": "a", "scope": " ".join(details(*groups)["scopesToAdd"])}).scopes


def test_each_group_has_its_scopes() -> None:
    assert may("viewer") == {Scope.ASSETS_READ, Scope.PLAYBACK_ISSUE}
    assert may("publisher") == set(Scope) - {Scope.SPENDING_APPROVE}
    assert may("operator") == set(Scope)


def test_groups_add_up_and_others_give_nothing() -> None:
    assert may("viewer", "publisher") == may("publisher")
    assert may("viewer", "admins", "Publisher") == may("viewer")
    assert may() == may("admins") == frozenset()


@pytest.mark.parametrize("groups", [(), ("viewer",), ("publisher",), ("operator", "viewer")])
def test_what_is_not_given_is_suppressed_also_when_it_was_asked_for(groups: tuple[str, ...]) -> None:
    found = details(*groups, asked=tuple(f"matinee/{scope}" for scope in Scope))
    assert not set(found["scopesToAdd"]) & set(found["scopesToSuppress"])
    assert {*found["scopesToAdd"], *found["scopesToSuppress"]} == {f"matinee/{scope}" for scope in Scope}


def test_a_person_without_groups_may_sign_in_and_do_nothing() -> None:
    event = {"version": "2", "request": {"groupConfiguration": {}}, "response": {}}
    answer = claims.handler(event, None)["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]
    assert answer["scopesToAdd"] == []
