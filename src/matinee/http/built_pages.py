"""The built pages that are finished for each who asks, read from where they lie. It must not know what is in them."""

from datetime import datetime, timedelta
from pathlib import Path

from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore

KEPT = timedelta(minutes=1)  # a deployment writes new pages while functions with the old ones in memory still live


def page_in_folder(folder: Path, name: str) -> str | None:
    """The page, None when it was not built."""
    path = folder / name
    return path.read_text("utf-8") if path.is_file() else None


class StoredPages:
    """The pages below `web/` of a store, each read once a minute at most."""

    def __init__(self, store: ObjectStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._read: dict[str, tuple[datetime, str]] = {}

    def read(self, name: str) -> str | None:
        """The page, None when it is not there."""
        now = self._clock.now()
        read_at, text = self._read.get(name, (None, ""))
        if read_at is not None and now - read_at < KEPT:
            return text
        try:
            text = self._store.get(f"web/{name}").decode("utf-8")
        except MatineeError as error:
            if error.code is not ErrorCode.OBJECT_NOT_FOUND:
                raise
            return None
        self._read[name] = now, text
        return text
