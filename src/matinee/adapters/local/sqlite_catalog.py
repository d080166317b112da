"""The catalog in SQLite. It must not know HTTP or policy; `ports.catalog` is what it promises."""

from datetime import datetime

from matinee.adapters.asset_cursor import (
    DESCENDING,
    asset_cursor,
    asset_place,
    length_place,
    read_asset_cursor,
    title_place,
)
from matinee.adapters.documents import fold, microseconds, search_text
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_documents import DocumentTable
from matinee.adapters.local.sqlite_insights import FORGET as FORGET_INSIGHT
from matinee.adapters.local.sqlite_outbox import record
from matinee.adapters.session_cursor import read_session_cursor, session_page
from matinee.domain.asset import Asset, Status
from matinee.domain.ids import AssetId, RunId, SessionId, ShareId, UploadId
from matinee.domain.run import Run, RunState
from matinee.domain.session import Session
from matinee.domain.share_link import ShareLink
from matinee.domain.upload import Upload, UploadState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetPage, AssetQuery, Order, RememberedAnswer, SessionPage, SessionQuery

COLUMNS = {
    Order.NEWEST: "created_at",
    Order.OLDEST: "created_at",
    Order.TITLE: "title_place",
    Order.LONGEST: "length_place",
    Order.SHORTEST: "length_place",
}


class SqliteCatalog:
    """Implements the `Catalog` port."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._assets = DocumentTable(
            database,
            Asset,
            "assets",
            lambda asset: {
                "created_at": microseconds(asset.created_at),
                "status": asset.status,
                "search": search_text(asset),
                "title_place": title_place(asset),
                "length_place": length_place(asset),
            },
            missing=lambda name: _missing(ErrorCode.ASSET_NOT_FOUND, "asset", name),
            tell=record,
        )
        self._uploads = DocumentTable(
            database,
            Upload,
            "uploads",
            lambda upload: {"state": upload.state, "expires_at": microseconds(upload.expires_at)},
            missing=lambda name: _missing(ErrorCode.UPLOAD_NOT_FOUND, "upload", name),
            tell=record,
        )
        self._sessions = DocumentTable(
            database,
            Session,
            "sessions",
            lambda session: {
                "asset_id": session.asset_id,
                "created_at": microseconds(session.created_at),
                "ends_at": microseconds(session.ends_at),
            },
            missing=lambda name: _missing(ErrorCode.SESSION_NOT_FOUND, "playback session", name),
            tell=record,
        )
        self._shares = DocumentTable(
            database,
            ShareLink,
            "shares",
            lambda share: {
                "asset_id": share.asset_id,
                "created_at": microseconds(share.created_at),
                "ends_at": microseconds(share.kept_until),
            },
            missing=lambda name: _missing(ErrorCode.SHARE_NOT_FOUND, "share link", name),
        )
        self._runs = DocumentTable(
            database,
            Run,
            "runs",
            lambda run: {"state": run.state, "created_at": microseconds(run.created_at)},
            missing=lambda name: _missing(ErrorCode.ASSET_NOT_FOUND, "run", name),
        )

    def add_asset(self, asset: Asset) -> Asset:
        """Store a new asset."""
        return self._assets.add(asset)

    def get_asset(self, asset_id: AssetId) -> Asset:
        """The asset, tombstones included. Raises `asset_not_found`."""
        return self._assets.get(asset_id)

    def replace_asset(self, asset: Asset) -> Asset:
        """Store a changed asset."""
        return self._assets.replace(asset)

    def list_assets(self, query: AssetQuery) -> AssetPage:
        """A page of assets."""
        if query.limit < 1:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'limit' is {query.limit}; it takes 1 or more.")
        where, parameters = _filters(query)
        column, descending = COLUMNS[query.order], query.order in DESCENDING
        if query.cursor is not None:
            where.append(f"({column}, id) {'<' if descending else '>'} (?, ?)")
            parameters += read_asset_cursor(query.cursor, query)
        order = f"{column} DESC, id DESC" if descending else f"{column}, id"
        condition = " AND ".join(where) + f" ORDER BY {order} LIMIT ?"
        found = self._assets.select(condition, (*parameters, query.limit + 1))
        items = found[: query.limit]
        if len(found) <= query.limit:
            return AssetPage(items=items, next_cursor=None)
        last = (asset_place(items[-1], query.order), items[-1].id)
        return AssetPage(items=items, next_cursor=asset_cursor(last, query))

    def add_upload(self, upload: Upload) -> Upload:
        """Store a new upload."""
        return self._uploads.add(upload)

    def get_upload(self, upload_id: UploadId) -> Upload:
        """The upload. Raises `upload_not_found`."""
        return self._uploads.get(upload_id)

    def replace_upload(self, upload: Upload) -> Upload:
        """Store a changed upload."""
        return self._uploads.replace(upload)

    def list_uploads(self, state: UploadState, *, limit: int = 100) -> tuple[Upload, ...]:
        """Up to `limit` uploads in `state`, those that expire first coming first."""
        return self._uploads.select("state = ? ORDER BY expires_at, id LIMIT ?", (state, limit))

    def list_uploads_of(self, asset_id: AssetId) -> tuple[Upload, ...]:
        """Every upload of an asset."""
        return self._uploads.select("json_extract(document, '$.asset_id') = ? ORDER BY expires_at, id", (asset_id,))

    def add_session(self, session: Session) -> Session:
        """Store a new playback session."""
        return self._sessions.add(session)

    def get_session(self, session_id: SessionId) -> Session:
        """The session. Raises `session_not_found`."""
        return self._sessions.get(session_id)

    def replace_session(self, session: Session) -> Session:
        """Store a changed session."""
        return self._sessions.replace(session)

    def list_sessions(self, asset_id: AssetId, *, limit: int = 1000) -> tuple[Session, ...]:
        """The sessions of an asset, newest first."""
        return self._sessions.select("asset_id = ? ORDER BY created_at DESC, id DESC LIMIT ?", (asset_id, limit))

    def page_of_sessions(self, query: SessionQuery) -> SessionPage:
        """A page of an asset's sessions, newest first."""
        after = read_session_cursor(query)
        where = "asset_id = ?" + ("" if after is None else " AND (created_at, id) < (?, ?)")
        parameters = (query.asset_id, *(after or ()), query.limit + 1)
        return session_page(
            self._sessions.select(f"{where} ORDER BY created_at DESC, id DESC LIMIT ?", parameters), query
        )

    def list_viewer_sessions(self, viewer: str, *, limit: int = 1000) -> tuple[Session, ...]:
        """The sessions of a named viewer, newest first."""
        named = "json_extract(document, '$.viewer') <> 'anonymous' AND json_extract(document, '$.viewer') = ?"
        return self._sessions.select(f"{named} ORDER BY created_at DESC, id DESC LIMIT ?", (viewer, limit))

    def add_share(self, share: ShareLink) -> ShareLink:
        """Store a new share link."""
        return self._shares.add(share)

    def get_share(self, share_id: ShareId) -> ShareLink:
        """The share link. Raises `share_not_found`."""
        return self._shares.get(share_id)

    def replace_share(self, share: ShareLink) -> ShareLink:
        """Store a changed share link."""
        return self._shares.replace(share)

    def list_shares(self, asset_id: AssetId, *, limit: int = 1000) -> tuple[ShareLink, ...]:
        """The share links of an asset, newest first."""
        return self._shares.select("asset_id = ? ORDER BY created_at DESC, id DESC LIMIT ?", (asset_id, limit))

    def add_run(self, run: Run) -> Run:
        """Store a new run."""
        return self._runs.add(run)

    def get_run(self, run_id: RunId) -> Run:
        """The run. Raises `asset_not_found`."""
        return self._runs.get(run_id)

    def replace_run(self, run: Run) -> Run:
        """Store a changed run."""
        return self._runs.replace(run)

    def list_runs(self, state: RunState, *, limit: int = 100) -> tuple[Run, ...]:
        """Up to `limit` runs in `state`, oldest first."""
        return self._runs.select("state = ? ORDER BY created_at, id LIMIT ?", (state, limit))

    def begin_request(
        self, key: str, fingerprint: str, *, now: datetime, expires_at: datetime
    ) -> RememberedAnswer | None:
        """None for the first with `key`, else what is remembered; what expired goes on the way."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM requests WHERE expires_at <= ?", (microseconds(now),))
            sql = "INSERT INTO requests (key, fingerprint, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
            if connection.execute(sql, (key, fingerprint, microseconds(expires_at))).rowcount == 1:
                return None
            sql = "SELECT fingerprint, status, body FROM requests WHERE key = ?"
            remembered, status, body = connection.execute(sql, (key,)).fetchone()
        return RememberedAnswer(fingerprint=remembered, status=status, body=body)

    def finish_request(self, key: str, status: int, body: str) -> None:
        """Remember the answer for whoever asks again."""
        self._database.write("UPDATE requests SET status = ?, body = ? WHERE key = ?", (status, body, key))

    def forget_request(self, key: str) -> None:
        """The request failed without effect; a finished one stays."""
        self._database.write("DELETE FROM requests WHERE key = ? AND status IS NULL", (key,))

    def forget_running_requests(self) -> None:
        """At start: nothing runs, so what looks running died."""
        self._database.write("DELETE FROM requests WHERE status IS NULL")

    def forget_asset(self, asset_id: AssetId) -> None:
        """Its sessions, its share links, what was counted of it, and the answers that name it."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE asset_id = ?", (asset_id,))
            connection.execute("DELETE FROM shares WHERE asset_id = ?", (asset_id,))
            connection.execute("DELETE FROM requests WHERE instr(body, ?) > 0", (asset_id,))
            for statement in FORGET_INSIGHT:
                connection.execute(statement, (asset_id,))

    def sweep(self, now: datetime) -> int:
        """Ended sessions and share links, expired answers."""
        at = (microseconds(now),)
        with self._database.transaction() as connection:
            sessions = connection.execute("DELETE FROM sessions WHERE ends_at < ?", at).rowcount
            shares = connection.execute("DELETE FROM shares WHERE ends_at < ?", at).rowcount
            requests = connection.execute("DELETE FROM requests WHERE expires_at <= ?", at).rowcount
        return sessions + shares + requests


def _filters(query: AssetQuery) -> tuple[list[str], list[str | int]]:
    where, parameters = ["status = ?" if query.status else "status <> ?"], [query.status or Status.DELETED]
    values: list[str | int] = [*parameters]
    if query.text:
        where.append("instr(search, ?) > 0")  # not LIKE: its wildcards and its ASCII-only case are in the way
        values.append(fold(query.text))
    if query.kind:
        where.append("json_extract(document, '$.kind') = ?")
        values.append(query.kind)
    if query.tag is not None:
        where.append("EXISTS (SELECT 1 FROM json_each(document, '$.tags') WHERE value = ?)")
        values.append(query.tag)
    return where, values


def _missing(code: ErrorCode, noun: str, name: str) -> MatineeError:
    return MatineeError(code, f"There is no {noun} {name[:60]!r}; it may have been deleted, or the id is mistyped.")
