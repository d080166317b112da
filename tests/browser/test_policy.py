"""What the pages may do at all, and that the suite would notice if they did more."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.films import Films
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

EVIL = """'"><img src=x onerror="window.ran = 1"><script>window.ran = 1</script>"""
CAPTIONS = (
    "WEBVTT\n\nSTYLE\n::cue(b) { background-image: url('http://127.0.0.1:9/spy.png') }\n\n"
    f"00:00.000 --> 00:03.000\n{EVIL}<c.x onclick=window.ran=1>click</c><v {EVIL}>\n"
    "<b onmouseover='window.ran = 1'>words</b> <a href='javascript:window.ran = 1'>here</a>\n"
)
PAGES = ["/", "/signin", "/docs", "/studio", "/watch/ast_00000000000000000000", "/s/SHARED", "/embed/SHARED"]


@pytest.fixture(scope="session")
def shared(server: Server, films: Films) -> str:
    """A link whose pages show what they can: title and picture beforehand, and one site that may frame the player."""
    asset = films.another("Shown elsewhere")
    with server.client() as http:
        http.patch(f"/v1/assets/{asset}", json={"public_preview": True}).raise_for_status()
        wish = {"sites": ["https://blog.example.org"]}
        return str(http.post(f"/v1/assets/{asset}/shares", json=wish).raise_for_status().json()["id"])


@pytest.mark.parametrize("path", PAGES)
def test_no_page_may_run_or_fetch_what_is_not_its_own(owner: Visitor, shared: str, path: str) -> None:
    owner.allow("404 (Not Found)")
    answer = owner.page.goto(owner.site + path.replace("SHARED", shared))
    assert answer is not None
    assert answer.status == 200
    policy = answer.header_value("content-security-policy") or ""
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    told = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert told["require-trusted-types-for"] == "'script'"
    assert told["frame-ancestors"] == ("https://blog.example.org" if path.startswith("/embed") else "'self'")
    assert answer.header_value("referrer-policy") == "no-referrer"
    assert answer.header_value("x-content-type-options") == "nosniff"
    text = answer.text()
    assert re.findall(r"<script(?![^>]* src=)|<style|<[^>]*\s(?:on\w+|style)=|javascript:|<base\b", text) == []


@pytest.mark.parametrize("path", PAGES)
def test_on_no_page_does_text_become_markup_or_a_script(owner: Visitor, shared: str, path: str) -> None:
    owner.allow("404 (Not Found)", "This document requires", "require-trusted-types-for", "trusted-types")
    page = owner.open(path.replace("SHARED", shared))
    deeds = {
        "markup": "document.body.innerHTML = '<b>bold</b>'",
        "a script's text": "document.createElement('script').text = 'window.ran = 1'",
        "a script's address": "document.createElement('script').src = '/static/any.js'",
        "a policy of its own": "trustedTypes.createPolicy('other', { createHTML: (text) => text })",
    }
    for name, deed in deeds.items():
        kind = page.evaluate(f"() => {{ try {{ {deed}; return 'done'; }} catch (error) {{ return error.name; }} }}")
        assert kind == "TypeError", name
    assert page.evaluate("window.ran === undefined")


@pytest.mark.parametrize(
    ("deed", "directive"),
    [
        ("import('http://127.0.0.1:9/evil.js').catch(() => null)", "script-src"),
        ("try { document.body.innerHTML = '<b>bold</b>' } catch {}", "require-trusted-types-for"),
        ("try { new Worker('/static/any.js') } catch {}", "require-trusted-types-for"),
        ("try { trustedTypes.createPolicy('other', {}) } catch {}", "trusted-types"),
        ("document.body.append(Object.assign(document.createElement('style'), {textContent: '* {}'}))", "style-src"),
        ("fetch('http://127.0.0.1:9/').catch(() => null)", "connect-src"),
        ("new Image().src = 'http://127.0.0.1:9/picture.png'", "img-src"),
    ],
)
def test_what_a_page_is_made_to_do_against_the_policy_is_refused_and_noticed(
    visitor: Visitor, deed: str, directive: str
) -> None:
    page = visitor.open("/signin")
    assert visitor.faults == []
    page.evaluate(f"() => {{ {deed}; }}")
    eventually(lambda: page.evaluate("1") == 1 and any(directive in fault for fault in visitor.faults))
    assert page.evaluate("window.ran === undefined")
    visitor.allow("policy", "Content Security Policy", "request to another place", "This document requires")


def test_the_suite_notices_what_a_page_says_on_its_console(visitor: Visitor) -> None:
    page = visitor.open("/signin")
    page.evaluate("() => { console.error('something broke'); setTimeout(() => { throw new Error('so did this') }) }")
    eventually(lambda: page.evaluate("1") == 1 and len(visitor.faults) == 2)
    visitor.allow("something broke", "so did this")


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_names_in_its_head_is_what_was_built(owner: Visitor, shared: str, path: str) -> None:
    """Each script and style has its sum, and one that was changed on the way is not run."""
    page, path = owner.page, path.replace("SHARED", shared)
    answer = owner.context.request.get(owner.site + path)
    named = re.findall(r'<(?:script|link)\b[^>]*"(/static/[^"]+)"[^>]*>', answer.text())
    summed = re.findall(r'<(?:script|link)\b[^>]*"(/static/[^"]+)"[^>]* integrity="sha384-[^"]{64}">', answer.text())
    assert len(named) > 2
    assert summed == named
    script = next(each for each in named if each.endswith(".js"))
    body = owner.context.request.get(owner.site + script).text() + "window.ran = 1;"
    page.route(f"**{script}", lambda route: route.fulfill(body=body, content_type="text/javascript"))
    owner.allow("integrity", "404 (Not Found)")
    page.goto(owner.site + path)
    eventually(lambda: page.evaluate("1") == 1 and any("integrity" in fault for fault in owner.seen))
    assert page.evaluate("window.ran === undefined")


def test_a_browser_is_sent_every_script_and_style_compressed(visitor: Visitor, server: Server, films: Films) -> None:
    """And runs it: the sums of the test above are those of the text itself."""
    page = visitor.open(server.play(films.short)["watch_url"])
    sizes = "each.name, each.encodedBodySize, each.decodedBodySize"
    listed = f"performance.getEntriesByType('resource').map((each) => [{sizes}])"

    def loaded() -> dict[str, float]:
        """What share of its bytes each came as; those that fit one packet come as they are."""
        return {name: sent / size for name, sent, size in page.evaluate(listed) if "/static/" in name and size >= 1000}

    eventually(lambda: any("hls-stream" in name for name in loaded()))
    shares = loaded()
    assert {Path(name).suffix for name in shares} == {".js", ".css"}
    assert {name: share for name, share in shares.items() if not 0.1 < share < 0.7} == {}


def test_what_publishers_and_viewers_write_stays_text_on_every_page(
    owner: Visitor, visit: Visit, server: Server, films: Films
) -> None:
    asset = films.another(EVIL)
    told = {"description": f"{EVIL} javascript:window.ran=1", "tags": [EVIL[:40]], "public_preview": True}
    with server.client() as http:
        http.patch(f"/v1/assets/{asset}", json=told).raise_for_status()
        http.patch(f"/v1/assets/{asset}", json={"chapters": [{"start_seconds": 0, "title": EVIL}]}).raise_for_status()
        http.put(f"/v1/assets/{asset}/captions/en", content=CAPTIONS.encode()).raise_for_status()
        wish = {"label": EVIL, "sites": ["https://blog.example.org"]}
        share = http.post(f"/v1/assets/{asset}/shares", json=wish).raise_for_status().json()["id"]
    watch = server.play(asset, viewer=EVIL)["watch_url"]
    for path in ("/", "/studio", f"/studio/{asset}"):
        page = owner.open(path)
        expect(page.get_by_text(EVIL).first).to_be_attached()
        unharmed(page)
    viewer = visit()
    page = viewer.open(watch)
    expect(page.get_by_role("heading", name=EVIL)).to_be_visible()
    page.evaluate("document.querySelector('video').play()")
    page.keyboard.press("c")
    eventually(lambda: page.evaluate("document.querySelector('video').currentTime") > 1)
    unharmed(page)
    head = viewer.open(f"/s/{share}").evaluate("document.querySelector('meta[property=\"og:title\"]').content")
    assert head == EVIL
    unharmed(viewer.page)
    with server.client() as http:
        http.delete(f"/v1/assets/{asset}").raise_for_status()


def unharmed(page: Page) -> None:
    """Nothing of what was written has become an element, or has run."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran === undefined")
    assert page.locator("img[src='x'], [onerror], [onclick], [onmouseover], a[href^='javascript:']").count() == 0


@pytest.mark.parametrize("path", ["/libary", "/studio/x/y", "/static/nothing.js"])
def test_where_nothing_is_a_person_is_told_so_and_shown_the_way(owner: Visitor, path: str) -> None:
    owner.allow("404 (Not Found)")
    answer = owner.page.goto(owner.site + path)
    assert answer is not None
    assert answer.status == 404
    assert "unsafe" not in (answer.header_value("content-security-policy") or "unsafe")
    expect(owner.page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
    owner.shoot("nothing-here")
    assert violations(owner.page) == []
    owner.page.get_by_role("link", name="To the library").click()
    owner.page.wait_for_url(f"{owner.site}/")
