"""The document signing keys are kept in, whatever keeps it. It must not know files or AWS, nor put a secret into text.

    {"keys": [{"kid", "secret", "renew_until"}, …], "pending": {"kid", "secret"}}   newest first

The first of `keys` signs, the first two verify, all renew. `renew_until` is set when a key stops signing; a key past it
goes at the next rotation, unless it still verifies. A key is `pending` while the edge learns of it: it verifies and
renews already, since somebody else may sign with it a moment earlier, and signs nothing yet.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from matinee.domain.ids import encode_id
from matinee.domain.token import SigningKey
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy

SECRET_BYTES = 32  # RFC 7518, 3.2: an HS256 key has at least the size of the hash
VERIFYING = 2


def new_key(entropy: Entropy) -> SigningKey:
    """A key nobody else has."""
    kid = encode_id("key_", entropy.token_bytes(13))
    return SigningKey(kid, entropy.token_bytes(SECRET_BYTES))


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key that signs or did, and how long it renews once it has stopped."""

    key: SigningKey
    renew_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every key of a deployment at one moment."""

    kept: tuple[KeptKey, ...] = ()
    pending: SigningKey | None = None

    def signing_key(self) -> SigningKey:
        """The newest key. Raises `gate_not_ready` before the first."""
        if not self.kept:
            raise MatineeError(ErrorCode.GATE_NOT_READY, "There is no signing key yet; run: matinee keys rotate")
        return self.kept[0].key

    def verification_keys(self) -> dict[str, bytes]:
        """The two newest keys, a pending one counted, newest first."""
        return {key.kid: key.secret for key in self._newest_first()[:VERIFYING]}

    def renewal_keys(self) -> dict[str, bytes]:
        """Every key, newest first."""
        return {key.kid: key.secret for key in self._newest_first()}

    def _newest_first(self) -> list[SigningKey]:
        kept = [each.key for each in self.kept]
        return kept if self.pending is None else [self.pending, *kept]

    def check_rested(self, *, now: datetime, keep_for_renewal_until: datetime, longest_token: timedelta | None) -> None:
        """Raises `keys_in_use` while the key that a new one would push out may have signed tokens that are valid.

        None is any. A pending key has pushed it out already: whoever finishes that rotation harms nobody.
        """
        if longest_token is None or self.pending is not None or len(self.kept) < VERIFYING:
            return
        renew_until = self.kept[VERIFYING - 1].renew_until
        if renew_until is None:
            return
        stopped = renew_until - (keep_for_renewal_until - now)
        until = (stopped + longest_token).astimezone(UTC)
        if until > now:
            sentence = (
                f"Links that the key before the present one signed may live until {until:%Y-%m-%d %H:%M:%S} UTC, and a "
                "new key would end them; rotate after that, or at once by force (--now)."
            )
            raise MatineeError(ErrorCode.KEYS_IN_USE, sentence)

    def awaiting(self, key: SigningKey) -> Self:
        """With `key` pending."""
        return replace(self, pending=key)

    def signing_with(self, key: SigningKey, *, now: datetime, keep_for_renewal_until: datetime) -> Self:
        """With `key` signing; the one it replaces renews until then, and those whose time is over go."""
        older = self.kept
        if older:
            older = (replace(older[0], renew_until=keep_for_renewal_until.astimezone(UTC)), *older[1:])
        # The key just replaced verifies still, whatever its date; the ones behind it only renew.
        left = older[:1] + tuple(each for each in older[1:] if each.renew_until and each.renew_until > now)
        return replace(self, kept=(KeptKey(key), *left), pending=None)

    def to_json(self, indent: int | None = None) -> str:
        """The document. It is as secret as its keys."""
        document: dict[str, Any] = {"keys": [_kept_json(each) for each in self.kept]}
        if self.pending is not None:
            document["pending"] = _key_json(self.pending)
        return json.dumps(document, indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """What `to_json` wrote. Raises ValueError, without the text, for anything else."""
        try:
            document = json.loads(text)
            pending = document.get("pending")
            return cls(
                tuple(_kept_of(value) for value in document["keys"]), _key_of(pending) if pending is not None else None
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError("not a document of signing keys") from None


def _key_json(key: SigningKey) -> dict[str, str]:
    return {"kid": key.kid, "secret": base64.urlsafe_b64encode(key.secret).decode("ascii")}


def _kept_json(kept: KeptKey) -> dict[str, str | None]:
    return {**_key_json(kept.key), "renew_until": kept.renew_until.isoformat() if kept.renew_until else None}


def _key_of(value: Mapping[str, str | None]) -> SigningKey:
    kid, secret = value["kid"], value["secret"]
    if not kid or not secret:
        raise ValueError("a key without kid or secret")
    key = SigningKey(kid, base64.urlsafe_b64decode(secret))
    if len(key.secret) != SECRET_BYTES:
        raise ValueError("a secret of another length")
    return key


def _kept_of(value: Mapping[str, str | None]) -> KeptKey:
    until = value["renew_until"]
    return KeptKey(_key_of(value), datetime.fromisoformat(until) if until else None)
