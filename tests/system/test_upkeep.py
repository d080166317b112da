"""What goes by itself when its time is over: abandoned uploads, superseded versions. The time comes from a clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from matinee import config
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_revocations import SqliteRevocations
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.config import Settings
from matinee.services.upkeep import Upkeep
from matinee.services.uploads import NewSource, UploadPolicy, Uploads
from matinee.wiring import open_machine
from tests.parts import wishes
from tests.system.clips import make_clip
from tests.system.remains import files_of, leftovers
from tests.system.server import Server


@dataclass(frozen=True, slots=True)
class LaterClock:
    """The system's time, and so much more."""

    ahead: timedelta

    def now(self) -> datetime:
        """The moment it pretends."""
        return SystemClock().now() + self.ahead


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own."""
    running = Server(tmp_path / "data").start()
    yield running
    running.stop()


def sweep(server: Server, *, ahead: timedelta, keep: timedelta = timedelta(days=2)) -> None:
    """The sweep as it will be run so much later, on the server's data."""
    machine = open_machine(config.load({"MATINEE_DATA_DIR": str(server.data_dir)}))
    app, clock = machine.app, LaterClock(ahead)
    uploads = Uploads(machine.store, app.catalog, machine.runs, clock, SystemEntropy(), UploadPolicy())
    revocations = SqliteRevocations(Database(server.data_dir / "matinee.db"))
    Upkeep(machine.store, app.catalog, revocations, uploads, app.library, machine.runs, clock).sweep(keep)


def test_an_abandoned_upload_expires_with_a_sentence_and_its_parts_go(own: Server) -> None:
    with own.client() as http:
        upload = http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": 5}).json()
        path = f"/v1/uploads/{upload['id']}"
        link = http.post(f"{path}/parts", json=wishes({1: b"12345"})).json()["parts"][0]
        httpx.put(link["url"], content=b"12345").raise_for_status()
        sweep(own, ahead=timedelta(days=6, hours=23))
        assert http.get(path).json()["state"] == "open"
        sweep(own, ahead=timedelta(days=7, hours=1))
        assert http.get(path).json()["state"] == "expired"
        late = http.post(f"{path}/complete")
        assert (late.status_code, late.json()["code"]) == (410, "upload_expired")
        asset = http.get(f"/v1/assets/{upload['asset_id']}").json()
    assert (asset["status"], asset["error"]["code"]) == ("failed", "upload_expired")
    assert leftovers(own.data_dir) == []


def test_a_superseded_version_goes_once_no_session_can_know_it(own: Server, tmp_path: Path) -> None:
    asset_id = own.upload(make_clip(tmp_path / "clip.mp4", seconds=2))
    own.settled(asset_id)
    old = own.play(asset_id)
    with own.client() as http:
        http.post(f"/v1/assets/{asset_id}/ingest").raise_for_status()
    current = own.settled(asset_id)["version"]
    assert httpx.get(old["hls_url"]).status_code == 200
    sweep(own, ahead=timedelta(days=1))
    assert httpx.get(old["hls_url"]).status_code == 200
    sweep(own, ahead=timedelta(days=3))
    assert httpx.get(old["hls_url"]).status_code == 404
    assert httpx.get(own.play(asset_id)["hls_url"]).status_code == 200
    folders = {path.split("/")[3] for path in files_of(own.data_dir, asset_id) if path.startswith("objects/streams/")}
    assert folders == {"m", current}
    runs = {path.split("/")[4] for path in files_of(own.data_dir, asset_id) if "/m/" in path}
    assert len(runs) == 1


def test_an_upload_killed_before_its_asset_was_noted_is_ended_at_the_next_start(tmp_path: Path) -> None:
    machine = open_machine(Settings(data_dir=tmp_path / "data", demo=False, workers=0))
    upload = machine.app.uploads.begin(NewSource(filename="film.mp4", size_bytes=10))
    Database(tmp_path / "data" / "matinee.db").write("DELETE FROM assets")  # the write the process did not come to
    machine.upkeep.recover()
    assert machine.app.uploads.get(upload.id)[0].state == "expired"
    assert list((tmp_path / "data" / "multipart").iterdir()) == []
