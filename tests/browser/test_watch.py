"""A real film in a real browser: to the end, back and forth, in every quality."""

import pytest
from playwright.sync_api import expect

from tests.browser.films import SHORT_FRAMES, SHORT_SECONDS, Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually


@pytest.fixture
def screen(visitor: Visitor, server: Server, films: Films) -> Screen:
    """The short film, opened by a link, not yet playing."""
    return Screen(visitor.open(server.play(films.short)["watch_url"]))


@pytest.fixture
def long_screen(visitor: Visitor, server: Server, films: Films) -> Screen:
    """The long film, playing."""
    return Screen(visitor.open(server.play(films.long)["watch_url"])).start()


def test_a_film_plays_to_its_end_with_every_frame_and_without_a_stall(screen: Screen) -> None:
    screen.start()
    eventually(lambda: screen.look().endings == 1, seconds=SHORT_SECONDS + 15)
    last = screen.look()
    assert last.ended
    assert last.duration == pytest.approx(SHORT_SECONDS, abs=0.1)
    assert last.time == pytest.approx(last.duration, abs=0.1)
    assert last.frames >= SHORT_FRAMES - 2
    assert last.stalls == 0
    expect(screen.controls.get_by_role("button", name="Play again")).to_be_visible()


def test_a_seek_forth_and_back_lands_there_and_plays_on(long_screen: Screen) -> None:
    slider = long_screen.controls.get_by_role("slider", name="Seek")
    for second in (70, 20, 90, 0):
        slider.fill(str(second))
        long_screen.at(second, give=3).moves(beyond=second)


@pytest.mark.parametrize("height", [360, 480])
def test_the_quality_menu_changes_the_picture(long_screen: Screen, height: int) -> None:
    other = 840 - height
    long_screen.choose("Settings", "Quality", f"{other}p")
    eventually(lambda: long_screen.look().height == other)
    long_screen.choose("Settings", "Quality", f"{height}p")
    eventually(lambda: long_screen.look().height == height)
    long_screen.moves()
    assert long_screen.look().height == height
