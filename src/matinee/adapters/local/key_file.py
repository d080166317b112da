"""The signing keys of this machine, in one file. It must not know tokens, and never puts a secret into text.

`keys.json` holds the document of `adapters.key_ring`, with mode 0600. It is read again whenever it changed: another
process rotated.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from matinee.adapters.key_ring import KeptKey, KeyRing, new_key
from matinee.adapters.local.durable import locked, make_folders, replace_file, storage_errors
from matinee.adapters.local.secret_file import check_private, read_private
from matinee.domain.token import SigningKey
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy


class KeyFile:
    """Implements the `Keys` port over one file; safe from many threads and processes."""

    def __init__(self, path: Path, entropy: Entropy) -> None:
        self._path = path
        self._entropy = entropy
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._ring = KeyRing()

    def signing_key(self) -> SigningKey:
        """The newest key. Raises `gate_not_ready` before the first, `setting_invalid` when the file cannot be used."""
        return self._current().signing_key()

    def verification_keys(self) -> Mapping[str, bytes]:
        """The newest key and the one before it."""
        return self._current().verification_keys()

    def renewal_keys(self) -> Mapping[str, bytes]:
        """Every key whose sessions may still live."""
        return self._current().renewal_keys()

    def replace_all(self) -> SigningKey:
        """A new key and no other, for the day one leaked."""
        with storage_errors("replacing the signing keys"):
            make_folders(self._path.parent)
            with locked(self._path.with_suffix(".lock")):
                new = new_key(self._entropy)
                self._write(KeyRing((KeptKey(new),)))
        return new

    def rotate(
        self, *, now: datetime, keep_for_renewal_until: datetime, longest_token: timedelta | None = None
    ) -> SigningKey:
        """A new signing key, on disk before anyone gets it; two rotations at once make two keys, one after another."""
        new = new_key(self._entropy)
        with storage_errors("rotating the signing keys"):
            make_folders(self._path.parent)
            with locked(self._path.with_suffix(".lock")):
                ring = self._current()
                ring.check_rested(now=now, keep_for_renewal_until=keep_for_renewal_until, longest_token=longest_token)
                self._write(ring.signing_with(new, now=now, keep_for_renewal_until=keep_for_renewal_until))
        return new

    def _write(self, ring: KeyRing) -> None:
        replace_file(self._path, ring.to_json(indent=1).encode() + b"\n")

    def _current(self) -> KeyRing:
        """The keys in the file; one stat when nothing changed, since the gate asks on every segment."""
        with self._lock, storage_errors("reading the signing keys"):
            try:
                found = self._path.stat()
            except FileNotFoundError:
                return KeyRing()
            check_private(self._path, found)
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
            if seen != self._seen:
                self._ring = _parsed(self._path)
                self._seen = seen
            return self._ring


def _parsed(path: Path) -> KeyRing:
    try:
        return KeyRing.from_json(read_private(path))
    except ValueError:
        sentence = (
            f"{path} is damaged; put it back from a backup, or remove it and run: matinee keys rotate "
            "(every playback link made before then stops working)."
        )
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from None
