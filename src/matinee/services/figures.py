"""The figures of a deployment that an operator watches, the same on one machine and on AWS. It must not know where.

On one machine `/metrics` tells them when it is asked; on AWS the upkeep tells CloudWatch every quarter of an hour.
"""

from datetime import timedelta

from matinee.domain.delivery import DeliveryState
from matinee.domain.measure import Measure, one
from matinee.domain.run import RunState
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.webhooks import WebhookStore
from matinee.services.quality import Watch
from matinee.services.spending import Spending

MANY = 1000  # beyond it, the figure only says that there are many
LATELY = timedelta(days=1)
RUNS = {
    "runs_queued": (RunState.QUEUED, "Ingests that wait for a worker."),
    "runs_running": (RunState.RUNNING, "Ingests under way."),
    "runs_held": (RunState.WAITING, "Ingests that wait at a limit for a person."),
}


class Figures:
    """What is measured."""

    def __init__(self, watch: Watch, spending: Spending, catalog: Catalog, told: WebhookStore, clock: Clock) -> None:
        self._watch = watch
        self._spending = spending
        self._catalog = catalog
        self._told = told
        self._clock = clock

    def now(self) -> tuple[Measure, ...]:
        """Every figure, as it is now. What films play like covers the last quarter of an hour."""
        return (*self._playing(), *self._runs(), *self._spent(), self._given_up())

    def _playing(self) -> tuple[Measure, ...]:
        playing = self._watch.playing()
        told = [each.quality for each in playing]
        complaining = sum(each.complaint is not None for each in playing)
        return (
            one("films_played", "Films that were played.", len(told)),
            one("films_complaining", "Films whose viewers complain.", complaining),
            one("wanted_seconds", "Time that playing was wanted.", sum(each.wanted_ms for each in told) / 1000),
            one("stalled_seconds", "Of it, time that pictures stood still.", sum(e.stalled_ms for e in told) / 1000),
            one("starts", "Views that began to play.", sum(each.starts for each in told)),
            one("slow_starts", "Of them, those that took over ten seconds.", sum(each.slow_starts for each in told)),
            one("player_errors", "Errors of players, ended links aside.", sum(each.errors for each in told)),
        )

    def _runs(self) -> tuple[Measure, ...]:
        return tuple(
            one(name, says, len(self._catalog.list_runs(state, limit=MANY))) for name, (state, says) in RUNS.items()
        )

    def _spent(self) -> tuple[Measure, ...]:
        spent = self._spending.spent()
        return (
            one("month_ingests", "Ingests of this month (UTC).", spent.runs),
            one("month_minutes", "Minutes of film ingested this month.", spent.seconds / 60),
            one("month_dollars", "What they cost, by AWS's prices.", spent.micro_usd / 1e6),
        )

    def _given_up(self) -> Measure:
        """Read from what is stored: whoever gave up may have died before telling anybody."""
        listening = [webhook for webhook in self._told.list_webhooks() if webhook.enabled]
        since = self._clock.now() - LATELY
        pages = [
            self._told.list_deliveries(webhook.id, state=DeliveryState.DEAD, limit=MANY, cursor=None).items
            for webhook in listening
        ]
        lately = sum(each.attempts[-1].at > since for page in pages for each in page)
        return one("deliveries_dead", "Deliveries given up within a day, to webhooks that are on.", lately)
