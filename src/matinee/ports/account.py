"""The account a deployment lives in, asked by a person: what only it can tell. It must not judge what it finds.

Every method raises `check_failed` when the account does not answer, or the person may not ask; the sentence says which.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class GateStore:
    """The gate's KeyValueStore: its entries, their bytes as AWS counts them, and as they are added up."""

    entries: int
    told_bytes: int
    counted_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What calls a function again and again: `every` is its expression, such as `rate(15 minutes)`."""

    enabled: bool
    every: str
    since: datetime


class Account(Protocol):
    """One deployment's account and Region. Functions are named without the deployment's name: `upkeep`."""

    def drop(self, file: Path, key: str) -> None:
        """Put a file into the media bucket."""

    def take_back(self, key: str) -> None:
        """Remove it, also when it is gone already."""

    def second_region(self) -> bool:
        """Whether what is put below `streams/` is copied to another Region."""

    def copied(self, key: str) -> bool:
        """Whether that object arrived there; False while it is on its way."""

    def functions_at_once(self) -> int:
        """How many functions of the account may run at the same time in this Region, all together."""

    def schedule(self, of: str) -> Schedule:
        """What calls the function `of`."""

    def last_call(self, of: str, within: timedelta) -> datetime | None:
        """When the function `of` last wrote to its log; None when that is longer ago."""

    def key_changed_at(self) -> datetime | None:
        """When the signing keys were last written; None when there is no secret of them."""

    def gate_store(self) -> GateStore:
        """What the gate reads, weighed."""

    def refuses_second_value(self) -> bool:
        """Whether a version of a secret takes one value: tried on a secret of its own, which is removed again."""
