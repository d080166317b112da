"""`matinee backup` and `restore`: this machine's data directory. It must not know how it is copied."""

from pathlib import Path

from matinee.cli.client import Json
from matinee.cli.output import hint, say, size_text
from matinee.config import Settings
from matinee.wiring_backup import Backup, back_up
from matinee.wiring_backup import restore as put_back


def make(settings: Settings, into: Path) -> Json:
    """A new backup below `into`: `{"folder", "files", "size_bytes", "copied_bytes"}`."""
    return _as_json(back_up(settings, into))


def restore(settings: Settings, folder: Path) -> Json:
    """The data directory made from `folder`, in the same shape."""
    return _as_json(put_back(settings, folder))


def print_backup(made: Json) -> None:
    """Where it is, and that it holds the keys."""
    say(made["folder"])
    size, copied = size_text(made["size_bytes"]), size_text(made["copied_bytes"])
    hint(f"{made['files']} files, {size}, of which {copied} were copied.")
    hint("It holds the signing keys and the API token: keep it as private as the server's own folder.")


def print_restored(made: Json) -> None:
    """What is there now, and what to do next."""
    say(made["folder"])
    hint(f"{made['files']} files, {size_text(made['size_bytes'])}. Start the server: what was under way goes on.")


def _as_json(made: Backup) -> Json:
    return {
        "folder": str(made.folder),
        "files": made.files,
        "size_bytes": made.size_bytes,
        "copied_bytes": made.copied_bytes,
    }
