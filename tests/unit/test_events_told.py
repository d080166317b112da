"""Every event that other systems may ask for is told of what really happens, by the services and the sweep."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_outbox import SqliteOutbox
from matinee.config import Settings
from matinee.domain.asset import Published
from matinee.domain.event import SUBSCRIBABLE
from matinee.domain.ids import VersionId
from matinee.domain.retention import Retention
from matinee.services.playback import SessionRequest
from matinee.services.uploads import NewSource
from matinee.wiring import open_machine


def test_each_event_is_told_by_what_happens(tmp_path: Path) -> None:
    machine = open_machine(Settings(data_dir=tmp_path / "data", workers=0))
    app, now = machine.app, machine.clock.now()
    left = app.uploads.begin(NewSource(filename="a.mp4", size_bytes=5))
    app.catalog.replace_upload(replace(app.catalog.get_upload(left.id), expires_at=now - timedelta(seconds=1)))
    machine.upkeep.sweep(timedelta(days=2), Retention())
    sent = app.uploads.begin(NewSource(filename="b.mp4", size_bytes=5))
    machine.store.put(sent.key, b"12345")
    app.uploads.complete(sent.id)
    asset = app.catalog.get_asset(sent.asset_id)
    assert asset.run is not None
    shown = Published(version=VersionId("ver_a"), media_run=asset.run, renditions=(), captions=(), has_poster=False)
    playable = app.catalog.replace_asset(asset.processing(now).playable(shown, now))
    app.catalog.replace_asset(playable.ready(shown, now))
    machine.keys.rotate(now=now, keep_for_renewal_until=now)
    app.sessions.revoke(app.sessions.open(asset.id, SessionRequest(viewer="ada")).session.id)
    app.library.delete(asset.id)
    told = [str(event.type) for event in SqliteOutbox(Database(tmp_path / "data" / "matinee.db")).untold(limit=100)]
    assert set(told) == set(SUBSCRIBABLE)
    assert told.index("upload.expired") < told.index("asset.ready") < told.index("asset.deleted")
    assert told.count("asset.deleted") == 1
