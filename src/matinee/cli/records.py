"""`sessions` and `audit`: who may watch, and who did what with sessions. It must not know how requests travel."""

from matinee.cli.client import Api, Json, path_of
from matinee.cli.library import whole_list
from matinee.cli.output import hint, local_time, print_table

ACTS = {"session_opened": "opened", "session_renewed": "renewed", "session_revoked": "revoked"}


def page_of_sessions(api: Api, asset_id: str, *, limit: int) -> Json:
    """Up to `limit` sessions of the asset, newest first."""
    return whole_list(api, path_of("assets", asset_id, "sessions"), limit)


def page_of_records(api: Api, *, asset_id: str | None, session_id: str | None, limit: int) -> Json:
    """Up to `limit` records, newest first."""
    return whole_list(api, path_of("audit"), limit, asset_id=asset_id, session_id=session_id)


def print_sessions(page: Json) -> None:
    """The table of `matinee sessions`."""
    if not page["items"]:
        hint("Nobody has a session. Make one with: matinee play ID")
        return
    rows = [
        (
            each["session_id"],
            each["viewer"],
            each["state"],
            local_time(each["created_at"]),
            local_time(each["session_ends_at"]),
            each["bind_ip"] or "",
        )
        for each in page["items"]
    ]
    print_table(("SESSION", "VIEWER", "STATE", "OPENED", "ENDS", "BOUND TO"), rows, give_way=1)
    _more(page)


def print_records(page: Json) -> None:
    """The table of `matinee audit`."""
    if not page["items"]:
        hint("Nothing is on record.")
        return
    rows = [
        (
            local_time(each["at"]),
            ACTS.get(each["act"], each["act"]),
            each["session_id"],
            each["viewer"] or "",
            each["caller"] or "",
            each["network"] or "",
            each["asset_id"],
        )
        for each in page["items"]
    ]
    print_table(("WHEN", "WHAT", "SESSION", "VIEWER", "BY", "FROM", "ASSET"), rows, give_way=3)
    _more(page)


def _more(page: Json) -> None:
    if page["next_cursor"] is not None:
        hint("There are more: --limit shows them.")
