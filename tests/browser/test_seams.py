"""Twenty seams between chunks, played through media source extensions: nobody can see or hear where they lie."""

from itertools import pairwise

import pytest

from tests.browser.films import SEAM_RATE, SEAM_SECONDS, Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

SEAMS = 20
CHUNK_SECONDS = 12  # docs/media.md, "Chunks"
SPEED = 4  # a busy machine runs dry at this speed now and then, anywhere; what it runs dry at is played at 1 again
# Pictures come 40 a second at this speed. On a busy machine a browser passes some over, but none of them for this long.
LARGEST_STEP_SECONDS = 3.0
FRAME_SECONDS = 1 / SEAM_RATE

# Every picture the browser composes, by its own time in the film (video.rvfc, "VideoFrameCallbackMetadata").
WATCH = """(speed) => {
  const video = document.querySelector("video");
  globalThis.shown = [];
  globalThis.waits = [];
  video.addEventListener("waiting", () => waits.push(video.currentTime));
  const note = (_, picture) => {
    shown.push(picture.mediaTime);
    video.requestVideoFrameCallback(note);
  };
  video.requestVideoFrameCallback(note);
  video.currentTime = 0;
  video.playbackRate = speed;
}"""
AGAIN = """(at) => {
  const video = document.querySelector("video");
  video.playbackRate = 1;
  video.currentTime = Math.max(at - 1.5, 0);
  video.addEventListener("playing", () => waits.splice(0), { once: true });
  return video.play();
}"""
BUFFERED = """() => {
  const { buffered } = document.querySelector("video");
  return Array.from({ length: buffered.length }, (_, n) => [buffered.start(n), buffered.end(n)]);
}"""


def passes(screen: Screen, at: float) -> bool:
    """Whether the film is played over this second, at its own speed, without running dry."""
    screen.page.evaluate(AGAIN, at)
    eventually(lambda: at + 1 < screen.look().time < at + 10, seconds=30)
    return bool(screen.page.evaluate("waits.length") == 0)


@pytest.mark.timeout(300)
def test_twenty_seams_are_played_without_a_stall_or_a_hole(visitor: Visitor, server: Server, films: Films) -> None:
    screen = Screen(visitor.open(server.play(films.seams)["watch_url"])).start()
    screen.page.evaluate(WATCH, SPEED)
    holes: list[list[list[float]]] = []

    def over() -> bool:
        buffered: list[list[float]] = screen.page.evaluate(BUFFERED)
        if len(buffered) > 1:
            holes.append(buffered)
        return screen.look().endings == 1

    eventually(over, seconds=SEAM_SECONDS / SPEED + 60, every_seconds=0.25)
    last = screen.look()
    times: list[float] = screen.page.evaluate("shown")
    waits: list[float] = screen.page.evaluate("waits")
    assert [at for at in waits if 1 < at < SEAM_SECONDS - 1 and not any(passes(screen, at) for _ in range(3))] == []
    assert holes == [], "what was loaded did not join"
    assert last.duration == pytest.approx(SEAM_SECONDS, abs=0.1)
    assert times[0] <= FRAME_SECONDS
    assert times[-1] == pytest.approx(SEAM_SECONDS - FRAME_SECONDS, abs=0.01)
    steps = [(before, after) for before, after in pairwise(times)]
    assert all(after > before for before, after in steps), "a picture came twice, or out of order"
    assert max(after - before for before, after in steps) < LARGEST_STEP_SECONDS
    seams = [n * CHUNK_SECONDS for n in range(1, SEAMS + 1)]
    assert seams[-1] < SEAM_SECONDS
    # The times are the film's own at every seam, neither early nor late by a part of a picture.
    for seam in seams:
        near = [time for time in times if abs(time - seam) < LARGEST_STEP_SECONDS]
        assert near, f"nothing was shown around {seam} s"
        for time in near:
            assert time / FRAME_SECONDS == pytest.approx(round(time / FRAME_SECONDS), abs=0.01)
