"""A film that waits at a limit of spending, as those see it who may let it past and those who may not."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.films import Films
from tests.browser.visitor import Visitor, without_credential

REASON = "This film would cost $7.00; one film may cost $5.00."
WAITS = {"status": "processing", "progress": 0, "waiting": {"code": "limit_cost", "message": REASON}}
PUBLISHES = "openid matinee/assets:read matinee/assets:write"


def held(asset: str, deeds: list[str]) -> Callable[[Route], None]:
    """The server's own answers, in which `asset` waits until there is one of `deeds`."""

    def waiting(body: dict[str, Any]) -> dict[str, Any]:
        return body | (WAITS if body.get("id") == asset and not deeds else {})

    def answer(route: Route) -> None:
        body = route.fetch(headers=without_credential(route.request)).json()
        items = {"items": [waiting(each) for each in body["items"]]} if "items" in body else {}
        route.fulfill(json=waiting(body) | items)

    return answer


def test_a_film_that_waits_at_a_limit_is_approved(owner: Visitor, films: Films) -> None:
    asset = films.short
    deeds: list[str] = []

    def approve(route: Route) -> None:
        deeds.append(route.request.method)
        route.fulfill(status=202, json={"id": asset})

    owner.page.route(f"**/v1/assets/{asset}", held(asset, deeds))
    owner.page.route(f"**/v1/assets/{asset}/ingest/approve", approve)
    versions = owner.open(f"/studio/{asset}").get_by_role("region", name="Versions")
    expect(versions.get_by_role("status")).to_have_text(REASON)
    versions.get_by_role("button", name="Approve the cost").press("Enter")
    expect(owner.page.get_by_text("Approved. Processing goes on.")).to_be_visible()
    expect(versions.get_by_text(REASON)).to_have_count(0)
    assert deeds == ["POST"]


@pytest.mark.parametrize(
    ("who", "scopes", "approves"),
    [("publisher", PUBLISHES, False), ("operator", f"{PUBLISHES} matinee/spending:approve", True)],
)
def test_only_who_may_approve_is_offered_it_and_others_hear_who_may(
    owner: Visitor, films: Films, who: str, scopes: str, *, approves: bool
) -> None:
    asset = films.short
    owner.sign_in_elsewhere(scopes).page.route("**/v1/**", held(asset, []))
    versions = owner.open(f"/studio/{asset}").get_by_role("region", name="Versions")
    expect(versions.get_by_role("status")).to_have_text(REASON)
    expect(versions.get_by_role("button", name="Cancel processing")).to_be_visible()
    expect(versions.get_by_role("button", name="Approve the cost")).to_have_count(int(approves))
    expect(versions.get_by_text("Only an operator")).to_have_count(int(not approves))
    card = owner.open("/").locator(".card").filter(has_text="A short evening")
    expect(card.get_by_text(REASON)).to_be_visible()
    expect(card.locator(".badge")).to_have_text(["Waits for approval"])
    expect(card.get_by_text("Only an operator")).to_have_count(int(not approves))
    owner.shoot(f"library-waits-{who}")
    card.get_by_role("button", name="More actions for A short evening").click()
    expect(owner.page.get_by_role("menuitem", name="Cancel processing")).to_be_visible()
    expect(owner.page.get_by_role("menuitem", name="Approve the cost")).to_have_count(int(approves))
