"""Insight: beacons in, reports out. It must not know HTTP, and it keeps no viewer's name and no address.

A viewer counts under a hash that holds for a day (`domain.day_hash`). A beacon is counted at most once; one that is
lost with its process is not counted at all.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from matinee.domain import beacon as beacons
from matinee.domain import insight
from matinee.domain import quality as qualities
from matinee.domain import token as tokens
from matinee.domain.asset import Status
from matinee.domain.beacon import Beacon
from matinee.domain.day_hash import day_hash
from matinee.domain.ids import AssetId
from matinee.domain.insight import Report
from matinee.domain.session import ANONYMOUS
from matinee.domain.token import Claims
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.insights import Advance, Insights
from matinee.ports.keys import Keys
from matinee.ports.revocations import Revocations

GRACE_SECONDS = 3600  # what was watched before the end may be told after it
MAX_DAYS = 400


@dataclass(frozen=True, slots=True)
class InsightPolicy:
    """How long days are kept; hashes of viewers and names of views; and how a film played, in sums of five minutes."""

    keep_days: int
    keep_viewers: timedelta
    keep_quality: timedelta


class Insight:
    """What is watched, by asset and day."""

    def __init__(
        self,
        insights: Insights,
        catalog: Catalog,
        keys: Keys,
        revocations: Revocations,
        clock: Clock,
        policy: InsightPolicy,
    ) -> None:
        self._insights = insights
        self._catalog = catalog
        self._keys = keys
        self._revocations = revocations
        self._clock = clock
        self._policy = policy

    def record(self, token: str, beacon: Beacon, user_agent: str) -> None:
        """Count the beacon of whoever holds `token`, which may have expired; twice is once.

        Raises the token codes (`token_path` for a picture's), `session_ended` an hour after the session's end,
        `session_revoked`.
        """
        claims = tokens.read(token, self._keys.renewal_keys())
        now = self._clock.now()
        if now.timestamp() >= claims.session_ends_at + GRACE_SECONDS:
            raise MatineeError(ErrorCode.SESSION_ENDED, "This link's time is over; nothing more is counted for it.")
        if self._revocations.is_revoked(claims.session_id):
            raise MatineeError(ErrorCode.SESSION_REVOKED, "This link was withdrawn; nothing more is counted for it.")
        asset_id, day, until = tokens.film_of(claims), now.date(), now + self._policy.keep_viewers
        # A view's name is the browser's choice: under its session it can only be its own.
        moved = self._insights.advance(f"{claims.session_id}.{beacon.view}", beacon.number, ends_at=until)
        if moved is Advance.KNOWN:
            return
        if told := qualities.noted(beacon):
            self._insights.note(qualities.slot_of(now), asset_id, told)
        device = beacons.device_of(user_agent)
        for place in (asset_id, None):
            new = moved is Advance.NEW
            viewer = self._hashed(claims, day)
            new_viewer = new and self._insights.first_today(place, day, viewer, ends_at=until)
            counts = beacons.counted(beacon, device=device, new_view=new, new_viewer=new_viewer)
            if counts:
                self._insights.add(place, day, counts)

    def report(self, asset_id: AssetId | None, first: date | None, last: date | None) -> Report:
        """The days from `first` (28 days before `last`) to `last` (today), of one asset or of all together.

        Raises `asset_not_found`, `asset_deleted`, and `field_invalid` for days the wrong way round or too many.
        """
        if asset_id is not None and self._catalog.get_asset(asset_id).status is Status.DELETED:
            raise MatineeError(ErrorCode.ASSET_DELETED, f"{asset_id} was deleted, and what was counted of it too.")
        end = last or self._clock.now().date()
        if end.year == 1:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'to' is {end}, before there were films; name a later day.")
        begin = first or end - timedelta(days=27)
        if not timedelta(0) <= end - begin < timedelta(days=MAX_DAYS):
            sentence = f"'from' is {begin} and 'to' is {end}; 'from' comes first, at most {MAX_DAYS} days before 'to'."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        return insight.report(self._insights.days(asset_id, begin, end), begin, end)

    def sweep(self) -> None:
        """Drop what need not be remembered any more."""
        now = self._clock.now()
        self._insights.sweep(
            now,
            days_before=now.date() - timedelta(days=self._policy.keep_days),
            slots_before=now - self._policy.keep_quality,
        )

    def _hashed(self, claims: Claims, day: date) -> str:
        who = claims.session_id if claims.viewer == ANONYMOUS else claims.viewer
        return day_hash(self._keys.signing_key().secret, "insight", day, who)
