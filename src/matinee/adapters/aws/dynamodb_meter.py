"""Rates in the table. It must not know who is counted; `ports.meter` is what it promises.

    pk                 sk     holds
    rate#{hash}        rate   due: when all that was taken is earned again

The name is kept as a hash of the day (`domain.day_hash`), until all it took is earned again: no address lies in the
table, nor can any be found there by trying them all. An item goes by time to live; one that is still there when it
should be gone says nothing (its `due` has passed).

One conditional write for each `take`, two when the other writers of the name were not those this process knows of.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from matinee.adapters.aws.dynamodb_ends import expires
from matinee.adapters.aws.dynamodb_table import ConditionFailedError, Table, number
from matinee.adapters.documents import microseconds
from matinee.domain.day_hash import day_hash
from matinee.domain.rate import SECOND, Rate
from matinee.ports.keys import Keys

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RATE = "rate"
TRIES = 8  # each that is lost was won by another caller of the same name; after so many the name is busy enough
BUSY_SECONDS = 1.0
REMEMBERED = 10_000
# Who took before: add to it. Who did not lately: begin anew. Which of the two holds, the condition decides.
MORE = ("SET #due = #due + :cost, #expires = :expires", "#due >= :now AND #due <= :most")
ANEW = ("SET #due = :fresh, #expires = :expires", "attribute_not_exists(#pk) OR #due < :now")


class DynamoDbMeter:
    """Implements the `Meter` port for every process that writes the table."""

    def __init__(self, client: "DynamoDBClient", name: str, keys: Keys) -> None:
        self._table = Table(client, name)
        self._keys = keys
        self._due: dict[str, int] = {}  # as this process saw it last: which write to try first, and nothing else

    def take(self, name: str, count: int, rate: Rate, now: datetime) -> float:
        """Take `count`, or say how long to wait."""
        place, at = self._place(name, now), microseconds(now)
        for _ in range(TRIES):
            due = self._written(place, count, rate, at)
            if due is None:
                return 0.0
            self._remember(place, due)
            wait = rate.wait(due, at, count)
            if wait > 0:
                return wait / SECOND
        return BUSY_SECONDS

    def give_back(self, name: str, count: int, rate: Rate, now: datetime) -> None:
        """Undo a `take`; what was forgotten meanwhile needs no undoing."""
        try:
            self._table.update(
                self._place(name, now),
                RATE,
                "SET #due = #due - :cost",
                condition="attribute_exists(#pk)",
                values={":cost": number(rate.cost(count))},
            )
        except ConditionFailedError:
            return

    def _written(self, place: str, count: int, rate: Rate, at: int) -> int | None:
        """None when it was taken; else what `due` is in the table, 0 when there is nothing."""
        cost, until = rate.cost(count), at + rate.seconds * SECOND
        known = self._due.get(place, 0)
        change, condition, values = (
            (*MORE, {":cost": number(cost), ":most": number(until - cost)})
            if known >= at
            else (*ANEW, {":fresh": number(at + cost)})
        )
        common = {":now": number(at), ":expires": expires(datetime.fromtimestamp(until / SECOND, UTC))}
        try:
            self._table.update(place, RATE, change, condition=condition, values=common | values)
        except ConditionFailedError as error:
            return 0 if error.item is None else int(error.item["due"]["N"])
        self._remember(place, rate.taken(known, at, count))
        return None

    def _remember(self, place: str, due: int) -> None:
        if len(self._due) >= REMEMBERED:
            self._due.clear()
        self._due[place] = due

    def _place(self, name: str, now: datetime) -> str:
        return f"{RATE}#{day_hash(self._keys.signing_key().secret, 'rates', now.date(), name)}"
