"""Time, ids and randomness as ports, so that tests can hold them still. It must not know where they come from."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """The current time, timezone-aware, in UTC."""
        ...


class Entropy(Protocol):
    """Where unguessable values come from."""

    def token_bytes(self, count: int) -> bytes:
        """`count` bytes nobody can predict."""
        ...
