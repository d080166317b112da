"""How the pages look and name things: on a phone and a desk, by day and by night. The pictures are for people."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.films import Films
from tests.browser.fits import sticking_out
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

SIZES = {"360": {"width": 360, "height": 740}, "1280": {"width": 1280, "height": 800}}
# In Playwright's outline of the accessibility tree a thing with a name is followed by it, in quotation marks.
ROLES = "button|link|slider|textbox|searchbox|combobox|menuitem|menuitemradio|progressbar"
NAMELESS = re.compile(rf'^\s*- (?:{ROLES})\b(?! ").*$', re.MULTILINE)
ENDLESS = "document.getAnimations().some((one) => one.effect.getTiming().iterations > 1 && one.playState === 'running')"


def check(visitor: Visitor, name: str) -> None:
    """Nothing is wider than the window, everything has a name, axe finds nothing; and a picture of it."""
    page = visitor.page
    visitor.shoot(name)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{name} is {wide} px wider than the window"
    assert sticking_out(page) == [], name
    nameless = NAMELESS.findall(page.locator("body").aria_snapshot())
    assert nameless == [], name
    assert violations(page) == [], name


@pytest.fixture(params=["360-light", "360-dark", "1280-light", "1280-dark"])
def looking(request: pytest.FixtureRequest, visit: Callable[..., Visitor], server: Server) -> tuple[Visitor, str]:
    """The owner at a window of some width and colour, and both as a suffix for pictures."""
    width, _, scheme = request.param.partition("-")
    owner = visit(viewport=SIZES[width], color_scheme=scheme, reduced_motion="reduce")
    return owner.sign_in(server.token), request.param


def test_the_library_and_its_dialogs_fit_and_name_everything(looking: tuple[Visitor, str], films: Films) -> None:
    owner, suffix = looking
    assert films.short
    assert films.text
    page = owner.open("/")
    expect(page.get_by_role("heading", name="A short evening")).to_be_visible()
    eventually(lambda: page.evaluate("[...document.images].filter(i => i.loading === 'eager').every(i => i.complete)"))
    check(owner, f"library-{suffix}")
    more = page.get_by_role("button", name="More actions for A short evening")
    more.click()
    check(owner, f"menu-{suffix}")
    page.keyboard.press("Escape")
    for action in ("Share", "Rename", "Delete"):
        more.click()
        page.get_by_role("menuitem", name=action).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        if action == "Share":
            expect(page.get_by_label("Watch link")).to_be_visible()
        check(owner, f"{action.lower()}-{suffix}")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_sign_in_page_fits_and_names_everything(looking: tuple[Visitor, str]) -> None:
    owner, suffix = looking
    page = owner.open("/signin?error=1")
    page.get_by_text("Where is my token?").click()
    check(owner, f"signin-{suffix}")


def test_the_pages_of_the_api_fit_and_name_everything(looking: tuple[Visitor, str]) -> None:
    owner, suffix = looking
    page = owner.open("/docs")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    check(owner, f"docs-{suffix}")
    page.get_by_role("navigation", name="All addresses").get_by_role("link", name="DELETE /v1/webhooks/").click()
    there = page.locator("#remove_webhook").get_by_role("heading", level=2)
    expect(there).to_be_in_viewport()
    page.reload()  # an address that was kept leads there too, though the page is drawn after it was looked for
    expect(there).to_be_in_viewport()


def test_the_player_and_its_menus_fit_and_name_everything(
    looking: tuple[Visitor, str], server: Server, films: Films
) -> None:
    visitor, suffix = looking
    screen = Screen(visitor.open(server.play(films.short)["watch_url"]))
    expect(screen.controls).to_be_visible()
    eventually(lambda: screen.look().height > 0)
    check(visitor, f"watch-{suffix}")
    screen.start()
    screen.page.keyboard.press("c")
    eventually(lambda: bool(screen.look().cues))
    screen.page.keyboard.press("k")
    check(visitor, f"paused-{suffix}")
    screen.controls.get_by_role("button", name="Settings", exact=True).click()
    check(visitor, f"settings-{suffix}")
    screen.page.get_by_role("menuitem", name="Quality").click()
    check(visitor, f"quality-{suffix}")


def test_upright_films_recordings_and_refusals_fit_and_name_everything(
    looking: tuple[Visitor, str], server: Server, films: Films
) -> None:
    visitor, suffix = looking
    for name, asset in (("portrait", films.portrait), ("sound", films.sound)):
        screen = Screen(visitor.open(server.play(asset)["watch_url"])).start()
        screen.page.keyboard.press("k")
        check(visitor, f"{name}-{suffix}")
    visitor.open("/watch/ast_00000000000000000000#damaged")
    expect(visitor.page.get_by_role("heading", name="This link is damaged")).to_be_visible()
    check(visitor, f"damaged-{suffix}")


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_pages_follow_the_colour_scheme(visit: Callable[..., Visitor], scheme: str, dark: bool) -> None:
    page = visit(color_scheme=scheme).open("/signin")
    assert (brightness(page) < 60) == dark
    assert (brightness(page) > 200) != dark


def brightness(page: Page) -> float:
    """Of the page's background, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    if colour == "rgba(0, 0, 0, 0)":
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(part) for part in re.findall(r"[\d.]+", colour)[:3]) / 3


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", True), ("reduce", False)])
def test_nothing_moves_but_the_film_for_who_asked_for_less_motion(
    visit: Callable[..., Visitor], server: Server, films: Films, motion: str, moves: bool
) -> None:
    visitor = visit(reduced_motion=motion)
    Screen(visitor.open(server.play(films.sound)["watch_url"])).start()
    assert visitor.page.evaluate(ENDLESS) == moves
