"""A share link: a way to an asset for whoever has it, within a life, a number of views and perhaps a password.

It opens playback sessions and is none itself. It must not know how it is stored, shown or embedded.

    open ──▶ ended (its life) · used up (its views) · revoked (its publisher)      none of them is ever open again
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from matinee.domain.ids import AssetId, ShareId
from matinee.errors import ErrorCode, MatineeError

MAX_LABEL = 100
MAX_VIEWS = 1_000_000
MAX_SITES = 50
KEPT = timedelta(days=30)  # after its end, so that who comes late reads that it ended, and not that it never was
# An origin as CSP's frame-ancestors takes it (CSP level 3, host-source): nothing else may get into that header.
SITE = re.compile(
    r"https?://(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9](?:[a-z0-9-]{0,62})){0,20}(?::[0-9]{1,5})?", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePolicy:
    """How long a share link works: when nothing is asked for, and at most."""

    default_life: timedelta = timedelta(days=30)
    longest_life: timedelta = timedelta(days=365)

    def ends_at(self, asked_seconds: int | None, now: datetime) -> datetime:
        """When a link made now ends; a longer life than the policy allows is shortened. Under 1: `field_invalid`."""
        if asked_seconds is None:
            return now + min(self.default_life, self.longest_life)
        if asked_seconds < 1:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'life_seconds' is {asked_seconds}; it takes 1 or more.")
        longest = int(self.longest_life.total_seconds())
        return now + timedelta(seconds=min(asked_seconds, longest))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLink:
    """A share link. `password` is what `domain.password` makes of one; `sites` may show it in a frame."""

    id: ShareId
    asset_id: AssetId
    created_at: datetime
    ends_at: datetime
    label: str = ""
    view_limit: int | None = None
    views: int = 0
    password: str | None = None
    sites: tuple[str, ...] = ()
    revoked_at: datetime | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        """A share link is built valid or not at all."""
        if len(self.label) > MAX_LABEL or not (self.label.isprintable() or not self.label):
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'label' takes up to {MAX_LABEL} printable characters.")
        if self.view_limit is not None and not 1 <= self.view_limit <= MAX_VIEWS:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'view_limit' takes 1 to {MAX_VIEWS}, or nothing.")
        if len(self.sites) > MAX_SITES:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'sites' takes up to {MAX_SITES} sites.")
        for site in self.sites:
            if SITE.fullmatch(site) is None:
                sentence = f"{site[:80]!r} is no site; write its origin, such as https://blog.example.org."
                raise MatineeError(ErrorCode.FIELD_INVALID, sentence)

    @property
    def views_left(self) -> int | None:
        """How many sessions it still opens; None: any number."""
        return None if self.view_limit is None else max(0, self.view_limit - self.views)

    @property
    def kept_until(self) -> datetime:
        """When the catalog may forget it."""
        return self.ends_at + KEPT

    def is_open(self, now: datetime) -> bool:
        """Whether it opens a session now."""
        return self.revoked_at is None and now < self.ends_at and self.views_left != 0

    def check_open(self, now: datetime) -> None:
        """Raises `share_revoked`, `share_ended`, `share_used_up`."""
        if self.revoked_at is not None:
            raise MatineeError(ErrorCode.SHARE_REVOKED, "This link was withdrawn by its publisher; ask for a new one.")
        if now >= self.ends_at:
            raise MatineeError(ErrorCode.SHARE_ENDED, "This link's time is over; ask for a new one.")
        if self.views_left == 0:
            sentence = "This link was opened as often as its publisher allowed; ask for a new one."
            raise MatineeError(ErrorCode.SHARE_USED_UP, sentence)

    def viewed(self, now: datetime) -> Self:
        """One view more. Raises as `check_open` does."""
        self.check_open(now)
        return replace(self, views=self.views + 1)

    def revoked(self, at: datetime) -> Self:
        """The link withdrawn; revoking twice keeps the first time."""
        return replace(self, revoked_at=self.revoked_at or at)


def site_of(text: str) -> str:
    """An origin as a person writes it: whatever the case, with or without the slash at its end, https when unsaid."""
    site = text.strip().lower().rstrip("/")
    return site if "://" in site else f"https://{site}"
