"""What runs were let go on for, by month. It must not know limits, films or SQL.

Obligations of every adapter (`tests/contracts/ledger.py` holds them to it):

* A run is counted once, in the month of its first `count` that returned True; of many asking at once no sum passes
  `most_seconds`, and no run is lost.
* What was written is durable. Errors are `catalog_unavailable` and `store_full`.
"""

from typing import Protocol

from matinee.domain.ids import RunId
from matinee.domain.spending import Spent


class Ledger(Protocol):
    """Seconds of film and dollars, added up."""

    def count(self, month: str, run_id: RunId, *, seconds: int, micro_usd: int, most_seconds: int | None) -> bool:
        """Count the run in `month`, unless the month's seconds would pass `most_seconds` (None: no matter how many).

        Whether it is counted, now or before.
        """
        ...

    def spent(self, month: str) -> Spent:
        """The month so far."""
        ...
