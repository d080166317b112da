"""A watch page in WebKit, as the eye sees it."""

from dataclasses import dataclass

from selenium.webdriver import ActionChains, WebKitGTK

from tests.system.server import eventually
from tests.webkit.phone import PhoneLine

LOOK = """const video = document.querySelector("video");
return video && [video.currentTime, video.paused, video.seeking, video.currentSrc];"""
CONTROLS = "return document.querySelector('[role=group][aria-label=\"Player controls\"]')"
SEEKS = """globalThis.arrivals = [];
document.querySelector("video").addEventListener("seeking", (event) => arrivals.push(event.target.currentTime));"""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the film; the time in seconds."""

    time: float
    paused: bool
    seeking: bool
    source: str


class Screen:
    """The page."""

    def __init__(self, driver: WebKitGTK, line: PhoneLine) -> None:
        self.driver = driver
        self.line = line

    def look(self) -> Look | None:
        """The film as it is now; None before there is one."""
        found = self.driver.execute_script(LOOK)
        return Look(*found) if found else None

    def now(self) -> Look:
        """The film, which is there."""
        found = self.look()
        assert found is not None
        return found

    def start(self) -> "Screen":
        """Press play, once there are the film and what hears the key, and wait until it moves."""
        eventually(lambda: (found := self.look()) is not None and found.source != "")
        eventually(lambda: self.driver.execute_script(CONTROLS) is not None)
        self.driver.execute_script("document.querySelector('video').muted = true")
        if self.now().paused:
            self.press("k")
        return self.moves(beyond=0.5)

    def press(self, key: str) -> "Screen":
        """A key of the player's."""
        ActionChains(self.driver).send_keys(key).perform()
        return self

    def moves(self, *, beyond: float) -> "Screen":
        """Wait until the film has moved beyond so many seconds."""
        eventually(lambda: self.now().time > beyond and not self.now().seeking, seconds=60)
        return self

    def seeks(self) -> list[float]:
        """Where it was sought to since this was asked the first time."""
        found: list[float] | None = self.driver.execute_script("return globalThis.arrivals || null")
        if found is None:
            self.driver.execute_script(SEEKS)
        return found or []

    def says(self, words: str) -> None:
        """Wait until the page says this, for a minute."""
        eventually(lambda: words in self.driver.execute_script("return document.body.innerText"), seconds=60)
