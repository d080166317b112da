"""Things that must each be done, whatever becomes of the others. It must not know what they are."""

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


def in_turn(*steps: Callable[[], object]) -> None:
    """Every one of `steps`, in order; then raises what the first that failed raised. Later errors are in the log."""
    first: Exception | None = None
    for step in steps:
        try:
            step()
        except Exception as error:
            if first is None:
                first = error
            else:
                log.warning("a further step failed", extra={"error": type(error).__name__}, exc_info=error)
    if first is not None:
        raise first
