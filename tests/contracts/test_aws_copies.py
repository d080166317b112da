"""Copies of objects in S3 and CloudFront, held to their contract, against the emulator."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matinee.adapters.aws.cloud_copies import CloudCopies, Keeping
from matinee.domain.ids import AssetId
from matinee.errors import ErrorCode
from matinee.ports.copies import CopyKind
from matinee.ports.object_store import walk
from matinee.services.inbox import Inbox
from matinee.services.runs import Runs
from tests.contracts.aws_openers import (
    open_cloud_copies,
    open_dynamodb_catalog,
    open_s3_replica,
    open_s3_store,
    open_step_functions_starter,
)
from tests.contracts.copies import CopiesContract, Place
from tests.contracts.emulator import Emulator
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.samples import raises

KEPT = Keeping(noncurrent_days=30, purge=False)
PURGED = Keeping(noncurrent_days=30, purge=True)
KEY = "streams/ast_a/ver_x/main.m3u8"


@pytest.fixture
def bucket(emulator: Emulator) -> str:
    """A versioned one, as the deployment's is."""
    name = emulator.new_bucket()
    s3 = emulator.root.session().client("s3", endpoint_url=emulator.root.url)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def opened(emulator: Emulator, bucket: str, keeping: Keeping, distribution_id: str = "none") -> Place:
    """The place, for a deployment that keeps old versions so."""
    copies: CloudCopies = open_cloud_copies(emulator.adapter, bucket, distribution_id, keeping)
    return Place(store=open_s3_store(emulator.adapter, bucket), copies=copies)


class TestCloudCopiesThatAreKept(CopiesContract):
    """In a bucket whose old versions go by its lifecycle."""

    @pytest.fixture
    def place(self, tmp_path: Path, emulator: Emulator, bucket: str) -> Place:
        return opened(emulator, bucket, KEPT)

    def test_old_versions_are_told_with_the_time_they_go_and_are_not_dropped(self, place: Place) -> None:
        place.store.put(KEY, b"one")
        place.store.put(KEY, b"three")
        place.store.delete(KEY)
        place.store.put("streams/ast_b/kept", b"newest")
        for _ in range(2):
            found = list(place.copies.of("streams/ast_a/"))
            assert sorted((copy.kind, copy.size_bytes) for copy in found) == [
                (CopyKind.OLD_VERSION, 3),
                (CopyKind.OLD_VERSION, 5),
            ]
            assert place.copies.drop("streams/ast_a/") == 0
        soon = datetime.now(UTC) + timedelta(days=31)
        assert all(copy.gone_by and abs(copy.gone_by - soon) < timedelta(hours=1) for copy in found)
        assert list(place.copies.of("streams/ast_b/")) == []


class TestCloudCopiesThatArePurged(CopiesContract):
    """In a bucket whose deployment ends them at once."""

    @pytest.fixture
    def place(self, tmp_path: Path, emulator: Emulator, bucket: str) -> Place:
        return opened(emulator, bucket, PURGED)

    def test_old_versions_go_and_the_newest_stays(self, place: Place) -> None:
        place.store.put(KEY, b"one")
        place.store.put(KEY, b"three")
        place.store.put("streams/ast_a/gone", b"gone")
        place.store.delete("streams/ast_a/gone")
        assert place.copies.drop("streams/ast_a/") == 2
        assert list(place.copies.of("streams/ast_a/")) == []
        assert [info.key for info in walk(place.store, "streams/")] == [KEY]
        assert place.store.get(KEY) == b"three"


def test_the_copy_tells_what_it_still_has_and_when_its_old_versions_go(emulator: Emulator, bucket: str) -> None:
    replica, store = open_s3_replica(emulator.adapter, bucket, "eu-west-1"), open_s3_store(emulator.adapter, bucket)
    store.put("streams/ast_a/one", b"one")
    store.put(KEY, b"three")
    store.put("streams/ast_ab/another film's", b"kept")
    for _ in range(2):
        still = {(copy.kind, copy.size_bytes, copy.gone_by) for copy in replica.of("streams/ast_a/")}
        assert still == {(CopyKind.REPLICA, 3, None), (CopyKind.REPLICA, 5, None)}
    store.delete(KEY)
    found = {copy.key: copy for copy in replica.of("streams/ast_a/")}
    assert (found["streams/ast_a/one"].kind, found[KEY].kind) == (CopyKind.REPLICA, CopyKind.REPLICA_VERSION)
    gone_by, soon = found[KEY].gone_by, datetime.now(UTC) + timedelta(days=31)
    assert gone_by is not None
    assert abs(gone_by - soon) < timedelta(hours=1)


def test_a_copy_that_cannot_be_asked_is_unavailable(emulator: Emulator) -> None:
    replica = open_s3_replica(emulator.adapter, "matinee-that-never-was", "eu-west-1")
    with raises(ErrorCode.STORE_UNAVAILABLE):
        list(replica.of("streams/ast_a/"))


@pytest.mark.parametrize(("keeping", "left"), [(KEPT, 2), (PURGED, 1)])
def test_a_film_taken_from_the_inbox_is_no_old_version_there_with_purge(
    emulator: Emulator, bucket: str, keeping: Keeping, left: int
) -> None:
    place, clock = opened(emulator, bucket, keeping), ShiftedClock()
    catalog = open_dynamodb_catalog(emulator.adapter, emulator.new_table())
    starter = open_step_functions_starter(emulator.adapter, emulator.new_workflow())
    runs = Runs(place.store, catalog, starter, clock)
    for key in ("inbox/anna.mp4", "inbox/anna.mp4.bak"):
        place.store.put(key, b"a film")
    place.store.put("inbox/anna.mp4.bak", b"a newer film")
    asset_id = Inbox(place.store, place.copies, catalog, runs, clock, timedelta(0)).take("inbox/anna.mp4")
    assert [info.key for info in walk(place.store, "sources/")] == [f"sources/{asset_id}/original.mp4"]
    old = [copy.key for copy in place.copies.of("inbox/")]
    assert (len(old), old.count("inbox/anna.mp4.bak")) == (left, 1)


def test_the_cdn_is_told_once_of_every_version(emulator: Emulator, bucket: str) -> None:
    client = emulator.root.session().client("cloudfront", endpoint_url=emulator.root.url)
    distribution = emulator.new_distribution()
    place = opened(emulator, bucket, KEPT, distribution)
    for _ in range(2):
        assert place.copies.forget_cached(AssetId("ast_a"))
    items = client.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]
    batch = client.get_invalidation(DistributionId=distribution, Id=items[0]["Id"])["Invalidation"]["InvalidationBatch"]
    assert batch["Paths"]["Items"] == ["/ast_a/*"]
    assert batch["CallerReference"] == "deleted-ast_a", "by which CloudFront knows the second from the first"
