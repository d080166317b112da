"""Another language to hear, and another screen to watch on."""

import subprocess

import pytest
from playwright.sync_api import expect

from matinee.adapters.ffmpeg.tools import find_tools
from tests.browser.films import Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

# No browser of a test has another screen: what the page asks of the browser is answered here (Remote Playback API).
SCREEN_THERE = """
globalThis.asked = 0;
Object.defineProperty(HTMLMediaElement.prototype, "remote", { value: {
  watchAvailability: async (tell) => { tell(true); return 1; },
  prompt: async () => { asked += 1; },
} });
"""


@pytest.fixture(scope="module")
def two_languages(server: Server, films: Films, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A film that can be heard in English and in German."""
    path = tmp_path_factory.mktemp("languages") / "Two languages.mp4"
    start = [str(find_tools().ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    copy = ["-i", str(films.clips["short"]), "-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy"]
    names = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"]
    subprocess.run([*start, *copy, *names, str(path)], check=True, timeout=60)
    asset = server.upload(path)
    assert server.settled(asset)["status"] == "ready"
    return asset


def test_another_language_is_heard_when_chosen(visitor: Visitor, server: Server, two_languages: str) -> None:
    screen = Screen(visitor.open(server.play(two_languages)["watch_url"])).start()
    screen.choose("Settings", "Audio", "German")
    eventually(lambda: screen.look().time > 0 and any("/audio-2" in url for url in visitor.requests))
    screen.moves()
    screen.controls.get_by_role("button", name="Settings", exact=True).click()
    expect(screen.controls.get_by_role("menuitem", name="Audio")).to_contain_text("German")


def test_another_screen_is_offered_where_there_is_one(visitor: Visitor, server: Server, films: Films) -> None:
    visitor.context.add_init_script(SCREEN_THERE)
    screen = Screen(visitor.open(server.play(films.short)["watch_url"]))
    screen.controls.get_by_role("button", name="Play on another screen").click()
    assert visitor.page.evaluate("asked") == 1


def test_without_another_screen_nothing_is_offered(visitor: Visitor, server: Server, films: Films) -> None:
    screen = Screen(visitor.open(server.play(films.short)["watch_url"])).start()
    expect(screen.controls.get_by_role("button", name="Play on another screen")).to_be_hidden()
