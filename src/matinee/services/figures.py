"""The figures of a deployment that an operator watches, the same on one machine and on AWS. It must not know where.

On one machine `/metrics` tells them when it is asked; on AWS the upkeep tells CloudWatch every quarter of an hour.
"""

from matinee.domain.measure import Measure, one
from matinee.domain.run import RunState
from matinee.ports.catalog import Catalog
from matinee.services.quality import Watch
from matinee.services.spending import Spending

MANY = 1000  # beyond it, the figure only says that there are many
RUNS = {
    "runs_queued": (RunState.QUEUED, "Ingests that wait for a worker."),
    "runs_running": (RunState.RUNNING, "Ingests under way."),
    "runs_held": (RunState.WAITING, "Ingests that wait at a limit for a person."),
}


class Figures:
    """What is measured."""

    def __init__(self, watch: Watch, spending: Spending, catalog: Catalog) -> None:
        self._watch = watch
        self._spending = spending
        self._catalog = catalog

    def now(self) -> tuple[Measure, ...]:
        """Every figure, as it is now. What films play like covers the last quarter of an hour."""
        return (*self._playing(), *self._runs(), *self._spent())

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
