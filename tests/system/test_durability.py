"""`kill -9` at any moment of an upload and an ingest: nothing is lost, nothing is done twice, nothing stays behind.

Some deaths wait for a moment that can be seen from outside (a folder, a file, a state), so that every step is met;
the others come at times of their own, so that what nobody thought of is met too.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from matinee.adapters.ffmpeg.tools import find_tools
from tests.system.clips import make_clip, padded
from tests.system.remains import files_of, leftovers, rows, runs_of, status_of
from tests.system.sender import Sender
from tests.system.server import Server, eventually

MIB = 1024 * 1024
SECONDS, RATE = 6, 25
Seen = Callable[[Path], bool]


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that takes a few seconds to encode, in a file of three parts."""
    folder = tmp_path_factory.mktemp("durable")
    return padded(make_clip(folder / "clip.mp4", seconds=SECONDS), folder / "film.mp4", size_bytes=20 * MIB)


def holds(pattern: str) -> Seen:
    """Whether the data directory has something that matches."""
    return lambda data: any(True for _ in data.glob(pattern))


def held_parts(count: int) -> Seen:
    """Whether so many parts have arrived."""
    return lambda data: len(list(data.glob("multipart/*/0*"))) >= count


def in_state(*states: str) -> Seen:
    """Whether the newest asset is in one of these states."""
    return lambda data: any(row[0] in states for row in rows(data, "SELECT status FROM assets"))


def at_step(step: str) -> Seen:
    """Whether a run has come to this step."""
    sql = "SELECT 1 FROM runs WHERE json_extract(document, '$.step') = ?"
    return lambda data: bool(rows(data, sql, step))


RUN_MEDIA = "objects/streams/*/m/run_" + "?" * 20
# A moment of a millisecond may be over before it is seen; a step that is never met is a mistake in this list.
MISSES = 2
MOMENTS: dict[str, Seen] = {
    "the upload has begun": holds("multipart/*/manifest.json"),
    "a part is coming in": holds("tmp/*"),
    "one part is held": held_parts(1),
    "every part is held": held_parts(3),
    "the source is joined": holds("objects/sources/*/original.mp4"),
    "the run is queued": in_state("queued", "processing", "playable"),
    "the run is being probed": in_state("processing", "playable"),
    "the instant rendition is in the store": holds("objects/streams/*/m/*_instant/*"),
    "the asset is playable": in_state("playable"),
    "the plan is made": holds("objects/work/*/run_*/plan.json"),
    "the ladder is being encoded": at_step("video"),
    "a chunk is being encoded": holds("scratch/run_*/chunk-1/*"),
    "the sound is being encoded": holds("scratch/run_*/sound-1/*"),
    "a segment is in the store": holds(f"{RUN_MEDIA}/*/seg-*"),
    "a chunk is finished": holds("objects/work/*/run_*/chunks/*"),
    "the sound is finished": holds("objects/work/*/run_*/sound/*"),
    "the media is noted": holds(f"{RUN_MEDIA}/media.json"),
}


def watch_for(data_dir: Path, seen: Seen, *, seconds: float = 60.0) -> bool:
    """Return within a millisecond or so of the moment; False when it never came before the end."""
    over = in_state("ready", "failed")
    eventually(lambda: seen(data_dir) or over(data_dir), seconds=seconds, every_seconds=0.001)
    return seen(data_dir)


def frames_of(url: str) -> int:
    """How many pictures a player gets from the playlist, decoded without one warning."""
    command = [
        str(find_tools().ffmpeg),
        "-nostdin",
        "-v",
        "warning",
        "-progress",
        "pipe:1",
        "-i",
        url,
        "-f",
        "null",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    return int([line for line in done.stdout.splitlines() if line.startswith("frame=")][-1].partition("=")[2])


def whole_and_once(server: Server, asset_id: str) -> None:
    """Ready, by one run, published once, decodable from the first frame to the last."""
    asset = server.settled(asset_id)
    assert asset["status"] == "ready", asset["error"]
    assert len(runs_of(server.data_dir, asset_id)) == 1
    eventually(lambda: rows(server.data_dir, "SELECT count(*) FROM queue") == [(0,)])
    version = server.data_dir / "objects" / "streams" / asset_id / asset["version"]
    assert (version / "main.m3u8").is_file()
    assert frames_of(server.play(asset_id)["hls_url"]) == SECONDS * RATE


def nothing_left(server: Server) -> None:
    """No scratch, no parts, no temporary file, nothing in the inbox."""
    try:
        eventually(lambda: leftovers(server.data_dir) == [], seconds=10)
    finally:
        print("left over:", leftovers(server.data_dir))


def test_killed_at_every_step_an_upload_still_becomes_one_film(own: Server, long_clip: Path) -> None:
    sender = Sender(own, long_clip)
    sender.start()
    missed = []
    for name, seen in MOMENTS.items():
        if not watch_for(own.data_dir, seen):
            missed.append(name)
        own.kill()
        print("killed when", name, rows(own.data_dir, "SELECT status FROM assets"))
        own.launch()  # not waited for: the next moment may come before it answers
    own.ready()
    print("missed:", missed)
    assert len(missed) <= MISSES
    whole_and_once(own, sender.ended())
    assert len(rows(own.data_dir, "SELECT id FROM assets")) == 1
    nothing_left(own)


def kill_at_random(server: Server, films: list[Path], *, deaths: int, seed: int) -> None:
    """Upload `films` at once and kill the server `deaths` times, at moments drawn from `seed`."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    senders = [Sender(server, film) for film in films]
    for sender in senders:
        sender.start()
    for _ in range(deaths):
        time.sleep(draw.uniform(0.0, 1.5))  # not a wait: the moment of death itself
        server.kill()
        server.start()
    for sender in senders:
        whole_and_once(server, sender.ended())
    assert len(rows(server.data_dir, "SELECT id FROM assets")) == len(films)
    nothing_left(server)


def test_killed_at_any_time_two_uploads_become_two_films(own: Server, long_clip: Path, tmp_path: Path) -> None:
    kill_at_random(own, [long_clip, padded_again(long_clip, tmp_path)], deaths=7, seed=2)


def padded_again(film: Path, folder: Path) -> Path:
    """The same film under another name."""
    copy = folder / "second film.mp4"
    copy.write_bytes(film.read_bytes())
    return copy


def worker_of(server: Server) -> int | None:
    """The process id of the server's worker."""
    for path in Path("/proc").glob("[0-9]*"):
        pid = int(path.name)
        if b"worker" in words_of(pid) and parent_of(pid) == server.pid:
            return pid
    return None


def parent_of(pid: int) -> int:
    """The process that started it; 0 once it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])  # proc_pid_stat(5), field 4
    except OSError:
        return 0


def words_of(pid: int) -> list[bytes]:
    """The command line of a process; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def kill_worker_at(server: Server, seen: Seen) -> None:
    """`kill -9` of the worker alone, once the moment is there."""
    eventually(lambda: seen(server.data_dir) and worker_of(server) is not None, seconds=60)
    pid = worker_of(server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: worker_of(server) not in (pid, None))


def test_a_killed_worker_is_replaced_and_its_run_goes_on(own: Server, long_clip: Path) -> None:
    asset_id = own.upload(long_clip)
    kill_worker_at(own, at_step("video"))
    assert rows(own.data_dir, "SELECT crashes FROM queue") == [(1,)]  # at once, not when its lease has run out
    whole_and_once(own, asset_id)
    assert rows(own.data_dir, "SELECT 1 FROM runs WHERE json_extract(document, '$.tries') > 0") == []
    nothing_left(own)


def held_after(crashes: int) -> Seen:
    """Whether a worker holds a run whose holders have died so many times."""
    sql = "SELECT 1 FROM queue WHERE worker IS NOT NULL AND crashes = ?"
    return lambda data: bool(rows(data, sql, crashes))


def test_a_run_that_kills_its_worker_four_times_fails_until_it_is_ingested_again(own: Server, long_clip: Path) -> None:
    asset_id = own.upload(long_clip)
    for crashes in range(4):
        kill_worker_at(own, held_after(crashes))
    asset = own.settled(asset_id)
    assert (asset["status"], asset["error"]["code"]) == ("failed", "run_stalled")
    assert httpx.get(f"{own.url}/healthz").json()["status"] == "ok"
    nothing_left(own)
    with own.client() as http:
        assert http.post(f"/v1/assets/{asset_id}/ingest").status_code == 202
    assert own.settled(asset_id)["status"] == "ready"


def test_no_ffmpeg_outlives_a_killed_server(own: Server, long_clip: Path) -> None:
    own.upload(long_clip)
    watch_for(own.data_dir, at_step("video"))
    own.kill()
    eventually(lambda: not processes_in(own.data_dir), seconds=10)


def processes_in(data_dir: Path) -> list[list[bytes]]:
    """Command lines that name this data directory."""
    running = [words_of(int(path.name)) for path in Path("/proc").glob("[0-9]*")]
    return [words for words in running if any(bytes(data_dir) in word for word in words)]


def test_the_film_survives_the_death_of_a_server_that_was_idle(own: Server, clip: Path) -> None:
    asset_id = own.upload(clip)
    before = own.settled(asset_id)
    eventually(lambda: rows(own.data_dir, "SELECT count(*) FROM queue") == [(0,)])
    own.kill()
    own.start()
    assert own.asset(asset_id) | {"poster_url": None} == before | {"poster_url": None}
    assert status_of(own.data_dir, asset_id) == "ready"
    assert files_of(own.data_dir, asset_id)
