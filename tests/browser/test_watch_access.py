"""The watch page for everyone: axe finds nothing in any of its states, at any size, in both colours. With pictures."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.films import Films
from tests.browser.fits import sticking_out
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

SIZES = {"360": (360, 740), "1280": (1280, 800), "3840": (3840, 2160)}


@pytest.fixture(params=["360-light", "360-dark", "1280-light", "1280-dark", "3840-dark"])
def looking(request: pytest.FixtureRequest, visit: Callable[..., Visitor]) -> tuple[Visitor, str]:
    """Somebody at a window of some size and colour, and both as a suffix for pictures."""
    width, _, scheme = request.param.partition("-")
    size = {"width": SIZES[width][0], "height": SIZES[width][1]}
    return visit(viewport=size, color_scheme=scheme, reduced_motion="reduce"), request.param


def check(visitor: Visitor, name: str) -> None:
    """A picture, and then: nothing is wider than the window, and axe finds nothing."""
    visitor.shoot(name)
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert sticking_out(visitor.page) == [], name
    assert violations(visitor.page) == [], name


def test_the_player_in_all_its_states(looking: tuple[Visitor, str], server: Server, films: Films) -> None:
    visitor, suffix = looking
    screen = Screen(visitor.open(server.play(films.chaptered)["watch_url"]))
    expect(screen.controls).to_be_visible()
    eventually(lambda: screen.look().height > 0)
    check(visitor, f"start-{suffix}")
    screen.start()
    screen.choose("Captions", "English")
    eventually(lambda: bool(screen.look().cues))
    screen.page.keyboard.press("k")
    point_at_the_middle(screen.page)
    expect(screen.player.locator(".seek-picture")).to_be_visible()
    settle(screen.page)
    check(visitor, f"scrubbing-{suffix}")
    for menu, item, picture in (
        ("Captions", "Look", "captions-look"),
        ("Settings", "Chapters", "chapters"),
        ("Settings", "Speed", "speed"),
    ):
        screen.controls.get_by_role("button", name=menu, exact=True).click()
        if menu == "Captions":
            expect(screen.controls.get_by_role("menuitemradio", name="English")).to_be_focused()
        check(visitor, f"menu-{menu.lower()}-{suffix}")
        screen.controls.get_by_role("menuitem", name=item).click()
        check(visitor, f"{picture}-{suffix}")
        screen.page.keyboard.press("Escape")
        screen.page.keyboard.press("Escape")
    screen.page.keyboard.press("?")
    check(visitor, f"keys-{suffix}")


def test_a_film_gone_on_with_and_captions_from_right_to_left(
    looking: tuple[Visitor, str], server: Server, films: Films
) -> None:
    visitor, suffix = looking
    screen = Screen(visitor.open(server.play(films.chaptered)["watch_url"])).start()
    for way in (("Size", "Large"), ("Edge", "Outline")):
        screen.choose("Captions", "Look", *way)
    screen.page.keyboard.press("k")
    screen.controls.get_by_role("slider", name="Seek").fill("2")
    screen.choose("Captions", "العربية")
    eventually(lambda: bool(screen.look().cues))
    check(visitor, f"captions-ar-{suffix}")
    screen.controls.get_by_role("slider", name="Seek").fill("50")
    screen.at(50)
    visitor.open("/docs")
    again = Screen(visitor.open(server.play(films.chaptered)["watch_url"]))
    expect(again.player.get_by_role("button", name="From the beginning")).to_be_visible()
    again.at(50)
    settle(again.page)
    check(visitor, f"resumed-{suffix}")


def test_time_runs_from_left_to_right_on_pages_that_do_not(
    visit: Callable[..., Visitor], server: Server, films: Films
) -> None:
    visitor = visit(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    visitor.context.add_init_script(
        "document.addEventListener('readystatechange', () => (document.documentElement.dir = 'rtl'))"
    )
    screen = Screen(visitor.open(server.play(films.chaptered)["watch_url"])).start()
    screen.page.keyboard.press("k")
    box = screen.page.locator(".seek").bounding_box()
    assert box is not None
    screen.page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    screen.at(screen.look().duration / 4, give=3)
    screen.controls.get_by_role("button", name="Settings", exact=True).click()
    screen.page.get_by_role("menuitem", name="Speed").click()
    check(visitor, "speed-360-rtl")


def test_sound_upright_films_and_refusals(looking: tuple[Visitor, str], server: Server, films: Films) -> None:
    visitor, suffix = looking
    for name, asset in (("sound", films.sound), ("portrait", films.portrait)):
        screen = Screen(visitor.open(server.play(asset)["watch_url"])).start()
        screen.page.keyboard.press("k")
        check(visitor, f"{name}-paused-{suffix}")
    visitor.allow("404", "401")
    for link, heading in (("ast_00000000000000000000#damaged", "This link is damaged"), (films.short, "needs a link")):
        visitor.open("/docs")
        visitor.open(f"/watch/{link}")
        expect(visitor.page.get_by_role("heading", name=heading)).to_be_visible()
        check(visitor, f"refused-{heading.split()[-1]}-{suffix}")


def point_at_the_middle(page: Page) -> None:
    """Put the mouse over the middle of the seek bar."""
    box = page.locator(".seek").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def settle(page: Page) -> None:
    """Wait until the pictures on the page are drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
