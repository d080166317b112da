"""One Chromium, one server with a few films; for each test fresh browser contexts, and no fault in any of them."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.films import Films
from tests.browser.visitor import Visitor
from tests.needs import need
from tests.system.server import Server

ARGUMENTS = [
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    # The browser itself must ask for nothing: what reaches the network is the page's doing.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP films.example 127.0.0.1",  # this machine by a name that makes it another one
]

WAIT_MS = 20_000  # for what should be there at once, on a machine that does other things as well

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium."""
    path = need(shutil.which("chromium") or shutil.which("google-chrome"), "Chromium is not installed (apt: chromium)")
    with sync_playwright() as playwright:
        expect.set_options(timeout=WAIT_MS)
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Server]:
    """A running server. It asks for Chromium first: without one there is nothing to serve."""
    running = Server(tmp_path_factory.mktemp("server") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def films(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Films:
    """Films in that server."""
    return Films(server, tmp_path_factory.mktemp("films"))


@pytest.fixture
def visit(chromium: Browser, server: Server) -> Iterator[Visit]:
    """Makes visitors; options are Playwright's of a context, and `site` for another server than the usual."""
    visitors: list[Visitor] = []

    def make(site: str = server.url, **options: Any) -> Visitor:
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        visitors.append(Visitor(context, site))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    """Somebody without a cookie, who was perhaps sent a link."""
    return visit()


@pytest.fixture
def owner(visit: Visit, server: Server) -> Visitor:
    """The publisher, signed in."""
    return visit().sign_in(server.token)
