"""The catalog in one DynamoDB table. It must not know HTTP or policy; `ports.catalog` is what it promises.

    what is asked                     how                                                          reads
    an asset, upload, session, run    GetItem {id}, value                                          consistent
    assets, newest first              by_listing "assets", position by created_at; deleted aside   index
    assets by title or length         by_title, by_length; the same filters, then batch            index, consistent
    assets in a status                by_state "asset#{status}", the same position                 index
    … that hold a text or a tag, or   the same, filtered by `search`, `tags`, `kind`: reads on     index
    are of a kind                     until the page is full (500 assets are about 1 MB, one read)
    uploads in a state                by_state "upload#{state}", position by expires_at            index
    runs in a state                   by_state "run#{state}", position by created_at               index
    uploads, sessions, shares of one  Query {asset id}, upload#…, session#… or share#…, then batch consistent
    sessions of a named viewer        the same below viewer#{hash of the name}                     consistent
    answers that name an asset        Query {asset id}, answer#…                                   consistent
    sessions, shares, answers ended   by_end "{kind}#{shard}", eight shards                        index
    a request by its key              GetItem request#{key}                                        consistent

Nothing scans. What decides something about one asset is read from the table itself; the indexes, which follow a
write within a second or so, answer listings and sweeps, and whoever acts on those goes through a conditional write.

For whoever runs it: GetItem, BatchGetItem, Query, PutItem, UpdateItem, DeleteItem and BatchWriteItem on the table and
Query on its indexes. An item holds 400 KB, an asset within its limits less than 60.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from matinee.adapters.asset_cursor import (
    DESCENDING,
    asset_cursor,
    asset_place,
    length_place,
    listing_of,
    read_asset_cursor,
    title_place,
)
from matinee.adapters.aws.dynamodb_documents import VALUE, Attributes, Documents
from matinee.adapters.aws.dynamodb_ends import drop_ended, ends, expires
from matinee.adapters.aws.dynamodb_insights import forget as forget_insight
from matinee.adapters.aws.dynamodb_requests import Requests
from matinee.adapters.aws.dynamodb_table import (
    BY_LENGTH,
    BY_LISTING,
    BY_STATE,
    BY_TITLE,
    Attribute,
    Item,
    Table,
    key,
    position,
    text,
)
from matinee.adapters.documents import fold, microseconds, search_text
from matinee.adapters.place_cursor import read_place_cursor
from matinee.adapters.session_cursor import read_session_cursor, session_page
from matinee.domain.asset import Asset, Status
from matinee.domain.ids import AssetId, RunId, SessionId, ShareId, UploadId
from matinee.domain.run import Run, RunState
from matinee.domain.session import ANONYMOUS, Session
from matinee.domain.share_link import ShareLink
from matinee.domain.upload import Upload, UploadState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetPage, AssetQuery, Order, RememberedAnswer, SessionPage, SessionQuery
from matinee.ports.clock import Entropy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ASSETS = "assets"
PLACED = {Order.TITLE: (BY_TITLE, "title"), Order.LONGEST: (BY_LENGTH, "length"), Order.SHORTEST: (BY_LENGTH, "length")}
APART = "\x1f"  # between place and id: lower than anything in a title, so that one that is another's beginning is first
SESSION, SHARE, UPLOAD, VIEWER = "session#", "share#", "upload#", "viewer#"
RUNNING_SECONDS = 900  # a Lambda function lives no longer (quotas, "Function timeout"): whoever ran is dead then


class DynamoDbCatalog:
    """Implements the `Catalog` port in the table `name`; safe from many threads and processes.

    A request that has run for `running_seconds` without an answer is taken for dead, and its key may be used again:
    there is no start of the one server here at which `forget_running_requests` could be called.
    """

    def __init__(
        self, client: "DynamoDBClient", name: str, entropy: Entropy, *, running_seconds: int = RUNNING_SECONDS
    ) -> None:
        self._table = table = Table(client, name)
        self._requests = Requests(table, entropy, running_seconds)
        self._assets = Documents(
            table, entropy, Asset, _asset_attributes, missing=_missing(ErrorCode.ASSET_NOT_FOUND, "asset")
        )
        self._uploads = Documents(
            table, entropy, Upload, _upload_attributes, missing=_missing(ErrorCode.UPLOAD_NOT_FOUND, "upload")
        )
        self._sessions = Documents(
            table, entropy, Session, _session_attributes, missing=_missing(ErrorCode.SESSION_NOT_FOUND, "session")
        )
        self._shares = Documents(
            table, entropy, ShareLink, _share_attributes, missing=_missing(ErrorCode.SHARE_NOT_FOUND, "share link")
        )
        self._runs = Documents(table, entropy, Run, _run_attributes, missing=_missing(ErrorCode.ASSET_NOT_FOUND, "run"))

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
        if query.order in PLACED:
            return self._list_placed(query)
        newest = query.order is Order.NEWEST
        index, attribute = (BY_STATE, "state") if query.status else (BY_LISTING, "listing")
        condition = f"#{attribute} = :of"
        values = {":of": text(f"asset#{query.status}" if query.status else ASSETS)}
        if query.cursor is not None:
            condition += " AND #position < :after" if newest else " AND #position > :after"
            values[":after"] = text(position(*read_place_cursor(query.cursor, listing_of(query))))
        filters = _filters(query)
        items = self._table.query(
            condition,
            values | {f":{name}": value for name, (_, value) in filters.items()},
            index=index,
            newest_first=newest,
            filtered=" AND ".join(test for test, _ in filters.values()) or None,
            limit=query.limit + 1,
        )
        found = tuple(self._assets.read(item) for item in items)
        page = found[: query.limit]
        if len(found) <= query.limit:
            return AssetPage(items=page, next_cursor=None)
        return AssetPage(items=page, next_cursor=asset_cursor((asset_place(page[-1], query.order), page[-1].id), query))

    def _list_placed(self, query: AssetQuery) -> AssetPage:
        """By title or length: the index says which, the table what they are now."""
        index, attribute = PLACED[query.order]
        descending = query.order in DESCENDING
        condition, values = "#asset = :of", {":of": text(ASSETS)}
        if query.cursor is not None:
            condition += f" AND #{attribute} {'<' if descending else '>'} :after"
            values[":after"] = text(_placed(*read_asset_cursor(query.cursor, query)))
        filters = _filters(query) | _status_filter(query)
        items = list(
            self._table.query(
                condition,
                values | {f":{name}": value for name, (_, value) in filters.items()},
                index=index,
                newest_first=descending,
                filtered=" AND ".join(test for test, _ in filters.values()),
                limit=query.limit + 1,
            )
        )
        names = [item["pk"]["S"] for item in items[: query.limit]]
        there = {each["pk"]["S"]: each for each in self._table.get_all([key(name, VALUE) for name in names])}
        found = tuple(self._assets.read(there[name]) for name in names if name in there)
        last = _place_in(items[query.limit - 1], attribute) if len(items) > query.limit else None
        return AssetPage(items=found, next_cursor=last and asset_cursor(last, query))

    def add_upload(self, upload: Upload) -> Upload:
        """Store a new upload."""
        place = UPLOAD + position(microseconds(upload.expires_at), upload.id)
        return self._uploads.add_below(upload, [upload.asset_id], place, {})

    def get_upload(self, upload_id: UploadId) -> Upload:
        """The upload. Raises `upload_not_found`."""
        return self._uploads.get(upload_id)

    def replace_upload(self, upload: Upload) -> Upload:
        """Store a changed upload."""
        return self._uploads.replace(upload)

    def list_uploads(self, state: UploadState, *, limit: int = 100) -> tuple[Upload, ...]:
        """Up to `limit` uploads in `state`, those that expire first coming first."""
        values = {":of": text(f"upload#{state}")}
        items = self._table.query("#state = :of", values, index=BY_STATE, limit=limit)
        return tuple(self._uploads.read(item) for item in items)

    def list_uploads_of(self, asset_id: AssetId) -> tuple[Upload, ...]:
        """Every upload of an asset."""
        return tuple(self._uploads.below(asset_id, UPLOAD))

    def add_session(self, session: Session) -> Session:
        """Store a new playback session."""
        place, more = _place(session), {"expires": expires(session.ends_at)}
        return self._sessions.add_below(session, _owners(session), place, more)

    def get_session(self, session_id: SessionId) -> Session:
        """The session. Raises `session_not_found`."""
        return self._sessions.get(session_id)

    def replace_session(self, session: Session) -> Session:
        """Store a changed session."""
        return self._sessions.replace(session)

    def list_sessions(self, asset_id: AssetId, *, limit: int = 1000) -> tuple[Session, ...]:
        """The sessions of an asset, newest first."""
        return tuple(islice(self._sessions.below(asset_id, SESSION, newest_first=True), limit))

    def page_of_sessions(self, query: SessionQuery) -> SessionPage:
        """A page of an asset's sessions, newest first."""
        after = read_session_cursor(query)
        if after is None:
            found = self._sessions.below(query.asset_id, SESSION, newest_first=True)
        else:
            found = self._sessions.below_before(query.asset_id, SESSION, SESSION + position(*after))
        return session_page(tuple(islice(found, query.limit + 1)), query)

    def list_viewer_sessions(self, viewer: str, *, limit: int = 1000) -> tuple[Session, ...]:
        """The sessions of a named viewer, newest first."""
        return tuple(islice(self._sessions.below(_viewer(viewer), SESSION, newest_first=True), limit))

    def add_share(self, share: ShareLink) -> ShareLink:
        """Store a new share link."""
        place = SHARE + position(microseconds(share.created_at), share.id)
        return self._shares.add_below(share, [share.asset_id], place, {"expires": expires(share.kept_until)})

    def get_share(self, share_id: ShareId) -> ShareLink:
        """The share link. Raises `share_not_found`."""
        return self._shares.get(share_id)

    def replace_share(self, share: ShareLink) -> ShareLink:
        """Store a changed share link."""
        return self._shares.replace(share)

    def list_shares(self, asset_id: AssetId, *, limit: int = 1000) -> tuple[ShareLink, ...]:
        """The share links of an asset, newest first."""
        return tuple(islice(self._shares.below(asset_id, SHARE, newest_first=True), limit))

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
        items = self._table.query("#state = :of", {":of": text(f"run#{state}")}, index=BY_STATE, limit=limit)
        return tuple(self._runs.read(item) for item in items)

    def begin_request(
        self, key: str, fingerprint: str, *, now: datetime, expires_at: datetime
    ) -> RememberedAnswer | None:
        """None for the first with `key`, else what is remembered."""
        return self._requests.begin(key, fingerprint, now=now, expires_at=expires_at)

    def finish_request(self, key: str, status: int, body: str) -> None:
        """Remember the answer for whoever asks again."""
        self._requests.finish(key, status, body)

    def forget_request(self, key: str) -> None:
        """The request failed without effect; a finished one stays."""
        self._requests.forget(key)

    def forget_running_requests(self) -> None:
        """Whatever runs. Nobody calls this in a deployment of many processes; `running_seconds` does its work."""
        self._requests.forget_running()

    def forget_asset(self, asset_id: AssetId) -> None:
        """Its sessions, share links, counters and the answers naming it; what lists them last: a crash can go by it."""
        for session in self._sessions.below(asset_id, SESSION):
            self._table.delete_all([key(owner, _place(session)) for owner in _owners(session)[1:]])
        for places in (SESSION, SHARE):
            owned = {":owner": text(asset_id), ":places": text(places)}
            pointers = list(self._table.query("#pk = :owner AND begins_with(#sk, :places)", owned))
            self._table.delete_all([key(pointer["target"]["S"], VALUE) for pointer in pointers])
            self._table.delete_all([key(asset_id, pointer["sk"]["S"]) for pointer in pointers])
        forget_insight(self._table, asset_id)
        self._requests.forget_naming(asset_id)

    def sweep(self, now: datetime) -> int:
        """Ended sessions and share links, expired answers. Time to live does it within days; this is for who counts."""
        at = microseconds(now)
        ended = sum(drop_ended(self._table, kind, at) for kind in ("session", "share"))
        return ended + drop_ended(self._table, "request", at + 1)


def _filters(query: AssetQuery) -> dict[str, tuple[str, Attribute]]:
    """What an index is not ordered by: a test of each item read, and the value it compares with."""
    tests: dict[str, tuple[str, Attribute]] = {}
    if query.text:
        tests["text"] = "contains(#search, :text)", text(fold(query.text))
    if query.kind:
        tests["kind"] = "#kind = :kind", text(query.kind)
    if query.tag is not None:
        tests["tag"] = "contains(#tags, :tag)", text(query.tag)
    return tests


def _status_filter(query: AssetQuery) -> dict[str, tuple[str, Attribute]]:
    if query.status is None:
        return {"state": ("#state <> :state", text(f"asset#{Status.DELETED}"))}
    return {"state": ("#state = :state", text(f"asset#{query.status}"))}


def _placed(place: int | str, name: str) -> str:
    return f"{place if isinstance(place, str) else f'{place:018d}'}{APART}{name}"


def _place_in(item: Item, attribute: str) -> tuple[int | str, str]:
    place, _, name = item[attribute]["S"].rpartition(APART)
    return (place if attribute == "title" else int(place)), name


def _asset_attributes(asset: Asset) -> Attributes:
    listed = {} if asset.status is Status.DELETED else {"listing": text(ASSETS)}
    return {
        **listed,
        "state": text(f"asset#{asset.status}"),
        "position": text(position(microseconds(asset.created_at), asset.id)),
        "asset": text(ASSETS),
        "title": text(_placed(title_place(asset), asset.id)),
        "length": text(_placed(length_place(asset), asset.id)),
        "search": text(search_text(asset)),
        "kind": text(asset.kind),
        "tags": {"L": [text(tag) for tag in asset.tags]},
    }


def _upload_attributes(upload: Upload) -> Attributes:
    at = position(microseconds(upload.expires_at), upload.id)
    return {"state": text(f"upload#{upload.state}"), "position": text(at)}


def _place(session: Session) -> str:
    return SESSION + position(microseconds(session.created_at), session.id)


def _owners(session: Session) -> list[str]:
    """Below what a session is listed: its asset, then the viewer who was named."""
    return [session.asset_id, *([] if session.viewer == ANONYMOUS else [_viewer(session.viewer)])]


def _viewer(name: str) -> str:
    """A key of a length that is known, and no name in it: it may stay until its time to live is over."""
    return VIEWER + hashlib.sha256(name.encode()).hexdigest()


def _session_attributes(session: Session) -> Attributes:
    return ends("session", session.id, session.ends_at)


def _share_attributes(share: ShareLink) -> Attributes:
    return ends("share", share.id, share.kept_until)


def _run_attributes(run: Run) -> Attributes:
    at = position(microseconds(run.created_at), run.id)
    return {"state": text(f"run#{run.state}"), "position": text(at)}


def _missing(code: ErrorCode, noun: str) -> Callable[[str], MatineeError]:
    sentence = "There is no {} {!r}; it may have been deleted, or the id is mistyped."
    return lambda name: MatineeError(code, sentence.format(noun, name[:60]))
