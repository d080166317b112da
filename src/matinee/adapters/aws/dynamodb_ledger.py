"""What runs were let go on for, in the table. It must not know limits; `ports.ledger` is what it promises.

pk                 sk      holds
spent#{run}        run     nothing: that it is there says that the run is counted
spent#{month}      month   runs, seconds, micro_usd
"""

from typing import TYPE_CHECKING

from matinee.adapters.aws.dynamodb_table import ConditionFailedError, Item, Table, key, number
from matinee.domain.ids import RunId
from matinee.domain.spending import Spent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADDED = "ADD #runs :one, #seconds :seconds, #micro_usd :micro_usd"
ANYWAY = "attribute_exists(#pk) OR attribute_not_exists(#pk)"
NOT_THERE = "attribute_not_exists(#pk)"
ROOM = "attribute_not_exists(#seconds) OR #seconds <= :room"


class DynamoDbLedger:
    """Implements the `Ledger` port."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._table = Table(client, name)

    def count(self, month: str, run_id: RunId, *, seconds: int, micro_usd: int, most_seconds: int | None) -> bool:
        """One transaction: the run is not counted yet, and the month has room."""
        if most_seconds is not None and seconds > most_seconds:
            return self._counted(run_id)
        values: Item = {":one": number(1), ":seconds": number(seconds), ":micro_usd": number(micro_usd)}
        room = {} if most_seconds is None else {":room": number(most_seconds - seconds)}
        condition = ANYWAY if most_seconds is None else ROOM
        month_write = self._table.to_update(
            f"spent#{month}", "month", ADDED, condition=condition, values={**values, **room}
        )
        try:
            self._table.write_all([self._table.to_put(key(f"spent#{run_id}", "run"), condition=NOT_THERE), month_write])
        except ConditionFailedError:
            return self._counted(run_id)
        return True

    def spent(self, month: str) -> Spent:
        """A read by key, as the last write left it."""
        found = self._table.get(f"spent#{month}", "month") or {}

        def told(name: str) -> int:
            return int(found[name]["N"]) if name in found else 0

        return Spent(month=month, runs=told("runs"), seconds=told("seconds"), micro_usd=told("micro_usd"))

    def _counted(self, run_id: RunId) -> bool:
        return self._table.get(f"spent#{run_id}", "run") is not None
