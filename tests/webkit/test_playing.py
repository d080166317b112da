"""WebKit plays: by Media Source as the others do, and by its own HLS player, as Safari on phones."""

import httpx
import pytest

from tests.system.server import Server, eventually
from tests.webkit.conftest import Watch
from tests.webkit.lockup import BROWSERS, locks_up, unless_it_locks_up
from tests.webkit.phone import PhoneLine

LIFE_SECONDS = 8
GONE = 410


@unless_it_locks_up
@pytest.mark.parametrize("native", [False, True], ids=["media source", "its own player"])
def test_a_film_plays_past_its_tokens_end_and_is_sought(
    watch: Watch, server: Server, film: str, *, native: bool
) -> None:
    screen = watch(server.play(film, ttl_seconds=LIFE_SECONDS)["watch_url"], native=native).start()
    first = screen.now().source
    assert first.startswith("blob:") != native
    screen.moves(beyond=LIFE_SECONDS + 2)
    assert (screen.now().source != first) == native  # its own player asks by the address it was given
    screen.press("5").moves(beyond=31)
    assert screen.now().time < 40


@unless_it_locks_up
@pytest.mark.parametrize("native", [False, True], ids=["media source", "its own player"])
def test_a_film_paused_past_its_tokens_end_goes_on_at_the_same_frame(
    watch: Watch, server: Server, film: str, *, native: bool
) -> None:
    playback = server.play(film, ttl_seconds=LIFE_SECONDS)
    screen = watch(playback["watch_url"], native=native).start().moves(beyond=2)
    screen.press("k")
    eventually(lambda: screen.now().paused)
    paused = screen.now().time
    token_of = screen.now().source if native else playback["hls_url"]
    eventually(lambda: httpx.get(token_of).status_code == 401)
    assert screen.now().time == paused
    screen.seeks()
    screen.press("k").moves(beyond=paused + 1)
    assert all(abs(arrival - paused) < 0.5 for arrival in screen.seeks()), screen.seeks()


def test_its_own_player_is_stopped_when_the_link_is_revoked(watch: Watch, server: Server, film: str) -> None:
    for _ in range(BROWSERS):
        playback = server.play(film)
        screen = watch(playback["watch_url"], native=True).start()
        with server.client() as http:
            http.delete(f"/v1/playback/{playback['session_id']}").raise_for_status()
        gets_nothing_more(screen.line)
        if not locks_up(screen.says, "This link was revoked"):
            return  # and else all it was refused has been seen: the player asks four times


def gets_nothing_more(line: PhoneLine) -> None:
    """Once one file was refused, so are two more, and every one."""
    eventually(lambda: GONE in line.answers, seconds=60)
    first = line.answers.index(GONE)
    eventually(lambda: len(line.answers) > first + 2, seconds=60)
    assert set(line.answers[first:]) == {GONE}
