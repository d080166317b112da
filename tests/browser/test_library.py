"""The library in a real browser: what a publisher sees and does."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.films import Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.clips import make_clip
from tests.system.server import Server, eventually

READY_MS = 60_000  # an ingest, on a machine that does other things as well


@pytest.fixture
def empty_library(visit: Callable[..., Visitor], tmp_path: Path) -> Iterator[Page]:
    """A signed-in browser at a server without films."""
    server = Server(tmp_path / "empty").start()
    page = visit(site=server.url).open(f"/signin?token={server.token}")
    yield page
    page.close()
    server.stop()


def card(page: Page, title: str) -> Locator:
    """The card of one film."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title, exact=True))


def act(page: Page, title: str, action: str) -> None:
    """Take an action from the menu of a card."""
    page.get_by_role("button", name=f"More actions for {title}").click()
    page.get_by_role("menuitem", name=action, exact=True).click()


def test_a_film_stands_in_the_library_with_its_poster_and_length(owner: Visitor, films: Films) -> None:
    assert films.short
    short = card(owner.open("/"), "A short evening")
    expect(short).to_contain_text("Ready")
    expect(short).to_contain_text("0:08")
    expect(short).to_contain_text("480p")
    picture = short.locator("img")
    eventually(lambda: picture.evaluate("image => image.complete && image.naturalWidth") > 0)


def test_a_card_leads_to_the_film(owner: Visitor, films: Films) -> None:
    assert films.short
    page = owner.open("/")
    page.get_by_role("link", name="Watch A short evening").click()
    Screen(page).start()


def test_search_finds_by_title_and_says_when_nothing_matches(owner: Visitor, films: Films) -> None:
    assert films.long
    page = owner.open("/")
    page.get_by_role("searchbox", name="Search titles").fill("long eve")
    expect(page.get_by_role("heading", name="A long evening")).to_be_visible()
    expect(page.get_by_role("heading", name="A short evening")).to_have_count(0)
    page.get_by_role("searchbox", name="Search titles").fill("no such film")
    expect(page.get_by_role("heading", name="Nothing matches.")).to_be_visible()
    page.get_by_role("button", name="Clear search").click()
    expect(page.get_by_role("heading", name="A short evening")).to_be_visible()


def test_a_search_survives_a_reload(owner: Visitor, films: Films) -> None:
    assert films.long
    page = owner.open("/")
    expect(page.get_by_role("heading", name="A short evening")).to_be_visible()
    page.get_by_role("searchbox", name="Search titles").fill("long eve")
    expect(page.get_by_role("heading", name="A short evening")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="A long evening")).to_be_visible()
    expect(page.get_by_role("heading", name="A short evening")).to_have_count(0)


def test_the_status_filter_shows_only_what_failed(owner: Visitor, films: Films) -> None:
    assert films.text
    page = owner.open("/")
    page.get_by_role("combobox", name="Status").select_option("Failed")
    expect(card(page, "A letter")).to_be_visible()
    expect(page.get_by_role("heading", name="A short evening")).to_have_count(0)


def test_an_empty_library_tells_three_ways_to_add_a_film(empty_library: Page) -> None:
    expect(empty_library.get_by_role("heading", name="No films yet")).to_be_visible()
    for way in ("Drop a file on this page", "matinee upload FILE", "inbox"):
        expect(empty_library.get_by_text(way).first).to_be_visible()


def test_a_chosen_file_is_uploaded_and_becomes_ready_while_one_watches(owner: Visitor, films: Films) -> None:
    file = films.clips["portrait"].read_bytes()
    owner.context.add_init_script("delete globalThis.showOpenFilePicker")  # Playwright cannot answer it
    page = owner.open("/")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": len(file) / 3}
    owner.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload", exact=True).click()
    chooser.value.set_files({"name": "Chosen.mp4", "mimeType": "video/mp4", "buffer": file})
    bar = page.get_by_role("progressbar", name="Chosen.mp4")
    eventually(lambda: 0 < bar.evaluate("bar => bar.value") < len(file))
    # A look may miss what lasts a moment: a small film is soon more than uploaded.
    expect(page.get_by_role("region", name="Uploads")).to_contain_text(re.compile("Uploaded|Can be watched|Ready"))
    expect(card(page, "Chosen").get_by_text("Ready", exact=True)).to_be_visible(timeout=READY_MS)
    eventually(lambda: card(page, "Chosen").locator("img").count() == 1)


def test_a_dropped_file_is_uploaded(owner: Visitor) -> None:
    page = owner.open("/")
    dropped = page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["not a film"], "Dropped.mp4", { type: "video/mp4" }));
          return data;
        }"""
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": dropped})
    expect(page.get_by_text("Drop to upload")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": dropped})
    expect(page.get_by_text("Drop to upload")).to_be_hidden()
    expect(card(page, "Dropped")).to_be_visible()


def test_an_empty_file_is_refused_in_words(owner: Visitor) -> None:
    page = owner.open("/")
    picker = page.locator("input[type=file]")
    picker.set_input_files({"name": "Nothing.mp4", "mimeType": "video/mp4", "buffer": b""})
    expect(page.get_by_text("This file is empty.")).to_be_visible()


def test_a_film_is_renamed(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("Working title")
    page = owner.open("/")
    act(page, "Working title", "Rename")
    dialog = page.get_by_role("dialog", name="Rename")
    dialog.get_by_label("Title").fill("The <b>final</b> title")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("heading", name="The <b>final</b> title")).to_be_visible()
    assert server.asset(asset)["title"] == "The <b>final</b> title"


def test_a_title_changed_by_somebody_else_is_not_overwritten(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("First of three")
    page = owner.open("/")
    act(page, "First of three", "Rename")
    with server.client() as http:
        http.patch(f"/v1/assets/{asset}", json={"title": "Second of three"}).raise_for_status()
    dialog = page.get_by_role("dialog", name="Rename")
    dialog.get_by_label("Title").fill("Third of three")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Somebody changed this title")
    expect(dialog.get_by_label("Title")).to_have_value("Second of three")
    assert server.asset(asset)["title"] == "Second of three"


def test_a_shared_link_plays_for_somebody_else_until_it_is_revoked(
    owner: Visitor, visitor: Visitor, films: Films
) -> None:
    assert films.long
    owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = owner.open("/")
    act(page, "A long evening", "Share")
    dialog = page.get_by_role("dialog", name=re.compile("Share"))
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == dialog.get_by_label("Watch link").input_value()

    Screen(visitor.open(link)).start()
    assert visitor.context.cookies() == []

    dialog.get_by_role("button", name="Revoke this link").click()
    expect(dialog.get_by_text("This link is revoked.")).to_be_visible()
    visitor.allow("410 (Gone)")
    expect(visitor.page.get_by_role("heading", name="This link was revoked")).to_be_visible()


def test_deleting_asks_first_and_cancel_keeps_the_film(owner: Visitor, server: Server, films: Films) -> None:
    assert films.short
    page = owner.open("/")
    act(page, "A short evening", "Delete")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert server.asset(films.short)["status"] == "ready"


def test_a_confirmed_deletion_takes_the_film_away(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("To be deleted")
    page = owner.open("/")
    act(page, "To be deleted", "Delete")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("every watch link ever made for it")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="To be deleted", exact=True)).to_have_count(0)
    with server.client() as http:
        assert http.get(f"/v1/assets/{asset}").status_code == 410


def test_a_failed_file_says_why_and_can_be_tried_again(owner: Visitor, server: Server, films: Films) -> None:
    sentence = server.asset(films.text)["error"]["message"]
    page = owner.open("/")
    letter = card(page, "A letter")
    expect(letter).to_contain_text(sentence)
    letter.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It is being processed again.")).to_be_visible()
    expect(letter).to_contain_text(sentence, timeout=READY_MS)
    assert server.settled(films.text)["status"] == "failed"


def test_processing_is_paused_resumed_and_cancelled_from_the_menu(
    owner: Visitor, server: Server, films: Films, tmp_path: Path
) -> None:
    assert films.short
    server.upload(make_clip(tmp_path / "Slow.mp4", seconds=240, size="640x480", rate="10"), title="Slow")
    page = owner.open("/")
    expect(card(page, "Slow").get_by_role("progressbar")).to_be_visible(timeout=READY_MS)
    act(page, "Slow", "Pause processing")
    expect(card(page, "Slow").get_by_text("Paused", exact=True)).to_be_visible()
    act(page, "Slow", "Resume processing")
    expect(card(page, "Slow").get_by_text("Paused", exact=True)).to_have_count(0)
    expect(card(page, "Slow")).to_contain_text(re.compile(r"[1-9][0-9]?% · [0-9:]+ left"), timeout=READY_MS)
    act(page, "Slow", "Cancel processing")
    expect(card(page, "Slow")).to_contain_text("Processing was cancelled")


def test_who_may_only_watch_is_offered_nothing_else(owner: Visitor, films: Films) -> None:
    assert films.short
    assert films.text
    page = owner.sign_in_elsewhere("openid matinee/assets:read matinee/playback:issue").open("/")
    expect(card(page, "A short evening").get_by_role("link", name="Watch A short evening")).to_be_visible()
    expect(card(page, "A letter").get_by_text("not a video or audio file")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    for name in ("Upload", "Try again", "More actions"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="Studio")).to_have_count(0)
    expect(page.locator(".drop-zone")).to_have_count(0)


@pytest.mark.parametrize("view", ["", "/insight", "/settings"])
def test_who_may_only_watch_finds_no_studio_at_its_address(owner: Visitor, view: str) -> None:
    page = owner.sign_in_elsewhere("openid matinee/assets:read matinee/playback:issue").open(f"/studio{view}")
    expect(page.get_by_role("alert")).to_contain_text("The studio is for publishers")
    expect(page.locator("main").get_by_role("button")).to_have_count(0)
    owner.shoot(f"studio-of-a-viewer{view.replace('/', '-')}")
    page.get_by_role("alert").get_by_role("link", name="Library").click()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
