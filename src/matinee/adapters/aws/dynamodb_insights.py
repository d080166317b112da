"""Counters of what was watched, in the table. It must not know beacons; `ports.insights` is what it promises.

pk                      sk              holds
insight#{asset | all}   day#{day}       n_{counter} …
view#{view}             view            number: the last beacon heard
slot#{time}             {asset}         n_{counter} …: five minutes
viewers#{asset | all}   {day}#{viewer}  nothing: that it is there is what counts

Items go by time to live, within days of their end; a view or a viewer that is remembered longer does no harm.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from matinee.adapters.aws.dynamodb_ends import expires
from matinee.adapters.aws.dynamodb_table import ConditionFailedError, Item, Table, key, text
from matinee.adapters.aws.dynamodb_table import number as as_number
from matinee.domain.ids import AssetId
from matinee.ports.insights import Advance, Counters

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ALL = "all"
COUNTER = "n_"
NAME = re.compile(r"[a-z0-9_]{1,40}\Z", re.ASCII)
AT_ONCE = 40  # an update expression has 4 KB; each counter takes its name twice
ANYWAY = "attribute_exists(#pk) OR attribute_not_exists(#pk)"
NOT_THERE = "attribute_not_exists(#pk)"


def forget(table: Table, asset_id: AssetId) -> None:
    """What the catalog does when it forgets an asset: its counters go, and who was new on which day."""
    for place in (f"insight#{asset_id}", f"viewers#{asset_id}"):
        found = table.query("#pk = :place", {":place": text(place)})
        table.delete_all([key(place, item["sk"]["S"]) for item in found])


class DynamoDbInsights:
    """Implements the `Insights` port. A day of an asset lives for `keep_days`, five minutes for `keep_slots`."""

    def __init__(self, client: "DynamoDBClient", name: str, *, keep_days: int, keep_slots: timedelta) -> None:
        self._table = Table(client, name)
        self._keep = timedelta(days=keep_days)
        self._keep_slots = keep_slots

    def advance(self, view: str, number: int, *, ends_at: datetime) -> Advance:
        """A write for a view that is known, on the condition that this is newer; else one for a new view."""
        values = {":number": as_number(number), ":expires": expires(ends_at)}
        try:
            self._table.update(
                f"view#{view}",
                "view",
                "SET #number = :number, #expires = :expires",
                condition="attribute_exists(#pk) AND #number < :number",
                values=values,
            )
        except ConditionFailedError as error:
            if error.item is not None:
                return Advance.KNOWN
        else:
            return Advance.NEXT
        item = {**key(f"view#{view}", "view"), "number": as_number(number), "expires": expires(ends_at)}
        try:
            self._table.put(item, condition=NOT_THERE)
        except ConditionFailedError:  # another beacon of the view was first: ask again, once it is there
            return self.advance(view, number, ends_at=ends_at)
        return Advance.NEW

    def first_today(self, asset_id: AssetId | None, day: date, viewer: str, *, ends_at: datetime) -> bool:
        """One conditional write decides."""
        place = key(f"viewers#{asset_id or ALL}", f"{day.isoformat()}#{viewer}")
        try:
            self._table.put({**place, "expires": expires(ends_at)}, condition=NOT_THERE)
        except ConditionFailedError:
            return False
        return True

    def add(self, asset_id: AssetId | None, day: date, counters: Counters) -> None:
        """ADD is atomic for each attribute (DynamoDB Developer Guide, "Update expressions")."""
        ends_at = datetime.combine(day, time(), UTC) + self._keep
        self._add(f"insight#{asset_id or ALL}", f"day#{day.isoformat()}", counters, ends_at)

    def days(self, asset_id: AssetId | None, first: date, last: date) -> Sequence[tuple[date, Counters]]:
        """A query by key."""
        values = {
            ":place": text(f"insight#{asset_id or ALL}"),
            ":first": text(f"day#{first.isoformat()}"),
            ":last": text(f"day#{last.isoformat()}"),
        }
        found = self._table.query("#pk = :place AND #sk BETWEEN :first AND :last", values)
        return [(date.fromisoformat(item["sk"]["S"].removeprefix("day#")), _counters(item)) for item in found]

    def note(self, slot: datetime, asset_id: AssetId, counters: Counters) -> None:
        """As a day's counters are."""
        self._add(_place(slot), asset_id, counters, slot + self._keep_slots)

    def noted(self, slot: datetime) -> Sequence[tuple[AssetId, Counters]]:
        """A query by key."""
        found = self._table.query("#pk = :place", {":place": text(_place(slot))})
        return [(AssetId(item["sk"]["S"]), _counters(item)) for item in found]

    def sweep(self, now: datetime, *, days_before: date, slots_before: datetime) -> None:
        """Nothing to do: time to live does it."""

    def _add(self, pk: str, sk: str, counters: Counters, ends_at: datetime) -> None:
        named = sorted(counters.items())
        for start in range(0, len(named), AT_ONCE):
            some = named[start : start + AT_ONCE]
            values = {f":{COUNTER}{name}": as_number(value) for name, value in some if NAME.match(name)}
            added = ", ".join(f"#{name[1:]} {name}" for name in values)
            self._table.update(
                pk,
                sk,
                f"ADD {added} SET #expires = :expires",
                condition=ANYWAY,
                values={**values, ":expires": expires(ends_at)},
            )


def _place(slot: datetime) -> str:
    return f"slot#{slot:%Y-%m-%dT%H:%M}"


def _counters(item: Item) -> Counters:
    return {name.removeprefix(COUNTER): int(value["N"]) for name, value in item.items() if name.startswith(COUNTER)}
