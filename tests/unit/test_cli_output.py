"""What the terminal shows: sizes, times, tables, and no control characters from outside."""

import json
import logging
from datetime import UTC, datetime

import pytest

from matinee.cli.insight import print_report
from matinee.cli.library import print_deletion, progress_text
from matinee.cli.logs import JsonLines
from matinee.cli.output import age_text, dollars, duration_text, print_table, shown, size_text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_940, "99.9 kB"),
        (99_950, "100 kB"),
        (999_500, "1.0 MB"),
        (1_400_000_000, "1.4 GB"),
        (5 * 1024**4, "5.5 TB"),
    ],
)
def test_a_size_is_read_at_a_glance(size_bytes: int | None, text: str) -> None:
    assert size_text(size_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.4, "0:00"), (59.6, "1:00"), (61, "1:01"), (3723, "1:02:03")]
)
def test_a_duration_is_read_as_on_a_player(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(
    ("created_at", "text"),
    [
        ("2026-01-02T11:59:30.000Z", "now"),
        ("2026-01-02T11:55:00.000Z", "5 min"),
        ("2026-01-02T09:00:00.000Z", "3 h"),
        ("2025-12-21T12:00:00.000Z", "12 d"),
        ("2026-01-02T12:00:05.000Z", "now"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(created_at: str, text: str) -> None:
    assert age_text(created_at, datetime(2026, 1, 2, 12, tzinfo=UTC)) == text


def test_a_title_cannot_write_to_the_terminal() -> None:
    assert shown("a\x1b[2Jb\r\u202ec") == "a\ufffd[2Jb\ufffd\ufffdc"


def test_columns_line_up_under_wide_characters(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("ID", "TITLE", "AGE"), [("1", "映画", "now"), ("2", "film", "5 min")], give_way=1)
    assert capsys.readouterr().out.splitlines() == ["ID  TITLE  AGE", "1   映画   now", "2   film   5 min"]


def test_nothing_is_cut_when_a_program_reads(capsys: pytest.CaptureFixture[str]) -> None:
    title = "long " * 60
    print_table(("ID", "TITLE"), [("1", title)], give_way=1)
    assert title.strip() in capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "paused", "seconds_left", "text"),
    [
        ("queued", False, None, "40 %"),
        ("processing", False, 75, "40 %, 1:15 left"),
        ("playable", True, None, "40 %, paused"),
        ("ready", False, None, ""),
        ("failed", False, None, ""),
    ],
)
def test_progress_says_what_a_person_waits_for(status: str, paused: bool, seconds_left: int | None, text: str) -> None:
    asset = {"status": status, "paused": paused, "seconds_left": seconds_left, "progress": 40}
    assert progress_text(asset) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "$0.00"), (0.00004, "< $0.0001"), (0.0021, "$0.0021"), (0.4949, "$0.49"), (1234.5, "$1,234.50")],
)
def test_an_amount_under_a_cent_is_not_nothing(amount: float, text: str) -> None:
    assert dollars(amount) == text


def test_one_thing_that_went_is_not_told_as_many(capsys: pytest.CaptureFixture[str]) -> None:
    report = {"asset_id": "ast_1", "objects_removed": 1, "bytes_removed": 300_000, "complete": True}
    print_deletion(report | {"sessions_revoked": 0, "share_links_removed": 1})
    assert capsys.readouterr().out == "ast_1 is deleted: 1 object, 300 kB, 0 sessions and 1 share link ended.\n"


def test_a_start_up_that_nobody_measured_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    nothing: dict[str, object] = {
        "startup_ms_p50": None,
        "startup_ms_p95": None,
        "stalls": 0,
        "stalled_share": 0.0,
        "errors": {},
    }
    days = {"first": "2026-01-01", "last": "2026-01-28", "days": [], "by_device": {}, "by_rendition": {}}
    print_report(nothing | days | {"views": 0, "viewers": 0, "watch_seconds": 0, "devices": {}, "asset_id": None})
    assert "start-up     -\n" in capsys.readouterr().out


def test_a_line_of_the_log_writes_to_no_terminal_and_is_one_line() -> None:
    name = "a\x1b[2J\x9b31m\x85b\u2028c\u202ed\n\u00e9\u6620"
    line = JsonLines().format(logging.makeLogRecord({"msg": "not taken", "why": name}))
    assert all(sign.isprintable() for sign in line)
    assert len(line.splitlines()) == 1
    assert json.loads(line)["why"] == name
    assert "\u00e9\u6620" in line
