"""Values with an id and a revision in a table of documents. It must not know what the values mean.

The conditional write of the catalog lives here, once: `revision` in the WHERE clause decides who was first.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Generic, TypeVar

from matinee.adapters.documents import from_json, to_json
from matinee.adapters.local.sqlite import Database, Parameters
from matinee.domain.asset import Asset
from matinee.domain.delivery import Delivery
from matinee.domain.event import Event
from matinee.domain.run import Run
from matinee.domain.session import Session
from matinee.domain.share_link import ShareLink
from matinee.domain.upload import Upload
from matinee.domain.webhook import Webhook
from matinee.errors import ErrorCode, MatineeError

Value = TypeVar("Value", Asset, Upload, Session, ShareLink, Run, Webhook, Event, Delivery)
Columns = Mapping[str, str | int]


class DocumentTable(Generic[Value]):
    """The table `name` of `kind`; `columns` gives what it can be asked by."""

    def __init__(
        self,
        database: Database,
        kind: type[Value],
        name: str,
        columns: Callable[[Value], Columns],
        *,
        missing: Callable[[str], MatineeError],
        tell: Callable[[sqlite3.Connection, Value | None, Value], None] | None = None,
    ) -> None:
        """`tell` is called with each stored change, before and after, in the transaction that stores it."""
        self._database = database
        self._kind: type[Value] = kind
        self._name = name
        self._columns: Callable[[Value], Columns] = columns
        self._missing = missing
        self._tell: Callable[[sqlite3.Connection, Value | None, Value], None] | None = tell

    def add(self, value: Value) -> Value:
        """Store a new value as revision 1. Raises `catalog_conflict`."""
        value = replace(value, revision=1)
        row = self._row(value)
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        sql = f"INSERT INTO {self._name} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - own names
        if self._written(sql, tuple(row.values()), value) != 1:
            raise MatineeError(ErrorCode.CATALOG_CONFLICT, f"{value.id} exists already; read it and decide anew.")
        return value

    def get(self, value_id: str) -> Value:
        """The value, or the error `missing` gives."""
        found = self.select("id = ?", (value_id,))
        if not found:
            raise self._missing(value_id)
        return found[0]

    def replace(self, value: Value) -> Value:
        """Store a changed value if nobody did since it was read. Raises `catalog_conflict`."""
        stored = replace(value, revision=value.revision + 1)
        row: dict[str, str | int] = self._row(stored)
        sets = ", ".join(f"{name} = ?" for name in row)
        sql = f"UPDATE {self._name} SET {sets} WHERE id = ? AND revision = ?"  # noqa: S608 - own names
        if self._written(sql, (*row.values(), value.id, value.revision), stored) != 1:
            sentence = f"{value.id} was changed by somebody else meanwhile; read it again and decide anew."
            raise MatineeError(ErrorCode.CATALOG_CONFLICT, sentence)
        return stored

    def select(self, where: str, parameters: Parameters) -> tuple[Value, ...]:
        """The values for a condition (with its ORDER BY and LIMIT) written in this package, never by a caller."""
        sql = f"SELECT document FROM {self._name} WHERE {where}"  # noqa: S608 - own names
        return tuple(from_json(str(row[0]), self._kind) for row in self._database.read(sql, parameters))

    def _written(self, sql: str, parameters: Parameters, value: Value) -> int:
        """Do the write, and tell of it in the same transaction; how many rows it changed."""
        if self._tell is None:
            return self._database.write(sql, parameters)
        with self._database.transaction() as connection:
            before = connection.execute(f"SELECT document FROM {self._name} WHERE id = ?", (value.id,)).fetchone()  # noqa: S608 - own names
            changed = connection.execute(sql, parameters).rowcount
            if changed == 1:
                self._tell(connection, None if before is None else from_json(str(before[0]), self._kind), value)
        return changed

    def _row(self, value: Value) -> dict[str, str | int]:
        return {"id": value.id, "revision": value.revision, **self._columns(value), "document": to_json(value)}
