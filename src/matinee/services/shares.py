"""Share links: made by a publisher, opened by whoever has one, taken back. It must not know HTTP or pages."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from matinee.domain import password as passwords
from matinee.domain.asset import Asset
from matinee.domain.ids import AssetId, ShareId, encode_id
from matinee.domain.object_keys import version_prefix
from matinee.domain.share_link import ShareLink, SharePolicy, site_of
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock, Entropy
from matinee.ports.object_store import ObjectStore
from matinee.services.journal import HOUSE, Caller
from matinee.services.playback import Playback, SessionRequest, Sessions
from matinee.services.publishing import POSTER
from matinee.services.throttle import NOWHERE, Origin, Throttle

log = logging.getLogger(__name__)

MAX_TRIES = 100  # so many may open one link in the same few milliseconds; who comes after them is told to ask again


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareWish:
    """What a publisher asks for."""

    label: str = ""
    life_seconds: int | None = None
    view_limit: int | None = None
    password: str | None = None
    sites: tuple[str, ...] = ()


class Shares:
    """Share links."""

    def __init__(
        self,
        store: ObjectStore,
        catalog: Catalog,
        sessions: Sessions,
        clock: Clock,
        entropy: Entropy,
        policy: SharePolicy,
        throttle: Throttle,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._sessions = sessions
        self._clock = clock
        self._entropy = entropy
        self._policy = policy
        self._throttle = throttle

    def make(self, asset_id: AssetId, wish: ShareWish) -> ShareLink:
        """A new link, also to an asset that is not playable yet. Raises `asset_not_found`, `field_invalid` …"""
        self._sessions.existing(asset_id)
        now, salt = self._clock.now(), self._entropy.token_bytes(passwords.SALT_BYTES)
        share = ShareLink(
            id=ShareId(encode_id("shr_", self._entropy.token_bytes(13))),
            asset_id=asset_id,
            created_at=now,
            ends_at=self._policy.ends_at(wish.life_seconds, now),
            label=wish.label.strip(),
            view_limit=wish.view_limit,
            password=None if wish.password is None else passwords.protect(wish.password, salt),
            sites=tuple(dict.fromkeys(site_of(site) for site in wish.sites)),
        )
        share = self._catalog.add_share(share)
        try:
            self._sessions.existing(asset_id)  # a link written while its asset was being deleted would outlive it
        except MatineeError as error:
            if error.code is ErrorCode.ASSET_DELETED:
                self._catalog.forget_asset(asset_id)
            raise
        log.info("share link made", extra={"share": share.id, "asset": asset_id})
        return share

    def list(self, asset_id: AssetId) -> tuple[ShareLink, ...]:
        """The asset's links that were not withdrawn, newest first. Raises `asset_not_found`, `asset_deleted`."""
        self._sessions.existing(asset_id)
        return tuple(share for share in self._catalog.list_shares(asset_id) if share.revoked_at is None)

    def get(self, share_id: ShareId) -> ShareLink:
        """The link, whatever became of it. Raises `share_not_found`."""
        return self._catalog.get_share(share_id)

    def find_open(self, share_id: ShareId) -> ShareLink:
        """The link while it works. Raises `share_not_found`, `share_revoked`, `share_ended`, `share_used_up`."""
        share = self._catalog.get_share(share_id)
        share.check_open(self._clock.now())
        return share

    def open(
        self, share_id: ShareId, password: str | None, *, origin: Origin = NOWHERE, ttl_seconds: int | None = None
    ) -> Playback:
        """A session for whoever has the link, at `origin`: one view of it, counted before the session is there.

        Raises as `find_open` does, `share_password_missing`, `share_password_wrong`, `too_many_requests` after too many
        wrong ones, and as `Sessions.open`.
        """
        share = self.find_open(share_id)
        self._check_password(share, password, origin)
        self._sessions.watchable(share.asset_id)  # before a view is spent on nothing
        share = self._changed(share, lambda one: one.viewed(self._clock.now()))
        request = SessionRequest(ttl_seconds=ttl_seconds, share_id=share.id, ends_by=share.ends_at)
        playback = self._sessions.open(share.asset_id, request, Caller(share.id, origin.address))
        if (
            self._catalog.get_share(share.id).revoked_at is not None
        ):  # meanwhile, perhaps after the sessions were listed
            self._sessions.revoke(playback.session.id)
            self.find_open(share_id)
        log.info("share link opened", extra={"share": share.id, "session": playback.session.id, "views": share.views})
        return playback

    def revoke(self, share_id: ShareId, by: Caller = HOUSE) -> int:
        """Withdraw the link and every session it opened; how many of those were alive. Raises `share_not_found`."""
        share = self._changed(self._catalog.get_share(share_id), lambda one: one.revoked(self._clock.now()))
        cut = self._sessions.revoke_opened_by(share.id, share.asset_id, by)
        log.info("share link revoked", extra={"share": share.id, "sessions": cut})
        return cut

    def preview(self, share_id: ShareId) -> Asset:
        """The asset whose title and picture may be shown to everybody who has the link, before anybody opens it.

        Raises as `find_open` does, and `preview_private` unless the asset is marked so and the link has no password.
        """
        share = self.find_open(share_id)
        asset = self._sessions.watchable(share.asset_id)
        if share.password is not None or not asset.public_preview:
            sentence = "The publisher did not mark this title to be shown before it is opened; open the link itself."
            raise MatineeError(ErrorCode.PREVIEW_PRIVATE, sentence)
        return asset

    def poster(self, share_id: ShareId) -> bytes:
        """The picture of what `preview` shows, itself and not an address of it: a token would open the film.

        Raises as `preview` does, and `object_not_found`.
        """
        asset = self.preview(share_id)
        if asset.version is None or not asset.has_poster:
            raise MatineeError(ErrorCode.OBJECT_NOT_FOUND, f"{asset.id} has no picture.")
        return self._store.get(version_prefix(asset.id, asset.version) + POSTER)

    def _changed(self, share: ShareLink, change: Callable[[ShareLink], ShareLink]) -> ShareLink:
        """`change` written by one conditional write; applied anew to what somebody else has left."""
        for _ in range(MAX_TRIES):
            try:
                return self._catalog.replace_share(change(share))
            except MatineeError as error:
                if error.code is not ErrorCode.CATALOG_CONFLICT:
                    raise
                share = self._catalog.get_share(share.id)
        raise MatineeError(ErrorCode.CATALOG_CONFLICT, f"Too many open {share.id} at this moment; ask again.")

    def _check_password(self, share: ShareLink, password: str | None, origin: Origin) -> None:
        if share.password is None:
            return
        if not password:
            sentence = "This link has a password; ask for it who sent the link."
            raise MatineeError(ErrorCode.SHARE_PASSWORD_MISSING, sentence)
        with self._throttle.trying(share.id, origin):
            if not passwords.matches(password, share.password):
                raise MatineeError(ErrorCode.SHARE_PASSWORD_WRONG, "That is not this link's password; try again.")
