"""The signing keys of this machine, in one file. It must not know tokens, and never puts a secret into text.

    keys.json   {"keys": [{"kid", "secret", "renew_until"}, …]}   newest first, mode 0600

The first signs, the first two verify, all renew. `renew_until` is set when a key stops signing; a key past it goes at
the next rotation, unless it still verifies. The file is read again whenever it changed: another process rotated.
"""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from matinee.adapters.local.durable import locked, make_folders, replace_file, storage_errors
from matinee.adapters.local.secret_file import check_private, read_private
from matinee.domain.ids import encode_id
from matinee.domain.token import SigningKey
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy

SECRET_BYTES = 32  # RFC 7518, 3.2: an HS256 key has at least the size of the hash
VERIFYING = 2


@dataclass(frozen=True, slots=True)
class _Kept:
    key: SigningKey
    renew_until: datetime | None = None

    def as_json(self) -> dict[str, str | None]:
        secret = base64.urlsafe_b64encode(self.key.secret).decode("ascii")
        until = self.renew_until.isoformat() if self.renew_until else None
        return {"kid": self.key.kid, "secret": secret, "renew_until": until}

    @classmethod
    def from_json(cls, value: Mapping[str, str | None]) -> Self:
        kid, secret, until = value["kid"], value["secret"], value["renew_until"]
        if not kid or not secret:
            raise ValueError("a key without kid or secret")
        key = SigningKey(kid, base64.urlsafe_b64decode(secret))
        if len(key.secret) != SECRET_BYTES:
            raise ValueError("a secret of another length")
        return cls(key, datetime.fromisoformat(until) if until else None)


class KeyFile:
    """Implements the `Keys` port over one file; safe from many threads and processes."""

    def __init__(self, path: Path, entropy: Entropy) -> None:
        self._path = path
        self._entropy = entropy
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keys: tuple[_Kept, ...] = ()

    def signing_key(self) -> SigningKey:
        """The newest key. Raises `gate_not_ready` before the first, `setting_invalid` when the file cannot be used."""
        keys = self._current()
        if not keys:
            raise MatineeError(ErrorCode.GATE_NOT_READY, "There is no signing key yet; run: matinee keys rotate")
        return keys[0].key

    def verification_keys(self) -> Mapping[str, bytes]:
        """The newest key and the one before it."""
        return {kept.key.kid: kept.key.secret for kept in self._current()[:VERIFYING]}

    def renewal_keys(self) -> Mapping[str, bytes]:
        """Every key whose sessions may still live."""
        return {kept.key.kid: kept.key.secret for kept in self._current()}

    def replace_all(self) -> SigningKey:
        """A new key and no other, for the day one leaked."""
        with storage_errors("replacing the signing keys"):
            make_folders(self._path.parent)
            with locked(self._path.with_suffix(".lock")):
                new = self._new_key()
                self._write((_Kept(new),))
        return new

    def rotate(self, *, now: datetime, keep_for_renewal_until: datetime) -> SigningKey:
        """A new signing key, on disk before anyone gets it; two rotations at once make two keys, one after another."""
        new = self._new_key()
        with storage_errors("rotating the signing keys"):
            make_folders(self._path.parent)
            with locked(self._path.with_suffix(".lock")):
                older = self._current()
                if older:
                    until = keep_for_renewal_until.astimezone(UTC)
                    older = (replace(older[0], renew_until=until), *older[1:])
                # The key just replaced verifies still, whatever its date; the ones behind it only renew.
                kept = older[:1] + tuple(old for old in older[1:] if old.renew_until and old.renew_until > now)
                self._write((_Kept(new), *kept))
        return new

    def _new_key(self) -> SigningKey:
        kid = encode_id("key_", self._entropy.token_bytes(13))
        return SigningKey(kid, self._entropy.token_bytes(SECRET_BYTES))

    def _write(self, keys: tuple[_Kept, ...]) -> None:
        text = json.dumps({"keys": [kept.as_json() for kept in keys]}, indent=1)
        replace_file(self._path, text.encode() + b"\n")

    def _current(self) -> tuple[_Kept, ...]:
        """The keys in the file; one stat when nothing changed, since the gate asks on every segment."""
        with self._lock, storage_errors("reading the signing keys"):
            try:
                found = self._path.stat()
            except FileNotFoundError:
                return ()
            check_private(self._path, found)
            seen = (found.st_mtime_ns, found.st_ino, found.st_size)
            if seen != self._seen:
                self._keys = _parsed(self._path)
                self._seen = seen
            return self._keys


def _parsed(path: Path) -> tuple[_Kept, ...]:
    try:
        return tuple(_Kept.from_json(value) for value in json.loads(read_private(path))["keys"])
    except (ValueError, KeyError, TypeError):
        sentence = (
            f"{path} is damaged; put it back from a backup, or remove it and run: matinee keys rotate "
            "(every playback link made before then stops working)."
        )
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from None
