"""What is remembered of every playback session that was opened, renewed or revoked. It must not know how it is kept.

A record holds ids, names and a time; never a token, and of an address only its network: enough to see that a link was
passed on, too little to find a person by.
"""

import ipaddress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType, Self

from matinee.domain.ids import AssetId, SessionId

AuditId = NewType("AuditId", str)
NETWORK_BITS = {4: 24, 6: 48}  # what one line's owner shares with some hundred others, or with nobody but their site


class Act(StrEnum):
    """What was done. Stable: programs read it."""

    OPENED = "session_opened"
    RENEWED = "session_renewed"
    REVOKED = "session_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One act: `caller` is who did it, `network` from where, None when that is not known or was nobody outside."""

    id: AuditId
    at: datetime
    act: Act
    caller: str | None
    session_id: SessionId
    asset_id: AssetId
    viewer: str | None
    network: str | None = None

    def without_viewer(self) -> Self:
        """What stays of it when its asset is deleted: what was done, when and by which publisher, not who watched."""
        caller = None if self.caller == self.viewer else self.caller
        return replace(self, caller=caller, viewer=None, network=None)


def network_of(address: str) -> str | None:
    """The network an address lies in: IPv4 to 24 bits, IPv6 to 48; None for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    whole = (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
    return str(ipaddress.ip_network(f"{whole}/{NETWORK_BITS[whole.version]}", strict=False))
