"""Webhooks in the studio: an address is added, tried, looked at, given a new secret and removed by a publisher."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import violations
from tests.browser.visitor import Visitor
from tests.receiver import Receiver, receiving
from tests.system.server import Server


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with receiving() as found:
        yield found


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Server]:
    """A server that may tell loopback; it works on no film."""
    assert chromium.is_connected()
    settings = {"MATINEE_WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8", "MATINEE_WORKERS": "0"}
    running = Server(tmp_path_factory.mktemp("telling") / "data", **settings).start()
    yield running
    running.stop()


@pytest.mark.parametrize("width", [1280, 360])
def test_an_address_is_added_tried_given_a_new_secret_and_removed(
    visit: Callable[..., Visitor], telling: Server, receiver: Receiver, width: int
) -> None:
    owner = visit(
        telling.url, viewport={"width": width, "height": 900}, color_scheme="dark" if width == 360 else "light"
    )
    page = owner.sign_in(telling.token).open("/studio/webhooks")
    page.get_by_role("button", name="Add an address").click()
    page.get_by_role("textbox", name="Address").fill("http://192.0.2.1/x")
    page.get_by_role("button", name="Add", exact=True).click()
    owner.allow("422 (Unprocessable")
    expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    page.get_by_role("textbox", name="Address").fill(receiver.url)
    page.get_by_label("Name, for this list").fill("The shop")
    page.get_by_label("Somebody was let in").uncheck()
    owner.shoot(f"webhook-add-{width}")
    assert violations(page) == []
    page.get_by_role("button", name="Add", exact=True).click()
    secret = page.get_by_role("textbox", name="Secret")
    expect(secret).to_have_value(re.compile("whsec_.{20,}"))
    first = secret.input_value()
    owner.shoot(f"webhook-secret-{width}")
    page.get_by_role("button", name="It is kept").click()
    shop = page.get_by_role("region", name="The shop")
    expect(shop).to_contain_text("All qualities are there")
    expect(shop).not_to_contain_text("Somebody was let in")
    shop.get_by_role("button", name="Send a test: The shop").click()
    deliveries = shop.get_by_role("list", name="Deliveries").get_by_role("listitem")
    expect(deliveries.first).to_contain_text("webhook.test")
    expect(deliveries.first).to_contain_text("it answered 204")
    shop.get_by_role("button", name="Send again: webhook.test").click()
    expect(page.get_by_text("1 event is sent again.")).to_be_visible()
    receiver.until(lambda: receiver.came[-1].id in [message.id for message in receiver.came[:-1]])
    owner.shoot(f"webhooks-{width}")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert violations(page) == []
    shop.get_by_role("button", name="New secret: The shop").click()
    page.get_by_role("dialog").get_by_role("button", name="New secret").click()
    expect(secret).to_be_visible()
    assert secret.input_value() != first
    page.get_by_role("button", name="It is kept").click()
    expect(shop).to_contain_text("The one before signs too, until")
    shop.get_by_role("button", name="Turn off: The shop").click()
    expect(shop.get_by_role("button", name="Turn on: The shop")).to_be_visible()
    shop.get_by_role("button", name="Remove: The shop").click()
    owner.allow("404 (Not Found)")  # the log of tries may be asked for just as the address goes
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Nobody is told of anything yet.")).to_be_visible()


def test_a_dead_address_says_why(visit: Callable[..., Visitor], telling: Server) -> None:
    with telling.client() as api:
        made = api.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/x", "description": "Nobody"}).json()
    page = visit(telling.url).sign_in(telling.token).open("/studio/webhooks")
    nobody = page.get_by_role("region", name="Nobody")
    nobody.get_by_role("button", name="Send a test: Nobody").click()
    expect(nobody).to_contain_text("nobody took the connection")
    with telling.client() as api:
        api.delete(f"/v1/webhooks/{made['id']}")
