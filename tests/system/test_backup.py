"""A backup made while films are uploaded and ingested is whole: restored elsewhere, all of it plays or goes on."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from matinee.domain.upload import MIB
from tests.parts import wishes
from tests.system.clips import make_clip, padded
from tests.system.server import Server, eventually


def run(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line over `data_dir`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
    return subprocess.run(
        [sys.executable, "-m", "matinee", *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment | {"MATINEE_DATA_DIR": str(data_dir)},
    )


def made(data_dir: Path, folder: Path) -> Path:
    """A new backup's folder."""
    done = run(data_dir, "backup", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(json.loads(done.stdout)["folder"])


def send(api: httpx.Client, upload: dict[str, Any], number: int, film: bytes) -> None:
    """One part of the film, straight to where the server says."""
    size = upload["part_size_bytes"]
    data = film[(number - 1) * size : number * size]
    asked = api.post(f"/v1/uploads/{upload['id']}/parts", json=wishes({number: data})).raise_for_status().json()
    part = asked["parts"][0]
    httpx.put(part["url"], content=data, headers=part["headers"], timeout=60).raise_for_status()


def plays(server: Server, asset_id: str) -> None:
    """A session's playlist and every segment of one rendition are there."""
    playback = server.play(asset_id)
    main = httpx.get(playback["hls_url"])
    assert main.status_code == 200
    rendition = next(line for line in main.text.splitlines() if line and not line.startswith("#"))
    address = httpx.URL(playback["hls_url"]).join(rendition)
    lines = httpx.get(address).text.splitlines()
    segments = [line for line in lines if line and not line.startswith("#")]
    assert segments
    for segment in segments:
        assert httpx.get(address.join(segment)).status_code == 200


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Longer to encode than a backup takes."""
    return make_clip(tmp_path_factory.mktemp("clips") / "long.mp4", seconds=60, size="480x270")


def test_a_backup_made_during_uploads_and_ingests_plays_and_goes_on(
    own: Server, clip: Path, long_clip: Path, tmp_path: Path
) -> None:
    ready = own.upload(clip, title="Ready")
    assert own.settled(ready)["status"] == "ready"
    encoding = own.upload(long_clip, title="Being encoded")
    eventually(lambda: own.asset(encoding)["status"] in ("processing", "playable"))
    film = padded(clip, tmp_path / "half.mp4", size_bytes=9 * MIB).read_bytes()
    with own.client() as api:
        half = api.post("/v1/uploads", json={"filename": "half.mp4", "size_bytes": len(film)}).json()
        send(api, half, 1, film)
    link = httpx.URL(own.play(ready)["hls_url"])

    backup = made(own.data_dir, tmp_path / "backups")
    own.stop()
    elsewhere = tmp_path / "elsewhere"
    assert run(elsewhere, "restore", str(backup)).returncode == 0

    other = Server(elsewhere).start()
    try:
        assert other.token == own.token
        plays(other, ready)
        assert httpx.get(f"{other.url}{link.raw_path.decode()}").status_code == 200
        assert other.settled(encoding)["status"] == "ready"
        plays(other, encoding)
        with other.client() as api:
            found = api.get(f"/v1/uploads/{half['id']}").json()
            assert (found["state"], [part["number"] for part in found["parts"]]) == ("open", [1])
            send(api, half, 2, film)
            api.post(f"/v1/uploads/{half['id']}/complete").raise_for_status()
        assert other.settled(half["asset_id"])["status"] == "ready"
        plays(other, half["asset_id"])
    finally:
        other.stop()


@pytest.mark.usefixtures("film")
def test_a_second_backup_copies_only_what_is_new_and_one_that_lost_a_file_is_refused(
    server: Server, tmp_path: Path
) -> None:
    backup = made(server.data_dir, tmp_path / "backups")
    eventually(lambda: not backup.name.startswith(datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")))  # named by the second
    second = run(server.data_dir, "backup", str(tmp_path / "backups"))
    told = json.loads(second.stdout)
    assert told["copied_bytes"] < told["size_bytes"] / 10
    assert "is not empty" in run(server.data_dir, "restore", str(backup)).stdout
    next(backup.glob("objects/streams/*/m/*/*/*.m4s")).unlink()
    lost = run(tmp_path / "new", "restore", str(backup))
    assert lost.returncode != 0
    assert "was changed since it was made" in lost.stdout
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("film")
def test_a_folder_that_is_there_is_filled_and_stays_the_same_folder(server: Server, tmp_path: Path) -> None:
    """It may be a disk of its own, in a place where the server's user may make no other."""
    backup, disk = made(server.data_dir, tmp_path / "backups"), tmp_path / "place" / "disk"
    for left in (disk / "lost+found", disk / ".restoring" / "objects"):
        left.mkdir(parents=True)
    before = disk.stat().st_ino
    told = run(disk, "restore", str(backup))
    assert told.returncode == 0, told.stdout
    assert (disk.stat().st_ino, disk.stat().st_mode & 0o777) == (before, 0o700)
    assert [each.name for each in disk.parent.iterdir()] == ["disk"]
    assert sorted(each.name for each in disk.iterdir()) == sorted(
        ["lost+found", *(each.name for each in backup.iterdir() if each.name != "backup.json")]
    )
    assert "is not empty" in run(disk, "restore", str(backup)).stdout


def test_what_is_not_a_whole_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "data", "restore", str(tmp_path / "empty"))
    assert done.returncode != 0
    assert "not a whole backup" in done.stdout
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("planted", ["link", "folder", "pipe"])
@pytest.mark.usefixtures("film")
def test_a_backup_with_links_brings_in_no_file_of_who_restores_it(server: Server, tmp_path: Path, planted: str) -> None:
    backup, own = made(server.data_dir, tmp_path / "backups"), tmp_path / "own"
    own.mkdir()
    (own / "diary.txt").write_text("mine")
    place = backup / "objects" / "found"
    if planted == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(own / "diary.txt" if planted == "link" else own)
    done = run(tmp_path / "new", "restore", str(backup))
    assert done.returncode != 0
    assert "no plain file" in done.stdout
    assert list(tmp_path.glob("new*")) == []
