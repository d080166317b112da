"""The watch page tells what was watched, the studio shows it, and a film plays on though nobody listens."""

import csv
import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.films import SHORT_SECONDS, Films
from tests.browser.screen import Screen
from tests.browser.visitor import Visitor
from tests.system.server import Server, eventually

COUNTS = {
    "stalled_ms": 9000, "stalls": 4, "startup_02": 9, "startup_05": 2, "stall_00": 20, "stall_04": 1,
    "error_network": 1, "device_desktop": 12, "device_phone": 9, "device_tv": 2,
    "rendition_480p": 2_000_000, "rendition_360p": 700_000,
    "by_device_desktop_startup_02": 8, "by_device_desktop_watch_ms": 2_000_000, "by_device_phone_startup_09": 2,
    "by_device_phone_watch_ms": 690_000, "by_device_phone_stalled_ms": 10_000,
    "by_rendition_480p_startup_02": 9, "by_rendition_480p_watch_ms": 2_000_000,
}  # fmt: skip
LEFT = "line => parseFloat(line.style.left) / 100"


def told(server: Server, asset_id: str) -> dict[str, Any]:
    """What insight says of the film."""
    with server.client() as api:
        report: dict[str, Any] = api.get(f"/v1/assets/{asset_id}/insight").json()
        return report


def test_a_view_is_told_from_its_first_picture_to_its_end(visitor: Visitor, server: Server, films: Films) -> None:
    before = told(server, films.counted)
    screen = Screen(visitor.open(server.play(films.counted, viewer="Grace")["watch_url"])).start()
    eventually(lambda: screen.look().endings == 1, seconds=SHORT_SECONDS + 15)
    eventually(lambda: told(server, films.counted)["watch_seconds"] >= before["watch_seconds"] + SHORT_SECONDS - 1)
    after = told(server, films.counted)
    assert after["views"] == before["views"] + 1
    assert after["startup_ms_p50"] is not None
    assert sum(after["retention"]) >= 95
    assert after["days"][-1]["startup_ms_p50"] is not None
    assert [kind for kind, told in after["by_device"].items() if told["startup_ms_p95"] is not None] == ["desktop"]
    assert [name for name, told in after["by_rendition"].items() if told["startup_ms_p95"] is not None] != []
    assert set(after["renditions"]) - {"source", "360p", "480p", "720p", "1080p"} == set()


def test_a_film_plays_though_its_beacons_are_refused(visitor: Visitor, server: Server, films: Films) -> None:
    visitor.allow("/v1/beacons", "ERR_FAILED")
    visitor.context.route("**/v1/beacons", lambda route: route.abort())
    screen = Screen(visitor.open(server.play(films.counted)["watch_url"])).start()
    eventually(lambda: screen.look().endings == 1, seconds=SHORT_SECONDS + 15)
    assert screen.look().stalls == 0


def seeded(server: Server, asset_id: str) -> None:
    """Days of a film that was watched before this server began, put where they would lie."""
    today = datetime.now(UTC).date()
    with sqlite3.connect(server.data_dir / "matinee.db", timeout=20) as catalog:
        for place in (asset_id, ""):
            catalog.execute("DELETE FROM insight_counters WHERE asset_id = ?", (place,))
            for ago in range(0, 28, 3):
                day = (today - timedelta(days=ago)).isoformat()
                counts = {"views": 30 - ago, "viewers": 20 - ago // 2, "watch_ms": 4_000_000 - 90_000 * ago} | COUNTS
                counts |= {f"kept_{n:03d}": round((30 - ago) * (1 - n / 160)) for n in range(100)}
                rows = [(place, day, name, value) for name, value in counts.items()]
                catalog.executemany("INSERT INTO insight_counters VALUES (?, ?, ?, ?)", rows)
    catalog.close()


@pytest.mark.parametrize("how", ["1280-light", "360-dark", "360-rtl", "3840-light"])
def test_what_was_watched_is_read_without_colour_or_eyes(
    visit: Callable[..., Visitor], server: Server, films: Films, how: str
) -> None:
    seeded(server, films.counted)
    width, _, look = how.partition("-")
    owner = visit(viewport={"width": int(width), "height": 900}, color_scheme="dark" if look == "dark" else "light")
    if look == "rtl":
        turn = "document.addEventListener('readystatechange', () => (document.documentElement.dir = 'rtl'))"
        owner.context.add_init_script(turn)
    page = owner.sign_in(server.token).open("/studio/insight")
    expect(page.get_by_role("heading", level=1, name="Insight")).to_be_visible()
    expect(page.locator(".figures").get_by_text("165", exact=True)).to_be_visible()
    days = page.get_by_role("slider", name="Views by day")
    days.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(days).to_have_attribute("aria-valuetext", re.compile("27 views, 19 viewers"))
    page.get_by_text("Day by day, as a table").click()
    expect(page.get_by_role("table", name="Each day").get_by_role("row")).to_have_count(29)
    expect(page.get_by_role("table", name="Errors by kind")).to_contain_text("No connection")
    devices = page.get_by_role("table", name="Views by device")
    phone = "Start-up 5 sec (95%: 5 sec), stood still 1.43%"
    expect(devices.get_by_role("row", name="Phone")).to_contain_text(phone)
    expect(devices.get_by_role("row", name="Television")).not_to_contain_text("Start-up")  # from before it was counted
    starts = page.get_by_role("slider", name="Start-up by day")
    expect(starts).to_have_attribute("aria-valuetext", re.compile("start-up 0.3 sec for half of views, 1 sec for 95%"))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate("document.querySelector('details').open = false; scrollTo(0, 0)")
    owner.shoot(f"insight-{how}")
    assert violations(page) == []


def test_days_are_exported_as_they_are_counted(owner: Visitor, server: Server, films: Films) -> None:
    seeded(server, films.counted)
    page = owner.open("/studio/insight")
    with page.expect_download() as download:
        page.get_by_role("button", name="Days (CSV)").click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert len(rows) == 28
    assert rows[-1] | {"day": ""} == {
        "day": "", "views": "30", "viewers": "20", "watch_seconds": "4000", "stalled_seconds": "9",
        "startup_ms_p50": "300", "startup_ms_p95": "1000", "stalled_share": "0.0022", "errors": "1",
    }  # fmt: skip


def test_who_stayed_lies_under_the_film_and_leads_into_it(owner: Visitor, server: Server, films: Films) -> None:
    seeded(server, films.counted)
    page = owner.open(f"/studio/{films.counted}")
    stayed = page.get_by_role("slider", name="Who stayed")
    preview, chart = page.locator(".preview").bounding_box(), page.locator(".retention .chart-over").bounding_box()
    assert preview is not None
    assert chart is not None
    assert (round(preview["x"]), round(preview["width"])) == (round(chart["x"]), round(chart["width"]))
    stayed.focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    video = page.locator("video")
    eventually(lambda: 0.5 < video.evaluate("video => video.currentTime") < SHORT_SECONDS - 0.5)
    part = video.evaluate("video => video.currentTime / video.duration")
    eventually(lambda: abs(page.locator(".retention .chart-line").evaluate(LEFT) - part) < 0.05)
    expect(stayed).to_have_attribute("aria-valuetext", re.compile("seen by .* of views"))
    expect(page.get_by_role("region", name="Insight")).to_contain_text("Watch time by quality")
    owner.shoot("asset-insight-1280")
