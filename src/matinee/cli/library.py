"""`list`, `show`, `play`, `link`, `revoke`, `delete`, `captions`, `ingest`, `pause` …: the library from a terminal.

It must not know how requests travel. Each command asks the API once (or page by page) and prints the answer.
"""

import sys
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from matinee.cli.client import Api, Json, path_of
from matinee.cli.output import (
    age_text,
    counted,
    dollars,
    duration_text,
    hint,
    local_time,
    print_fields,
    print_json,
    print_table,
    say,
    size_text,
)
from matinee.errors import ErrorCode, MatineeError

MAX_PAGE = 100
CAPTION_TYPES = {".srt": "application/x-subrip", ".vtt": "text/vtt"}

Printer = Callable[[Json], None]


def page_of_assets(
    api: Api, *, status: str | None, text: str | None, limit: int | None, order: str | None = None
) -> Json:
    """Up to `limit` assets (None: all) in that order (None: newest first), in the shape of the API's list."""
    return whole_list(api, path_of("assets"), limit, status=status, q=text, sort=order)


def whole_list(api: Api, path: str, limit: int | None, **params: str | None) -> Json:
    """Up to `limit` things of a list (None: all), page by page, in the shape of one page."""
    items: list[Json] = []
    cursor: str | None = None
    while limit is None or len(items) < limit:
        wanted = MAX_PAGE if limit is None else min(MAX_PAGE, limit - len(items))
        page = api.get(path, limit=wanted, cursor=cursor, **params)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return {"items": items, "next_cursor": cursor}


def print_assets(page: Json) -> None:
    """The table of `matinee list`."""
    if not page["items"]:
        hint("Nothing found. Bring a film in with: matinee upload FILE")
        return
    now = datetime.now(UTC)
    rows = [
        (
            asset["id"],
            asset["title"],
            asset["status"],
            progress_text(asset),
            duration_text(asset["duration_seconds"]),
            age_text(asset["created_at"], now),
        )
        for asset in page["items"]
    ]
    print_table(("ID", "TITLE", "STATUS", "PROGRESS", "DURATION", "AGE"), rows, give_way=1)
    if page["next_cursor"] is not None:
        hint("There are more: --all shows every one.")


def print_asset(asset: Json) -> None:
    """Everything `matinee show` tells."""
    picture = f"{asset['width']} x {asset['height']}" if asset["width"] else "-"
    rate = f" at {asset['frame_rate']:g} frames per second" if asset["frame_rate"] else ""
    fields = [
        ("id", asset["id"]),
        ("title", asset["title"]),
        ("description", asset["description"] or "-"),
        ("tags", ", ".join(asset["tags"]) or "-"),
        ("kind", asset["kind"]),
        ("status", _status_text(asset)),
        ("duration", duration_text(asset["duration_seconds"])),
        ("picture", picture + rate),
        ("source", size_text(asset["size_bytes"])),
        ("version", asset["version"] or "-"),
        ("created", local_time(asset["created_at"])),
        ("updated", local_time(asset["updated_at"])),
    ]
    if asset.get("codecs"):
        fields.append(("codecs", ", ".join(asset["codecs"])))
    if asset["seconds_left"] is not None:
        fields.append(("time left", f"about {duration_text(asset['seconds_left'])}"))
    if asset.get("waiting"):
        fields.append(("waits", f"{asset['waiting']['message']} ({asset['waiting']['code']})"))
    if asset.get("cost"):
        fields.append(("cost", cost_text(asset["cost"])))
    if asset["playable_after_seconds"] is not None:
        fields.append(("playable after", f"{asset['playable_after_seconds']:.1f} s"))
    if asset.get("expires_at"):
        fields.append(("deleted by itself", local_time(asset["expires_at"])))
    if asset["error"]:
        fields.append(("error", f"{asset['error']['message']} ({asset['error']['code']})"))
    fields += [("rendition", _rendition_text(rendition)) for rendition in asset["renditions"]]
    fields += [("captions", f"{track['language']} ({track['label']})") for track in asset["captions"]]
    print_fields(fields)


def print_playback(playback: Json) -> None:
    """The links of a session, until when, and how to take it back."""
    print_fields(
        [
            ("watch", playback["watch_url"]),
            ("HLS", playback["hls_url"]),
            ("session", playback["session_id"]),
            ("link ends", local_time(playback["expires_at"])),
            ("session ends", local_time(playback["session_ends_at"])),
        ]
    )
    hint(
        f"The watch page renews the link until the session ends. Take it back: matinee revoke {playback['session_id']}"
    )


def open_browser(playback: Json) -> None:
    """Show the watch page. Raises `check_failed` when this machine has no browser to show it with."""
    if not webbrowser.open(playback["watch_url"]):
        raise MatineeError(ErrorCode.CHECK_FAILED, "No browser could be started here; open the watch link yourself.")


def print_link(link: Json) -> None:
    """The link to one object, alone on stdout."""
    say(link["url"])
    hint(f"It works until {local_time(link['expires_at'])}.")


def print_revocation(revocation: Json) -> None:
    """A session was cut short."""
    say(f"{revocation['session_id']} is revoked: its link stops working now.")


def confirm_deletion(api: Api, asset_id: str) -> None:
    """Ask, showing what goes. Raises `field_invalid` when there is nobody to ask or the answer is no."""
    if not sys.stdin.isatty():
        sentence = f"Deleting {asset_id} asks first, and there is no terminal to ask on; add --yes to delete it."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    asset = api.get(path_of("assets", asset_id))
    hint(f"{asset_id}: {asset['title']}, {size_text(asset['size_bytes'])}. Its links stop; it cannot be undone.")
    hint("Type y or its id to delete it:")
    if sys.stdin.readline().strip() not in ("y", "yes", asset_id):
        raise MatineeError(ErrorCode.FIELD_INVALID, f"Nothing was deleted; {asset_id} is as it was.")


def end_in(days: int | None, *, never: bool) -> str:
    """The API's `expires_at`. Raises `field_invalid` unless exactly one is said."""
    if (days is None) is not never:
        raise MatineeError(ErrorCode.FIELD_INVALID, "Say either --days or --never.")
    return "never" if days is None else f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"


def print_end(asset: Json) -> None:
    """When it deletes itself."""
    end = asset["expires_at"]
    say(f"{asset['id']} " + ("has no end of its own." if end is None else f"is deleted by itself {local_time(end)}."))


def print_deletion(report: Json) -> None:
    """What went."""
    objects = f"{counted(report['objects_removed'], 'object')}, {size_text(report['bytes_removed'])}"
    sessions = counted(report["sessions_revoked"], "session")
    links = counted(report["share_links_removed"], "share link")
    say(f"{report['asset_id']} is deleted: {objects}, {sessions} and {links} ended.")
    if not report["complete"]:
        hint("Some of it is still there; the server goes on removing it.")
    hint(f"Look for what is left: matinee delete --verify {report['asset_id']}")


def put_caption(api: Api, asset_id: str, language: str, file: Path) -> Json:
    """Add or replace a track from a WebVTT or SRT file; the asset with it."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise MatineeError(ErrorCode.FIELD_INVALID, f"{file} cannot be read ({error.strerror}).") from error
    content_type = CAPTION_TYPES.get(file.suffix.lower(), "text/plain")
    return api.put(path_of("assets", asset_id, "captions", language), text, content_type)


def print_captions(asset: Json) -> None:
    """The tracks an asset has now."""
    tracks = ", ".join(f"{track['language']} ({track['label']})" for track in asset["captions"])
    say(f"{asset['id']} has captions: {tracks or 'none'}.")


def progress_text(asset: Json) -> str:
    """How far an ingest is, in a few words; nothing when there is none."""
    if asset["status"] in ("ready", "failed"):
        return ""
    if asset.get("waiting"):
        return "waits for approval"
    if asset["paused"]:
        return f"{asset['progress']} %, paused"
    left = asset["seconds_left"]
    return f"{asset['progress']} %" + ("" if left is None else f", {duration_text(left)} left")


def _status_text(asset: Json) -> str:
    """The state; how far it is, where that says more."""
    if asset["status"] in ("ready", "failed"):
        return str(asset["status"])
    return f"{asset['status']} ({asset['progress']} %)" + (", paused" if asset["paused"] else "")


def cost_text(cost: Json) -> str:
    """What an ingest costs, in one line."""
    return f"{dollars(cost['usd'])} to ingest, {dollars(cost['usd_a_month'])} a month to keep (AWS's prices)"


def print_pause(asset: Json) -> None:
    """Nobody works on it now."""
    say(f"{asset['id']} is paused at {asset['progress']} %; what is finished stays: matinee resume {asset['id']}")


def print_resumption(asset: Json) -> None:
    """It goes on."""
    say(f"{asset['id']} goes on from {asset['progress']} %.")


def print_approval(asset: Json) -> None:
    """Somebody said that it may be spent."""
    say(f"The ingest of {asset['id']} is approved; it goes on.")


def print_cancellation(asset: Json) -> None:
    """Its ingest is over."""
    state = "what was published before keeps playing" if asset["status"] == "ready" else "its source is kept"
    say(f"The ingest of {asset['id']} is cancelled; {state}. Begin another with: matinee ingest {asset['id']}")


def print_ingest(asset: Json) -> None:
    """A new run was begun."""
    meanwhile = "; what was published keeps playing until the new version is there" if asset["version"] else ""
    say(f"{asset['id']} is {asset['status']}{meanwhile}.")


def show(value: Json, as_json: bool, printer: Printer) -> None:
    """`value` as JSON for a program, or by `printer` for a person."""
    if as_json:
        print_json(value)
    else:
        printer(value)


def _rendition_text(rendition: Json) -> str:
    shape = f"{rendition['width']} x {rendition['height']}" if rendition["width"] else ""
    sound = f"{rendition['channels']} channels" if rendition["channels"] else ""
    rate = f"{rendition['bandwidth'] / 1000:,.0f} kbit/s"
    parts = (rendition["name"], rendition["kind"], shape, sound, rendition["language"], rate, rendition["codecs"])
    return "  ".join(part for part in parts if part)
