"""What the rehearsal starts once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needs import need
from tests.package.made import rehearsal_packages
from tests.rehearsal.deployment import Deployment, deployed


@pytest.fixture(scope="module", autouse=True)
def loop() -> Iterator[None]:
    """An event loop for functions called in this process: Mangum takes the thread's own, and never closes it."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


@pytest.fixture(scope="session")
def packages() -> Path:
    """The zips that Lambda runs."""
    return rehearsal_packages()


@pytest.fixture(scope="session")
def deployment(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything applied, as a person does it after `make package`."""
    with deployed(packages, tmp_path_factory.mktemp("deployment")) as found:
        yield need(found, "the rehearsal needs Terraform and the AWS emulator: make .emulator/.stamp")
