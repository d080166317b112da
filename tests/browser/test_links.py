"""What a link does when it is not simply right: a sentence that says why, and a way on."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.ids import AssetId, SessionId
from matinee.domain.token import Claims, path_of, sign
from tests.browser.films import Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.parts import wishes
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


def segment_tokens(visitor: Visitor) -> list[str]:
    """The token of every segment that was asked for, in order."""
    return [url.split("/t/")[1].split("/")[0] for url in visitor.requests if url.endswith(".m4s")]


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
    visitor.allow("401 (Unauthorized)")  # a machine under load renews late: then the refused segment is asked for again
    screen = Screen(visitor.open(server.play(films.long, ttl_seconds=4)["watch_url"])).start()
    screen.moves(beyond=13)
    tokens = segment_tokens(visitor)
    renewals = [url for url in visitor.requests if url.endswith("/renew")]
    assert len(renewals) >= 4, "one to open, and one for each of three lives"
    assert len(set(tokens)) >= 2, "later segments must be asked for with a newer token"
    assert screen.look().stalls <= 1, "a late renewal on a loaded machine may cost one pause, never one for each life"


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
    assert segment_tokens(visitor)[-1] != segment_tokens(visitor)[0]


@pytest.mark.parametrize("cut", [12, 60, -20, -1])
def test_a_truncated_link_is_called_damaged(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None], cut: int
) -> None:
    address, _, token = server.play(films.short)["watch_url"].partition("#")
    visitor.open(f"{address}#{token[:cut]}")
    says("This link is damaged")


def test_revoking_stops_a_film_that_is_loaded_to_its_end(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]
) -> None:
    playback = server.play(films.long)
    screen = Screen(visitor.open(playback["watch_url"])).start()
    screen.controls.get_by_role("slider", name="Seek").fill("72")
    screen.at(72, give=5)
    eventually(lambda: screen.look().ahead > screen.look().duration - screen.look().time - 0.5)
    revoke(server, playback["session_id"])
    says("This link was revoked")


def test_a_film_without_a_link_asks_for_one(visitor: Visitor, films: Films, says: Callable[[str], None]) -> None:
    visitor.open(f"/watch/{films.short}")
    says("This film needs a link")
    expect(visitor.page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_link_to_another_film_says_so(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]
) -> None:
    token = server.play(films.portrait)["watch_url"].partition("#")[2]
    visitor.open(f"/watch/{films.short}#{token}")
    says("This link is for another film")


def test_a_deleted_film_is_gone_for_its_owner_and_its_links_are_revoked(
    owner: Visitor, visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]
) -> None:
    owner.allow(*REFUSED)
    asset = films.another("Soon gone")
    link = server.play(asset)["watch_url"]
    with server.client() as http:
        http.delete(f"/v1/assets/{asset}").raise_for_status()
    owner.open(f"/watch/{asset}")
    expect(owner.page.get_by_role("heading", name="This film is gone")).to_be_visible()
    visitor.open(link)
    says("This link was revoked")  # deleting takes every link back


def test_an_unknown_film_is_not_there(owner: Visitor) -> None:
    owner.allow("404 (Not Found)")
    page = owner.open("/watch/ast_00000000000000000000")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_a_film_that_is_not_ready_is_waited_for_and_then_plays(owner: Visitor, server: Server, films: Films) -> None:
    owner.allow("409 (Conflict)")
    clip = films.clips["portrait"]
    with server.client() as http:
        wish = {"filename": clip.name, "size_bytes": clip.stat().st_size, "title": "Still coming"}
        upload = http.post("/v1/uploads", json=wish).raise_for_status().json()
        screen = Screen(owner.open(f"/watch/{upload['asset_id']}"))
        expect(owner.page.get_by_role("heading", name="Almost ready")).to_be_visible()
        expect(owner.page.get_by_role("progressbar")).to_be_visible()
        asked = http.post(f"/v1/uploads/{upload['id']}/parts", json=wishes({1: clip.read_bytes()})).raise_for_status()
        link = asked.json()["parts"][0]
        http.put(link["url"], content=clip.read_bytes(), headers=link["headers"]).raise_for_status()
        http.post(f"/v1/uploads/{upload['id']}/complete").raise_for_status()
    expect(screen.controls).to_be_visible(timeout=60_000)
    screen.start()


def test_a_failed_film_says_so_to_its_owner(owner: Visitor, films: Films) -> None:
    owner.allow("409 (Conflict)")
    page = owner.open(f"/watch/{films.text}")
    expect(page.get_by_role("heading", name="This film could not be made ready")).to_be_visible()


def test_without_a_connection_the_page_says_so_and_goes_on_when_it_is_back(
    visitor: Visitor, server: Server, films: Films
) -> None:
    visitor.allow("net::ERR_INTERNET_DISCONNECTED")
    screen = Screen(visitor.open(server.play(films.long)["watch_url"])).start()
    visitor.context.set_offline(True)
    screen.controls.get_by_role("slider", name="Seek").fill("80")
    expect(screen.player.get_by_text("You are offline")).to_be_visible()
    visitor.context.set_offline(False)
    screen.at(80, give=5).moves(beyond=80)
    expect(screen.player.get_by_text("You are offline")).to_be_hidden()


def test_a_server_that_does_not_answer_is_waited_for(visitor: Visitor, server: Server, films: Films) -> None:
    visitor.allow("net::ERR_FAILED")
    screen = Screen(visitor.open(server.play(films.long)["watch_url"])).start()
    visitor.context.route("**/*", lambda route: route.abort())
    screen.controls.get_by_role("slider", name="Seek").fill("80")
    expect(screen.player.get_by_text("The server does not answer")).to_be_visible()
    visitor.context.unroute("**/*")
    screen.at(80, give=5).moves(beyond=80)
    expect(screen.player.get_by_text("The server does not answer")).to_be_hidden()


def test_a_link_opened_without_a_server_is_tried_again_by_itself(
    visitor: Visitor, server: Server, films: Films
) -> None:
    visitor.allow("net::ERR_FAILED")
    visitor.context.route("**/v1/**", lambda route: route.abort())
    screen = Screen(visitor.open(server.play(films.short)["watch_url"]))
    expect(visitor.page.get_by_role("heading", name="No connection")).to_be_visible()
    visitor.context.unroute("**/v1/**")
    expect(screen.controls).to_be_visible()


def tries(visitor: Visitor) -> list[str]:
    """Every renewal, and every segment or list of qualities that was asked for: what a loop would repeat."""
    ends = (".m4s", "/main.m3u8", "/renew")
    return [url.rpartition("/")[2] for url in visitor.requests if url.endswith(ends)]


def test_a_link_bound_to_another_network_says_so_and_asks_no_more(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]
) -> None:
    visitor.allow("403 (Forbidden)")
    visitor.open(server.play(films.short, bind_ip="192.0.2.7")["watch_url"])
    says("This link belongs to another place")
    eventually(lambda: visitor.quiet(seconds=4))
    assert len(tries(visitor)) <= 4


def test_a_link_that_opens_later_says_when(
    visitor: Visitor, server: Server, films: Films, says: Callable[[str], None]
) -> None:
    visitor.allow("403 (Forbidden)")
    opens = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0)
    visitor.open(server.play(films.short, not_before=opens.isoformat())["watch_url"])
    says("Not open yet")
    shown = visitor.page.locator("time").get_attribute("datetime") or ""
    assert datetime.fromisoformat(shown) == opens


@pytest.mark.parametrize(
    ("files", "answer", "title", "most"),
    [
        ("seg-*.m4s", (403, {"X-Matinee-Denial": "token_ip"}), "This link belongs to another place", 4),
        ("seg-*.m4s", (404, {"X-Matinee-Denial": "object_not_found"}), "Playback stopped", 12),
        ("main.m3u8", (403, {}), "Playback stopped", 9),  # a gateway's own refusal: gone on from a few times
    ],
)
def test_refused_files_end_in_a_sentence_after_a_few_requests(
    visitor: Visitor,
    server: Server,
    films: Films,
    files: str,
    answer: tuple[int, dict[str, str]],
    title: str,
    most: int,
) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=answer[0], headers=answer[1])

    visitor.allow("403 (Forbidden)", "404 (Not Found)")
    visitor.context.route(f"**/{files}", refuse)
    visitor.open(server.play(films.long)["watch_url"])
    expect(visitor.page.get_by_role("heading", name=title)).to_be_visible(timeout=60_000)  # its tries pause between
    eventually(lambda: visitor.quiet(seconds=4))
    assert len(tries(visitor)) <= most


def test_who_asks_too_often_is_told_so_and_tries_again(visitor: Visitor, server: Server, films: Films) -> None:
    visitor.allow("429 (Too Many Requests)")
    problem = {"code": "too_many_requests", "status": 429, "detail": "Wait 20 s."}
    visitor.context.route("**/renew", lambda route: route.fulfill(status=429, json=problem))
    screen = Screen(visitor.open(server.play(films.short)["watch_url"]))
    expect(visitor.page.get_by_role("heading", name="Too many requests")).to_be_visible()
    visitor.context.unroute("**/renew")
    visitor.page.get_by_role("button", name="Try again").click()
    expect(screen.controls).to_be_visible()


def test_a_browser_without_a_decoder_for_the_film_is_told_what_can_play_it(
    visitor: Visitor, server: Server, films: Films
) -> None:
    def foreign(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r"avc1\.[0-9a-fA-F]+", "dvh1.05.06", answer.text()))

    visitor.context.route("**/*.m3u8", foreign)
    visitor.open(server.play(films.short)["watch_url"])
    expect(visitor.page.get_by_role("heading", name="This browser cannot play it")).to_be_visible()
    expect(visitor.page.get_by_text("VLC and mpv")).to_be_visible()
    expect(visitor.page.locator("video")).to_have_count(0)


def test_a_film_starts_on_a_3g_line_and_runs_without_an_error(visitor: Visitor, server: Server, films: Films) -> None:
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("Network.enable")
    # As Chromium's own "3G" of its developer tools: 1.44 Mbit/s down, 675 kbit/s up, 562.5 ms there and back.
    line = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
    devtools.send("Network.emulateNetworkConditions", line)
    screen = Screen(visitor.open(server.play(films.long)["watch_url"])).start()
    screen.moves(beyond=8, seconds=60)
    assert screen.look().height > 0
    expect(visitor.page.get_by_role("alert")).to_have_count(0)
    expect(screen.player.get_by_text("does not answer")).to_be_hidden()
