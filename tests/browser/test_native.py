"""The browser's own HLS player, as on phones without Media Source Extensions: renewal, pauses of hours, refusals."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.films import Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

# What hls.js asks for before it says that it can play; Chromium 142 and later then play HLS by themselves.
WITHOUT_MSE = "delete globalThis.MediaSource; delete globalThis.ManagedMediaSource; delete globalThis.WebKitMediaSource"
ARRIVALS = """() => {
  globalThis.arrivals = [];
  document.querySelector("video").addEventListener("seeking", (event) => arrivals.push(event.target.currentTime));
}"""


@pytest.fixture
def phone(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody whose browser plays HLS itself."""
    visitor = visit()
    visitor.context.add_init_script(WITHOUT_MSE)
    return visitor


def native(screen: Screen) -> None:
    """The film comes from its playlist, not from a script's buffer."""
    assert screen.page.evaluate("document.querySelector('video').src").endswith("/main.m3u8")


def test_a_browser_of_its_own_plays_past_its_tokens_end_and_seeks(phone: Visitor, server: Server, films: Films) -> None:
    phone.allow("401 (Unauthorized)")
    screen = Screen(phone.open(server.play(films.long, ttl_seconds=8)["watch_url"])).start()
    native(screen)
    first = screen.page.evaluate("document.querySelector('video').src")
    screen.moves(beyond=8)
    screen.controls.get_by_role("slider", name="Seek").fill("80")
    screen.at(80, give=8).moves(beyond=81)
    native(screen)
    assert screen.page.evaluate("document.querySelector('video').src") != first


def test_a_browser_of_its_own_that_was_paused_past_its_tokens_end_goes_on_at_the_same_frame(
    phone: Visitor, server: Server, films: Films
) -> None:
    phone.allow("401 (Unauthorized)", "net::ERR_FAILED")
    screen = Screen(phone.open(server.play(films.long, ttl_seconds=8)["watch_url"])).start()
    screen.moves(beyond=2)
    screen.page.keyboard.press("k")
    eventually(lambda: screen.look().paused)
    paused = screen.look().time
    playlist = screen.page.evaluate("document.querySelector('video').src")
    with server.anyone() as http:
        eventually(lambda: http.get(playlist).status_code == 401)
    assert screen.look().time == paused
    screen.page.evaluate(ARRIVALS)
    screen.page.keyboard.press("k")
    screen.moves(beyond=paused + 1)
    # What was loaded before the pause moves on for a few pictures until the new address stands in: no jump, no gap.
    assert 0 <= screen.page.evaluate("globalThis.arrivals[0]") - paused < 0.5


def test_a_browser_of_its_own_is_stopped_when_its_link_is_revoked(phone: Visitor, server: Server, films: Films) -> None:
    phone.allow("410 (Gone)")
    playback = server.play(films.long)
    screen = Screen(phone.open(playback["watch_url"])).start()
    native(screen)
    with server.client() as http:
        http.delete(f"/v1/playback/{playback['session_id']}").raise_for_status()
    expect(screen.page.get_by_role("heading", name="This link was revoked")).to_be_visible()
