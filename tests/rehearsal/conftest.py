"""What the rehearsal starts once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.emulator import Caller, Emulator, new_user, running
from tests.needs import need
from tests.package.made import rehearsal_packages
from tests.rehearsal.deployment import Deployment, deployed
from tests.rehearsal.functions import ENCODE, NAME


@pytest.fixture(scope="module", autouse=True)
def loop() -> Iterator[None]:
    """An event loop for functions called in this process: Mangum takes the thread's own, and never closes it."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


@pytest.fixture(scope="module", autouse=True)
def _name() -> Iterator[None]:
    """What Terraform calls the deployment. Functions ask for it once in a process, whichever test calls the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POWERTOOLS_SERVICE_NAME", NAME)
        yield


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The AWS emulator, ended with this file."""
    with running(tmp_path_factory.mktemp("emulator")) as found:
        yield need(found, "the AWS emulator did not start: make .emulator/.stamp")


@pytest.fixture(scope="module")
def encoder(emulator: Emulator) -> Caller:
    """Who may do what the encoding function may."""
    return new_user(emulator.root, "encode", ENCODE)


@pytest.fixture(scope="session")
def packages() -> Path:
    """The zips that Lambda runs."""
    return rehearsal_packages()


@pytest.fixture(scope="session")
def deployment(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything applied, as a person does it after `make package`."""
    with deployed(packages, tmp_path_factory.mktemp("deployment")) as found:
        yield need(found, "the rehearsal needs Terraform and the AWS emulator: make .emulator/.stamp")
