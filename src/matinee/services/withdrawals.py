"""Taking sessions back. It must not know tokens or keys: whoever keeps house may do this and sign nothing."""

import logging

from matinee.domain.audit import Act
from matinee.domain.ids import AssetId, SessionId, ShareId
from matinee.domain.session import Session
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.revocations import Revocations
from matinee.services.journal import HOUSE, Caller, Journal

log = logging.getLogger(__name__)

EVERY_SESSION = 1_000_000  # of one asset, at once: more than anybody has


class Withdrawals:
    """Sessions cut short."""

    def __init__(self, catalog: Catalog, revocations: Revocations, journal: Journal, clock: Clock) -> None:
        self._catalog = catalog
        self._revocations = revocations
        self._journal = journal
        self._clock = clock

    def revoke(self, session_id: SessionId, by: Caller = HOUSE) -> None:
        """Cut the session short, at once. Twice is once, also at the same time. Raises `session_not_found`."""
        self._cut(self._catalog.get_session(session_id), by)

    def revoke_opened_by(self, share_id: ShareId, asset_id: AssetId, by: Caller = HOUSE) -> int:
        """Cut every session of the asset short that the share link opened; how many were alive."""
        alive = [session for session in self._alive(asset_id) if session.share_id == share_id]
        for session in alive:
            self._cut(session, by)
        return len(alive)

    def revoke_all(self, asset_id: AssetId, by: Caller = HOUSE) -> int:
        """Cut every session of the asset short, and forget who watched; how many were alive."""
        alive = self._alive(asset_id)
        for session in alive:
            self._cut(session, by)
        self._journal.forget_viewers(asset_id)
        return len(alive)

    def count_alive(self, asset_id: AssetId) -> int:
        """How many sessions of the asset live now."""
        return len(self._alive(asset_id))

    def keep_newest(self, viewer: str, count: int, by: Caller = HOUSE) -> int:
        """Cut every live session of `viewer` short but the `count` that were opened last; how many were cut."""
        sessions = self._catalog.list_viewer_sessions(viewer, limit=EVERY_SESSION)
        alive = [each for each in sessions if each.revoked_at is None and each.ends_at > self._clock.now()]
        for session in alive[count:]:
            self._cut(session, by)
        return len(alive[count:])

    def _alive(self, asset_id: AssetId) -> list[Session]:
        now = self._clock.now()
        sessions = self._catalog.list_sessions(asset_id, limit=EVERY_SESSION)
        return [session for session in sessions if session.revoked_at is None and session.ends_at > now]

    def _cut(self, session: Session, by: Caller) -> None:
        self._revocations.revoke(session.id, until=session.ends_at)
        if session.revoked_at is None:
            self._journal.note(Act.REVOKED, session, by)
        left: Session | None = session
        while left is not None and left.revoked_at is None:
            try:
                self._catalog.replace_session(left.revoked(self._clock.now()))
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise
                left = self._remembered(session.id)
            else:
                log.info("session revoked", extra={"session": session.id, "asset": session.asset_id})
                return

    def _remembered(self, session_id: SessionId) -> Session | None:
        try:
            return self._catalog.get_session(session_id)
        except MatineeError as error:
            if error.code is ErrorCode.SESSION_NOT_FOUND:
                return None  # forgotten meanwhile with its asset; it stays refused
            raise
