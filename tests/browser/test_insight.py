"""The watch page tells what was watched, and a film plays on though nobody listens."""

from typing import Any

from tests.browser.films import SHORT_SECONDS, Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually


def told(server: Server, asset_id: str) -> dict[str, Any]:
    """What insight says of the film."""
    with server.client() as api:
        report: dict[str, Any] = api.get(f"/v1/assets/{asset_id}/insight").json()
        return report


def test_a_view_is_told_from_its_first_picture_to_its_end(visitor: Visitor, server: Server, films: Films) -> None:
    before = told(server, films.short)
    screen = Screen(visitor.open(server.play(films.short, viewer="Grace")["watch_url"])).start()
    eventually(lambda: screen.look().endings == 1, seconds=SHORT_SECONDS + 15)
    eventually(lambda: told(server, films.short)["watch_seconds"] >= before["watch_seconds"] + SHORT_SECONDS - 1)
    after = told(server, films.short)
    assert after["views"] == before["views"] + 1
    assert after["startup_ms_p50"] is not None
    assert sum(after["retention"]) >= 95
    assert set(after["renditions"]) - {"source", "360p", "480p", "720p", "1080p"} == set()


def test_a_film_plays_though_its_beacons_are_refused(visitor: Visitor, server: Server, films: Films) -> None:
    visitor.allow("/v1/beacons", "ERR_FAILED")
    visitor.context.route("**/v1/beacons", lambda route: route.abort())
    screen = Screen(visitor.open(server.play(films.short)["watch_url"])).start()
    eventually(lambda: screen.look().endings == 1, seconds=SHORT_SECONDS + 15)
    assert screen.look().stalls == 0
