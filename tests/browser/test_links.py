"""What a link does when it is not simply right: a sentence that says why, and a way on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.ids import AssetId, SessionId
from matinee.domain.token import Claims, path_of, sign
from tests.browser.films import Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

REFUSED = ("401 (Unauthorized)", "410 (Gone)")


@pytest.fixture
def says(visitor: Visitor) -> Callable[[str], None]:
    """Waits until the page says so, and shows no player."""
    visitor.allow(*REFUSED)

    def wait(title: str) -> None:
        expect(visitor.page.get_by_role("heading", name=title)).to_be_visible()
        expect(visitor.page.locator("video")).to_have_count(0)

    return wait


def revoke(server: Server, session: str) -> None:
    """As the publisher does."""
    with server.client() as http:
        http.delete(f"/v1/playback/{session}").raise_for_status()


def test_a_link_whose_session_is_over_says_so(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]
) -> None:
    playback = server.play(films.short)
    key = KeyFile(server.data_dir / "keys.json", SystemEntropy()).signing_key()
    claims = Claims(
        session_id=SessionId(playback["session_id"]),
        viewer="anonymous",
        path=path_of(AssetId(films.short)),
        not_before=1,
        expires_at=2,
        session_ends_at=3,
    )
    visitor.open(f"/watch/{films.short}#{sign(claims, key)}")
    says("This link has ended")


def test_a_revoked_link_says_so(visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]) -> None:
    playback = server.play(films.short)
    revoke(server, playback["session_id"])
    visitor.open(playback["watch_url"])
    says("This link was revoked")


def test_revoking_stops_a_film_that_plays_within_a_segment(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]
) -> None:
    playback = server.play(films.long)
    screen = Screen(visitor.open(playback["watch_url"])).start()
    eventually(lambda: visitor.quiet(seconds=2))
    before = screen.look()
    assert before.ahead < before.duration - before.time - 20, "all of it was loaded at once: nothing can be taken back"
    revoke(server, playback["session_id"])
    expect(visitor.page.get_by_role("heading", name="This link was revoked")).to_be_visible(timeout=8_000)
    says("This link was revoked")


def test_an_expired_token_is_renewed_while_the_film_plays(visitor: Visitor, server: Server, films: Films) -> None:
    screen = Screen(visitor.open(server.play(films.long, ttl_seconds=3)["watch_url"])).start()
    screen.moves(beyond=11, seconds=25)
    tokens = {url.split("/t/")[1].split("/")[0] for url in visitor.requests if "/t/" in url}
    renewals = [url for url in visitor.requests if url.endswith("/renew")]
    assert len(renewals) >= 4, "one to open, and one for each of three lives"
    assert len(tokens) >= 2, "later segments were asked for with a newer token"
    assert screen.look().stalls == 0


def test_a_token_that_expired_unnoticed_is_renewed_when_a_segment_is_refused(
    visitor: Visitor, server: Server, films: Films
) -> None:
    visitor.allow("401 (Unauthorized)", "net::ERR_FAILED")
    screen = Screen(visitor.open(server.play(films.long, ttl_seconds=2)["watch_url"])).start()
    visitor.context.route("**/renew", lambda route: route.abort())  # the renewal in time does not get through
    with server.anyone() as http:
        segment = next(url for url in visitor.requests if url.endswith(".m4s"))
        eventually(lambda: http.get(segment).status_code == 401)
    visitor.context.unroute("**/renew")
    screen.controls.get_by_role("slider", name="Seek").fill("80")
    screen.at(80, give=5).moves(beyond=80)
    assert any("401" in fault for fault in visitor.seen), "no segment was refused: the test tested nothing"


@pytest.mark.parametrize("cut", [12, 60, -20, -1])
def test_a_truncated_link_is_called_damaged(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None], cut: int
) -> None:
    address, _, token = server.play(films.short)["watch_url"].partition("#")
    visitor.open(f"{address}#{token[:cut]}")
    says("This link is damaged")
