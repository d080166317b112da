"""The services over the AWS adapters together, as a deployment has them: a film comes in, is watched, and goes.

The contracts hold each adapter to its port; this shows that the ports ask enough of them. Only the encoder is left
out, and signing keys lie in a file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.adapters.aws.cloud_copies import Keeping
from matinee.adapters.aws.s3_store import S3Store
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.asset import Published, Status
from matinee.domain.audit import Act
from matinee.domain.ids import AssetId, VersionId
from matinee.domain.object_keys import media_prefix, version_prefix
from matinee.domain.session import SessionPolicy
from matinee.domain.upload import MIB, Upload, UploadState
from matinee.errors import ErrorCode
from matinee.ports.audit import AuditQuery
from matinee.ports.catalog import AssetQuery, Catalog
from matinee.ports.object_store import walk
from matinee.services.erasure import Erasure
from matinee.services.inbox import Inbox
from matinee.services.journal import Journal
from matinee.services.library import Library
from matinee.services.playback import SessionRequest, Sessions
from matinee.services.publishing import Publishing
from matinee.services.runs import Runs
from matinee.services.upkeep import Upkeep
from matinee.services.uploads import NewSource, UploadPolicy, Uploads
from tests.contracts.aws_openers import (
    open_cloud_copies,
    open_dynamodb_audit,
    open_dynamodb_catalog,
    open_dynamodb_revocations,
    open_s3_store,
    open_step_functions_starter,
)
from tests.contracts.emulator import Emulator
from tests.contracts.local_openers import ShiftedClock, open_keys
from tests.contracts.multipart import sha256
from tests.contracts.samples import raises
from tests.contracts.test_aws_store import send

FILM = bytes(range(256)) * (40 * 1024)  # 10 MiB: two parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """The services of one deployment."""

    store: S3Store
    catalog: Catalog
    clock: ShiftedClock
    uploads: Uploads
    sessions: Sessions
    journal: Journal
    library: Library
    inbox: Inbox
    upkeep: Upkeep
    runs_begun: Callable[[], int]
    under_way: Callable[[], int]

    def uploaded(self) -> Upload:
        """A film whose parts are all sent, the first with its sum."""
        source = NewSource(filename="film.mp4", size_bytes=len(FILM), content_type="video/mp4")
        upload = self.uploads.begin(source)
        for number in range(1, upload.part_count + 1):
            data = FILM[(number - 1) * upload.part_size_bytes :][: upload.part_size_bytes]
            (link,) = self.uploads.links(upload.id, [(number, sha256(data))])
            assert send(link.request, data, {}).status == 200
        return upload

    def ready(self, asset_id: AssetId) -> None:
        """Publish something for the asset, as a run does in the end."""
        asset = self.catalog.get_asset(asset_id)
        assert asset.run is not None
        version = VersionId("ver_x")
        for key in (media_prefix(asset_id, asset.run) + "init.mp4", version_prefix(asset_id, version) + "main.m3u8"):
            self.store.put(key, b"published")
        made = Published(version=version, media_run=asset.run, renditions=(), captions=(), has_poster=False)
        now = self.clock.now()
        self.catalog.replace_asset(asset.processing(now).ready(made, now))


@pytest.fixture
def cloud(emulator: Emulator, tmp_path: Path) -> Cloud:
    """A deployment of its own."""
    bucket, table, workflow = emulator.new_bucket(), emulator.new_table(), emulator.new_workflow()
    clock, entropy = ShiftedClock(), SystemEntropy()
    store = open_s3_store(emulator.adapter, bucket)
    catalog = open_dynamodb_catalog(emulator.adapter, table)
    revocations = open_dynamodb_revocations(emulator.adapter, table)
    keys = open_keys(tmp_path)
    keys.rotate(now=clock.now(), keep_for_renewal_until=clock.now())
    runs = Runs(store, catalog, open_step_functions_starter(emulator.adapter, workflow), clock)
    uploads = Uploads(store, catalog, runs, clock, entropy, UploadPolicy())
    journal = Journal(open_dynamodb_audit(emulator.adapter, table), clock, entropy)
    sessions = Sessions(catalog, keys, revocations, clock, entropy, SessionPolicy(), journal)
    copies = open_cloud_copies(
        emulator.adapter, bucket, emulator.new_distribution(), Keeping(noncurrent_days=30, purge=False)
    )
    erasure = Erasure(store, catalog, uploads, sessions, copies, clock)
    library = Library(store, catalog, runs, erasure, Publishing(store, catalog, clock), clock)
    s3 = emulator.root.session().client("s3", endpoint_url=emulator.root.url)
    return Cloud(
        store=store,
        catalog=catalog,
        clock=clock,
        uploads=uploads,
        sessions=sessions,
        library=library,
        inbox=Inbox(store, copies, catalog, runs, clock, timedelta(0)),
        journal=journal,
        upkeep=Upkeep(store, catalog, revocations, uploads, library, runs, clock),
        runs_begun=lambda: len(emulator.inputs(workflow)),
        under_way=lambda: len(s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])),
    )


def test_a_film_comes_in_is_watched_and_goes(cloud: Cloud) -> None:
    upload = cloud.uploaded()
    assert cloud.uploads.complete(upload.id).state is UploadState.COMPLETED
    assert cloud.uploads.complete(upload.id).state is UploadState.COMPLETED
    assert cloud.store.get(upload.key) == FILM
    assert cloud.runs_begun() == 1
    assert cloud.under_way() == 0
    cloud.ready(upload.asset_id)
    assert [asset.id for asset in cloud.library.list(AssetQuery(status=Status.READY)).items] == [upload.asset_id]
    watched = [cloud.sessions.open(upload.asset_id, SessionRequest(viewer="ada")) for _ in range(2)]
    cloud.sessions.revoke(watched[0].session.id)
    with raises(ErrorCode.SESSION_REVOKED):
        cloud.sessions.renew(watched[0].session.id, watched[0].token, "192.0.2.1")
    assert cloud.library.delete(upload.asset_id).sessions_revoked == 1
    assert list(walk(cloud.store, "")) == []
    assert cloud.catalog.list_sessions(upload.asset_id) == ()
    records = cloud.journal.page(AuditQuery(asset_id=upload.asset_id)).items
    assert [record.act for record in records] == [Act.REVOKED, Act.REVOKED, Act.OPENED, Act.OPENED]
    assert cloud.library.list(AssetQuery()).items == ()


def test_an_upload_nobody_finished_leaves_nothing_to_pay_for(cloud: Cloud) -> None:
    upload = cloud.uploaded()
    cloud.clock.let_pass(8 * 86_400)
    assert cloud.uploads.expire_abandoned() == 1
    assert cloud.under_way() == 0
    assert cloud.catalog.get_asset(upload.asset_id).status is Status.FAILED
    cloud.upkeep.sweep(timedelta(days=1))


def test_an_asset_deleted_while_it_is_uploaded_takes_its_parts_along(cloud: Cloud) -> None:
    upload = cloud.uploaded()
    cloud.library.delete(upload.asset_id)
    assert cloud.under_way() == 0
    with raises(ErrorCode.ASSET_DELETED):
        cloud.library.get(upload.asset_id)


def test_a_file_dropped_into_the_inbox_becomes_a_film_once(cloud: Cloud) -> None:
    cloud.store.put("inbox/talk.mp4", FILM[:MIB])
    (asset_id,) = cloud.inbox.scan()
    assert cloud.inbox.scan() == ()
    asset = cloud.catalog.get_asset(asset_id)
    assert asset.status is Status.QUEUED
    assert [info.key for info in walk(cloud.store, "")] == [asset.source_key]
    assert cloud.runs_begun() == 1
