"""Where listings of sessions and of their records go on, the same in every catalog. It must not know tables."""

from matinee.adapters.documents import microseconds
from matinee.adapters.place_cursor import place_cursor, read_place_cursor
from matinee.domain.audit import AuditRecord
from matinee.domain.ids import AssetId
from matinee.domain.session import Session
from matinee.ports.audit import AuditPage, AuditQuery
from matinee.ports.catalog import SessionPage, SessionQuery

Place = tuple[int, str]


def session_page(found: tuple[Session, ...], query: SessionQuery) -> SessionPage:
    """The page of `found`, which holds one more than was asked for if there is another page."""
    items = found[: query.limit]
    last = _session_place(items[-1]) if len(found) > query.limit else None
    return SessionPage(items=items, next_cursor=last and place_cursor(*last, _of(query.asset_id)))


def read_session_cursor(query: SessionQuery) -> Place | None:
    """Microseconds and id of the session to go on after, None at the start. Raises `field_invalid`."""
    return None if query.cursor is None else read_place_cursor(query.cursor, _of(query.asset_id))


def audit_page(found: tuple[AuditRecord, ...], query: AuditQuery) -> AuditPage:
    """The same for records."""
    items = found[: query.limit]
    last = (microseconds(items[-1].at), items[-1].id) if len(found) > query.limit else None
    return AuditPage(items=items, next_cursor=last and place_cursor(*last, _records(query)))


def read_audit_cursor(query: AuditQuery) -> Place | None:
    """The same for records."""
    return None if query.cursor is None else read_place_cursor(query.cursor, _records(query))


def _session_place(session: Session) -> Place:
    return microseconds(session.created_at), session.id


def _of(asset_id: AssetId) -> str:
    return f"sessions of {asset_id}"


def _records(query: AuditQuery) -> str:
    return f"records of {query.asset_id} {query.session_id}"
