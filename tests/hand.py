"""A clock for tests that are about time."""

from datetime import UTC, datetime

SOME_DAY = datetime(2026, 11, 22, tzinfo=UTC)


class Hand:
    """A clock moved by hand."""

    def __init__(self, time: datetime = SOME_DAY) -> None:
        self.time = time

    def now(self) -> datetime:
        """See `ports.clock.Clock`."""
        return self.time
