"""`share`: how share links are printed, and a password asked for. It must not know how requests travel."""

import getpass
import sys

from matinee.cli.client import Json
from matinee.cli.output import hint, local_time, print_fields, print_table, say
from matinee.errors import ErrorCode, MatineeError


def print_share(share: Json) -> None:
    """A link just made, and how to take it back."""
    fields = [
        ("link", share["url"]),
        ("embed", share["embed_url"]),
        ("sites", ", ".join(share["sites"])),
        ("ends", local_time(share["ends_at"])),
        ("views", views_text(share)),
        ("password", "yes" if share["has_password"] else "no"),
    ]
    print_fields([(name, text) for name, text in fields if text])
    hint(f"Take it back: matinee share revoke {share['id']}")


def print_shares(page: Json) -> None:
    """The table of `matinee share list`."""
    if not page["items"]:
        hint("No share links. Make one with: matinee share make ID")
        return
    rows = [
        (one["id"], one["label"], views_text(one), local_time(one["ends_at"]), ", ".join(one["sites"]))
        for one in page["items"]
    ]
    print_table(("ID", "LABEL", "VIEWS", "ENDS", "SITES"), rows, give_way=1)


def print_revoked(answer: Json) -> None:
    """A link taken back."""
    say(f"{answer['share_id']} opens nothing any more; whoever was watching by it is stopped.")


def views_text(share: Json) -> str:
    """`2`, or `2 of 5`."""
    limit = share["view_limit"]
    return str(share["views"]) if limit is None else f"{share['views']} of {limit}"


def asked_password() -> str:
    """What is typed without being shown; without a terminal, the line that is piped in. Raises `field_invalid`."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ", stream=sys.stderr)
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        sentence = "There is no terminal to ask for the password on; pipe it in, as one line."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    return password
