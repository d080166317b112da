"""Signing in at an identity provider from the pages: the real pages, Cognito's own sign-in pages (the emulator's).

The server stands behind what plays API Gateway: it takes an access token of this pool for the server's own. The pages'
policy on AWS names the provider; here it names nobody, so it is not asked.
"""

import base64
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from matinee import wiring
from matinee.config import Settings
from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.contracts.emulator import Emulator, running
from tests.contracts.people import People, new_people
from tests.needs import need
from tests.system.server import Server

ELSEWHERE = "request to another place"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The AWS emulator, ended with this file."""
    with running(tmp_path_factory.mktemp("emulator")) as found:
        yield need(found, "the AWS emulator did not start: make .emulator/.stamp")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages, to be told of a provider."""
    folder = tmp_path_factory.mktemp("pages") / "dist"
    shutil.copytree(wiring.web_dir(Settings()), folder)
    return folder


@pytest.fixture(scope="module")
def site(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with those pages."""
    running_server = Server(tmp_path_factory.mktemp("site") / "data", MATINEE_WEB_DIR=str(pages)).start()
    yield running_server
    running_server.stop()


@pytest.fixture(scope="module")
def people(emulator: Emulator, site: Server, pages: Path) -> People:
    """Who may sign in; the pages know where."""
    found = new_people(emulator, f"{site.url}/callback", f"{site.url}/signin")
    (pages / "settings.json").write_text(json.dumps(found.settings))
    return found


@pytest.fixture
def person(visit: Visit, site: Server, people: People) -> Visitor:
    """Somebody with an account and no cookie."""
    visitor = visit(site=site.url, bypass_csp=True)
    visitor.allow(ELSEWHERE, "401 (Unauthorized)", "favicon.ico")  # the provider has no icon
    visitor.page.route("**/v1/**", gateway(site, people))
    return visitor


def gateway(site: Server, people: People) -> Callable[[Route], None]:
    """What API Gateway's authorizer does, but for the signature."""

    def answer(route: Route) -> None:
        given = route.request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = json.loads(base64.urlsafe_b64decode(given.split(".")[1] + "=="))
        except (ValueError, IndexError):
            claims = {}
        headers = {name: value for name, value in route.request.headers.items() if name != "authorization"}
        if claims.get("client_id") == people.settings["client_id"]:
            headers["authorization"] = f"Bearer {site.token}"
        route.continue_(headers=headers)

    return answer


def fill_in(page: Page, people: People) -> None:
    """The provider's own page."""
    page.locator("input[name=username]").fill(people.name)
    page.locator("input[name=password]").fill(people.password)
    page.locator("button[type=submit]").first.click()


def kept(page: Page) -> dict[str, str]:
    """What the tab keeps."""
    found: dict[str, str] = page.evaluate("() => ({...sessionStorage})")
    return found


def test_the_library_sends_strangers_to_the_provider_and_back(person: Visitor, people: People) -> None:
    page = person.open("/?q=x")
    expect(page.locator("input[name=password]")).to_be_visible()
    assert page.url.startswith(people.settings["authorization_endpoint"])
    fill_in(page, people)
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    assert page.url == f"{person.site}/?q=x"
    assert any("access" in name for name in kept(page))
    assert page.evaluate("() => localStorage.length") == 0
    assert not any("Bearer" in address or "eyJ" in address for address in person.requests)


def test_the_button_signs_in(person: Visitor, people: People) -> None:
    page = person.open("/signin")
    page.get_by_role("button", name="Sign in").click()
    fill_in(page, people)
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    assert page.url == f"{person.site}/"


def test_the_code_stays_in_no_address_and_an_answer_nobody_asked_for_is_refused(person: Visitor) -> None:
    page = person.open("/callback?code=stolen&state=guessed")
    expect(page.get_by_role("alert")).to_contain_text("You were not signed in")
    assert page.url == f"{person.site}/callback"
    assert not any("access" in name for name in kept(page))


def test_a_token_the_api_refuses_leads_to_a_page_and_not_in_circles(person: Visitor, people: People) -> None:
    person.page.unroute("**/v1/**")
    page = person.open("/")
    fill_in(page, people)
    expect(page.get_by_role("alert")).to_contain_text("You were not signed in")
    assert page.url.startswith(f"{person.site}/signin?to=")


def test_signing_out_forgets_the_token_here_and_the_person_there(person: Visitor, people: People) -> None:
    page = person.open("/")
    fill_in(page, people)
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.url == f"{person.site}/signin"
    (asked,) = [each for each in person.requests if each.startswith(people.settings["end_session_endpoint"])]
    assert f"client_id={people.settings['client_id']}" in asked
    assert not any("access" in name for name in kept(page))
