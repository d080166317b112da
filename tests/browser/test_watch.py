"""A real film in a real browser: to the end, back and forth, in every quality."""

import pytest
from playwright.sync_api import expect

from tests.browser.films import SHORT_FRAMES, SHORT_SECONDS, Films
from tests.browser.fits import sticking_out
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


@pytest.fixture
def still(visitor: Visitor, server: Server, films: Films) -> Screen:
    """The long film, not yet playing, of known length."""
    screen = Screen(visitor.open(server.play(films.long)["watch_url"]))
    expect(screen.controls).to_be_visible()
    eventually(lambda: screen.look().duration > 0)
    return screen


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


def test_the_speed_menu_changes_the_pace(long_screen: Screen) -> None:
    long_screen.choose("Settings", "Speed", "2\N{MULTIPLICATION SIGN}")
    before = long_screen.look()
    assert before.speed == 2
    long_screen.moves(beyond=before.time + 4)


def test_captions_are_shown_when_chosen_and_go_again(screen: Screen) -> None:
    screen.start()
    assert screen.look().cues == []
    screen.choose("Captions", "English")
    eventually(lambda: bool(screen.look().cues))
    assert screen.look().cues[0] in ("Good evening.", "Good night.")
    screen.choose("Captions", "Off")
    eventually(lambda: screen.look().cues == [])


def test_captions_follow_the_film_after_a_seek(screen: Screen) -> None:
    screen.start()
    screen.choose("Captions", "English")
    screen.page.keyboard.press("Space")
    for second, cue in ((5.5, "Good night."), (1.5, "Good evening.")):
        screen.controls.get_by_role("slider", name="Seek").fill(str(second))
        eventually(lambda cue=cue: screen.look().cues == [cue])  # type: ignore[misc]  # a loop's own value


def test_space_pauses_and_plays(long_screen: Screen) -> None:
    long_screen.page.keyboard.press("Space")
    eventually(lambda: long_screen.look().paused)
    long_screen.page.keyboard.press("Space")
    long_screen.moves()


def test_space_on_a_button_presses_that_button_alone(long_screen: Screen) -> None:
    long_screen.controls.get_by_role("button", name="Mute").focus()
    long_screen.page.keyboard.press("Space")
    eventually(lambda: long_screen.look().muted)
    assert not long_screen.look().paused


@pytest.mark.parametrize(
    ("keys", "second"),
    [
        ("5", 48.0),
        ("5 ArrowRight", 53.0),
        ("5 ArrowLeft", 43.0),
        ("5 l", 58.0),
        ("5 j", 38.0),
        ("End", 96.0),
        ("5 Home", 0.0),
    ],
)
def test_keys_move_through_a_film_that_stands_still(still: Screen, keys: str, second: float) -> None:
    for key in keys.split():
        still.page.keyboard.press(key)
    eventually(lambda: still.look().time == pytest.approx(second, abs=0.3))


def test_keys_change_the_sound(still: Screen) -> None:
    press = still.page.keyboard.press
    press("ArrowDown")
    press("ArrowDown")
    assert still.look().volume == pytest.approx(0.9)
    press("m")
    assert still.look().muted
    press("ArrowUp")
    assert not still.look().muted
    assert still.look().volume == pytest.approx(0.95)


def test_keys_change_the_speed(still: Screen) -> None:
    for key, speed in ((">", 1.25), ("<", 1), ("<", 0.75)):
        still.page.keyboard.press(key)
        assert still.look().speed == speed


def test_the_key_f_fills_the_screen_and_gives_it_back(long_screen: Screen) -> None:
    page = long_screen.page
    page.keyboard.press("f")
    expect(long_screen.controls.get_by_role("button", name="Leave full screen")).to_be_attached()
    assert page.evaluate("document.fullscreenElement?.getAttribute('aria-label')") == "Player"
    page.keyboard.press("f")
    eventually(lambda: page.evaluate("document.fullscreenElement === null"))


def test_the_key_c_shows_captions(screen: Screen) -> None:
    screen.start()
    screen.page.keyboard.press("c")
    eventually(lambda: bool(screen.look().cues))


def test_a_question_mark_lists_the_keys(still: Screen) -> None:
    still.page.keyboard.press("?")
    expect(still.page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Full screen")
    still.page.keyboard.press("Escape")
    expect(still.page.get_by_role("dialog")).to_have_count(0)


def test_a_menu_works_from_the_keyboard_and_gives_the_focus_back(screen: Screen) -> None:
    button = screen.controls.get_by_role("button", name="Settings", exact=True)
    expect(button).to_be_visible()
    button.focus()
    screen.page.keyboard.press("Enter")
    expect(screen.page.get_by_role("menuitem", name="Quality")).to_be_visible()  # it comes with the film's sizes
    screen.page.get_by_role("menuitem", name="Quality").focus()
    for key in ("ArrowDown", "ArrowRight"):  # the speeds
        screen.page.keyboard.press(key)
    expect(screen.page.get_by_role("menuitemradio", name="Normal")).to_be_focused()
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("Enter")
    assert screen.look().speed == 1.25
    expect(button).to_be_focused()


def test_volume_and_silence_are_remembered(still: Screen) -> None:
    still.page.keyboard.press("ArrowDown")
    still.page.keyboard.press("m")
    expect(still.controls.get_by_role("button", name="Unmute")).to_be_attached()
    still.page.reload()
    expect(still.controls).to_be_visible()
    again = still.look()
    assert again.muted
    assert again.volume == pytest.approx(0.95)


def test_a_recording_without_a_picture_plays_with_its_title(visitor: Visitor, server: Server, films: Films) -> None:
    screen = Screen(visitor.open(server.play(films.sound)["watch_url"])).start()
    assert screen.look().height == 0
    expect(screen.player.get_by_text("Only sound")).to_be_visible()
    eventually(lambda: screen.look().ended)


def test_an_upright_film_keeps_its_shape_and_all_of_its_controls(
    visitor: Visitor, server: Server, films: Films
) -> None:
    screen = Screen(visitor.open(server.play(films.portrait)["watch_url"])).start()
    video = screen.page.locator("video")
    expect(video).to_have_css("object-fit", "contain")
    box = video.bounding_box()
    assert box is not None
    assert (screen.look().width, screen.look().height) == (360, 640)
    assert box["height"] > box["width"]
    screen.page.keyboard.press("k")
    expect(screen.controls.get_by_role("button", name="Full screen")).to_be_visible()
    assert sticking_out(screen.page) == []


def test_the_owner_watches_without_a_link(owner: Visitor, films: Films) -> None:
    screen = Screen(owner.open(f"/watch/{films.short}")).start()
    assert screen.look().height in (360, 480)
