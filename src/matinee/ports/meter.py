"""What callers took of what they may ask. It must not know who they are, nor what is counted.

Obligations of every adapter (`tests/contracts/meter.py` holds them to it):

* Of many who take at once, no more get something than the rate allows.
* Who is refused has taken nothing; what is given back may be taken again.
* A name is forgotten only when all that it took is earned again, or at midnight (UTC) by an adapter that hides it
  under the day's hash: then it may take up to twice its limit, once.
* Counts need not outlive the server they protect. Errors are `catalog_unavailable`, `keys_unavailable` and
  `gate_not_ready` (nothing is hidden yet).
"""

from datetime import datetime
from typing import Protocol

from matinee.domain.rate import Rate


class Meter(Protocol):
    """Counts by name. A name has one rate; `now` is the caller's clock."""

    def take(self, name: str, count: int, rate: Rate, now: datetime) -> float:
        """Take `count`: 0.0. Else nothing was taken, and so many seconds later it may be."""
        ...

    def give_back(self, name: str, count: int, rate: Rate, now: datetime) -> None:
        """Undo a `take` of `count`."""
        ...
