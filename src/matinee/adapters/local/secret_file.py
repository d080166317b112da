"""Secrets that live in one file each: the API token, the key links are signed with. It must not know what they open.

A secret is made once, kept with mode 0600, and refused when others may read it: one that leaked is not one.
"""

import base64
import os
import stat
from pathlib import Path

from matinee.adapters.local.durable import create_file, make_folders, storage_errors
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy

SECRET_BYTES = 32
MIN_SECRET_CHARACTERS = 16  # what MATINEE_TOKEN asks for too


def read_or_create_secret(path: Path, entropy: Entropy) -> str:
    """The secret in `path`, made now when there is none: 43 base64url characters, or what a person wrote there.

    Many processes may call this at once; all get the same. Raises `setting_invalid` when others can read the file or
    what it holds is too short, `store_unavailable` and `store_full`.
    """
    with storage_errors(f"reading {path.name}"):
        if not path.exists():
            make_folders(path.parent)
            secret = base64.urlsafe_b64encode(entropy.token_bytes(SECRET_BYTES)).rstrip(b"=")
            create_file(path, secret + b"\n")
        return _checked(path, read_private(path))


def read_private(path: Path) -> bytes:
    """The bytes of a file only this user can read. Raises `setting_invalid` when others can, OSError otherwise."""
    with path.open("rb") as file:
        check_private(path, os.fstat(file.fileno()))
        return file.read()


def check_private(path: Path, found: os.stat_result) -> None:
    """Raises `setting_invalid` when anybody but the owner may read or write `path`."""
    if stat.S_IMODE(found.st_mode) & 0o077:
        sentence = f"{path} can be read by other users of this machine; run: chmod 600 {path}"
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)


def _checked(path: Path, data: bytes) -> str:
    secret = data.decode("ascii", "replace").strip()
    if len(secret) < MIN_SECRET_CHARACTERS or not secret.isascii() or not secret.isprintable() or " " in secret:
        sentence = (
            f"{path} must hold {MIN_SECRET_CHARACTERS} or more printable ASCII characters without spaces; "
            "write one, or remove the file to have a new one made."
        )
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    return secret
