"""Finding a moment of a film, and finding it again: pictures over the seek bar, chapters, and where one stopped."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.films import Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

PLACED = "(tile) => getComputedStyle(tile).backgroundPosition"
SHEET = "(tile) => getComputedStyle(tile).backgroundImage"


@pytest.fixture
def screen(visitor: Visitor, server: Server, films: Films) -> Screen:
    """The long film with its chapters, not yet playing, of known length."""
    return opened(visitor, server.play(films.chaptered)["watch_url"])


def opened(visitor: Visitor, address: str) -> Screen:
    """The film at an address, when its length is known."""
    screen = Screen(visitor.open(address))
    expect(screen.controls).to_be_visible()
    eventually(lambda: screen.look().duration > 0)
    shape = "() => document.querySelector('.player').style.getPropertyValue('--shape') !== ''"
    screen.page.wait_for_function(shape)  # the box takes the film's shape, and what is under it moves
    return screen


def bar(screen: Screen) -> Locator:
    """The seek bar."""
    return screen.player.locator(".seek")


def point_at(screen: Screen, part: float) -> dict[str, float]:
    """Put the mouse over a part of the bar; where that is on the page."""
    box = bar(screen).bounding_box()
    assert box is not None
    at = {"x": box["x"] + box["width"] * part, "y": box["y"] + box["height"] / 2}
    screen.page.mouse.move(at["x"], at["y"])
    return at


def preview(screen: Screen) -> Locator:
    """The small picture over the bar."""
    return screen.player.locator(".seek-picture")


def test_the_mouse_over_the_bar_shows_the_picture_the_time_and_the_chapter_there(screen: Screen) -> None:
    point_at(screen, 0.5)
    expect(preview(screen)).to_be_visible()
    expect(screen.player.locator(".seek-tip")).to_contain_text("0:48")
    expect(screen.player.locator(".seek-tip")).to_contain_text("What the rain <brought>")
    first = preview(screen).evaluate(PLACED)
    assert re.search(r"/t/[^/]+/ast_[^/]+/m/run_[^/]+/pictures/sheet-\d+\.jpg", preview(screen).evaluate(SHEET))
    point_at(screen, 0.03)
    eventually(lambda: preview(screen).evaluate(PLACED) != first)
    screen.page.mouse.move(5, 5)
    expect(preview(screen)).to_be_hidden()


def test_the_picture_is_there_and_as_large_as_it_says(screen: Screen) -> None:
    point_at(screen, 0.4)
    expect(preview(screen)).to_be_visible()
    size = preview(screen).evaluate(
        """async (tile) => {
          const sheet = new Image();
          sheet.src = getComputedStyle(tile).backgroundImage.slice(5, -2);
          await sheet.decode();
          return [tile.clientWidth, tile.clientHeight, sheet.naturalWidth, sheet.naturalHeight];
        }"""
    )
    assert size[:2] == [192, 144]
    assert (size[2] % 192, size[3] % 144) == (0, 0)


def test_a_finger_on_the_bar_sees_where_it_leads_and_lifting_it_goes_there(
    visit: Visit, server: Server, films: Films
) -> None:
    phone = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    screen = opened(phone, server.play(films.chaptered)["watch_url"])
    box = bar(screen).bounding_box()
    assert box is not None
    touch = phone.context.new_cdp_session(phone.page)

    def finger(kind: str, part: float | None = None) -> None:
        points = [] if part is None else [{"x": box["x"] + box["width"] * part, "y": box["y"] + box["height"] / 2}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", 0.25)
    finger("touchMove", 0.5)
    expect(preview(screen)).to_be_visible()
    expect(screen.player.locator(".seek-tip")).to_contain_text("0:4")
    phone.shoot("scrubbing-touch-360")
    inside = screen.player.locator(".seek-tip").bounding_box()
    assert inside is not None
    assert inside["x"] >= 0
    assert inside["x"] + inside["width"] <= 360
    finger("touchEnd")
    expect(preview(screen)).to_be_hidden()
    screen.at(48, give=3)


def test_arrows_on_the_bar_show_where_they_lead(screen: Screen) -> None:
    screen.controls.get_by_role("slider", name="Seek").focus()
    screen.page.keyboard.press("l")
    expect(preview(screen)).to_be_visible()
    expect(screen.player.locator(".seek-tip")).to_contain_text("0:10")
    expect(preview(screen)).to_be_hidden()


def test_chapters_are_marked_listed_named_and_led_to(screen: Screen) -> None:
    expect(screen.player.locator(".seek-marks span")).to_have_count(2)
    screen.choose("Settings", "Chapters", "Home 1:04")
    screen.at(64)
    expect(screen.player.locator(".chapter-now")).to_have_text("Home")


def test_control_and_an_arrow_lead_from_chapter_to_chapter(screen: Screen) -> None:
    for key, second in (("ArrowRight", 32), ("ArrowRight", 64), ("ArrowLeft", 32), ("ArrowLeft", 0)):
        screen.page.keyboard.press(f"Control+{key}")
        screen.at(second)


def test_a_film_opens_where_it_was_left_and_can_begin_anew(visitor: Visitor, server: Server, films: Films) -> None:
    screen = opened(visitor, server.play(films.chaptered)["watch_url"]).start()
    screen.controls.get_by_role("slider", name="Seek").fill("40")
    screen.at(40, give=3)
    screen.page.keyboard.press("k")
    eventually(lambda: kept(screen) is not None)
    visitor.open("/docs")
    again = opened(visitor, server.play(films.chaptered)["watch_url"])
    again.at(40, give=4)
    expect(again.player.get_by_text("Going on at 0:4")).to_be_visible()
    again.player.get_by_role("button", name="From the beginning").click()
    again.at(0)


def test_a_film_seen_to_its_end_begins_at_its_beginning(visitor: Visitor, server: Server, films: Films) -> None:
    screen = opened(visitor, server.play(films.chaptered)["watch_url"]).start()
    for second in ("40", "94"):
        screen.controls.get_by_role("slider", name="Seek").fill(second)
        screen.at(float(second), give=3)
    assert kept(screen) is None


def test_where_one_stopped_is_kept_for_a_hundred_films_and_no_token_with_it(
    visitor: Visitor, server: Server, films: Films
) -> None:
    playback = server.play(films.chaptered)
    screen = opened(visitor, playback["watch_url"])
    screen.page.evaluate(
        "localStorage.setItem('matinee.places', JSON.stringify([...Array(150).keys()].map((n) => [`ast_${n}`, 60])))"
    )
    screen.start().controls.get_by_role("slider", name="Seek").fill("40")
    screen.at(40, give=3)
    screen.page.keyboard.press("k")
    eventually(lambda: kept(screen) is not None and kept(screen)[0][0] == films.chaptered)
    assert len(kept(screen)) == 100
    token = playback["hls_url"].split("/t/")[1].split("/")[0]
    assert token not in screen.page.evaluate("JSON.stringify(localStorage)")


def kept(screen: Screen) -> Any:
    """What this browser remembers of films."""
    return screen.page.evaluate("JSON.parse(localStorage.getItem('matinee.places'))")


def test_captions_look_as_chosen_and_are_remembered(screen: Screen) -> None:
    screen.choose("Captions", "English")
    for way in (("Size", "Large"), ("Colour", "Yellow"), ("Background", "None"), ("Edge", "Outline")):
        screen.choose("Captions", "Look", *way)
    screen.page.reload()
    expect(screen.player).to_have_attribute("data-cue-size", "large")
    expect(screen.player).to_have_attribute("data-cue-color", "yellow")
    expect(screen.player).to_have_attribute("data-cue-background", "none")
    expect(screen.player).to_have_attribute("data-cue-edge", "outline")


def test_the_screen_stays_awake_while_a_film_plays_and_not_after(
    visitor: Visitor, server: Server, films: Films
) -> None:
    visitor.context.add_init_script(
        """globalThis.awake = 0;
        navigator.wakeLock.request = async () => {
          globalThis.awake += 1;
          return { release: async () => { globalThis.awake -= 1; } };
        };"""
    )
    screen = opened(visitor, server.play(films.long)["watch_url"]).start()
    eventually(lambda: screen.page.evaluate("awake") == 1)
    screen.page.keyboard.press("k")
    eventually(lambda: screen.page.evaluate("awake") == 0)


def test_media_keys_know_the_film(screen: Screen) -> None:
    title = screen.page.evaluate("navigator.mediaSession.metadata.title")
    assert title == "A long evening"
