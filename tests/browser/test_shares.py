"""Share links as people meet them: their page, their password, their views, and the player on somebody else's site."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from tests.browser.axe import violations
from tests.browser.conftest import ARGUMENTS
from tests.browser.films import Films
from tests.browser.fits import sticking_out
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FRAME = '<iframe src="{}" width="640" height="360" allow="autoplay; fullscreen"></iframe>'


def share(server: Server, asset: str, **wish: Any) -> dict[str, Any]:
    """A share link, as the publisher makes one."""
    with server.client() as http:
        made: dict[str, Any] = http.post(f"/v1/assets/{asset}/shares", json=wish).raise_for_status().json()
    return made


def check(visitor: Visitor, name: str) -> None:
    """A picture, and then: nothing is wider than the window, and axe finds nothing."""
    visitor.shoot(name)
    assert visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    assert sticking_out(visitor.page) == [], name
    assert violations(visitor.page) == [], name


class OtherSite:
    """A page of somebody else: another site to a browser, whose rules go by the host's name."""

    def __init__(self) -> None:
        self.html = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site.html.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def other_site() -> Iterator[OtherSite]:
    """Somebody's blog."""
    running = OtherSite()
    yield running
    running.stop()


@pytest.fixture
def guarded(chromium: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser whose owner has blocked third-party cookies."""
    profile = tmp_path / "profile" / "Default"
    profile.mkdir(parents=True)
    (profile / "Preferences").write_text(json.dumps({"profile": {"cookie_controls_mode": 1}}))
    kind = chromium.browser_type
    context = kind.launch_persistent_context(
        profile.parent, executable_path=CHROMIUM, args=ARGUMENTS, viewport={"width": 800, "height": 600}
    )
    yield context
    context.close()


def test_a_link_with_a_password_and_one_view_plays_once_and_a_reload_is_no_second_view(
    visit: Callable[..., Visitor], server: Server, films: Films
) -> None:
    visitor, late = visit(), visit()
    visitor.allow("401 (Unauthorized)")
    late.allow("410 (Gone)")
    link = share(server, films.short, password="open sesame", view_limit=1)
    page = visitor.open(link["url"])
    expect(page.get_by_role("heading", name="This film has a password")).to_be_visible()
    expect(page.get_by_text("This link opens once more.")).to_be_visible()
    assert "A short evening" not in page.content()
    page.get_by_label("Password").fill("open barley")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That is not the password")).to_be_visible()
    page.get_by_label("Password").fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="A short evening")).to_be_visible()
    eventually(lambda: page.evaluate("document.querySelector('video').currentTime > 0.5"))
    page.reload()
    expect(page.get_by_role("heading", name="A short evening")).to_be_visible()
    late.open(link["url"])
    expect(late.page.get_by_role("heading", name="This link is used up")).to_be_visible()


def test_a_pasted_link_shows_title_and_picture_only_of_what_is_marked(
    visitor: Visitor, server: Server, films: Films
) -> None:
    asset = films.another("A marked film")
    link = share(server, asset, sites=["https://blog.example.org"])
    with server.anyone() as http, server.client() as owner:
        plain = http.get(link["url"]).text
        assert "A marked film" not in plain
        assert "og:" not in plain
        assert http.get("/oembed", params={"url": link["url"]}).status_code == 401
        assert http.get(f"/v1/shares/{link['id']}/poster").status_code == 401
        owner.patch(f"/v1/assets/{asset}", json={"public_preview": True}).raise_for_status()
        shown = http.get(link["url"]).text
        assert '<meta property="og:title" content="A marked film">' in shown
        found = http.get("/oembed", params={"url": link["url"], "maxwidth": 320}).raise_for_status().json()
        assert (found["type"], found["title"], found["width"]) == ("video", "A marked film", 320)
        assert f'src="{link["embed_url"]}"' in found["html"]
        assert "/t/" not in shown + found["html"] + found["thumbnail_url"]
        assert http.get(found["thumbnail_url"]).content[:3] == b"\xff\xd8\xff"
    page = visitor.open(link["url"])
    expect(page.get_by_role("heading", name="A marked film")).to_be_visible()


def test_a_film_plays_on_another_site_whose_viewer_blocks_third_party_cookies_past_its_tokens_end(
    guarded: BrowserContext, other_site: OtherSite, server: Server, films: Films
) -> None:
    link = share(server, films.long, sites=[other_site.url])
    other_site.html = FRAME.format(link["embed_url"])

    def briefly(route: Route) -> None:
        route.continue_(post_data=json.dumps({"ttl_seconds": 3}))

    guarded.route("**/open", briefly)
    segments: list[str] = []
    guarded.on("request", lambda request: segments.append(request.url) if request.url.endswith(".m4s") else None)
    page = guarded.new_page()
    page.goto(other_site.url)
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Play", exact=True).first.click()
    inside = page.frames[1]
    cookie = "document.cookie = 'tracker=1; SameSite=None; Secure'; document.cookie"
    assert inside.evaluate(cookie) == "", "this browser keeps third-party cookies: the test tests nothing"
    eventually(lambda: inside.evaluate("document.querySelector('video').currentTime > 9"), seconds=60)
    assert len({url.split("/t/")[1].split("/")[0] for url in segments}) >= 2
    assert guarded.cookies(server.url) == []


def test_a_site_that_is_not_listed_cannot_show_a_film(
    visit: Callable[..., Visitor], other_site: OtherSite, server: Server, films: Films
) -> None:
    elsewhere = visit(site=other_site.url)
    elsewhere.allow("frame-ancestors", "request to another place", "chrome-error")
    for sites in ([], ["https://blog.example.org"]):
        link = share(server, films.short, sites=sites)
        other_site.html = FRAME.format(f"{server.url}/embed/{link['id']}")
        page = elsewhere.open("/")
        eventually(lambda: any("frame-ancestors" in fault for fault in elsewhere.seen))
        expect(page.frame_locator("iframe").locator("#app")).to_have_count(0)
        elsewhere.seen.clear()
        with server.client() as http:
            http.delete(f"/v1/shares/{link['id']}").raise_for_status()


def test_the_publisher_makes_copies_and_revokes_links_in_the_share_dialog(
    owner: Visitor, visit: Callable[..., Visitor], server: Server, films: Films
) -> None:
    assert films.short
    page = owner.open("/")
    page.get_by_role("button", name="More actions for A short evening").click()
    page.get_by_role("menuitem", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("tab", name="Share links").click()
    dialog.get_by_label("Name, for this list").fill("For the choir")
    dialog.get_by_label("Views").fill("5")
    dialog.get_by_role("button", name="Make share link").click()
    row = dialog.get_by_role("listitem").filter(has_text="For the choir")
    expect(row.get_by_text("0 of 5 views")).to_be_visible()
    guest = visit()
    guest.allow("410 (Gone)")
    guest.open(row.get_by_label("Share link").input_value())
    guest.page.get_by_role("button", name="Watch").click()
    expect(guest.page.get_by_role("heading", name="A short evening")).to_be_visible()
    row.get_by_role("button", name="Revoke For the choir").click()
    expect(row).to_have_count(0)
    guest.page.reload()
    expect(guest.page.get_by_role("heading", name="This link was revoked")).to_be_visible()
    dialog.get_by_role("tab", name="Embed").click()
    dialog.get_by_label("Sites").fill("choir.example.org")
    dialog.get_by_role("button", name="Make embed code").click()
    code = dialog.get_by_label("Embed code").input_value()
    assert code.startswith(f'<iframe src="{server.url}/embed/shr_')
    dialog.get_by_role("button", name="Revoke choir.example.org").click()
    expect(dialog.get_by_role("button", name="Revoke choir.example.org")).to_have_count(0)


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)], ids=["phone", "desk"])
def test_what_share_links_show_fits_is_accessible_and_has_pictures_for_people(
    visit: Callable[..., Visitor], server: Server, films: Films, size: tuple[int, int]
) -> None:
    owner = visit(viewport={"width": size[0], "height": size[1]}).sign_in(server.token)
    made = [share(server, films.portrait, label="For the choir", view_limit=5, password="open sesame")]
    made.append(share(server, films.portrait, sites=["https://blog.example.org", "https://*.example.net"]))
    page = owner.open("/")
    page.get_by_role("button", name="More actions for Upright").click()
    page.get_by_role("menuitem", name="Share").click()
    for tab in ("Share links", "Embed"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("dialog").get_by_role("listitem").first).to_be_visible()
        check(owner, f"share-{tab.split()[0].lower()}-{size[0]}")
    owner.open(made[0]["url"])
    expect(page.get_by_label("Password")).to_be_visible()
    check(owner, f"share-door-{size[0]}")
    owner.open(made[1]["embed_url"])
    expect(page.get_by_role("group", name="Player controls")).to_be_visible()
    check(owner, f"share-embed-film-{size[0]}")
    with server.client() as http:
        for one in made:
            http.delete(f"/v1/shares/{one['id']}").raise_for_status()
