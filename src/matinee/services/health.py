"""What works of a deployment that looks at nothing by itself. It must not know who asks, nor what is behind the ports.

Anybody may ask, uncounted: monitors do, every few seconds. So the ports are asked once in `KEPT` by each process,
however many ask it, and a crowd costs no more than a monitor.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from matinee.errors import MatineeError
from matinee.ports.catalog import AssetQuery, Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore

KEPT = timedelta(seconds=10)


class Health:
    """The checks `catalog` and `store`, as they were within the last ten seconds."""

    def __init__(self, catalog: Catalog, store: ObjectStore, clock: Clock) -> None:
        self._catalog = catalog
        self._store = store
        self._clock = clock
        self._seen: tuple[datetime, dict[str, str]] | None = None

    def checks(self) -> dict[str, str]:
        """`ok`, or the code of what went wrong, by name."""
        now = self._clock.now()
        if self._seen is None or now - self._seen[0] >= KEPT:
            self._seen = now, self._asked()
        return dict(self._seen[1])

    def _asked(self) -> dict[str, str]:
        return {
            "catalog": _works(lambda: self._catalog.list_assets(AssetQuery(limit=1))),
            "store": _works(lambda: self._store.list("web/", limit=1)),
        }


def _works(ask: Callable[[], object]) -> str:
    try:
        ask()
    except MatineeError as error:
        return str(error.code)
    return "ok"
