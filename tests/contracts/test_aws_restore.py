"""Titles deleted by mistake, put back from a restored table and what a versioned bucket keeps, against the emulator.

The emulator restores a table as it is, whatever moment is named: here it is restored before the deletion.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from matinee.adapters.aws.clients import s3_client
from matinee.adapters.aws.deleted_objects import DeletedObjects
from matinee.domain.asset import Asset, Status
from matinee.domain.ids import ShareId, derive_id
from matinee.domain.object_keys import asset_prefixes
from matinee.domain.share_link import ShareLink
from matinee.errors import ErrorCode
from matinee.ports.object_store import walk
from matinee.services.standing import Side
from matinee.services.undeletion import Undeleting
from tests.contracts.aws_openers import open_aws_side, open_dynamodb_catalog
from tests.contracts.emulator import Emulator
from tests.contracts.migration import NOW, a_film, objects_of
from tests.contracts.samples import later, raises


@dataclass(frozen=True, slots=True)
class Deployed:
    """A bucket that keeps versions, a table, and a copy of the table."""

    side: Side
    undeleting: Undeleting
    whole: Undeleting


@pytest.fixture
def film(emulator: Emulator) -> tuple[Deployed, Asset]:
    """A deployment with a film and a share link, after its table was restored under another name."""
    bucket, table, then = emulator.new_bucket(), emulator.new_table(), f"{emulator.new_table()}-then"
    root = emulator.root.session()
    versions = {"Bucket": bucket, "VersioningConfiguration": {"Status": "Enabled"}}
    root.client("s3", endpoint_url=emulator.root.url).put_bucket_versioning(**versions)  # type: ignore[arg-type] # a status of the list
    side = open_aws_side(emulator.root, bucket, table)
    film = a_film(side, "film")
    share = ShareLink(
        id=ShareId(derive_id("shr_", "film")), asset_id=film.id, created_at=NOW, ends_at=NOW + timedelta(days=9)
    )
    side.catalog.add_share(share)
    dynamodb = root.client("dynamodb", endpoint_url=emulator.root.url)
    dynamodb.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=then, UseLatestRestorableTime=True)
    bring_back = DeletedObjects(s3_client(root, emulator.root.url), bucket).bring_back
    before = open_dynamodb_catalog(emulator.root, then)
    return Deployed(side, Undeleting(before, side.catalog, bring_back), Undeleting(before, before, bring_back)), film


def delete(side: Side, film: Asset) -> None:
    """As the library does it."""
    side.catalog.replace_asset(side.catalog.get_asset(film.id).deleted(later(99)))
    side.catalog.forget_asset(film.id)
    for prefix in asset_prefixes(film.id):
        for info in walk(side.store, prefix):
            side.store.delete(info.key)


def test_a_deleted_film_comes_back_byte_for_byte_with_its_links(film: tuple[Deployed, Asset]) -> None:
    deployed, asset = film
    side, before = deployed.side, objects_of(deployed.side)
    delete(side, asset)
    assert objects_of(side) == {}
    found = deployed.undeleting.one(asset.id)
    assert (found.listed, found.objects, found.shares) == (True, len(before), 1)
    assert objects_of(side) == before
    there = side.catalog.get_asset(asset.id)
    assert (there.status, there.version, there.title) == (Status.READY, asset.version, asset.title)
    assert len(side.catalog.list_shares(asset.id)) == 1
    again = deployed.undeleting.one(asset.id)
    assert (again.listed, again.objects, again.shares) == (False, 0, 0)


def test_with_the_whole_catalog_put_back_every_film_it_knows_has_its_objects(film: tuple[Deployed, Asset]) -> None:
    deployed, asset = film
    before = objects_of(deployed.side)
    delete(deployed.side, asset)
    (found,) = deployed.whole.everything()
    assert (found.asset_id, found.listed, found.objects) == (asset.id, False, len(before))
    assert objects_of(deployed.side) == before


def test_what_was_deleted_before_is_told(film: tuple[Deployed, Asset]) -> None:
    deployed, asset = film
    deployed.side.catalog.replace_asset(deployed.side.catalog.get_asset(asset.id).deleted(later(99)))
    same = Undeleting(deployed.side.catalog, deployed.side.catalog, lambda _: 0)
    with raises(ErrorCode.ASSET_DELETED):
        same.one(asset.id)
