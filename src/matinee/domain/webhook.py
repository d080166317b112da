"""An endpoint that is told of events, its secrets and its signatures. It must not know how anything travels.

Standard Webhooks (standard-webhooks.com, specification 1.0): `webhook-id`, `webhook-timestamp` (seconds) and
`webhook-signature`, which lists `v1,` and the base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}` once for each secret
that is valid. A secret is `whsec_` and the base64 of 24 to 64 random bytes.

Two secrets sign at most: the newest, and the one before it until `valid_until`, so that a receiver may change over
without losing a message.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from matinee.domain.event import SUBSCRIBABLE, EventType
from matinee.domain.ids import WebhookId
from matinee.errors import ErrorCode, MatineeError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the standard's own prefix
SECRET_BYTES = 32
MAX_DESCRIPTION = 200
MAX_WEBHOOKS = 20  # each event is written once for each of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What a message is signed with, until `valid_until` if it was replaced. Its value is in no `repr`."""

    value: str = field(repr=False)
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint. `events` empty: every type. `secrets`, the newest first."""

    id: WebhookId
    url: str
    secrets: tuple[Secret, ...]
    created_at: datetime
    updated_at: datetime
    events: tuple[EventType, ...] = ()
    description: str = ""
    enabled: bool = True
    revision: int = 1

    def __post_init__(self) -> None:
        """An endpoint is built valid or not at all; its URL is `domain.outbound`'s to judge."""
        if len(self.description) > MAX_DESCRIPTION or any(ord(letter) < 32 for letter in self.description):
            sentence = f"'description' takes up to {MAX_DESCRIPTION} printable characters."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        if set(self.events) - set(SUBSCRIBABLE):
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'events' takes some of {', '.join(SUBSCRIBABLE)}.")

    def wants(self, kind: EventType) -> bool:
        """Whether events of this type are told to it now."""
        return self.enabled and (not self.events or kind in self.events)

    def rotated(self, secret: str, *, old_until: datetime, at: datetime) -> Self:
        """With a new secret; the one before signs beside it until `old_until`, any older one no more."""
        old = replace(self.secrets[0], valid_until=old_until)
        return replace(self, secrets=(Secret(value=secret), old), updated_at=at)

    def valid_secrets(self, now: datetime) -> tuple[str, ...]:
        """What signs now, the newest first."""
        return tuple(each.value for each in self.secrets if each.valid_until is None or now < each.valid_until)


def make_secret(entropy: bytes) -> str:
    """A secret of these random bytes."""
    return SECRET_PREFIX + base64.b64encode(entropy).decode("ascii")


def signed_headers(webhook: Webhook, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The standard's three headers for a message sent now."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = (_signature(secret, signed) for secret in webhook.valid_secrets(now))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")
