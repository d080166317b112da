"""`matinee delete --verify`: what is left of a deleted asset. It must not know where the server looks."""

from matinee.cli.client import Json
from matinee.cli.output import hint, local_time, print_table, say, size_text
from matinee.errors import ErrorCode, MatineeError

WORDS = {"old_version": "old versions", "unfinished_upload": "unfinished uploads"}  # programs read the names


def print_remains(found: Json) -> None:
    """Each place that was looked at, with what lies there."""
    left = {each["place"]: each for each in found["found"]}
    print_table(
        ("LOOKED AT", "FOUND"),
        [(WORDS.get(place, place), _told(left.get(place))) for place in found["looked_at"]],
        give_way=0,
    )
    ended = found["erased_at"]
    say(f"{found['asset_id']} was deleted {local_time(found['deleted_at'])}; {_through(ended)}.")
    unseen = found.get("not_looked_at", [])  # a server of before has none
    for place in unseen:
        say(f"Not looked at: {place}.")
    if found["clean"]:
        verdict = "Nothing of it stays" if left else "Nothing of it is left"
        hint(f"{verdict} where this looked." if unseen else f"{verdict}.")


def check_clean(found: Json) -> None:
    """Raises `check_failed` when something stays."""
    if not found["clean"]:
        sentence = (
            f"Something of {found['asset_id']} is left; the server goes on removing it. Look again in 15 minutes."
        )
        raise MatineeError(ErrorCode.CHECK_FAILED, sentence)


def _through(ended: str | None) -> str:
    return "the deletion is not through yet" if ended is None else f"the deletion was through {local_time(ended)}"


def _told(each: Json | None) -> str:
    if each is None:
        return "nothing"
    size = f", {size_text(each['size_bytes'])}" if each["size_bytes"] else ""
    until = f", gone by itself by {local_time(each['gone_by'])}" if each["gone_by"] else ""
    return f"{each['count']}{size}{until}"
