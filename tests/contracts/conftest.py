"""Processes the suites race against each other, started once for the session."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.contracts.children import SPAWN


@pytest.fixture(scope="session")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Four processes of their own."""
    with ProcessPoolExecutor(4, mp_context=SPAWN) as processes:
        yield processes
