"""`matinee insight`: what was watched, as text and as CSV. It must not know how it is counted."""

import csv
import sys

from matinee.cli.client import Api, Json, path_of
from matinee.cli.output import print_fields, print_table, say

BAR = 20
COLUMNS = (
    *("day", "views", "viewers", "watch_seconds", "stalled_seconds"),
    *("startup_ms_p50", "startup_ms_p95", "stalled_share", "errors"),
)


def fetch(api: Api, asset_id: str | None, first: str | None, last: str | None) -> Json:
    """The API's report of one asset, or of all together."""
    path = path_of("insight") if asset_id is None else path_of("assets", asset_id, "insight")
    return api.get(path, **{"from": first, "to": last})


def print_report(report: Json) -> None:
    """Sums, percentiles, days, and for one asset the curve of who stayed."""
    print_fields(
        [
            ("days", f"{report['first']} to {report['last']}"),
            ("views", f"{report['views']} by {report['viewers']} viewers a day, added up"),
            ("watched", f"{report['watch_seconds'] / 3600:.1f} h"),
            ("start-up", _start_up(report)),
            ("stood still", f"{report['stalls']} times, {100 * report['stalled_share']:.2f} % of the time"),
            ("errors", _counts(report["errors"])),
            ("devices", _counts(report["devices"])),
        ]
    )
    if report["days"]:
        say("")
        rows = [
            (d["day"], str(d["views"]), f"{d['watch_seconds'] / 60:.0f}", *_experience(d), str(d["errors"]))
            for d in report["days"]
        ]
        print_table(("day", "views", "minutes", "start-up", "stood still", "errors"), rows, give_way=0)
    for title in ("device", "rendition"):
        if divided := report[f"by_{title}"]:
            say("")
            parts = [(name, f"{e['watch_seconds'] / 60:.0f}", *_experience(e)) for name, e in sorted(divided.items())]
            print_table((title, "minutes", "start-up", "stood still"), parts, give_way=0)
    if report["asset_id"] is not None and report["views"]:
        say("")
        kept = [report["retention"][n] for n in range(0, 100, 5)]
        curve = [(f"{5 * n} %", "█" * round(BAR * share), f"{100 * share:.0f} %") for n, share in enumerate(kept)]
        print_table(("of the film", "was seen by", ""), curve, give_way=1)


def print_csv(report: Json) -> None:
    """A row a day, for spreadsheets."""
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for day in report["days"]:
        writer.writerow(["" if day[name] is None else day[name] for name in COLUMNS])


def print_quality(page: Json) -> None:
    """How films play now, those whose viewers complain first."""
    if not page["items"]:
        say("Nothing was played in the last quarter of an hour.")
        return
    rows = [
        (
            each["asset_id"],
            each["complaint"] or "-",
            f"{each['wanted_seconds'] / 60:.0f}",
            f"{100 * each['stalled_share']:.1f} %",
            f"{each['slow_starts']} of {each['starts']}",
            str(each["errors"]),
        )
        for each in page["items"]
    ]
    print_table(("FILM", "COMPLAINT", "MINUTES", "STOOD STILL", "SLOW STARTS", "ERRORS"), rows, give_way=0)


def _experience(told: Json) -> tuple[str, str]:
    """Start-up of half and of 95 %, and the share of time that pictures stood still."""
    half, most = told["startup_ms_p50"], told["startup_ms_p95"]
    return "-" if half is None else f"{half} ms, {most} ms", f"{100 * told['stalled_share']:.2f} %"


def _start_up(report: Json) -> str:
    half, most = report["startup_ms_p50"], report["startup_ms_p95"]
    return "-" if half is None else f"half within {half} ms, 95 % within {most} ms"


def _counts(found: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items(), key=lambda each: -each[1])) or "none"
