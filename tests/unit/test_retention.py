"""What goes by itself and what a deletion leaves: assets whose time is over, originals, deletions cut short."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any  # a body as JSON has it

import pytest

from matinee.adapters.local.file_copies import FileCopies
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.cli.remains import check_clean, print_remains
from matinee.config import Settings
from matinee.domain.asset import Asset, Published, Status, Superseded
from matinee.domain.ids import AssetId, VersionId
from matinee.domain.media import Codec
from matinee.domain.retention import Retention
from matinee.errors import ErrorCode, MatineeError
from matinee.http.deletion_schemas import RemainsBody
from matinee.ports.copies import Copies, Copy, CopyKind
from matinee.ports.object_store import ObjectPage
from matinee.services.erasure import Erasure
from matinee.services.library import AssetChange
from matinee.services.remains import Remains
from matinee.services.upkeep import LATE_WRITES
from matinee.wiring import Machine, open_machine

FILM = AssetId("ast_film")
SOURCE = f"sources/{FILM}/original.mp4"
CODECS: tuple[Codec, ...] = ()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which nobody works, with one film that is ready."""
    made = open_machine(Settings(data_dir=tmp_path / "data", workers=0))
    now = made.clock.now()
    new = Asset(id=FILM, title="Anna", status=Status.UPLOADING, created_at=now, updated_at=now)
    made.store.put(SOURCE, b"a film", content_type="video/mp4")
    made.runs.begin(made.app.catalog.add_asset(new), SOURCE)
    asset = made.app.catalog.get_asset(FILM)
    assert asset.run is not None
    made.store.put(f"streams/{FILM}/m/{asset.run}/init.mp4", b"media")
    shown = Published(version=VersionId("ver_a"), media_run=asset.run, renditions=(), captions=(), has_poster=False)
    made.app.catalog.replace_asset(asset.processing(now).ready(shown, now))
    return made


def sweep(machine: Machine, retention: Retention) -> None:
    """What the server does every ten minutes."""
    machine.upkeep.sweep(timedelta(days=2), retention)


def film(machine: Machine) -> Asset:
    """The film as it stands."""
    return machine.app.catalog.get_asset(FILM)


@pytest.mark.parametrize(
    ("own_end", "days", "over"),
    [(None, 0, False), (None, 3, False), (None, 2, True), (1, 0, False), (-1, 0, True), (-1, 9, True), (1, 2, False)],
)
def test_an_end_of_its_own_comes_before_the_rule_for_all(own_end: int | None, days: int, over: bool) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    made = now - timedelta(days=2)
    end = None if own_end is None else now + timedelta(days=own_end)
    asset = Asset(id=FILM, title="x", status=Status.READY, created_at=made, updated_at=now, expires_at=end)
    assert Retention(asset_days=days).is_over(asset, now) is over


def test_an_asset_whose_time_is_over_is_deleted_and_others_stay(machine: Machine) -> None:
    sweep(machine, Retention(asset_days=1))
    assert film(machine).status is Status.READY
    later = machine.clock.now() + timedelta(seconds=0.01)
    machine.app.library.edit(FILM, AssetChange(expires_at=later), expected_revision=None)
    while machine.clock.now() < later:
        pass  # ten milliseconds
    sweep(machine, Retention())
    assert (film(machine).status, film(machine).title, film(machine).expires_at) == (Status.DELETED, "deleted", None)
    assert film(machine).erased_at is not None
    assert machine.app.remains.look(FILM).clean


def test_an_end_can_be_taken_back_and_cannot_have_passed(machine: Machine) -> None:
    library, end = machine.app.library, machine.clock.now() + timedelta(days=1)
    assert library.edit(FILM, AssetChange(expires_at=end), expected_revision=None).expires_at == end
    assert library.edit(FILM, AssetChange(title="Other"), expected_revision=None).expires_at == end
    assert library.edit(FILM, AssetChange(expires_at="never"), expected_revision=None).expires_at is None
    with pytest.raises(MatineeError) as refused:
        library.edit(FILM, AssetChange(expires_at=end - timedelta(days=2)), expected_revision=None)
    assert refused.value.code is ErrorCode.FIELD_INVALID


def test_an_original_goes_once_its_film_is_ready_and_it_is_not_ingested_again(machine: Machine) -> None:
    sweep(machine, Retention(keep_sources=True))
    assert machine.store.get(SOURCE) == b"a film"
    for _ in range(2):
        sweep(machine, Retention(keep_sources=False))
    assert (film(machine).status, film(machine).source_key, film(machine).source_kept) == (Status.READY, None, False)
    assert machine.store.list("sources/").items == ()
    assert machine.store.list("streams/").items != ()
    with pytest.raises(MatineeError) as refused:
        machine.app.library.ingest_again(FILM, CODECS)
    assert refused.value.code is ErrorCode.SOURCE_MISSING


def test_an_original_stays_while_somebody_may_watch_what_is_put_together_from_it(machine: Machine) -> None:
    old = Superseded(prefix=f"streams/{FILM}/m/run_x/", at=machine.clock.now())
    machine.app.catalog.replace_asset(replace(film(machine), superseded=(old,)))
    sweep(machine, Retention(keep_sources=False))
    assert machine.store.get(SOURCE) == b"a film"


def test_an_original_whose_removal_was_cut_short_goes_though_the_rule_was_taken_back(machine: Machine) -> None:
    machine.app.catalog.replace_asset(film(machine).without_source())
    sweep(machine, Retention())
    assert (film(machine).source_key, machine.store.list("sources/").items) == (None, ())


class Cdn:
    """Copies with a CDN that answers when it is told to."""

    def __init__(self, beside: Copies) -> None:
        self._beside = beside
        self.answers = False
        self.told: list[AssetId] = []

    def of(self, prefix: str) -> Iterator[Copy]:
        return self._beside.of(prefix)

    def drop(self, prefix: str) -> int:
        return self._beside.drop(prefix)

    def drop_versions(self, key: str) -> int:
        return self._beside.drop_versions(key)

    def forget_cached(self, asset_id: AssetId) -> bool:
        if not self.answers:
            raise MatineeError(ErrorCode.EDGE_UNAVAILABLE, "CloudFront is throttled; try again in a moment.")
        self.told.append(asset_id)
        return True


def test_a_cdn_that_does_not_answer_leaves_a_deletion_to_be_finished(machine: Machine) -> None:
    app, cdn = machine.app, Cdn(FileCopies(machine.store))
    erasure = Erasure(machine.store, app.catalog, app.uploads, app.sessions, cdn, machine.clock)
    first = erasure.delete(FILM)
    assert (first.complete, first.cache_cleared, first.objects_removed) == (False, False, 2)
    assert not app.remains.look(FILM).clean
    cdn.answers = True
    second = erasure.delete(FILM)
    assert (second.complete, second.cache_cleared, second.objects_removed, cdn.told) == (True, True, 0, [FILM])
    assert app.remains.look(FILM).clean


def test_a_deletion_that_is_not_through_is_finished_by_the_sweep(machine: Machine) -> None:
    asset = film(machine)
    machine.app.catalog.replace_asset(asset.deleted(machine.clock.now()))
    sweep(machine, Retention())
    assert film(machine).erased_at is not None
    assert machine.app.remains.look(FILM).found == ()


def test_a_deletion_that_died_before_it_was_noted_is_noted_by_the_sweep(machine: Machine) -> None:
    machine.app.library.delete(FILM)
    machine.app.catalog.replace_asset(replace(film(machine), erased_at=None))
    sweep(machine, Retention())
    assert film(machine).erased_at is not None


def test_nobody_looks_again_for_what_was_erased_long_ago(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.app.library.delete(FILM)
    asked: list[str] = []
    listing = machine.store.list

    def listed(prefix: str, *, limit: int = 1000, cursor: str | None = None) -> ObjectPage:
        asked.append(prefix)
        return listing(prefix, limit=limit, cursor=cursor)

    monkeypatch.setattr(machine.store, "list", listed)
    sweep(machine, Retention())
    assert len([prefix for prefix in asked if FILM in prefix]) == 3
    long_ago = machine.clock.now() - LATE_WRITES - timedelta(seconds=1)
    machine.app.catalog.replace_asset(replace(film(machine), erased_at=long_ago))
    asked.clear()
    sweep(machine, Retention())
    assert [prefix for prefix in asked if FILM in prefix] == []


def test_an_original_that_is_about_to_go_is_not_ingested_again(machine: Machine) -> None:
    machine.app.catalog.replace_asset(film(machine).without_source())
    with pytest.raises(MatineeError) as refused:
        machine.app.library.ingest_again(FILM)
    assert refused.value.code is ErrorCode.SOURCE_MISSING


def test_parts_that_nobody_finished_are_found_and_go_with_the_asset(machine: Machine) -> None:
    machine.store.begin_multipart(SOURCE)
    machine.app.catalog.replace_asset(film(machine).deleted(machine.clock.now()))
    found = {each.place: each.count for each in machine.app.remains.look(FILM).found}
    assert found[CopyKind.UNFINISHED] == 1
    assert found[f"sources/{FILM}/"] == 1
    assert machine.app.library.delete(FILM).copies_removed == 1
    assert machine.app.remains.look(FILM).clean


class Elsewhere:
    """The copy in the second Region, which is behind until the deletion came, and may be away."""

    name = "the copy in eu-west-1"

    def __init__(self, *there: Copy, away: bool = False) -> None:
        self.there, self.away = there, away

    def of(self, prefix: str) -> Iterator[Copy]:
        if self.away:
            raise MatineeError(ErrorCode.STORE_UNAVAILABLE, "AWS could not be reached; try again in a moment.")
        return (copy for copy in self.there if copy.key.startswith(prefix))


def look_elsewhere(machine: Machine, replica: Elsewhere | None) -> dict[str, Any]:
    """What a deployment with that copy answers."""
    app, insights = machine.app, SqliteInsights(Database(machine.settings.data_dir / "matinee.db"))
    remains = Remains(machine.store, app.catalog, FileCopies(machine.store), app.journal, insights, replica)
    return RemainsBody.model_validate(remains.look(FILM), from_attributes=True).model_dump(mode="json")


STILL_THERE = Copy(kind=CopyKind.REPLICA, key=f"streams/{FILM}/ver_a/main.m3u8", size_bytes=7)
GONE_BY = datetime(2026, 12, 27, tzinfo=UTC)
OLD_THERE = replace(STILL_THERE, kind=CopyKind.REPLICA_VERSION, gone_by=GONE_BY)
ANOTHERS = replace(STILL_THERE, key="streams/ast_another/ver_a/main.m3u8")


def test_what_a_copy_in_a_second_region_still_has_is_not_gone(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.app.library.delete(FILM)
    told = look_elsewhere(machine, Elsewhere(STILL_THERE, STILL_THERE, OLD_THERE, ANOTHERS))
    found = {each["place"]: each["count"] for each in told["found"]}
    assert (found, told["clean"]) == ({"replica": 2, "replica_old_version": 1}, False)
    with pytest.raises(MatineeError, match="second Region still has ast_film") as refused:
        check_clean(told)
    assert refused.value.code is ErrorCode.CHECK_FAILED
    behind = look_elsewhere(machine, Elsewhere(OLD_THERE))
    check_clean(behind)
    print_remains(behind)
    said = "".join(capsys.readouterr())
    assert "Nothing of it stays.\n" in said
    assert re.search(r"old versions there +1, 7 B, gone by itself by ", said), said
    assert re.search(r"old versions +nothing", said), said
    assert ("_version" in said, "_upload" in said) == (False, False)
    print_remains(look_elsewhere(machine, Elsewhere()))
    assert "Nothing of it is left.\n" in "".join(capsys.readouterr())
    assert "replica" not in look_elsewhere(machine, None)["looked_at"]


def test_a_copy_that_does_not_answer_leaves_the_verdict_open(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.app.library.delete(FILM)
    told = look_elsewhere(machine, Elsewhere(away=True))
    print_remains(told)
    said = "".join(capsys.readouterr())
    assert "Not looked at: the copy in eu-west-1: AWS could not be reached; try again in a moment.\n" in said
    assert "Nothing of it" not in said
    with pytest.raises(MatineeError, match="Not every place") as refused:
        check_clean(told)
    assert refused.value.code is ErrorCode.CHECK_FAILED


def test_what_the_server_has_yet_to_remove_comes_before_what_s3_has(machine: Machine) -> None:
    machine.app.catalog.replace_asset(film(machine).deleted(machine.clock.now()))
    with pytest.raises(MatineeError, match="the server goes on removing it"):
        check_clean(look_elsewhere(machine, Elsewhere(STILL_THERE)))


def test_nobody_looks_for_what_is_left_of_an_asset_that_is_there(machine: Machine) -> None:
    with pytest.raises(MatineeError) as refused:
        machine.app.remains.look(FILM)
    assert refused.value.code is ErrorCode.ASSET_STATE
