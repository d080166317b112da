"""The record of what was done with sessions, in SQLite. It must not know policy; `ports.audit` is what it promises."""

from datetime import datetime

from matinee.adapters.documents import from_json, microseconds, to_json
from matinee.adapters.local.sqlite import Database
from matinee.adapters.session_cursor import audit_page, read_audit_cursor
from matinee.domain.audit import AuditRecord
from matinee.domain.ids import AssetId
from matinee.ports.audit import AuditPage, AuditQuery


class SqliteAudit:
    """Implements the `Audit` port; safe from many threads and processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: AuditRecord, *, keep_until: datetime) -> None:
        """Store the record."""
        sql = "INSERT INTO audit (id, at, asset_id, session_id, ends_at, document) VALUES (?, ?, ?, ?, ?, ?)"
        times = microseconds(record.at), microseconds(keep_until)
        row = (record.id, times[0], record.asset_id, record.session_id, times[1], to_json(record))
        self._database.write(sql, row)

    def list(self, query: AuditQuery, *, now: datetime) -> AuditPage:
        """A page of the records whose time is not over, newest first."""
        where, parameters = ["ends_at > ?"], [microseconds(now)]
        values: list[str | int] = [*parameters]
        for column, wanted in (("asset_id", query.asset_id), ("session_id", query.session_id)):
            if wanted is not None:
                where.append(f"{column} = ?")
                values.append(wanted)
        after = read_audit_cursor(query)
        if after is not None:
            where.append("(at, id) < (?, ?)")
            values += after
        condition = " AND ".join(where) + " ORDER BY at DESC, id DESC LIMIT ?"
        rows = self._database.read(f"SELECT document FROM audit WHERE {condition}", (*values, query.limit + 1))  # noqa: S608 - own names
        return audit_page(tuple(from_json(str(row[0]), AuditRecord) for row in rows), query)

    def forget_viewers(self, asset_id: AssetId) -> None:
        """The asset's records lose who watched."""
        with self._database.transaction() as connection:
            sql = "SELECT document FROM audit WHERE asset_id = ?"
            for (document,) in connection.execute(sql, (asset_id,)).fetchall():
                record = from_json(document, AuditRecord)
                sql = "UPDATE audit SET document = ? WHERE id = ?"
                connection.execute(sql, (to_json(record.without_viewer()), record.id))

    def sweep(self, now: datetime) -> int:
        """Drop the records whose time is over."""
        return self._database.write("DELETE FROM audit WHERE ends_at <= ?", (microseconds(now),))
