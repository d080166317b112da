"""Which playback sessions were cut short. It must not know tables or edges.

Asked on every segment, so it must be quick; obeyed at once on one machine, within seconds at CloudFront's edges.
"""

from datetime import datetime
from typing import Protocol

from matinee.domain.ids import SessionId


class Revocations(Protocol):
    """The revoked sessions that could still be asked about."""

    def revoke(self, session_id: SessionId, *, until: datetime) -> None:
        """Refuse the session from now on; after `until` (its end) the entry may be swept. Twice is once."""
        ...

    def is_revoked(self, session_id: SessionId) -> bool:
        """Whether the session is refused."""
        ...

    def sweep(self, now: datetime) -> int:
        """Drop entries that ended before `now`; how many went."""
        ...
