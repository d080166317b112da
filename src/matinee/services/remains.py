"""What is left of a deleted asset, by a look everywhere it may lie. It must not change anything.

    objects of the store · their old versions and unfinished uploads · the copy in another Region · names of files ·
    sessions · share links · audit records that name somebody · counters of what was watched

What may stay: the tombstone (an id and three times), events and records without names, until their days are over.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from matinee.domain.asset import Status
from matinee.domain.ids import AssetId
from matinee.domain.object_keys import asset_prefixes
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.audit import AuditQuery
from matinee.ports.catalog import Catalog
from matinee.ports.copies import Copies, Copy, CopyKind, Replica
from matinee.ports.insights import Insights
from matinee.ports.object_store import ObjectStore, walk
from matinee.services.journal import Journal
from matinee.services.uploads import FORGOTTEN

MANY = 1000  # enough to say that there are many
LONG_AGO, FAR_OFF = date(2000, 1, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """So much in one place; `gone_by` is when it goes by itself at the latest, None when it does not."""

    place: str
    count: int
    size_bytes: int = 0
    gone_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found. `clean`: nothing that would stay; `erased_at`: when the deletion was through, None before.

    `not_looked_at`: places where something may lie and that did not answer, each with the reason.
    """

    asset_id: AssetId
    deleted_at: datetime
    erased_at: datetime | None
    looked_at: tuple[str, ...]
    found: tuple[Found, ...]
    not_looked_at: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether the deletion is through, every place was looked at, and what is found goes by itself."""
        goes = all(each.gone_by is not None for each in self.found)
        return self.erased_at is not None and goes and not self.not_looked_at


class Remains:
    """A look around."""

    def __init__(
        self,
        store: ObjectStore,
        catalog: Catalog,
        copies: Copies,
        journal: Journal,
        insights: Insights,
        replica: Replica | None = None,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._copies = copies
        self._journal = journal
        self._insights = insights
        self._replica = replica

    def look(self, asset_id: AssetId) -> Verdict:
        """Everything of the asset that is left. Raises `asset_not_found`, and `asset_state` when it is not deleted."""
        asset = self._catalog.get_asset(asset_id)
        if asset.status is not Status.DELETED:
            sentence = f"{asset_id} is {asset.status}, not deleted; delete it, then look for what is left."
            raise MatineeError(ErrorCode.ASSET_STATE, sentence)
        looked = list(self._looks(asset_id))
        unseen: tuple[str, ...] = ()
        if self._replica is not None:
            there, unseen = self._look_elsewhere(self._replica, asset_id)
            looked += there
        return Verdict(
            asset_id=asset_id,
            deleted_at=asset.updated_at,  # nothing moves a tombstone
            erased_at=asset.erased_at,
            looked_at=tuple(each.place for each in looked),
            found=tuple(each for each in looked if each.count),
            not_looked_at=unseen,
        )

    def _looks(self, asset_id: AssetId) -> Iterator[Found]:
        for prefix in asset_prefixes(asset_id):
            there = list(walk(self._store, prefix))
            yield Found(place=prefix, count=len(there), size_bytes=sum(info.size_bytes for info in there))
        copies = [copy for prefix in asset_prefixes(asset_id) for copy in self._copies.of(prefix)]
        yield from _by_kind(copies, CopyKind.OLD_VERSION, CopyKind.UNFINISHED)
        named = (upload for upload in self._catalog.list_uploads_of(asset_id) if upload.filename != FORGOTTEN)
        yield _counted("names of files", named)
        yield _counted("sessions", self._catalog.list_sessions(asset_id, limit=MANY))
        yield _counted("share links", self._catalog.list_shares(asset_id, limit=MANY))
        yield _counted("names in the audit", (True for named in self._named_in_audit(asset_id) if named))
        yield _counted("counters of what was watched", self._insights.days(asset_id, LONG_AGO, FAR_OFF))

    def _look_elsewhere(self, replica: Replica, asset_id: AssetId) -> tuple[list[Found], tuple[str, ...]]:
        """What the copy has, and why it was not looked at when it does not answer: its Region may be away."""
        try:
            copies = [copy for prefix in asset_prefixes(asset_id) for copy in replica.of(prefix)]
        except MatineeError as error:
            if error.code is not ErrorCode.STORE_UNAVAILABLE:
                raise
            return [], (f"{replica.name}: {error.detail}",)
        return list(_by_kind(copies, CopyKind.REPLICA, CopyKind.REPLICA_VERSION)), ()

    def _named_in_audit(self, asset_id: AssetId) -> Iterator[bool]:
        cursor: str | None = None
        while True:
            page = self._journal.page(AuditQuery(asset_id=asset_id, limit=100, cursor=cursor))
            yield from (record.viewer is not None for record in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return


def _by_kind(copies: list[Copy], *kinds: CopyKind) -> Iterator[Found]:
    for kind in kinds:
        some = [copy for copy in copies if copy.kind is kind]
        ends = [copy.gone_by for copy in some]
        last = max((end for end in ends if end is not None), default=None) if None not in ends else None
        yield Found(place=kind, count=len(some), size_bytes=sum(copy.size_bytes for copy in some), gone_by=last)


def _counted(place: str, things: Iterable[object]) -> Found:
    return Found(place=place, count=sum(1 for _ in things))
