"""What happens in a deployment though nobody asks: what arrivals and the schedule set off. It must not decide anything.

Neither signs anything: there are no keys here, and no secret in these functions' reach.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from matinee.config import Settings
from matinee.domain.measure import Measure
from matinee.policies import keep_superseded, retention, upload_policy
from matinee.services.arrivals import Arrivals
from matinee.services.erasure import Erasure
from matinee.services.in_turn import in_turn
from matinee.services.inbox import Inbox
from matinee.services.library import Library
from matinee.services.publishing import Publishing
from matinee.services.runs import Runs
from matinee.services.upkeep import Upkeep
from matinee.services.uploads import Uploads
from matinee.services.withdrawals import Withdrawals
from matinee.wiring_aws import (
    open_adapters,
    open_copies,
    open_figures,
    open_journal,
    open_revocations,
    open_spending,
    open_starter,
    open_watch,
)
from matinee.wiring_hooks import open_deliveries

WHOLE_AT_ONCE = timedelta(0)  # an object appears in S3 when all of it is there: nothing has to settle


def open_arrivals(settings: Settings) -> Arrivals:
    """What follows an object's arrival. Raises `setting_invalid`."""
    adapters = open_adapters(settings)
    store, catalog, clock = adapters.store, adapters.catalog, adapters.clock
    runs = Runs(store, catalog, open_starter(settings, adapters), clock)
    uploads = Uploads(store, catalog, runs, clock, adapters.entropy, upload_policy(settings))
    inbox = Inbox(store, open_copies(settings, adapters), catalog, runs, clock, WHOLE_AT_ONCE)
    return Arrivals(catalog, uploads, inbox)


def open_upkeep(settings: Settings, tell: Callable[[Sequence[Measure]], None]) -> Callable[[], None]:
    """What the schedule calls; the figures of the deployment go to `tell`. Raises `setting_invalid`."""
    adapters = open_adapters(settings)
    store, catalog, clock = adapters.store, adapters.catalog, adapters.clock
    revocations = open_revocations(settings, adapters)
    runs = Runs(store, catalog, open_starter(settings, adapters), clock)
    uploads = Uploads(store, catalog, runs, clock, adapters.entropy, upload_policy(settings))
    journal = open_journal(settings, adapters)
    withdrawals = Withdrawals(catalog, revocations, journal, clock)
    copies = open_copies(settings, adapters)
    erasure = Erasure(store, catalog, uploads, withdrawals, copies, clock)
    library = Library(store, catalog, runs, erasure, Publishing(store, catalog, clock), clock)
    upkeep = Upkeep(store, catalog, revocations, uploads, library, runs, clock)
    inbox = Inbox(store, copies, catalog, runs, clock, WHOLE_AT_ONCE)
    spending = open_spending(settings, adapters)
    deliveries = open_deliveries(settings, adapters).deliveries

    watch, figures = open_watch(settings, adapters), open_figures(settings, adapters)

    def keep_house() -> None:
        """An event that was lost, or a run that stopped moving, waits no longer than for this."""
        in_turn(
            inbox.scan,
            lambda: upkeep.restart_stalled(spending.asking()),
            lambda: upkeep.sweep(keep_superseded(settings), retention(settings)),
            journal.sweep,
            deliveries.ring_overdue,
            watch.look,
            lambda: tell(figures.now()),
        )

    return keep_house
