"""Uploads in a real browser: paused, reloaded, closed, cut off and refused; what has arrived is never sent again."""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.conftest import Visit
from tests.browser.films import Films
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

PART = 8 * 1024 * 1024
PARTS = 6
READY_MS = 60_000
SLOW = 16_000_000  # octets a second: there is a middle to stop in
# Playwright cannot answer the chooser that gives handles; without it the pages use the input element, as in Firefox.
NO_HANDLES = "delete globalThis.showOpenFilePicker"
# A file in the browser's own file system has a real handle, which may be read without asking.
OWN_FILE = """async ([name, parts, size]) => {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(name, { create: true });
  const stream = await handle.createWritable();
  for (let part = 0; part < parts; part += 1) await stream.write(new Uint8Array(size).fill(part + 1));
  await stream.close();
}"""
CHOOSE_OWN = """globalThis.showOpenFilePicker = async () => {
  const folder = await navigator.storage.getDirectory();
  return [await folder.getFileHandle("Kept.mp4")];
};"""


class Sent:
    """How many parts this page has sent whole, on a line that it makes slow."""

    def __init__(self, owner: Visitor) -> None:
        self.count = 0
        self._owner = owner
        owner.page.on("requestfinished", self._finished)
        owner.context.new_cdp_session(owner.page).send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": SLOW},
        )

    def _finished(self, request: Request) -> None:
        self.count += request.method == "PUT"


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file of six parts, the last one small. No film: what becomes of it once it is here is tried elsewhere."""
    path = tmp_path / "Big.mp4"
    path.write_bytes(b"".join(bytes([number]) * PART for number in range(1, PARTS)) + b"end" * 1000)
    return path


@pytest.fixture
def library(owner: Visitor) -> Page:
    """The library of a browser without file handles."""
    owner.context.add_init_script(NO_HANDLES)
    return owner.open("/")


def row(page: Page, name: str) -> Locator:
    """The line of one upload."""
    return page.get_by_role("region", name="Uploads").get_by_role("listitem").filter(has_text=name)


def choose(page: Page, file: Path) -> None:
    """Choose a file for the upload button."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload", exact=True).click()
    chooser.value.set_files(file)


def under_way(owner: Visitor, file: Path) -> Sent:
    """The file is being sent: a part has arrived, and others have not."""
    sent = Sent(owner)
    choose(owner.page, file)
    eventually(lambda: owner.page.evaluate("1") == 1 and sent.count >= 1)
    return sent


def test_a_paused_upload_goes_on_with_what_is_missing(owner: Visitor, library: Page, big: Path) -> None:
    sent = under_way(owner, big)
    library.get_by_role("button", name="Pause the upload of Big.mp4").click()
    expect(row(library, "Big.mp4")).to_contain_text("Paused at")
    held = sent.count
    library.get_by_role("button", name="Go on uploading Big.mp4").click()
    expect(row(library, "Big.mp4")).to_contain_text("Uploaded", timeout=READY_MS)
    assert sent.count <= PARTS
    assert held < PARTS


def test_after_a_reload_the_same_file_goes_on_and_another_is_refused(
    owner: Visitor, library: Page, big: Path, tmp_path: Path
) -> None:
    sent = under_way(owner, big)
    library.on("dialog", lambda dialog: dialog.accept())
    library.reload()
    line = row(library, "Big.mp4")
    expect(line).to_contain_text("Choose the same file again to go on")
    other = tmp_path / "elsewhere" / "Big.mp4"
    other.parent.mkdir()
    other.write_bytes(b"x" * big.stat().st_size)
    for file, says in ((other, "is another file"), (big, "Uploaded")):
        with library.expect_file_chooser() as chooser:
            line.get_by_role("button", name="Go on").click()
        chooser.value.set_files(file)
        expect(line).to_contain_text(says, timeout=READY_MS)
    assert sent.count <= PARTS


def test_a_file_that_changed_under_its_name_and_date_is_told_by_its_parts(
    owner: Visitor, library: Page, big: Path
) -> None:
    under_way(owner, big)
    library.on("dialog", lambda dialog: dialog.accept())
    library.reload()
    stamp = big.stat()
    big.write_bytes(b"?" * stamp.st_size)
    os.utime(big, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with library.expect_file_chooser() as chooser:
        row(library, "Big.mp4").get_by_role("button", name="Go on").click()
    chooser.value.set_files(big)
    expect(row(library, "Big.mp4")).to_contain_text("has changed since its upload began")


def test_after_the_page_was_closed_an_upload_goes_on_by_itself_where_the_browser_kept_the_file(owner: Visitor) -> None:
    page = owner.open("/")
    page.evaluate(OWN_FILE, ["Kept.mp4", PARTS, PART])
    page.evaluate(CHOOSE_OWN)
    sent = Sent(owner)
    page.get_by_role("button", name="Upload", exact=True).click()
    eventually(lambda: page.evaluate("1") == 1 and sent.count >= 1)
    page.close(run_before_unload=False)
    owner.page = owner.context.new_page()
    after = Sent(owner)
    page = owner.open("/")
    expect(row(page, "Kept.mp4")).to_contain_text("Uploaded", timeout=READY_MS)
    assert sent.count + after.count <= PARTS


def test_over_plain_http_a_file_is_summed_and_known_again_as_over_https(
    visit: Visit, server: Server, big: Path
) -> None:
    """Where the browser has no SHA-256 of its own (Secure Contexts, 2.1): another machine's plain HTTP."""
    guest = visit(site=server.url.replace("127.0.0.1", "films.example"))
    guest.allow("Cross-Origin-Opener-Policy header has been ignored")
    guest.context.add_init_script(NO_HANDLES)
    page = guest.open(f"/signin?token={server.token}")
    assert page.evaluate("[isSecureContext, crypto.subtle === undefined]") == [False, True]
    sent = under_way(guest, big)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    with page.expect_file_chooser() as chooser:
        row(page, "Big.mp4").get_by_role("button", name="Go on").click()
    chooser.value.set_files(big)
    expect(row(page, "Big.mp4")).to_contain_text("Uploaded", timeout=READY_MS)
    assert sent.count <= PARTS


def test_an_upload_waits_for_the_network_and_goes_on_by_itself(owner: Visitor, library: Page, big: Path) -> None:
    owner.allow("ERR_INTERNET_DISCONNECTED")
    under_way(owner, big)
    owner.context.set_offline(True)
    expect(row(library, "Big.mp4")).to_contain_text("Waiting for the connection")
    owner.context.set_offline(False)
    expect(row(library, "Big.mp4")).to_contain_text("Uploaded", timeout=READY_MS)


def test_a_part_that_fails_twice_gets_through_the_third_time(owner: Visitor, library: Page, big: Path) -> None:
    owner.allow("500 (Internal Server Error)", "net::ERR_FAILED")
    failures = iter(["refused", "cut off"])

    def meet(route: Route) -> None:
        fault = next(failures, None) if route.request.method == "PUT" else None
        if fault == "refused":
            route.fulfill(status=500)
        elif fault == "cut off":
            route.abort()
        else:
            route.fallback()

    library.route("**/*", meet)
    choose(library, big)
    expect(row(library, "Big.mp4")).to_contain_text("Uploaded", timeout=READY_MS)
    assert next(failures, None) is None


@pytest.mark.parametrize(
    ("name", "kind", "content", "says"),
    [
        ("Nothing.mp4", "video/mp4", b"", "This file is empty."),
        ("Letter.pdf", "application/pdf", b"hello", "no film or recording but another kind of file"),
        ("Disguised.mp4", "video/mp4", b"%PDF-1.7 hello", "no film or recording but a PDF document"),
        ("Packed.mov", "video/quicktime", b"PK\x03\x04 hello", "an archive"),
    ],
)
def test_a_file_that_cannot_work_is_refused_before_a_byte_is_sent(
    owner: Visitor, library: Page, name: str, kind: str, content: bytes, says: str
) -> None:
    library.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    expect(row(library, name)).to_contain_text(says)
    assert not [url for url in owner.requests if "/v1/uploads" in url]


@pytest.mark.parametrize(
    ("limit", "says"),
    [({"free_bytes": 1000}, "There is no room for it"), ({"max_size_bytes": 1000}, "This file is too large")],
)
def test_a_file_over_the_servers_limits_is_refused_before_a_byte_is_sent(
    owner: Visitor, library: Page, big: Path, limit: dict[str, int], says: str
) -> None:
    library.route("**/v1/limits", lambda route: route.fulfill(json=route.fetch().json() | limit))
    choose(library, big)
    expect(row(library, "Big.mp4")).to_contain_text(says)
    assert not [url for url in owner.requests if "/v1/uploads" in url]


def test_a_row_says_before_a_byte_is_sent_what_its_film_costs_and_that_it_would_wait(
    library: Page, films: Films
) -> None:
    waits = {"code": "limit_minutes", "message": "This month's minutes are used up."}
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(json=route.fetch().json() | {"waits": waits})

    library.route("**/v1/cost?**", answer)
    library.route("**/v1/uploads", lambda _: None)  # the upload does not begin
    library.locator("input[type=file]").set_input_files(films.clips["portrait"])
    line = row(library, films.clips["portrait"].name)
    expect(line).to_contain_text("About $0.")
    expect(line).to_contain_text(waits["message"])
    [told] = [parse_qs(urlsplit(url).query) for url in asked]
    assert int(told["height"][0]) > int(told["width"][0]) > 0
    assert float(told["duration_seconds"][0]) > 0
    assert told["size_bytes"] == [str(films.clips["portrait"].stat().st_size)]


def test_many_files_are_followed_to_where_they_can_be_watched(library: Page, films: Films, tmp_path: Path) -> None:
    files = [tmp_path / f"Many {number}.mp4" for number in (1, 2)]
    for file in files:
        file.write_bytes(films.clips["portrait"].read_bytes())
    library.locator("input[type=file]").set_input_files(files)
    for file in files:
        line = row(library, file.name)
        expect(line).to_contain_text("Ready", timeout=READY_MS)
        expect(line.get_by_role("link", name="Watch")).to_be_visible()
    row(library, "Many 1.mp4").get_by_role("button", name="Remove Many 1.mp4 from this list").click()
    expect(row(library, "Many 1.mp4")).to_have_count(0)


def test_a_cancelled_upload_leaves_nothing_to_go_on_with(owner: Visitor, library: Page, big: Path) -> None:
    under_way(owner, big)
    with library.expect_response(lambda answer: answer.request.method == "DELETE") as gone:
        library.get_by_role("button", name="Cancel the upload of Big.mp4").click()
    assert gone.value.status == 204
    library.reload()
    expect(library.get_by_role("heading", name="Library")).to_be_visible()
    expect(row(library, "Big.mp4")).to_have_count(0)
