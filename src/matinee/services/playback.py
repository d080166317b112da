"""Playback sessions and the gate: who may watch, the token that says so, and whether it admits. No HTTP in here.

A session is the server's record; a token is its short-lived proof. Opening and renewing write or read the catalog;
admitting a segment touches only the keys in memory and the revocations.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from matinee.domain import token as tokens
from matinee.domain.asset import Asset, Status
from matinee.domain.audit import Act
from matinee.domain.ids import AssetId, SessionId, ShareId, encode_id
from matinee.domain.leniency import STRICT, Leniency
from matinee.domain.session import ANONYMOUS, Session, SessionPolicy, canonical_network
from matinee.domain.token import Claims
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog, SessionPage, SessionQuery
from matinee.ports.clock import Clock, Entropy
from matinee.ports.keys import Keys
from matinee.ports.revocations import Revocations
from matinee.services.journal import HOUSE, Caller, Journal
from matinee.services.withdrawals import Withdrawals

log = logging.getLogger(__name__)

MAX_KNOWN = 4096  # tokens of the gate, about a kilobyte each
PICTURE_STEP_SECONDS = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRequest:
    """What a caller asks for; the server decides. The last two are of a share link, and no caller's."""

    viewer: str | None = None
    ttl_seconds: int | None = None
    bind_ip: str | None = None
    not_before: datetime | None = None
    share_id: ShareId | None = None
    ends_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """A session with a fresh token and the asset it opens."""

    session: Session
    asset: Asset
    token: str
    expires_at: datetime


class Sessions:
    """Playback sessions."""

    def __init__(
        self,
        catalog: Catalog,
        keys: Keys,
        revocations: Revocations,
        clock: Clock,
        entropy: Entropy,
        policy: SessionPolicy,
        journal: Journal,
    ) -> None:
        self._catalog = catalog
        self._keys = keys
        self._revocations = revocations
        self._clock = clock
        self._entropy = entropy
        self._policy = policy
        self._journal = journal
        self._withdrawals = Withdrawals(catalog, revocations, journal, clock)

    def open(self, asset_id: AssetId, request: SessionRequest, by: Caller = HOUSE) -> Playback:
        """A new session with its first token; a named viewer's oldest ones end when the policy allows no more.

        Raises `asset_not_found`, `asset_deleted`, `asset_not_playable` and `field_invalid`.
        """
        asset = self.watchable(asset_id)
        now = self._clock.now()
        starts = self._policy.starts_at(request.not_before, now)
        session = Session(
            id=SessionId(encode_id("ses_", self._entropy.token_bytes(13))),
            asset_id=asset_id,
            viewer=request.viewer or ANONYMOUS,
            created_at=now,
            not_before=starts,
            ends_at=self._policy.ends_at(starts, request.ends_by),
            ttl_seconds=self._policy.ttl_seconds(request.ttl_seconds),
            bind_ip=None if request.bind_ip is None else canonical_network(request.bind_ip),
            share_id=request.share_id,
        )
        session = self._catalog.add_session(session)
        self._journal.note(Act.OPENED, session, by)
        self._forget_if_deleted(asset_id)
        log.info("session opened", extra={"session": session.id, "asset": asset_id})
        if self._policy.sessions_per_viewer and session.viewer != ANONYMOUS:
            self._withdrawals.keep_newest(session.viewer, self._policy.sessions_per_viewer, by)
        return self._with_token(session, asset)

    def renew(self, session_id: SessionId, token: str, address: str) -> Playback:
        """The session with a fresh token for a viewer at `address`.

        `token` may have expired but must be its own and well signed. Raises the token codes, `session_ended`,
        `session_revoked`, and as `open` does for the asset.
        """
        claims = tokens.read(token, self._keys.renewal_keys())
        tokens.film_of(claims)
        if claims.session_id != session_id:
            sentence = "This playback token belongs to another session; renew that session instead."
            raise MatineeError(ErrorCode.TOKEN_PATH, sentence)
        now = self._clock.now()
        if now.timestamp() >= claims.session_ends_at:
            raise MatineeError(ErrorCode.SESSION_ENDED, "This link's time is over; ask for a new one.")
        if self._revocations.is_revoked(session_id):
            raise _withdrawn()  # before the catalog is asked, which forgets the sessions of a deleted asset
        session = self._catalog.get_session(session_id)
        if session.revoked_at is not None:
            raise _withdrawn()
        if session.bind_ip is not None and not tokens.address_within(address, session.bind_ip):
            sentence = "This link is bound to another network address; ask for a new one."
            raise MatineeError(ErrorCode.TOKEN_IP, sentence)
        playback = self._with_token(session, self.watchable(session.asset_id))
        self._journal.note(Act.RENEWED, session, Caller(session.viewer, address))  # whoever holds the token
        self._forget_if_deleted(session.asset_id)
        return playback

    def repeat(self, kept: str) -> str:
        """The token that was told before, of what was kept of it (`tokens.without_signature`): no new one is made.

        Raises `session_ended` when its key is gone, by time or after a leak.
        """
        token = tokens.sign_again(kept, self._keys.renewal_keys())
        if token is None:
            sentence = "The key of this answer is gone, and its link with it; ask with a new Idempotency-Key."
            raise MatineeError(ErrorCode.SESSION_ENDED, sentence)
        return token

    def get(self, session_id: SessionId) -> Session:
        """The session. Raises `session_not_found`."""
        return self._catalog.get_session(session_id)

    def page(self, query: SessionQuery) -> SessionPage:
        """A page of an asset's sessions, newest first. Raises `asset_not_found`, `asset_deleted`."""
        self.existing(query.asset_id)
        return self._catalog.page_of_sessions(query)

    def revoke(self, session_id: SessionId, by: Caller = HOUSE) -> None:
        """Cut the session short, at once. Twice is once, also at the same time. Raises `session_not_found`."""
        self._withdrawals.revoke(session_id, by)

    def revoke_all(self, asset_id: AssetId, by: Caller = HOUSE) -> int:
        """Cut every session of the asset short; how many were alive."""
        return self._withdrawals.revoke_all(asset_id, by)

    def revoke_opened_by(self, share_id: ShareId, asset_id: AssetId, by: Caller = HOUSE) -> int:
        """Cut every session of the asset short that the share link opened; how many were alive."""
        return self._withdrawals.revoke_opened_by(share_id, asset_id, by)

    def count_alive(self, asset_id: AssetId) -> int:
        """How many sessions of the asset live now."""
        return self._withdrawals.count_alive(asset_id)

    def picture_path(self, asset: Asset, name: str) -> str | None:
        """The path, from the server's root, of one picture of `asset` for the library's own pages; None when there is
        nothing to show.

        `name` is the file's, below the asset. The token in it opens that file alone, is kept in no catalog, renews
        nothing and counts for nothing; it lives for half an hour to an hour, and is the same for half an hour, so that
        a page that asks again shows what the browser has.
        """
        if not asset.watchable:
            return None
        begun = int(self._clock.now().timestamp()) // PICTURE_STEP_SECONDS * PICTURE_STEP_SECONDS
        ends = begun + 2 * PICTURE_STEP_SECONDS
        claims = Claims(
            session_id=SessionId(asset.id.replace("ast_", "ses_", 1)),
            viewer="library",
            path=tokens.path_of(asset.id) + name,
            not_before=begun - tokens.NOT_BEFORE_SLACK_SECONDS,
            expires_at=ends,
            session_ends_at=ends,
        )
        return f"/t/{tokens.sign(claims, self._keys.signing_key())}{claims.path}"

    def _forget_if_deleted(self, asset_id: AssetId) -> None:
        """A session written while its asset was being deleted would outlive the deletion. Raises `asset_deleted`."""
        try:
            self.existing(asset_id)
        except MatineeError as error:
            if error.code is ErrorCode.ASSET_DELETED:
                self._journal.forget_viewers(asset_id)
                self._catalog.forget_asset(asset_id)
            raise

    def existing(self, asset_id: AssetId) -> Asset:
        """The asset unless it was deleted. Raises `asset_not_found`, `asset_deleted`."""
        asset = self._catalog.get_asset(asset_id)
        if asset.status is Status.DELETED:
            raise MatineeError(ErrorCode.ASSET_DELETED, f"{asset_id} was deleted; remove this link.")
        return asset

    def watchable(self, asset_id: AssetId) -> Asset:
        """The asset when a session of it can be opened. Raises as `existing` does, and `asset_not_playable`."""
        asset = self.existing(asset_id)
        if not asset.watchable:
            sentence = f"{asset_id} is {asset.status} and cannot be watched yet; wait until it is playable."
            if asset.status is Status.FAILED:
                sentence = f"{asset_id} failed, so there is nothing to watch; its error says why and what to do."
            raise MatineeError(ErrorCode.ASSET_NOT_PLAYABLE, sentence)
        return asset

    def _with_token(self, session: Session, asset: Asset) -> Playback:
        now = self._clock.now()
        expires_at = session.token_expires_at(now)
        premiere = session.not_before > session.created_at
        claims = Claims(
            session_id=session.id,
            viewer=session.viewer,
            path=tokens.path_of(session.asset_id),
            not_before=int(session.not_before.timestamp()) - (0 if premiere else tokens.NOT_BEFORE_SLACK_SECONDS),
            expires_at=int(expires_at.timestamp()),
            session_ends_at=int(session.ends_at.timestamp()),
            ip=session.bind_ip,
        )
        token = tokens.sign(claims, self._keys.signing_key())
        return Playback(session=session, asset=asset, token=token, expires_at=expires_at)


def _withdrawn() -> MatineeError:
    return MatineeError(ErrorCode.SESSION_REVOKED, "This link was withdrawn by its publisher; ask for a new one.")


class Gate:
    """The check before every byte of media: the local twin of the edge function."""

    def __init__(self, keys: Keys, revocations: Revocations, clock: Clock, leniency: Leniency = STRICT) -> None:
        self._keys = keys
        self._leniency = leniency
        self._read_by: Mapping[str, bytes] = {}
        self._known: dict[str, Claims] = {}  # well-signed ones alone: who has no key cannot fill it
        self._is_revoked: Callable[[SessionId], bool] = revocations.is_revoked
        self._clock = clock

    def admit(self, token: str, path: str, address: str) -> str:
        """The object key of `path` (what follows `/t/{token}`, undecoded) for a viewer at `address`.

        Raises the token codes in their order (`domain.token`), but for what the deployment lets pass.
        """
        keys = self._keys.verification_keys()
        try:
            claims = self._read(token, keys)
            now = int(self._clock.now().timestamp())
            tokens.check(claims, path=path, address=address, now=now, revoked=self._is_revoked)
        except MatineeError as error:
            film = self._leniency.spares(error.code, path) if keys else None
            if film is None:
                raise
            if film not in self._leniency.public:
                log.warning("would deny", extra={"asset": film, "code": error.code})
        return "streams" + path

    def _read(self, token: str, keys: Mapping[str, bytes]) -> Claims:
        """`domain.token.read`, once for all segments of a viewer; what was read by other keys is forgotten."""
        if keys != self._read_by or len(self._known) >= MAX_KNOWN:
            self._read_by, self._known = keys, {}
        claims = self._known.get(token)
        if claims is None:
            claims = self._known[token] = tokens.read(token, keys)
        return claims
