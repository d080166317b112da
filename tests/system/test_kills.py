"""`kill -9` again and again during one run: no finished chunk is encoded twice, and the film is the same to the byte.

Every second life ends as soon as another chunk has got its result, the others at a moment drawn from the seed; half of
the deaths are the worker's, half the server's. So every death meets a run under way, whatever the machine's speed.
"""

import hashlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.system.clips import make_clip
from tests.system.remains import rows, runs_of
from tests.system.server import Server, eventually
from tests.system.test_durability import at_step, nothing_left, worker_of

DEATHS = 10
CHUNK_SECONDS = 12  # docs/media.md, "Chunks"
RATE = 10
PATIENCE_SECONDS = 60.0
Finished = dict[Path, int]


def long_film(folder: Path, *, deaths: int) -> Path:
    """A film of more chunks than two encoders can finish in so many lives."""
    return make_clip(folder / "long.mp4", seconds=(2 * deaths + 4) * CHUNK_SECONDS, size="640x360", rate=str(RATE))


def results(data_dir: Path) -> Finished:
    """The results of chunks and of the sound, with the inode of each: one written again has another."""
    found = {}
    for path in data_dir.glob("objects/work/*/run_*/*/*.json"):
        try:
            found[path] = path.stat().st_ino
        except FileNotFoundError:  # the run has ended meanwhile
            continue
    return found


def wait_for_more(server: Server, known: int, most_seconds: float) -> None:
    """Until one more chunk is finished, or the time is over."""
    deadline = time.monotonic() + most_seconds
    while len(results(server.data_dir)) <= known and time.monotonic() < deadline:
        time.sleep(0.005)


def kill_worker(server: Server) -> None:
    """`kill -9` of the worker; its successor is there when this returns."""
    pid = worker_of(server)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: worker_of(server) not in (pid, None))


def die(server: Server, draw: random.Random) -> None:
    """The death of the worker, or of the server with it."""
    if draw.random() < 0.5:
        kill_worker(server)
    else:
        server.kill()
        server.launch()  # not waited for: it works before it answers


def media_of(server: Server, asset_id: str, run: str) -> dict[str, str]:
    """Every file of a run's media by its name, as SHA-256."""
    folder = server.data_dir / "objects" / "streams" / asset_id / "m" / run
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def under_way(server: Server) -> bool:
    """Whether the run goes on."""
    return rows(server.data_dir, "SELECT count(*) FROM queue") == [(1,)]


def kill_one_run(server: Server, film: Path, *, deaths: int, seed: int) -> None:
    """Ingest `film` across so many deaths, then once more undisturbed, and compare."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    asset_id = server.upload(film)
    eventually(lambda: at_step("video")(server.data_dir), seconds=60)
    finished: Finished = {}
    for death in range(deaths):
        wait_for_more(server, len(finished), draw.uniform(0.0, 3.0) if death % 2 else PATIENCE_SECONDS)
        finished |= results(server.data_dir)
        assert under_way(server), f"the run was over before death {death + 1}: nothing was tried"
        die(server, draw)
        found = results(server.data_dir)
        assert {path: found.get(path) for path in finished} == finished, "a finished chunk was made again"
    server.ready()
    print(len(finished), "parts were finished between the deaths")
    assert len(finished) >= deaths / 2
    asset = server.settled(asset_id, 300)
    assert asset["status"] == "ready", asset["error"]
    [killed_run] = runs_of(server.data_dir, asset_id)
    eventually(lambda: rows(server.data_dir, "SELECT count(*) FROM queue") == [(0,)])
    nothing_left(server)
    with server.client() as http:
        http.post(f"/v1/assets/{asset_id}/ingest").raise_for_status()
    eventually(lambda: server.asset(asset_id)["version"] != asset["version"], seconds=300)
    [quiet_run] = set(runs_of(server.data_dir, asset_id)) - {killed_run}
    assert media_of(server, asset_id, killed_run) == media_of(server, asset_id, quiet_run)


@pytest.mark.timeout(400)
def test_ten_deaths_of_workers_and_server_leave_no_trace_in_the_film(own: Server, tmp_path: Path) -> None:
    kill_one_run(own, long_film(tmp_path, deaths=DEATHS), deaths=DEATHS, seed=1)
