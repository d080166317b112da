"""The engines the gate runs in here; one of them missing is said by name, and is a failure in CI."""

import shutil
from collections.abc import Iterator

import pytest

from tests.edge.engines import Node, njs_found, node
from tests.needs import need


@pytest.fixture(scope="session")
def edge() -> Iterator[Node]:
    """The gate in Node."""
    need(shutil.which("node"), "the edge suite runs the gate in Node 20 or newer")
    with node() as found:
        yield found


@pytest.fixture(scope="session")
def njs() -> str:
    """Debian's njs, the engine closest to CloudFront's."""
    return need(njs_found(), "the edge suite runs the gate in njs too; install it: apt-get install njs")
