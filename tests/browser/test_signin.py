"""Signing a browser in."""

from playwright.sync_api import expect

from matinee.http.auth import COOKIE
from tests.browser.visitor import Visitor
from tests.system.server import Server


def test_the_printed_link_signs_in_and_leaves_the_address_bar(visitor: Visitor, server: Server) -> None:
    page = visitor.open(f"/signin?token={server.token}")
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    assert page.url == f"{server.url}/"


def test_scripts_cannot_read_what_keeps_a_browser_signed_in(visitor: Visitor, server: Server) -> None:
    page = visitor.open(f"/signin?token={server.token}")
    kept = {cookie["name"]: cookie for cookie in visitor.context.cookies()}
    assert kept[COOKIE]["httpOnly"]
    assert kept[COOKIE]["sameSite"] == "Strict"
    assert server.token not in str(kept)
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"


def test_the_form_signs_in(visitor: Visitor, server: Server) -> None:
    page = visitor.open("/signin")
    page.get_by_label("API token").fill(f" {server.token} ")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    assert page.url == f"{server.url}/"


def test_a_wrong_token_is_refused_in_words_and_not_repeated(visitor: Visitor) -> None:
    page = visitor.open("/signin")
    page.get_by_label("API token").fill("not-the-token-of-this-server")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("was not accepted")
    assert "not-the-token" not in page.url
    assert page.get_by_label("API token").input_value() == ""


def test_the_library_sends_strangers_to_the_sign_in_page(visitor: Visitor) -> None:
    visitor.allow("401 (Unauthorized)")
    page = visitor.open("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_forgets_the_browser(owner: Visitor, server: Server) -> None:
    owner.allow("401 (Unauthorized)")
    page = owner.open("/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert owner.context.cookies() == []
    owner.open("/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
