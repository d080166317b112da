"""A whole library from one deployment to another, both running. It must not know which is which: ports to ports.

    for each asset, oldest first (`standing`)
      objects (`carrying`) ─▶ receipt ─▶ run ─▶ asset ─▶ share links, counters (`belongings`)
    then plain objects, and webhook endpoints

An asset is written to the other catalog when all it names lies there: at every moment the other side holds whole films
or none of them. Whatever dies, the same call goes on. What was changed on both sides is refused before anything moves.

Not carried: what is being uploaded or ingested (the next call finds it ready), playback sessions and the record of
them, signing keys and tokens, events and deliveries, remembered answers, what waits in the inbox.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from matinee.domain.asset import Asset, Status, Superseded
from matinee.domain.ids import AssetId
from matinee.domain.object_keys import RESERVED_PREFIXES, media_prefix, moved_prefix, receipt_key, version_prefix
from matinee.domain.receipt import Receipt, Sent, carried, mark_of
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery, Order
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectInfo, walk
from matinee.services.belongings import Belongings, Endpoints
from matinee.services.carrying import Carrier
from matinee.services.standing import Side, Standing, found, needed, receipt_in, standing_of

log = logging.getLogger(__name__)

TRIES = 5  # a film that changes faster than it can be read is being worked on: the next call finds it quiet
PLAIN = moved_prefix("objects")
NAMED = 10  # of what is in the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is: of the assets, and what came in this call."""

    assets: int = 0
    assets_done: int = 0
    objects: int = 0
    size_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a call did: assets by how they stood, and what came (`objects` counts the pieces of large ones)."""

    assets: dict[Standing, tuple[AssetId, ...]]
    plain_objects: int
    shares: int
    webhooks: Endpoints
    objects: int
    size_bytes: int
    checked_bytes: int | None


class Migration:
    """From `source` to `target`; `told` hears of progress, from any thread."""

    def __init__(self, source: Side, target: Side, clock: Clock, told: Callable[[Progress], None]) -> None:
        self._source = source
        self._target = target
        self._clock = clock
        self._told = told
        self._progress = Progress()
        self._lock = Lock()
        self._carrier = Carrier(source.store, target.store, self._came)
        self._belongings = Belongings(source, target)

    def run(self, *, check: bool) -> Report:
        """Carry what is at rest; with `check`, also read back all that ever came.

        Raises `asset_changed` when something was changed on both sides, before anything is carried; `check_failed`.
        """
        assets = [asset.id for asset in self._assets()]
        plain = [info for info in walk(self._source.store, "") if not info.key.startswith(RESERVED_PREFIXES)]
        self._refuse_conflicts(plain)
        self._move(assets=len(assets))
        stood: dict[AssetId, Standing] = {}
        shares = 0
        for asset_id in assets:
            stood[asset_id] = self._bring(asset_id)
            if stood[asset_id] in (Standing.NEW, Standing.CHANGED, Standing.SAME):
                shares += self._belongings.carry_shares(asset_id)
                self._belongings.add_counters(asset_id, self._clock.now().date())
            self._move(assets_done=self._progress.assets_done + 1)
        # A listing tells no types, so each is asked for its own.
        self._carrier.carry([self._source.store.stat(info.key) for info in plain], PLAIN, ())
        self._belongings.add_counters(None, self._clock.now().date())
        return Report(
            assets={each: tuple(one for one, was in stood.items() if was is each) for each in Standing},
            plain_objects=len(plain),
            shares=shares,
            webhooks=self._belongings.carry_webhooks(),
            objects=self._progress.objects,
            size_bytes=self._progress.size_bytes,
            checked_bytes=self._checked(stood) if check else None,
        )

    def _bring(self, asset_id: AssetId) -> Standing:
        """How the asset stood, carried if that was called for; one that moves meanwhile is looked at again."""
        for _ in range(TRIES):
            asset = self._source.catalog.get_asset(asset_id)
            standing = standing_of(asset, self._source, self._target)
            if standing not in (Standing.NEW, Standing.CHANGED) or self._carried(asset):
                log.info("asset migrated", extra={"asset": asset_id, "standing": standing})
                return standing
        return Standing.BUSY

    def _carried(self, asset: Asset) -> bool:
        """Objects, receipt, run, asset. False when the asset changed under our hands."""
        catalog, notes = self._source.catalog, moved_prefix(asset.id)
        try:
            parts = needed(asset, self._source.store)
            sent = self._carrier.carry(parts.objects, notes, receipt_in(self._target.store, asset.id).sent)
        except MatineeError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND and catalog.get_asset(asset.id) != asset:
                return False
            raise
        if catalog.get_asset(asset.id) != asset:
            return False
        new = carried(asset, indexed=parts.indexed)
        if asset.status is not Status.DELETED:
            self._note(new, sent)
            self._belongings.carry_run(asset)
        self._write(new)
        self._carrier.forget_notes(notes)
        return True

    def _note(self, new: Asset, sent: Sequence[Sent]) -> None:
        """The receipt, before the asset it is of: after a death in between, the mark that is there is in it too."""
        bases = receipt_in(self._target.store, new.id).with_base(mark_of(new))
        document = Receipt(bases=bases, sent=tuple(sent)).to_bytes()
        self._target.store.put(receipt_key(new.id), document, content_type="application/json")

    def _write(self, new: Asset) -> None:
        """Over what is there, whose version is superseded then; a deletion is finished by that side's upkeep."""
        there = found(self._target.catalog, new.id)
        if there is None:
            self._target.catalog.add_asset(new)
            return
        old: tuple[Superseded, ...] = ()
        if new.status is not Status.DELETED:
            served, now = _prefixes(new), self._clock.now()
            old = tuple(each for each in there.superseded if each.prefix not in served)
            old += tuple(Superseded(prefix=prefix, at=now) for prefix in sorted(_prefixes(there) - served))
        self._target.catalog.replace_asset(replace(new, revision=there.revision, superseded=old))

    def _refuse_conflicts(self, plain: Sequence[ObjectInfo]) -> None:
        assets = [
            asset.id for asset in self._assets() if standing_of(asset, self._source, self._target) is Standing.CONFLICT
        ]
        keys = self._carrier.foreign(plain, PLAIN)
        if not assets and not keys:
            return
        listed = ", ".join([*assets, *keys][:NAMED])
        sentence = (
            f"{len(assets)} titles and {len(keys)} plain objects were changed both in {self._source.name} and in"
            f" {self._target.name}: {listed}. Nothing was carried. Delete the one of each that is not wanted, then"
            " migrate again."
        )
        raise MatineeError(ErrorCode.ASSET_CHANGED, sentence)

    def _checked(self, stood: dict[AssetId, Standing]) -> int:
        """The bytes that were read back and are as they were sent."""
        came = [
            sent
            for asset_id, standing in stood.items()
            if standing in (Standing.NEW, Standing.CHANGED, Standing.SAME)
            for sent in receipt_in(self._target.store, asset_id).sent
        ]
        return self._carrier.check([*came, *self._carrier.noted(PLAIN)])

    def _assets(self) -> Iterator[Asset]:
        for status in (None, Status.DELETED):
            cursor: str | None = None
            while True:
                query = AssetQuery(limit=100, cursor=cursor, status=status, order=Order.OLDEST)
                page = self._source.catalog.list_assets(query)
                yield from page.items
                cursor = page.next_cursor
                if cursor is None:
                    break

    def _came(self, size_bytes: int) -> None:
        with self._lock:
            now = self._progress
            self._progress = replace(now, objects=now.objects + 1, size_bytes=now.size_bytes + size_bytes)
        self._told(self._progress)

    def _move(self, *, assets: int | None = None, assets_done: int = 0) -> None:
        with self._lock:
            total = self._progress.assets if assets is None else assets
            self._progress = replace(self._progress, assets=total, assets_done=assets_done)
        self._told(self._progress)


def _prefixes(asset: Asset) -> set[str]:
    """What of it is served."""
    media = set() if asset.media_run is None else {media_prefix(asset.id, asset.media_run)}
    return media | (set() if asset.version is None else {version_prefix(asset.id, asset.version)})
