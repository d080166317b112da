"""What is started once for all suites: processes to race each other, and the AWS emulator."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.contracts.children import SPAWN
from tests.contracts.emulator import Emulator, running
from tests.needs import need


@pytest.fixture(scope="session")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Four processes of their own."""
    with ProcessPoolExecutor(4, mp_context=SPAWN) as processes:
        yield processes


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The AWS emulator, ended with the session."""
    with running(tmp_path_factory.mktemp("emulator")) as found:
        yield need(found, "the AWS emulator did not start: make .emulator/.stamp")
