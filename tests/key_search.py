"""Looks for signing keys in everything that was written: logs, catalogs, objects, states.

It must not know who writes. A key is looked for in every way a program would write one down.
"""

import base64
import mmap
from collections.abc import Iterable, Iterator
from pathlib import Path

from matinee.adapters.key_ring import KeyRing

KEPT_IN = ("keys.json", "link.key")  # where they belong: the only files that may hold one


def spellings(secret: bytes) -> set[bytes]:
    """The ways a program would write a secret down."""
    plain, for_urls = base64.b64encode(secret).rstrip(b"="), base64.urlsafe_b64encode(secret).rstrip(b"=")
    return {secret, secret.hex().encode(), plain, for_urls, repr(secret)[2:-1].encode()}


def keys_in(data_dir: Path) -> set[bytes]:
    """Every spelling of the keys a server keeps in its data directory."""
    ring = KeyRing.from_json((data_dir / "keys.json").read_text())
    found = {form for secret in ring.renewal_keys().values() for form in spellings(secret)}
    link = data_dir / "link.key"
    return found | ({link.read_bytes().strip()} if link.exists() else set())


def leaks(folder: Path) -> Iterator[str]:
    """Every file below `folder` that holds a key of a server whose data directory lies beside it or above it.

    Backups are copies of data directories, keys and all, and are searched as such.
    """
    for keys in folder.rglob("keys.json"):
        forms = keys_in(keys.parent)
        for path in _written(keys.parent.parent):
            if _holds(path, forms):
                yield f"{path} holds a key of {keys}"


def _written(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.name not in KEPT_IN and path.is_file())


def _holds(path: Path, forms: set[bytes]) -> bool:
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return any(data.find(form) >= 0 for form in forms)
    except FileNotFoundError:  # a temporary file that went meanwhile
        return False
