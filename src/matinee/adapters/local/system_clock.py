"""This machine's clock and its source of randomness. It must not know who asks."""

import os
from datetime import UTC, datetime


class SystemClock:
    """Implements the `Clock` port."""

    def now(self) -> datetime:
        """The current time, timezone-aware, in UTC."""
        return datetime.now(UTC)


class SystemEntropy:
    """Implements the `Entropy` port with the kernel's generator."""

    def token_bytes(self, count: int) -> bytes:
        """`count` bytes nobody can predict."""
        return os.urandom(count)  # as `secrets` does, whose other imports take milliseconds
