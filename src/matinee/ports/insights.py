"""Counters of what was watched. It must not know beacons, viewers' names or SQL.

Obligations of every adapter (`tests/contracts/insights.py` holds them to it):

* Counters only grow by `add`, which is atomic for each counter: of many adding at once none is lost.
* `advance` and `first_today` answer "new" to exactly one of many who ask at once.
* The counters of a deleted asset go by `Catalog.forget_asset`; those of all assets together stay. What is noted of it
  in five minutes may stay for as long as it would have.
* What was written is durable. Errors are `catalog_unavailable` and `store_full`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from matinee.domain.ids import AssetId

Counters = Mapping[str, int]


class Advance(StrEnum):
    """How a beacon stands to those before it."""

    NEW = "new"  # the first of its view that was heard
    NEXT = "next"
    KNOWN = "known"  # heard already, or overtaken: it counts for nothing


class Insights(Protocol):
    """What was counted, by asset and day (UTC)."""

    def advance(self, view: str, number: int, *, ends_at: datetime) -> Advance:
        """Note that beacon `number` of `view` was heard; remembered at least until `ends_at`."""
        ...

    def first_today(self, asset_id: AssetId | None, day: date, viewer: str, *, ends_at: datetime) -> bool:
        """Whether `viewer` (a hash) is new to the asset (None: to all) on `day`; remembered until `ends_at`."""
        ...

    def add(self, asset_id: AssetId | None, day: date, counters: Counters) -> None:
        """Add to the day's counters of the asset, or with None to those of all assets together."""
        ...

    def days(self, asset_id: AssetId | None, first: date, last: date) -> Sequence[tuple[date, Counters]]:
        """The days from `first` to `last`, both included, on which something was counted, oldest first."""
        ...

    def note(self, slot: datetime, asset_id: AssetId, counters: Counters) -> None:
        """Add to what is told of the asset in the five minutes from `slot` on; kept for twenty minutes at least."""
        ...

    def noted(self, slot: datetime) -> Sequence[tuple[AssetId, Counters]]:
        """What was told of each asset in those five minutes, in any order."""
        ...

    def sweep(self, now: datetime, *, days_before: date, slots_before: datetime) -> None:
        """Drop what was to be remembered until before `now`, and every day and every five minutes older than those."""
        ...
