"""WebKit (WebKitGTK's MiniBrowser) on a screen of its own, and one server with one film."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import WebKitGTK
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.needs import need
from tests.system.clips import make_clip
from tests.system.server import Server
from tests.webkit.lockup import ANSWER_SECONDS
from tests.webkit.phone import PhoneLine, phone_line
from tests.webkit.screen import Screen

MINI_BROWSER = "/usr/lib/*/webkit2gtk-4.*/MiniBrowser"
MISSING = "WebKit is not installed (apt: webkit2gtk-driver xvfb gstreamer1.0-plugins-good -bad gstreamer1.0-libav)"
FILM_SECONDS = 60
# As in Safari, whose player this is: an HLS player of its own, which this port has switched off.
OWN_PLAYER = {"WEBKIT_GST_ENABLE_HLS_SUPPORT": "1"}

Watch = Callable[..., Screen]


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    """An X display that shows nothing to anybody."""
    program = need(shutil.which("Xvfb"), MISSING)
    command = [program, "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as shown:
        assert shown.stdout is not None
        yield f":{shown.stdout.readline().strip()}"
        shown.terminate()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, display: str) -> Iterator[Server]:
    """A running server. It asks for the display first: without one there is nothing to serve."""
    running = Server(tmp_path_factory.mktemp("server") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def film(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A minute of picture and sound."""
    clip = make_clip(tmp_path_factory.mktemp("clips") / "a minute.mp4", seconds=FILM_SECONDS, size="320x180")
    asset_id = server.upload(clip, title="A minute")
    assert server.settled(asset_id)["status"] == "ready"
    return asset_id


@pytest.fixture
def watch(display: str, server: Server) -> Iterator[Watch]:
    """Opens watch pages, each in a browser of its own: `watch(url, native=True)` in one without Media Source."""
    with ExitStack() as opened:

        def open_page(url: str, *, native: bool = False) -> Screen:
            driver = opened.enter_context(_browser(display, native=native))
            line = opened.enter_context(phone_line(server.url)) if native else PhoneLine(server.url)
            driver.get(url.replace(server.url, line.url))
            return Screen(driver, line)

        yield open_page


@contextmanager
def _browser(display: str, *, native: bool) -> Iterator[WebKitGTK]:
    program = need(shutil.which("WebKitWebDriver"), MISSING)
    browser = need(next(iter(map(str, Path("/").glob(MINI_BROWSER[1:]))), None), MISSING)
    options = Options()
    options.binary_location = browser
    for argument in ("--automation", "--autoplay-policy=allow"):
        options.add_argument(argument)
    environment = os.environ | {
        "DISPLAY": display,
        "LIBGL_ALWAYS_SOFTWARE": "1",
        "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
    }
    driver = WebKitGTK(options, Service(program, env=environment | (OWN_PLAYER if native else {})))
    assert isinstance(driver.command_executor, RemoteConnection)
    driver.command_executor.client_config.timeout = ANSWER_SECONDS
    try:
        yield driver
    finally:
        driver.quit()
