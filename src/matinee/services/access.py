"""Who is calling and what they may do. It must not know HTTP, cookies' syntax or identity providers.

On one machine there is one publisher: whoever holds the API token, in a header or, after signing in, in a browser's
cookie. On AWS the authorizer has already checked the caller and this module only reads scopes.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from matinee.errors import ErrorCode, MatineeError

BROWSER_DAYS = 30


class Scope(StrEnum):
    """What an endpoint asks for (DESIGN, "HTTP API")."""

    ASSETS_READ = "assets:read"
    ASSETS_WRITE = "assets:write"
    PLAYBACK_ISSUE = "playback:issue"
    PLAYBACK_DELEGATE = "playback:delegate"
    INSIGHT_READ = "insight:read"
    AUDIT_READ = "audit:read"
    SPENDING_APPROVE = "spending:approve"


# What an identity provider's groups may do. Whoever watches opens sessions of their own, hence playback:issue; to open,
# see and end those of others takes playback:delegate. Who publishes does not let a film past a limit: that is for who
# answers for the bill.
VIEWER = frozenset({Scope.ASSETS_READ, Scope.PLAYBACK_ISSUE})
GROUPS: Mapping[str, frozenset[Scope]] = MappingProxyType({
    "viewer": VIEWER,
    "publisher": VIEWER | {Scope.ASSETS_WRITE, Scope.PLAYBACK_DELEGATE, Scope.INSIGHT_READ, Scope.AUDIT_READ},
    "operator": frozenset(Scope),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. `subject` is what the audit record names."""

    subject: str
    scopes: frozenset[Scope]

    def viewer_named(self, viewer: str | None) -> str | None:
        """Whose session the caller opens or ends who asks for `viewer`'s (None: nobody named).

        Who may not speak for others has their own, under their subject, and for another hears `scope_missing`.
        """
        if Scope.PLAYBACK_DELEGATE in self.scopes:
            return viewer
        if viewer not in (None, self.subject):
            sentence = (
                f"Opening or ending the session of another viewer needs the scope {Scope.PLAYBACK_DELEGATE}; "
                "leave 'viewer' out for one of your own."
            )
            raise MatineeError(ErrorCode.SCOPE_MISSING, sentence)
        return self.subject

    def require(self, scope: Scope) -> None:
        """Raises `scope_missing` unless the caller has `scope`."""
        if scope not in self.scopes:
            sentence = f"This needs the scope {scope}; sign in as somebody who has it."
            raise MatineeError(ErrorCode.SCOPE_MISSING, sentence)


OWNER = Identity("owner", frozenset(Scope))


class ClaimsAccess:
    """Access by the claims of a token that an authorizer has verified: signature, issuer, audience and time."""

    def __init__(self, prefix: str) -> None:
        """`prefix` is what the issuer puts before a scope's name (`matinee/`); other scopes are not ours."""
        self._prefix = prefix

    def by_claims(self, claims: Mapping[str, object]) -> Identity:
        """Whom the claims name, with the scopes they list. Raises `credential_invalid` when they name nobody."""
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            sentence = "The access token names nobody; sign in again."
            raise MatineeError(ErrorCode.CREDENTIAL_INVALID, sentence)
        given = str(claims.get("scope", "")).split()
        return Identity(subject, frozenset(scope for scope in Scope if self._prefix + scope in given))


class TokenAccess:
    """Access by the one API token of a machine."""

    def __init__(self, api_token: str) -> None:
        self._token = api_token.encode()

    def by_token(self, given: str) -> Identity:
        """The owner. Raises `credential_invalid`."""
        if not hmac.compare_digest(self._token, given.encode("utf-8", "surrogateescape")):
            sentence = (
                "The API token is not this server's; the right one is printed at start and in the data directory."
            )
            raise MatineeError(ErrorCode.CREDENTIAL_INVALID, sentence)
        return OWNER

    def browser_pass(self, now: datetime) -> str:
        """What a signed-in browser keeps: an end time and a seal, not the token; a new API token ends all of them."""
        ends = int((now + timedelta(days=BROWSER_DAYS)).timestamp())
        return f"v1.{ends}.{self._seal(str(ends))}"

    def by_browser_pass(self, given: str, now: datetime) -> Identity:
        """The owner, signed in with this browser. Raises `credential_invalid` for a forged or an old pass."""
        version, _, rest = given.partition(".")
        ends, _, seal = rest.partition(".")
        fresh = version == "v1" and ends.isdecimal() and len(ends) < 16 and int(ends) > now.timestamp()
        if not fresh or not hmac.compare_digest(self._seal(ends).encode(), seal.encode("utf-8", "surrogateescape")):
            sentence = "You are not signed in any more; open the address the server printed at its start."
            raise MatineeError(ErrorCode.CREDENTIAL_INVALID, sentence)
        return OWNER

    def _seal(self, ends: str) -> str:
        return hmac.digest(self._token, f"matinee browser pass {ends}".encode(), hashlib.sha256).hex()


Access = TokenAccess | ClaimsAccess
