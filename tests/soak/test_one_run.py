"""Fifty deaths during one run: the long form of `system/test_kills.py`."""

from pathlib import Path

import pytest

from tests.system.server import Server
from tests.system.test_kills import kill_one_run, long_film

DEATHS = 50


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2))
def test_fifty_deaths_of_workers_and_server_leave_no_trace_in_the_film(own: Server, tmp_path: Path, seed: int) -> None:
    kill_one_run(own, long_film(tmp_path, deaths=DEATHS), deaths=DEATHS, seed=seed)
