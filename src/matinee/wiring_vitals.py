"""What a machine tells of itself: what works, and the figures that only a machine has. It must not decide anything."""

import shutil
from dataclasses import dataclass, field

from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_tallies import SqliteTallies
from matinee.config import Settings
from matinee.domain.measure import Measure, by_label, one
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import AssetQuery
from matinee.services.quality import Watch

MIN_FREE_BYTES = 1024**3  # a film's ladder needs about its own size again; below this, uploads fail soon


@dataclass(slots=True)
class Vitals:
    """Of this process and its workers: who is alive (`workers`), how many died."""

    settings: Settings
    catalog: SqliteCatalog
    tallies: SqliteTallies
    watch: Watch
    workers: set[str] = field(default_factory=set)
    deaths: int = 0

    def free_bytes(self) -> int:
        """What a film may take of the disk: what is free beyond the reserve."""
        return max(0, shutil.disk_usage(self.settings.data_dir).free - MIN_FREE_BYTES)

    def health(self) -> dict[str, str]:
        """What works, and what does not."""
        missing, complaining = self.settings.workers - len(self.workers), self.watch.complaining
        checks = {
            "catalog": "ok",
            "store": "ok",
            "workers": "ok" if missing <= 0 else f"{missing} missing",
            "viewers": "ok"
            if not complaining
            else f"of {complaining} {'films' if complaining > 1 else 'film'} complain",
        }
        try:
            self.catalog.list_assets(AssetQuery(limit=1))
        except MatineeError as error:
            checks["catalog"] = str(error.code)
        if self.free_bytes() == 0:
            checks["store"] = str(ErrorCode.STORE_FULL)
        return checks

    def measures(self) -> tuple[Measure, ...]:
        """The figures of docs/operate.md that no deployment on AWS has."""
        alive = len(self.workers)
        return (
            by_label("assets", "Assets by status.", "status", self.tallies.assets()),
            by_label("runs", "Ingests by state, those of long ago too.", "state", self.tallies.runs()),
            by_label("deliveries", "Deliveries to webhooks by state.", "state", self.tallies.deliveries()),
            one("events_untold", "Events of which no delivery was made yet.", self.tallies.untold()),
            one("workers", "Worker processes alive.", alive),
            one("workers_missing", "Worker processes that should be.", max(0, self.settings.workers - alive)),
            one("worker_deaths", "Worker processes that died.", self.deaths, "counter"),
            one("disk_free_bytes", "What a film may take of the disk.", self.free_bytes()),
        )
