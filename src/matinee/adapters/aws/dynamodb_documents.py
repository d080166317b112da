"""Values with an id and a revision as items of the table. It must not know what the values mean.

    pk           sk                      holds
    {id}         value                   revision, document, and what the indexes ask by
    {asset id}   session#{position}      target: a session of the asset; the same for upload#
    viewer#{…}   session#{position}      target: a session of that named viewer
    webhooks     webhook#{position}      target: an endpoint that is told of events
                                         written in one transaction with the value they point at

The conditional write of the catalog lives here, once: `revision` in the condition decides who was first. Every write
carries a `writer` nobody else uses: when AWS's answer was lost and botocore asked again, the condition is refused by
our own first try, and the writer tells.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from matinee.adapters.aws.dynamodb_table import (
    BATCH_READ,
    Attribute,
    ConditionFailedError,
    Item,
    Table,
    key,
    number,
    text,
)
from matinee.adapters.documents import from_json, to_json
from matinee.domain.asset import Asset
from matinee.domain.delivery import Delivery
from matinee.domain.event import Event
from matinee.domain.run import Run
from matinee.domain.session import Session
from matinee.domain.share_link import ShareLink
from matinee.domain.upload import Upload
from matinee.domain.webhook import Webhook
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy

Value = TypeVar("Value", Asset, Upload, Session, ShareLink, Run, Webhook, Event, Delivery)
Attributes = Mapping[str, Attribute]

VALUE = "value"
WRITER_BYTES = 12


class Documents(Generic[Value]):
    """The items of one `kind`; `attributes` gives what they can be asked by."""

    def __init__(
        self,
        table: Table,
        entropy: Entropy,
        kind: type[Value],
        attributes: Callable[[Value], Attributes],
        *,
        missing: Callable[[str], MatineeError],
    ) -> None:
        self._table = table
        self._entropy = entropy
        self._kind: type[Value] = kind
        self._attributes: Callable[[Value], Attributes] = attributes
        self._missing = missing

    def add(self, value: Value) -> Value:
        """Store a new value as revision 1. Raises `catalog_conflict`."""
        value = replace(value, revision=1)
        item = self._item(value)
        try:
            self._table.put(item, condition="attribute_not_exists(#pk)")
        except ConditionFailedError as error:
            if not _same_writer(item, error.item):
                raise _exists(value.id) from error
        return value

    def add_below(self, value: Value, owners: Iterable[str], place: str, more: Attributes) -> Value:
        """`add`, and the items that list it below each of `owners`: all or none."""
        value = replace(value, revision=1)
        pointers: list[Item] = [{**key(owner, place), "target": text(value.id), **more} for owner in owners]
        condition = "attribute_not_exists(#pk)"
        try:
            first = self._table.to_put(self._item(value), condition=condition)
            self._table.write_all([first, *(self._table.to_put(pointer) for pointer in pointers)])
        except ConditionFailedError as error:
            raise _exists(value.id) from error
        return value

    def get(self, value_id: str) -> Value:
        """The value, or the error `missing` gives."""
        item = self._table.get(value_id, VALUE)
        if item is None:
            raise self._missing(value_id)
        return self.read(item)

    def replace(self, value: Value) -> Value:
        """Store a changed value if nobody did since it was read. Raises `catalog_conflict`."""
        stored = replace(value, revision=value.revision + 1)
        item = self._item(stored)
        try:
            self._table.put(item, condition="#revision = :old", values={":old": number(value.revision)})
        except ConditionFailedError as error:
            if not _same_writer(item, error.item):
                sentence = f"{value.id} was changed by somebody else meanwhile; read it again and decide anew."
                raise MatineeError(ErrorCode.CATALOG_CONFLICT, sentence) from error
        return stored

    def below(self, owner: str, places: str, *, newest_first: bool = False) -> Iterator[Value]:
        """The values listed below `owner`, in their order; one that ended before its pointer is passed over."""
        values = {":owner": text(owner), ":places": text(places)}
        return self._pointed(
            self._table.query("#pk = :owner AND begins_with(#sk, :places)", values, newest_first=newest_first)
        )

    def below_before(self, owner: str, places: str, before: str) -> Iterator[Value]:
        """The values listed below `owner` before the place `before`, the last first."""
        values = {":owner": text(owner), ":places": text(places), ":before": text(before)}
        pointers = self._table.query("#pk = :owner AND #sk BETWEEN :places AND :before", values, newest_first=True)
        return self._pointed(pointer for pointer in pointers if pointer["sk"]["S"] < before)

    def _pointed(self, pointers: Iterator[Item]) -> Iterator[Value]:
        for names in _grouped(pointer["target"]["S"] for pointer in pointers):
            found = {item["pk"]["S"]: item for item in self._table.get_all([key(name, VALUE) for name in names])}
            # A batch is answered in any order.
            yield from (self.read(found[name]) for name in names if name in found)

    def read(self, item: Item) -> Value:
        """The value an item holds."""
        return from_json(item["document"]["S"], self._kind)

    def _item(self, value: Value) -> Item:
        return {
            **key(value.id, VALUE),
            "revision": number(value.revision),
            "document": text(to_json(value)),
            "writer": text(self._entropy.token_bytes(WRITER_BYTES).hex()),
            **self._attributes(value),
        }


def _same_writer(ours: Item, theirs: Item | None) -> bool:
    return theirs is not None and theirs.get("writer") == ours["writer"]


def _exists(name: str) -> MatineeError:
    return MatineeError(ErrorCode.CATALOG_CONFLICT, f"{name} exists already; read it and decide anew.")


def _grouped(names: Iterator[str]) -> Iterator[list[str]]:
    """`names` in groups a batch can read at once."""
    group: list[str] = []
    for name in names:
        group.append(name)
        if len(group) == BATCH_READ:
            yield group
            group = []
    if group:
        yield group
