"""`kill -9` four hundred times: the long form of `system/test_durability.py`, each campaign repeatable by its seed."""

from pathlib import Path

import pytest

from tests.system.clips import make_clip, padded
from tests.system.server import Server
from tests.system.test_durability import MIB, SECONDS, kill_at_random

DEATHS = 40


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(10))
def test_killed_forty_times_two_uploads_become_two_films(own: Server, tmp_path: Path, seed: int) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=SECONDS)
    films = [padded(clip, tmp_path / name, size_bytes=20 * MIB) for name in ("first.mp4", "second.mp4")]
    kill_at_random(own, films, deaths=DEATHS, seed=seed)
