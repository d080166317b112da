"""What ingests cost, and whether a run may spend it. It must not know prices, nor who works on runs.

A run is asked once, after its probe and before anything is made of it. Where a limit holds it, it waits as a paused run
does: nobody works on it and nothing runs. A person approves it (`services.runs`), or the upkeep asks again when the
limit was raised, films were deleted or a new month began.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from matinee.domain.asset import Asset, AssetError, Status
from matinee.domain.media import MediaSettings, Probe
from matinee.domain.run import Run, RunState
from matinee.domain.spending import (
    MINUTE,
    Allowance,
    Cost,
    Shape,
    Spent,
    film_cost,
    micro_usd,
    month_of,
    over_cost,
    over_minutes,
    over_stored,
    wanted,
    whole_seconds,
)
from matinee.ports.catalog import AssetQuery, Catalog
from matinee.ports.clock import Clock
from matinee.ports.ledger import Ledger
from matinee.services.moving import move_run

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a film would cost, and why its ingest would wait; None where it would not."""

    cost: Cost
    waits: AssetError | None


class Spending:
    """The limits of this deployment, and what was spent of them."""

    def __init__(
        self, catalog: Catalog, ledger: Ledger, clock: Clock, allowance: Allowance, settings: MediaSettings
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self.allowance = allowance

    def admit(self, run: Run, probe: Probe) -> Run:
        """The run with its cost; `waiting` where a limit holds it, else counted and not to be asked again.

        The run is written once at most: who may spend what is decided by the ledger's one write.
        """
        if run.approved and run.cost is not None and self._counted(run, run.cost, None):
            return run
        codecs = self._catalog.get_asset(run.asset_id).codecs
        cost = film_cost(probe, wanted(self._settings, codecs))
        reason = None if run.approved else self._reason(run, cost)
        if reason is None:
            self._counted(run, cost, None)
            return move_run(self._catalog, run.id, lambda r: r.priced(cost).let_go_on())
        moved = move_run(self._catalog, run.id, lambda r: r.priced(cost).waiting(reason))
        if moved.state is RunState.WAITING:
            log.warning("run waits for a person", extra={"run": run.id, "asset": run.asset_id, "code": reason.code})
        return moved

    def offer(self, shape: Shape, codecs: Sequence[str]) -> Offer:
        """What such a film would cost if it came now."""
        cost = film_cost(shape.probe(), wanted(self._settings, codecs))
        stored = (lambda: self.stored_seconds() + cost.seconds) if self.allowance.hours_stored else (lambda: 0.0)
        waits = self._over(cost, stored, self.spent())
        return Offer(cost=cost, waits=waits)

    def spent(self) -> Spent:
        """This month so far."""
        return self._ledger.spent(month_of(self._clock.now()))

    def stored_seconds(self) -> float:
        """The length of every film in the library whose length is known."""
        total, cursor = 0.0, None
        while True:
            page = self._catalog.list_assets(AssetQuery(limit=100, cursor=cursor))
            total += sum(asset.duration_seconds or 0.0 for asset in page.items)
            cursor = page.next_cursor
            if cursor is None:
                return total

    def asking(self) -> Callable[[Asset], bool]:
        """Whether an asset's run, which waits, may be asked again: the library is measured once for all of them."""
        stored = cache(self.stored_seconds)

        def room(asset: Asset) -> bool:
            run = self._waiting(asset)
            return run is not None and run.cost is not None and self._over(run.cost, stored, self.spent()) is None

        return room

    def _waiting(self, asset: Asset) -> Run | None:
        if asset.run is None or asset.status is Status.DELETED:
            return None
        run = self._catalog.get_run(asset.run)
        return run if run.state is RunState.WAITING else None

    def _reason(self, run: Run, cost: Cost) -> AssetError | None:
        """Why it waits. Where it need not, it is counted: of many at once, only those go on for whom there is room."""
        most = self.allowance.minutes_a_month * MINUTE or None
        # The asset's own length is in the catalog already, so of two films at once at least one sees the other.
        beside = over_cost(cost, self.allowance) or self._over_stored(self.stored_seconds)
        if beside is not None or self._counted(run, cost, most):
            return beside
        return over_minutes(cost, self.spent(), self.allowance) or self._reason(run, cost)  # a new month has begun

    def _over(self, cost: Cost, stored: Callable[[], float], spent: Spent) -> AssetError | None:
        return over_cost(cost, self.allowance) or self._over_stored(stored) or over_minutes(cost, spent, self.allowance)

    def _over_stored(self, stored: Callable[[], float]) -> AssetError | None:
        return over_stored(stored(), self.allowance) if self.allowance.hours_stored else None

    def _counted(self, run: Run, cost: Cost, most_seconds: int | None) -> bool:
        return self._ledger.count(
            month_of(self._clock.now()),
            run.id,
            seconds=whole_seconds(cost),
            micro_usd=micro_usd(cost),
            most_seconds=most_seconds,
        )
