"""A film in H.264 and AV1: a browser that knows AV1 plays it, one that does not never asks for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.system.clips import make_clip
from tests.system.server import Server, eventually

SECONDS = 20  # two chunks: the seam is decoded by a browser too
FRAMES = SECONDS * 12
WITHOUT_AV1 = """
const known = MediaSource.isTypeSupported.bind(MediaSource);
MediaSource.isTypeSupported = (type) => !type.includes("av01") && known(type);
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Server]:
    """A server that encodes in both; it asks for Chromium first, for without one there is nothing to serve."""
    assert chromium.is_connected()
    running = Server(tmp_path_factory.mktemp("codecs") / "data", MATINEE_CODECS="av1").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def session(site: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A playback session of a film in 360p, twice."""
    return session_of(site, tmp_path_factory.mktemp("clip") / "short.mp4", seconds=SECONDS)


def session_of(site: Server, path: Path, *, seconds: int) -> dict[str, Any]:
    """A playback session of a film of this length, encoded in both."""
    asset = site.upload(make_clip(path, seconds=seconds, size="640x360", rate="12"))
    settled = site.settled(asset)
    assert settled["status"] == "ready", settled["error"]
    codecs = {r["name"]: r["codecs"].partition(".")[0] for r in settled["renditions"] if r["kind"] == "video"}
    assert codecs == {"360p": "avc1", "360p-av1": "av01"}
    return site.play(asset)


def asked(requests: list[str]) -> set[str]:
    """The renditions of a picture whose segments were asked for."""
    return {Path(address).parent.name for address in requests if "/360p" in address and address.endswith(".m4s")}


def test_a_browser_that_knows_av1_plays_it_to_the_end_through_the_seam(
    visit: Visit, site: Server, session: dict[str, Any]
) -> None:
    visitor = visit(site.url)
    screen = Screen(visitor.open(session["watch_url"])).start()
    eventually(lambda: screen.look().endings == 1, seconds=SECONDS + 20)
    last = screen.look()
    assert last.stalls == 0
    assert last.frames >= FRAMES - 2
    assert asked(visitor.requests) == {"360p-av1"}


def test_a_browser_without_av1_never_asks_for_it(visit: Visit, site: Server, session: dict[str, Any]) -> None:
    visitor = visit(site.url)
    visitor.context.add_init_script(WITHOUT_AV1)
    screen = Screen(visitor.open(session["watch_url"])).start().moves(beyond=2)
    assert screen.look().height == 360
    assert asked(visitor.requests) == {"360p"}


def test_the_codec_is_chosen_by_hand_and_quality_goes_on_choosing_itself(
    visit: Visit, site: Server, session: dict[str, Any]
) -> None:
    visitor = visit(site.url)
    screen = Screen(visitor.open(session["watch_url"])).start()
    eventually(lambda: screen.look().duration > 0 and asked(visitor.requests) == {"360p-av1"})
    screen.choose("Settings", "Codec", "H.264")
    # The look lets Playwright tell of requests: it does so only while it is asked something.
    eventually(lambda: screen.look().duration > 0 and "360p" in asked(visitor.requests))
    settings = screen.controls.get_by_role("button", name="Settings", exact=True)
    menu = screen.controls.get_by_role("menu", name="Settings")
    settings.click()
    expect(menu.get_by_role("menuitem", name="Codec")).to_contain_text("H.264")
    expect(menu.get_by_role("menuitem", name="Quality")).to_contain_text("Auto (360p)")
    menu.get_by_role("menuitem", name="Quality").click()
    expect(menu.get_by_role("menuitemradio", name="360p")).to_have_count(2)  # the size, and what Auto has come to
    settings.click()
    eventually(lambda: screen.look().endings == 1, seconds=SECONDS + 20)
    assert "360p" in {Path(each).parent.name for each in visitor.requests if each.endswith("seg-00002.m4s")}
