"""The studio in a real browser: find, choose, edit, caption and delete, as a publisher does."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.films import Films
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

READY_MS = 60_000
LINES = "WEBVTT\n\nNOTE kept\n\n1\n00:00.500 --> 00:01.000 align:start\nFirst\n\n00:01.000 --> 00:02.000\nSecond\n"


def line(page: Page, title: str) -> Locator:
    """The row of one asset."""
    return page.locator(".asset-row").filter(has=page.get_by_role("link", name=title, exact=True))


def tagged(server: Server, asset: str, *tags: str) -> str:
    """The asset, with these tags."""
    with server.client() as http:
        http.patch(f"/v1/assets/{asset}", json={"tags": list(tags)}).raise_for_status()
    return asset


@pytest.fixture
def mine(films: Films, server: Server) -> tuple[str, str]:
    """Two films of this test alone, with a tag of their own."""
    first, second = (films.another(f"Reel {number}") for number in (1, 2))
    return tagged(server, first, "reels"), tagged(server, second, "reels", "late")


def drop(server: Server, *assets: str, page: Page | None = None) -> None:
    """The next test finds none of them; a page that still asks about them is left first."""
    if page is not None:
        page.goto("about:blank")
    with server.client() as http:
        for asset in assets:
            http.delete(f"/v1/assets/{asset}")


def test_assets_are_found_by_tag_kind_and_order_and_the_address_remembers(
    owner: Visitor, server: Server, films: Films, mine: tuple[str, str]
) -> None:
    assert films.sound
    page = owner.open("/studio")
    page.get_by_role("combobox", name="Tag").fill("reels")
    titles = page.locator(".row-title")
    expect(titles).to_have_text(["Reel 2", "Reel 1"])
    page.get_by_role("combobox", name="Order").select_option("Oldest first")
    expect(titles).to_have_text(["Reel 1", "Reel 2"])
    page.reload()
    expect(titles).to_have_text(["Reel 1", "Reel 2"])
    page.get_by_role("combobox", name="Order").select_option("By title")
    expect(titles).to_have_text(["Reel 1", "Reel 2"])
    page.get_by_role("combobox", name="Tag").fill("")
    page.get_by_role("combobox", name="Kind").select_option("Sound")
    expect(titles).to_have_text(["Only sound"])
    drop(server, *mine, page=page)


def test_several_are_tagged_and_deleted_at_once_with_what_goes_counted(
    owner: Visitor, server: Server, mine: tuple[str, str]
) -> None:
    page = owner.open("/studio?tag=reels")
    for title in ("Reel 1", "Reel 2"):
        page.get_by_role("checkbox", name=f"Choose {title}").check()
    page.get_by_role("button", name="Tags", exact=True).click()
    page.get_by_label("Add this tag").fill("winter")
    page.get_by_label("Take this tag away").select_option("late")
    page.get_by_role("button", name="Save", exact=True).click()
    eventually(lambda: all(set(server.asset(asset)["tags"]) == {"reels", "winter"} for asset in mine))
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Make 2 links").click()
    expect(page.get_by_role("textbox", name="Share link Reel 1")).to_have_value(re.compile("/s/"))
    expect(page.get_by_role("dialog").get_by_text("Done")).to_have_count(2)
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Previews").select_option("Show title and poster where links are pasted")
    expect(page.get_by_text("Previews of 2 titles changed.")).to_be_visible()
    assert all(server.asset(asset)["public_preview"] for asset in mine)
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete 2 titles?")
    with server.client() as http:
        told = [http.get(f"/v1/assets/{asset}/deletion").json() for asset in mine]
    expect(dialog).to_contain_text(f"{sum(each['objects'] for each in told)} files")
    expect(dialog).to_contain_text("Nobody can watch now")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("2 titles are deleted.")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing matches.")).to_be_visible()


def test_what_fails_for_some_of_several_is_named(owner: Visitor, server: Server, mine: tuple[str, str]) -> None:
    owner.allow("503 (Service Unavailable)")
    page = owner.open("/studio?tag=reels")
    expect(line(page, "Reel 2")).to_be_visible()
    page.route(f"**/v1/assets/{mine[1]}", lambda route: route.fulfill(status=503))
    page.get_by_role("checkbox", name="Choose all").check()
    page.get_by_role("combobox", name="Previews").select_option("Show title and poster where links are pasted")
    results = page.get_by_role("dialog").get_by_role("listitem")
    expect(results).to_have_count(2)
    expect(results.filter(has_text="Reel 2")).to_contain_text("Not done")
    expect(results.filter(has_text="Reel 1")).to_contain_text("Done")
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Reel 2")
    page.unroute(f"**/v1/assets/{mine[1]}")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog).to_have_count(0)
    with server.client() as http:
        assert [http.get(f"/v1/assets/{asset}").status_code for asset in mine] == [410, 410]


def test_details_are_edited_and_somebody_elses_change_is_not_lost(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("A draft")
    page = owner.open(f"/studio/{asset}")
    page.get_by_label("Title").fill("A <i>final</i> cut")
    page.get_by_label("Description").fill("Two\nlines")
    page.get_by_role("textbox", name="Tags", exact=True).press_sequentially("night,sea")
    page.get_by_role("textbox", name="Tags", exact=True).press("Enter")
    page.get_by_role("button", name="Save details").click()
    expect(page.get_by_role("heading", level=1, name="A <i>final</i> cut")).to_be_visible()
    saved = server.asset(asset)
    assert (saved["description"], saved["tags"]) == ("Two\nlines", ["night", "sea"])
    with server.client() as http:
        http.patch(f"/v1/assets/{asset}", json={"title": "Theirs"}).raise_for_status()
    page.get_by_role("button", name="Take the tag sea away").click()
    page.get_by_role("button", name="Save details").click()
    expect(page.get_by_role("heading", level=1, name="Theirs")).to_be_visible()
    assert server.asset(asset)["tags"] == ["night"]
    page.get_by_label("Title").fill("Mine")
    with server.client() as http:
        http.patch(f"/v1/assets/{asset}", json={"title": "Theirs again"}).raise_for_status()
    page.get_by_role("button", name="Save details").click()
    expect(page.get_by_role("alert").filter(has_text="Somebody changed the title")).to_be_visible()
    assert server.asset(asset)["title"] == "Theirs again"
    drop(server, asset, page=page)


def test_the_day_on_which_a_film_deletes_itself_is_set_and_taken_back(
    owner: Visitor, server: Server, films: Films
) -> None:
    asset = films.another("For a season")
    page = owner.open(f"/studio/{asset}")
    end, save = page.get_by_label("Deletes itself on"), page.get_by_role("button", name="Save details")
    end.fill("2020-01-01")
    save.click()
    expect(page.get_by_role("alert").filter(has_text="not one to come")).to_be_visible()
    end.fill("2049-03-01")
    save.press("Enter")
    expect(save).to_be_disabled()
    begins = page.evaluate("new Date('2049-03-01T00:00').toISOString()")
    assert datetime.fromisoformat(server.asset(asset)["expires_at"]) == datetime.fromisoformat(begins)
    page.reload()
    expect(end).to_have_value("2049-03-01")
    end.fill("")
    save.click()
    expect(save).to_be_disabled()
    assert server.asset(asset)["expires_at"] is None
    drop(server, asset, page=page)


def test_caption_lines_are_edited_against_the_film_and_kept_whole(
    owner: Visitor, server: Server, films: Films, tmp_path: Path
) -> None:
    asset = films.another("To caption")
    file = tmp_path / "lines.vtt"
    file.write_text(LINES)
    page = owner.open(f"/studio/{asset}")
    captions = page.get_by_role("region", name="Captions")
    captions.get_by_role("button", name="Upload a file").click()
    expect(captions.get_by_role("alert")).to_contain_text("Say first which language")
    for language in ("en", "pt-BR"):
        captions.get_by_label("Language").fill(language)
        with page.expect_file_chooser() as chooser:
            captions.get_by_role("button", name="Upload a file").click()
        chooser.value.set_files(file)
        expect(captions.locator(".track")).to_have_count(1 if language == "en" else 2)
    captions.get_by_role("button", name="Edit the captions in English").click()
    cues = captions.get_by_role("list", name="Lines").get_by_role("listitem")
    expect(cues).to_have_count(2)
    cues.nth(1).get_by_label("Words").fill("Second, mended")
    cues.nth(1).get_by_label("Ends at").fill("0.5")
    captions.get_by_role("button", name="Save captions").click()
    expect(captions.get_by_role("alert").filter(has_text="ends before it begins")).to_be_visible()
    cues.nth(1).get_by_label("Ends at").fill("2.25")
    video = page.locator("video")
    eventually(lambda: video.evaluate("video => video.readyState") >= 1)
    cues.nth(1).get_by_role("button", name="Play from").click()
    expect(cues.nth(1)).to_have_attribute("data-now", "")
    shown = "video => [...video.textTracks].flatMap((t) => [...(t.activeCues ?? [])]).map((cue) => cue.text)"

    def seen() -> bool:
        """Whether the line stands in the picture; it is played again until somebody looked in time."""
        if "Second, mended" in video.evaluate(shown):
            return True
        cues.nth(1).get_by_role("button", name="Play from").click()
        return False

    eventually(seen, every_seconds=0.3)
    captions.get_by_role("button", name="Save captions").click()
    expect(page.get_by_text("The captions are saved.").last).to_be_visible()
    expect(cues).to_have_count(0)
    with server.client() as http:
        english = http.get(f"/v1/assets/{asset}/captions/en").text
    assert english.split("\n\n") == [
        "WEBVTT",
        "NOTE kept",
        "1\n00:00.500 --> 00:01.000 align:start\nFirst",
        "00:01.000 --> 00:02.250\nSecond, mended\n",
    ]
    with page.expect_download() as download:
        captions.get_by_role("button", name="Download the captions in Brazilian Portuguese").click()
    assert download.value.suggested_filename == "To caption.pt-BR.vtt"
    captions.get_by_role("button", name="Take the captions in English away").click()
    expect(captions.locator(".track")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(captions.locator(".track")).to_have_count(2)
    drop(server, asset, page=page)


def test_captions_are_written_from_nothing_by_keyboard(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("To write")
    page = owner.open(f"/studio/{asset}")
    page.get_by_label("Language").fill("de")
    page.get_by_role("button", name="Write new ones").press("Enter")
    expect(page.get_by_role("heading", name="Captions in German")).to_be_focused()
    page.get_by_role("button", name="Add a line here").press("Enter")
    page.keyboard.type("Guten Abend")
    page.get_by_role("button", name="Save captions").press("Enter")
    eventually(lambda: [track["language"] for track in server.asset(asset)["captions"]] == ["de"])
    drop(server, asset, page=page)


def test_a_film_is_processed_again_and_its_versions_are_listed(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("To redo")
    page = owner.open(f"/studio/{asset}")
    versions = page.get_by_role("region", name="Versions")
    expect(versions).to_contain_text(server.asset(asset)["version"])
    expect(versions).to_contain_text("processed once")
    versions.get_by_role("button", name="Process again").click()
    expect(versions).to_contain_text("processed 2 times", timeout=READY_MS)
    expect(versions).to_contain_text(re.compile("replaced .* removed"), timeout=READY_MS)
    drop(server, asset, page=page)


def test_chapters_are_written_and_a_poster_is_chosen(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("To mark")
    page = owner.open(f"/studio/{asset}")
    chapters = page.get_by_role("region", name="Chapters")
    for number, (start, title) in enumerate((("0:00", "The beginning"), ("0:01.5", "The end"))):
        chapters.get_by_role("button", name="Add a chapter").click()
        row = chapters.get_by_role("listitem").nth(number)
        row.get_by_label("Begins at").fill(start)
        row.get_by_label("Name of the chapter").fill(title)
    chapters.get_by_role("button", name="Save chapters").click()
    expect(page.get_by_text("The chapters are saved.")).to_be_visible()
    expect(chapters.get_by_role("listitem")).to_have_count(2)
    saved = [(each["start_seconds"], each["title"]) for each in server.asset(asset)["chapters"]]
    assert saved == [(0, "The beginning"), (1.5, "The end")]
    poster = page.get_by_role("region", name="Poster")
    poster.get_by_role("button", name="The picture at").last.click()
    expect(poster.get_by_role("button", pressed=True)).to_have_count(1)
    assert isinstance(server.asset(asset)["poster"], int)
    page.locator("video").evaluate("video => { video.currentTime = 1; }")
    poster.get_by_role("button", name="Use this frame").click()
    eventually(lambda: server.asset(asset)["poster"] == "own")
    drop(server, asset, page=page)


def test_a_film_is_deleted_from_its_page_and_the_list_is_shown(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("To go")
    server.play(asset)
    page = owner.open(f"/studio/{asset}")
    page.get_by_role("button", name="Delete …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 viewer can watch now and will be cut off")
    owner.allow("410 (Gone)")
    dialog.get_by_role("button", name="Delete for good").click()
    page.wait_for_url("**/studio")
    expect(line(page, "To go")).to_have_count(0)


def test_whoever_watches_is_listed_and_can_be_stopped(owner: Visitor, server: Server, films: Films) -> None:
    asset = films.another("To share")
    server.play(asset, viewer="Ada")
    page = owner.open(f"/studio/{asset}")
    who = page.get_by_role("region", name="Who can watch")
    ada = who.get_by_role("listitem").filter(has_text="Ada")
    expect(ada).to_contain_text("Open")
    ada.get_by_role("button", name="Revoke: Ada").click()
    expect(ada).to_contain_text("Revoked")
    with server.client() as http:
        states = {each["viewer"]: each["state"] for each in http.get(f"/v1/assets/{asset}/sessions").json()["items"]}
    assert states["Ada"] == "revoked"
    drop(server, asset, page=page)


def test_limits_and_where_keys_are_changed_are_shown(owner: Visitor) -> None:
    page = owner.open("/studio")
    page.get_by_role("link", name="Limits").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    expect(page.get_by_role("region", name="Limits and keys").or_(page.get_by_role("main"))).to_contain_text("H.264")
    expect(page.get_by_role("main")).to_contain_text("matinee keys rotate --leaked")


def test_limits_of_spending_and_this_months_use_are_shown(owner: Visitor) -> None:
    spent = {"month": "2026-03", "runs": 4, "minutes": 1234.5, "usd": 0.52}
    allowed = {"limit_minutes_a_month": 3000, "limit_hours_stored": 0, "limit_usd_a_film": 2.5}
    told = {"film": None, "waits": None} | spent | allowed
    owner.page.route("**/v1/cost", lambda route: route.fulfill(json=route.fetch().json() | told))
    panel = owner.open("/studio/settings").locator(".panel").filter(has_text="Spending")
    expect(panel).to_contain_text("Used in March 2026 (UTC)1,234.5 minutes in 4 runs, about $0.52")
    for says in ("3,000 minutes", "Length of the libraryNo limit", "$2.50"):
        expect(panel).to_contain_text(says)


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(visitor: Visitor, server: Server) -> None:
    visitor.allow("401 (Unauthorized)")
    page = visitor.open("/studio/settings")
    page.wait_for_url("**/signin?to=%2Fstudio%2Fsettings")
    page.get_by_label("API token").fill(server.token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/studio/settings")
    expect(page.get_by_role("heading", level=1, name="Limits and keys")).to_be_visible()


def test_offline_the_studio_says_so_and_tries_again_on_a_click(owner: Visitor) -> None:
    owner.allow("net::ERR_FAILED")
    owner.page.route("**/v1/**", lambda route: route.abort())
    page = owner.open("/studio/settings")
    expect(page.get_by_role("alert")).to_contain_text("The server did not answer")
    page.unroute("**/v1/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1, name="Limits and keys")).to_be_visible()


def test_a_file_of_a_few_bytes_is_told_in_the_plural(owner: Visitor, server: Server, tmp_path: Path) -> None:
    tiny = tmp_path / "Tiny.mp4"
    tiny.write_text("Dear diary, this is no film.\n")
    asset = server.upload(tiny, title="Tiny")
    page = owner.open("/studio")
    expect(line(page, "Tiny")).to_contain_text("29 bytes")
    drop(server, asset, page=page)
