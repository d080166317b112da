"""`matinee delete --verify`: what is left of a deleted asset. It must not know where the server looks."""

from matinee.cli.client import Json
from matinee.cli.output import hint, local_time, print_table, say, size_text
from matinee.errors import ErrorCode, MatineeError

# Programs read the names; people read these.
WORDS = {
    "old_version": "old versions",
    "unfinished_upload": "unfinished uploads",
    "replica": "in the second Region",
    "replica_old_version": "old versions there",
}
IN_REPLICA = "replica"  # as the server calls it


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
    for place in found.get("not_looked_at", []):  # a server of before has none
        say(f"Not looked at: {place}")
    if found["clean"]:
        hint("Nothing of it stays." if left else "Nothing of it is left.")


def check_clean(found: Json) -> None:
    """Raises `check_failed` when something stays, or a place could not be looked at."""
    if found["clean"]:
        return
    asset_id, stays = found["asset_id"], {each["place"] for each in found["found"] if each["gone_by"] is None}
    if found["erased_at"] is None or stays - {IN_REPLICA}:
        sentence = f"Something of {asset_id} is left; the server goes on removing it. Look again in 15 minutes."
    elif stays:
        sentence = (
            f"The copy in the second Region still has {asset_id}; S3 takes it away there within 15 minutes of the"
            " deletion. Look again then; if it stays, docs/deletion.md says what to do."
        )
    else:
        sentence = f"Not every place where {asset_id} may lie was looked at; look again later."
    raise MatineeError(ErrorCode.CHECK_FAILED, sentence)


def _through(ended: str | None) -> str:
    return "the deletion is not through yet" if ended is None else f"the deletion was through {local_time(ended)}"


def _told(each: Json | None) -> str:
    if each is None:
        return "nothing"
    size = f", {size_text(each['size_bytes'])}" if each["size_bytes"] else ""
    until = f", gone by itself by {local_time(each['gone_by'])}" if each["gone_by"] else ""
    return f"{each['count']}{size}{until}"
