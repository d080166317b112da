"""What the pages may do at all, and that the suite would notice if they did more."""

import re

import pytest

from tests.browser.visitor import Visitor
from tests.system.server import eventually


@pytest.mark.parametrize("path", ["/", "/signin", "/docs", "/watch/ast_00000000000000000000"])
def test_no_page_may_run_or_fetch_what_is_not_its_own(owner: Visitor, path: str) -> None:
    owner.allow("404 (Not Found)")
    answer = owner.page.goto(owner.site + path)
    assert answer is not None
    policy = answer.header_value("content-security-policy") or ""
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert answer.header_value("referrer-policy") == "no-referrer"


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


@pytest.mark.parametrize("path", ["/", "/signin", "/docs", "/studio", "/watch/ast_00000000000000000000"])
def test_what_a_page_names_in_its_head_is_what_was_built(owner: Visitor, path: str) -> None:
    """Each script and style has its sum, and one that was changed on the way is not run."""
    page = owner.page
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
    eventually(lambda: any("integrity" in fault for fault in owner.seen))
    assert page.evaluate("window.ran === undefined")
