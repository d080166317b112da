"""A playback session: who may watch what, until when. It must not know how tokens look.

The token's life and the session's end are two things: the token is short and renewed while the session lives; the
session's end is the server's policy.
"""

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from matinee.domain.ids import AssetId, SessionId, ShareId
from matinee.errors import ErrorCode, MatineeError

MIN_TTL_SECONDS = 1
MAX_VIEWER = 128
ANONYMOUS = "anonymous"  # a viewer nobody named: no two of them are taken for one
MAX_PREMIERE = timedelta(days=90)  # how far ahead a session may start: its key must be known for renewal that long


class SessionState(StrEnum):
    """Where a session stands; `waiting` is for its premiere."""

    WAITING = "waiting"
    OPEN = "open"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """What the server decides, whatever a caller asks for. All in seconds."""

    default_ttl_seconds: int = 3600
    max_ttl_seconds: int = 6 * 3600
    session_seconds: int = 24 * 3600
    sessions_per_viewer: int = 0  # how many of a named viewer's sessions live at once; 0: any number

    @property
    def longest_session(self) -> timedelta:
        """From opening a session to the last moment it can be renewed, premieres included."""
        return MAX_PREMIERE + timedelta(seconds=self.session_seconds)

    def starts_at(self, asked: datetime | None, now: datetime) -> datetime:
        """When a session may first be watched: now, or the premiere asked for. Over 90 days ahead: `field_invalid`."""
        if asked is None:
            return now
        if asked.tzinfo is None:
            sentence = f"'not_before' is {asked.isoformat()}; it takes a time with its zone, such as …T20:00:00Z."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        if asked - now > MAX_PREMIERE:
            sentence = f"'not_before' is {asked.isoformat()}; it takes a time up to {MAX_PREMIERE.days} days ahead."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        return max(asked, now)

    def ends_at(self, starts: datetime, by: datetime | None) -> datetime:
        """When a session that starts then ends: after the policy's time, and never after `by`."""
        ends = starts + timedelta(seconds=self.session_seconds)
        return ends if by is None else min(ends, by)

    def ttl_seconds(self, asked: int | None) -> int:
        """The token's life: the default, or what was asked for, clamped to the maximum. Under 1: `field_invalid`."""
        if asked is None:
            return min(self.default_ttl_seconds, self.max_ttl_seconds)
        if asked < MIN_TTL_SECONDS:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'ttl_seconds' is {asked}; it takes 1 or more.")
        return min(asked, self.max_ttl_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One viewer's permission for one asset."""

    id: SessionId
    asset_id: AssetId
    viewer: str
    created_at: datetime
    not_before: datetime
    ends_at: datetime
    ttl_seconds: int
    bind_ip: str | None = None
    share_id: ShareId | None = None  # the share link that opened it
    revoked_at: datetime | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        """A session is built valid or not at all."""
        if not 1 <= len(self.viewer) <= MAX_VIEWER or not self.viewer.isprintable():
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'viewer' takes 1 to {MAX_VIEWER} printable characters.")
        if self.bind_ip is not None:
            canonical_network(self.bind_ip)

    def token_expires_at(self, now: datetime) -> datetime:
        """When a token made now ends: after its life (from the premiere, if that is later), never after the session."""
        return min(max(now, self.not_before) + timedelta(seconds=self.ttl_seconds), self.ends_at)

    def state(self, now: datetime) -> SessionState:
        """Where the session stands."""
        if self.revoked_at is not None:
            return SessionState.REVOKED
        if now >= self.ends_at:
            return SessionState.ENDED
        return SessionState.OPEN if now >= self.not_before else SessionState.WAITING

    def revoked(self, at: datetime) -> Self:
        """The session cut short; revoking twice keeps the first time."""
        return replace(self, revoked_at=self.revoked_at or at)


def canonical_network(text: str) -> str:
    """`text`, an IPv4 or IPv6 address or prefix (RFC 4632, RFC 4291), as the gate reads it: netmasks become lengths.

    Raises `field_invalid`, for an address with a zone as well: no viewer has one.
    """
    try:
        network = ipaddress.ip_network("" if "%" in text else text, strict=False)
    except ValueError:
        sentence = f"'bind_ip' is {text[:60]!r}; it takes an address or a prefix such as 203.0.113.7 or 2001:db8::/48."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence) from None
    return str(network) if "/" in text else str(network.network_address)
