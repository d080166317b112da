"""What the rehearsal starts once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from package.build import build
from package.targets import target_named

from tests.contracts.emulator import ROOT
from tests.needs import need
from tests.rehearsal.deployment import PACKAGES, Deployment, deployed


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
    """The zips that Lambda runs, as `make package TARGET=rehearsal` makes them; made again when they are older."""
    made = PACKAGES / "packages.json"
    sources = [path for folder in ("src", "package", "requirements") for path in (ROOT / folder).rglob("*.*")]
    newest = max(path.stat().st_mtime for path in sources if "__pycache__" not in path.parts)
    if not made.exists() or made.stat().st_mtime < newest:
        build(target_named("rehearsal"), PACKAGES)
    return PACKAGES


@pytest.fixture(scope="session")
def deployment(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Everything applied, as a person does it after `make package`."""
    with deployed(packages, tmp_path_factory.mktemp("deployment")) as found:
        yield need(found, "the rehearsal needs Terraform and the AWS emulator: make .emulator/.stamp")
