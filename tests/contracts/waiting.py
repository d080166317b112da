"""Waiting for something to become true, with a deadline. Tests never sleep for a guess."""

import time
from collections.abc import Callable

POLL_SECONDS = 0.005


def eventually(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Return as soon as `condition()` holds; fail when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(POLL_SECONDS)
