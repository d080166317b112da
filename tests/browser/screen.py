"""The film on the screen, asked of the video element itself: what the person at it sees, not what the page believes."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

from tests.system.server import eventually

LOOK = """() => {
  const video = document.querySelector("video");
  if (video === null) return null;
  const { currentTime, duration, paused, ended, seeking, videoWidth, videoHeight, muted, volume, playbackRate } = video;
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  const ahead = [...Array(video.buffered.length).keys()]
    .filter((at) => video.buffered.start(at) <= currentTime + 0.1 && video.buffered.end(at) >= currentTime)
    .map((at) => video.buffered.end(at) - currentTime)[0] ?? 0;
  const cues = [...video.textTracks].filter((track) => track.mode === "showing")
    .flatMap((track) => [...track.activeCues].map((cue) => cue.text));
  return { time: currentTime, duration: Number.isFinite(duration) ? duration : 0, paused, ended, seeking, muted, volume,
    speed: playbackRate, width: videoWidth, height: videoHeight, frames: totalVideoFrames, dropped: droppedVideoFrames,
    ahead, cues, stalls: witness.stalls, endings: witness.ended };
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the film. Times in seconds; `ahead` is what is loaded beyond `time`; `stalls` since it was opened."""

    time: float
    duration: float
    paused: bool
    ended: bool
    seeking: bool
    muted: bool
    volume: float
    speed: float
    width: int
    height: int
    frames: int
    dropped: int
    ahead: float
    cues: list[str]
    stalls: int
    endings: int


class Screen:
    """The player of a watch page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.player: Locator = page.get_by_role("region", name="Player")
        self.controls: Locator = page.get_by_role("group", name="Player controls")

    def look(self) -> Look:
        """What is to be seen now. Fails when there is no video."""
        seen: dict[str, Any] | None = self.page.evaluate(LOOK)
        assert seen is not None, self.page.locator("body").inner_text()
        return Look(**seen)

    def start(self) -> "Screen":
        """Press the big button, and see the film move."""
        self.player.get_by_role("button", name="Play", exact=True).first.click()
        return self.moves()

    def moves(self, beyond: float = 0.0, seconds: float = 30.0) -> "Screen":
        """Wait until it plays on beyond `beyond` seconds of film with new frames (where there is a picture)."""
        before = self.look()
        start = max(beyond, before.time)

        def moving() -> bool:
            now = self.look()
            shows = now.height == 0 or now.frames != before.frames
            return now.time > start and not now.paused and not now.seeking and shows

        eventually(moving, seconds=seconds)
        return self

    def at(self, second: float, *, give: float = 1.5) -> "Screen":
        """Wait until the film stands near `second`, or has played on from there for at most `give` seconds."""
        eventually(lambda: -0.1 <= self.look().time - second <= give and not self.look().seeking)
        return self

    def choose(self, menu: str, *way: str) -> None:
        """Open a menu of the bar and take the way through its pages."""
        self.controls.get_by_role("button", name=menu, exact=True).click()
        shown = self.controls.get_by_role("menu", name=menu)
        for step in way[:-1]:
            shown.get_by_role("menuitem", name=step).click()
        shown.get_by_role("menuitemradio", name=way[-1], exact=True).click()
