"""Many runs on one machine: fair to a short film, and paused, resumed and cancelled at will, also across `kill -9`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.clips import make_clip
from tests.system.remains import rows, runs_of
from tests.system.server import Server, eventually
from tests.system.test_durability import at_step, nothing_left, worker_of

CHUNK_SECONDS = 12  # docs/media.md, "Chunks"


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of sixteen chunks: half a minute of work or so."""
    folder = tmp_path_factory.mktemp("films")
    return make_clip(folder / "long.mp4", seconds=16 * CHUNK_SECONDS, rate="10")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server that may be killed, with one encoder: what is fair shows best when there is little to share."""
    running = Server(tmp_path / "data", MATINEE_ENCODERS="1").start()
    yield running
    running.stop()


def results(server: Server) -> set[Path]:
    """What is finished of all runs under way."""
    return set(server.data_dir.glob("objects/work/*/run_*/chunks/*.json"))


def encoding(server: Server, film: Path, *, chunks: int = 1) -> str:
    """The id of `film`, once so many of its chunks are finished."""
    asset_id = server.upload(film)
    eventually(lambda: len(results(server)) >= chunks, seconds=90)
    return asset_id


def post(server: Server, asset_id: str, change: str) -> httpx.Response:
    """`…/ingest/{change}` of an asset."""
    with server.client() as http:
        return http.post(f"/v1/assets/{asset_id}/ingest{change}")


def command(server: Server, *words: str) -> dict[str, Any]:
    """What the command line answers, as JSON."""
    line = [sys.executable, "-m", "matinee", *words, "--json"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True, env=server.environment())
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def idle(server: Server) -> bool:
    """Whether nobody works on anything."""
    return rows(server.data_dir, "SELECT count(*) FROM queue") == [(0,)]


def test_a_clip_is_ready_while_a_long_film_is_encoded(own: Server, long_film: Path, clip: Path) -> None:
    film = encoding(own, long_film)
    before = len(results(own))
    short = own.upload(clip)
    assert own.settled(short)["status"] == "ready"
    assert own.asset(film)["status"] != "ready"
    # One that was under way, one for each of the clip's tasks (picture and sound), and some while it was published.
    assert len([path for path in results(own) if film in str(path)]) - before <= 8


def test_several_films_are_worked_on_at_once(own: Server, long_film: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        films = list(pool.map(lambda _: own.upload(long_film), range(3)))
    eventually(lambda: {path.parents[2].name for path in results(own)} == set(films), seconds=90)
    shares = [len([path for path in results(own) if film in str(path)]) for film in films]
    assert max(shares) - min(shares) <= 2


def test_time_left_is_told_while_it_runs_and_time_to_playable_in_the_end(own: Server, clip: Path) -> None:
    seen: list[int] = []
    asset_id = own.upload(make_longer(clip))

    def ready() -> bool:
        asset = own.asset(asset_id)
        seen.extend([asset["seconds_left"]] if asset["seconds_left"] is not None else [])
        return bool(asset["status"] == "ready")

    eventually(ready, seconds=90)
    assert seen
    assert 0 <= seen[-1] < 60
    asset = own.asset(asset_id)
    assert (asset["seconds_left"], asset["paused"]) == (None, False)
    assert 0 < asset["playable_after_seconds"] < 60


def make_longer(clip: Path) -> Path:
    """Two chunks of film."""
    return make_clip(clip.with_name("two chunks.mp4"), seconds=2 * CHUNK_SECONDS, rate="10")


def test_a_paused_run_rests_through_the_death_of_the_server_and_loses_nothing(own: Server, long_film: Path) -> None:
    asset_id = encoding(own, long_film, chunks=2)
    paused = post(own, asset_id, "/pause")
    assert (paused.status_code, paused.json()["paused"]) == (202, True)
    eventually(lambda: idle(own))
    kept = {path: path.stat().st_ino for path in results(own)}
    own.kill()
    own.start()
    asset = own.asset(asset_id)
    assert (asset["paused"], asset["seconds_left"]) == (True, None)
    assert idle(own)
    assert post(own, asset_id, "/pause").status_code == 202  # twice is once
    assert {path: path.stat().st_ino for path in results(own)} == kept
    assert command(own, "resume", asset_id)["paused"] is False
    eventually(lambda: len(results(own)) > len(kept), seconds=60)
    assert {path: path.stat().st_ino for path in kept} == kept  # none is encoded again
    assert own.settled(asset_id)["status"] == "ready"
    assert len(runs_of(own.data_dir, asset_id)) == 1
    eventually(lambda: idle(own))
    nothing_left(own)


def test_another_film_has_the_machine_while_one_is_paused(own: Server, long_film: Path, clip: Path) -> None:
    film = encoding(own, long_film)
    assert command(own, "pause", film)["paused"] is True
    eventually(lambda: idle(own))
    before = results(own)
    assert own.settled(own.upload(clip))["status"] == "ready"
    assert results(own) == before
    assert own.asset(film)["paused"]


def test_a_resumed_run_goes_on_however_soon_it_was_resumed(own: Server, long_film: Path) -> None:
    asset_id = encoding(own, long_film)
    for _ in range(3):
        assert post(own, asset_id, "/pause").status_code == 202
        assert post(own, asset_id, "/resume").status_code == 202
    before = len(results(own))
    eventually(lambda: len(results(own)) > before, seconds=25)  # sooner than the reconciler would come


def test_a_cancelled_run_leaves_no_object_but_the_source(own: Server, long_film: Path) -> None:
    own_encoding = make_clip(long_film.with_name("hour.mov"), seconds=8 * CHUNK_SECONDS, rate="10", sound=False)
    asset_id = encoding(own, own_encoding)
    asset = command(own, "cancel", asset_id)
    assert (asset["status"], asset["error"]["code"]) == ("failed", "run_cancelled")
    assert post(own, asset_id, "/cancel").status_code == 202  # twice is once
    eventually(lambda: idle(own))
    assert unpublished(own, asset_id) == set()
    nothing_left(own)
    assert post(own, asset_id, "").status_code == 202
    assert own.settled(asset_id)["status"] == "ready"


def unpublished(server: Server, asset_id: str) -> set[str]:
    """Every object of the asset that is neither its source nor of a version that is, or has just been, served."""
    asset = server.asset(asset_id)
    folder = server.data_dir / "objects"
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and asset_id in str(path)}
    version = f"streams/{asset_id}/{asset['version']}/"
    media = f"streams/{asset_id}/m/{media_run_of(server, asset_id)}/"
    sql = "SELECT json_extract(value, '$.prefix') FROM assets, json_each(document, '$.superseded') WHERE assets.id = ?"
    noted = [str(row[0]) for row in rows(server.data_dir, sql, asset_id)]  # the sweep's, once no session knows them
    return {key for key in found if not key.startswith(("sources/", version, media, *noted))}


def media_run_of(server: Server, asset_id: str) -> str:
    """Whose media is served."""
    sql = "SELECT json_extract(document, '$.media_run') FROM assets WHERE id = ?"
    return str(rows(server.data_dir, sql, asset_id)[0][0])


def test_cancelling_a_new_run_keeps_the_version_that_was_there(own: Server, long_film: Path) -> None:
    film = make_clip(long_film.with_name("again.mp4"), seconds=5 * CHUNK_SECONDS, rate="10")
    asset_id = own.upload(film)
    before = own.settled(asset_id)
    eventually(lambda: idle(own))
    assert post(own, asset_id, "").status_code == 202
    eventually(lambda: bool(results(own)), seconds=60)
    cancelled = post(own, asset_id, "/cancel").json()
    assert (cancelled["status"], cancelled["error"], cancelled["version"]) == ("ready", None, before["version"])
    eventually(lambda: idle(own))
    media = own.data_dir / "objects" / "streams" / asset_id / "m"
    [run] = {path.name for path in media.iterdir() if any(path.rglob("*.m4s"))} & set(runs_of(own.data_dir, asset_id))
    assert run == media_run_of(own, asset_id)
    assert httpx.get(own.play(asset_id)["hls_url"]).status_code == 200


def test_a_cancelled_run_that_was_paused_is_cleared_away_too(own: Server, long_film: Path) -> None:
    asset_id = encoding(own, long_film)
    post(own, asset_id, "/pause")
    eventually(lambda: idle(own))
    assert post(own, asset_id, "/cancel").status_code == 202
    eventually(lambda: idle(own) and not results(own))
    assert unpublished(own, asset_id) == set()


def test_a_killed_server_finishes_a_cancellation(own: Server, long_film: Path) -> None:
    asset_id = encoding(own, long_film)
    assert post(own, asset_id, "/cancel").status_code == 202
    own.kill()
    own.start()
    eventually(lambda: idle(own) and not results(own))
    assert unpublished(own, asset_id) == set()
    nothing_left(own)


@pytest.mark.parametrize("change", ["/pause", "/resume", "/cancel"])
def test_there_is_nothing_to_change_about_an_ingest_that_is_over(server: Server, film: str, change: str) -> None:
    answer = post(server, film, change)
    assert (answer.status_code, answer.json()["code"]) == (409, "run_over")
    assert post(server, "ast_00000000000000000000", change).status_code == 404
    with server.anyone() as http:
        assert http.post(f"/v1/assets/{film}/ingest{change}").status_code == 401


def test_a_paused_asset_is_deleted_whole(own: Server, long_film: Path) -> None:
    asset_id = encoding(own, long_film)
    post(own, asset_id, "/pause")
    eventually(lambda: idle(own))
    with own.client() as http:
        assert http.delete(f"/v1/assets/{asset_id}").status_code == 202
    eventually(lambda: not list(own.data_dir.glob(f"objects/**/{asset_id}/**/*.m4s")))
    nothing_left(own)


def held_with_crashes(server: Server) -> list[tuple[str, int]]:
    """Every run a worker holds, with its crashes."""
    found = rows(server.data_dir, "SELECT run_id, crashes FROM queue WHERE worker IS NOT NULL ORDER BY run_id")
    return [(str(run), int(crashes)) for run, crashes in found]


def kill_worker(server: Server) -> None:
    """`kill -9` of the worker; what it held waits again when this returns."""
    pid = worker_of(server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: worker_of(server) not in (pid, None))


def test_after_a_workers_death_its_runs_are_tried_one_at_a_time_and_absolved(own: Server, long_film: Path) -> None:
    films = [own.upload(long_film) for _ in range(3)]
    eventually(lambda: len(held_with_crashes(own)) == 3 and at_step("video")(own.data_dir), seconds=60)
    kill_worker(own)
    most_suspects = 0
    crashes_seen: set[int] = set()

    def all_absolved() -> bool:
        nonlocal most_suspects
        held = held_with_crashes(own)
        suspects = [crashes for _, crashes in held if crashes]
        most_suspects = max(most_suspects, len(suspects))
        crashes_seen.update(suspects)
        return len(held) == 3 and not suspects

    eventually(all_absolved, seconds=90)
    assert (most_suspects, crashes_seen) == (1, {1})
    assert all(own.asset(film)["error"] is None for film in films)


def test_a_film_that_kills_its_workers_fails_alone(own: Server, long_film: Path, clip: Path) -> None:
    guilty = own.upload(long_film)
    [guilty_run] = runs_of(own.data_dir, guilty)
    eventually(lambda: len(held_with_crashes(own)) == 1, seconds=60)
    innocent = own.upload(make_longer(clip))
    eventually(lambda: len(held_with_crashes(own)) == 2, seconds=60)
    for crashes in range(4):
        eventually(lambda n=crashes: (guilty_run, n) in held_with_crashes(own), seconds=60, every_seconds=0.01)  # type: ignore[misc]
        kill_worker(own)
    assert own.settled(guilty)["error"]["code"] == "run_stalled"
    assert own.settled(innocent)["status"] == "ready"
    eventually(lambda: idle(own))
    nothing_left(own)
