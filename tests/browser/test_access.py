"""Library, upload and studio for everyone: by axe, from phone to wall, in the dark, right to left. With pictures."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.axe import violations
from tests.browser.films import Films
from tests.browser.fits import sticking_out
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

SIZES = {
    "360": {"width": 360, "height": 740},
    "820": {"width": 820, "height": 1180},
    "1280": {"width": 1280, "height": 800},
    "3840": {"width": 3840, "height": 2160},
}
LINES = (
    b"WEBVTT\n\n00:00.000 --> 00:01.000\nGood evening.\n\n00:01.000 --> 00:02.500\nIt is late, and the sea is calm.\n"
)


@pytest.fixture(scope="module")
def subject(server: Server, films: Films) -> str:
    """A film with everything the studio can show."""
    asset = films.another("The sea at night, and what the lighthouse keeper saw")
    with server.client() as http:
        http.put(f"/v1/assets/{asset}/captions/en", content=LINES).raise_for_status()
        http.patch(f"/v1/assets/{asset}", json={"tags": ["sea", "night"], "description": "A calm evening."})
    server.play(asset, viewer="Ada")
    return asset


@pytest.fixture(params=["360-light", "360-dark", "1280-light", "1280-dark"])
def looking(request: pytest.FixtureRequest, visit: Callable[..., Visitor], server: Server) -> tuple[Visitor, str]:
    """The owner at a window of some width and colour, and both as a suffix for pictures."""
    width, _, scheme = request.param.partition("-")
    owner = visit(viewport=SIZES[width], color_scheme=scheme, reduced_motion="reduce")
    return owner.sign_in(server.token), request.param


def check(visitor: Visitor, name: str) -> None:
    """Nothing is wider than the window, axe finds nothing, and nothing moves for who asked for less motion."""
    page = visitor.page
    eventually(lambda: page.evaluate("[...document.images].filter(i => i.loading === 'eager').every(i => i.complete)"))
    visitor.shoot(name)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name} is too wide"
    assert sticking_out(page) == [], name
    assert violations(page) == [], name


def refuse_some(page: Page) -> None:
    """Lines of the upload list that stay as they are: a refusal of each kind."""
    letter = "A letter to the keeper about the lamp.pdf"
    files = [
        FilePayload(name="Empty.mp4", mimeType="video/mp4", buffer=b""),
        FilePayload(name=letter, mimeType="application/pdf", buffer=b"%PDF"),
    ]
    page.locator("input[type=file]").first.set_input_files(files)
    expect(page.get_by_text("This file is empty.")).to_be_visible()
    expect(page.get_by_text("a PDF document")).to_be_visible()


def test_the_library_is_accessible(looking: tuple[Visitor, str], films: Films, subject: str) -> None:
    owner, suffix = looking
    assert subject
    assert films.text
    page = owner.open("/")
    expect(page.get_by_role("heading", name="A letter")).to_be_visible()
    refuse_some(page)
    check(owner, f"access-library-{suffix}")


def test_the_list_of_the_studio_and_its_dialogs_are_accessible(
    looking: tuple[Visitor, str], films: Films, subject: str
) -> None:
    owner, suffix = looking
    assert subject
    assert films.text
    page = owner.open("/studio")
    expect(page.get_by_role("link", name="A letter", exact=True)).to_be_visible()
    check(owner, f"studio-{suffix}")
    page.get_by_role("checkbox", name="Choose The sea").check()
    check(owner, f"studio-chosen-{suffix}")
    page.get_by_role("button", name="Tags", exact=True).click()
    check(owner, f"studio-tags-{suffix}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("published version")
    check(owner, f"studio-delete-{suffix}")
    page.keyboard.press("Escape")
    refuse_some(page)
    check(owner, f"studio-uploads-{suffix}")
    page.get_by_role("searchbox").fill("nothing of the kind")
    expect(page.get_by_role("heading", name="Nothing matches.")).to_be_visible()
    check(owner, f"studio-nothing-{suffix}")


def test_the_page_of_an_asset_and_its_editors_are_accessible(looking: tuple[Visitor, str], subject: str) -> None:
    owner, suffix = looking
    page = owner.open(f"/studio/{subject}")
    expect(page.get_by_role("region", name="Versions").get_by_role("table")).to_be_visible()
    check(owner, f"asset-{suffix}")
    for _ in range(2):
        page.get_by_role("button", name="Add a chapter").click()
    page.get_by_role("button", name="Edit the captions in English").click()
    eventually(lambda: page.locator("video").evaluate("video => video.readyState") >= 2)
    check(owner, f"asset-cues-{suffix}")
    page.get_by_role("region", name="Versions").scroll_into_view_if_needed()
    check(owner, f"asset-versions-{suffix}")
    page.get_by_role("button", name="Delete …").scroll_into_view_if_needed()
    check(owner, f"asset-end-{suffix}")


def test_limits_and_failures_are_accessible(looking: tuple[Visitor, str]) -> None:
    owner, suffix = looking
    page = owner.open("/studio/settings")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    check(owner, f"limits-{suffix}")
    owner.allow("404 (Not Found)")
    page = owner.open("/studio/ast_00000000000000000000")
    expect(page.get_by_role("alert")).to_be_visible()
    check(owner, f"studio-missing-{suffix}")


@pytest.mark.parametrize("path", ["/", "/studio", "/studio/settings", "/studio/webhooks", "film"])
def test_pages_hold_right_to_left_on_a_tablet_and_on_a_wall(
    visit: Callable[..., Visitor], server: Server, subject: str, path: str
) -> None:
    name = path.strip("/").replace("/", "-") or "library"
    address = f"/studio/{subject}" if path == "film" else path
    for width in ("820", "3840"):
        reader = visit(viewport=SIZES[width]).sign_in(server.token)
        expect(reader.open(address).get_by_role("heading", level=1)).to_be_visible()
        check(reader, f"{name}-{width}")
    phone = visit(viewport=SIZES["360"]).sign_in(server.token)
    phone.context.add_init_script(
        "document.addEventListener('readystatechange', () => (document.documentElement.dir = 'rtl'))"
    )
    expect(phone.open(address).get_by_role("heading", level=1)).to_be_visible()
    check(phone, f"{name}-360-rtl")


def test_a_film_is_found_and_retitled_by_the_keyboard_alone(owner: Visitor, server: Server, subject: str) -> None:
    page = owner.open("/studio?q=lighthouse")
    expect(page.get_by_role("link", name="The sea")).to_be_visible()
    focused = "document.activeElement?.textContent || document.activeElement?.getAttribute('aria-label') || ''"
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(focused).startswith("The sea"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/studio/{subject}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.id") == "asset-description":
            break
    page.keyboard.type("By keyboard: ")
    page.get_by_role("button", name="Save details")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.type") == "submit":
            break
    page.keyboard.press("Enter")
    eventually(lambda: "By keyboard: " in server.asset(subject)["description"])
