"""What a migration must do between two deployments. Give `open_source` and `open_target`: picklable, at first empty.

A library of three films, with everything that belongs to one.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from matinee.domain.asset import Asset, Published, Status
from matinee.domain.chapters import Chapter
from matinee.domain.ids import AssetId, ShareId, VersionId, WebhookId, derive_id, instant_run_id
from matinee.domain.media import CaptionTrack
from matinee.domain.object_keys import INDEX_NAME, media_prefix, receipt_key, source_caption_key, version_prefix
from matinee.domain.receipt import mark_of
from matinee.domain.run import RunState
from matinee.domain.share_link import ShareLink
from matinee.domain.upload import MIB
from matinee.domain.webhook import Secret, Webhook, make_secret
from matinee.errors import ErrorCode
from matinee.ports.object_store import walk
from matinee.services import carrying
from matinee.services.migration import Migration, Progress, Report
from matinee.services.standing import Side, Standing, found
from tests.contracts.children import SPAWN, child
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.samples import NOON, a_run, an_asset, asset_id, later, raises, run_id

Opener = Callable[[], Side]
FILMS = 3
SEGMENTS = 40
NOW = ShiftedClock().now().replace(hour=12)


def nothing(_: Progress) -> None:
    """Nobody listens."""


def migrate(source: Side, target: Side, told: Callable[[Progress], None] = nothing, *, check: bool = False) -> Report:
    """One call of the command."""
    return Migration(source, target, ShiftedClock(), told).run(check=check)


def migrate_telling(open_source: Opener, open_target: Opener, told: Connection) -> None:
    """The same in a process of its own, which tells of each object that came."""
    migrate(open_source(), open_target(), lambda progress: told.send(progress.objects))


def a_film(side: Side, name: object) -> Asset:
    """A ready film with original, captions, media of its run and a version of it."""
    film, run, version = asset_id(name), run_id(name), VersionId(derive_id("ver_", str(name)))
    put = side.store.put
    put(f"sources/{film}/original.mp4", f"original {name}".encode() * 5000, content_type="video/mp4")
    put(source_caption_key(film, "de"), b"WEBVTT\n")
    put(media_prefix(film, run) + "media.json", b"{}")
    for number in range(SEGMENTS):
        put(f"{media_prefix(film, run)}720p/{number:05d}.m4s", f"{name} {number}".encode() * 999)
    put(version_prefix(film, version) + "main.m3u8", b"#EXTM3U\n")
    side.catalog.add_run(replace(a_run(name, state=RunState.DONE), progress=100))
    made = Published(
        version=version,
        media_run=run,
        renditions=(),
        captions=(CaptionTrack(language="de", label="Deutsch"),),
        has_poster=True,
    )
    asset = replace(
        an_asset(name, status=Status.PROCESSING, title=f"Film {name} · 映画"),
        description="What happens.",
        tags=("one", "ß"),
        run=run,
        attempt=1,
        duration_seconds=60.0,
        chapters=(Chapter(start_seconds=0.0, title="Begin"),),
        source_key=f"sources/{film}/original.mp4",
        public_preview=True,
    )
    return side.catalog.add_asset(asset.ready(made, later(9)))


def a_library(side: Side) -> list[Asset]:
    """Three films, and what belongs to them."""
    films = [a_film(side, number) for number in range(FILMS)]
    share = ShareLink(
        id=ShareId(derive_id("shr_", "one")), asset_id=films[0].id, created_at=NOW, ends_at=NOW + timedelta(days=30)
    )
    side.catalog.add_share(replace(share, views=3, password="scrypt"))
    side.insights.add(films[0].id, NOW.date(), {"views": 5, "seconds": 300})
    side.insights.add(None, NOW.date(), {"views": 5})
    side.webhooks.add_webhook(a_webhook())
    side.store.put("reports/2026 ü.pdf", b"plain", content_type="application/pdf")
    return films


def a_webhook() -> Webhook:
    """An endpoint that is told of everything."""
    return Webhook(
        id=WebhookId(derive_id("whk_", "one")),
        url="https://example.org/hook",
        secrets=(Secret(value=make_secret(bytes(32))),),
        created_at=NOON,
        updated_at=NOON,
    )


def objects_of(side: Side) -> dict[str, bytes]:
    """Every object but receipts and what a migration noted on the way."""
    return {
        info.key: side.store.get(info.key)
        for info in walk(side.store, "")
        if not info.key.endswith("/moved.json") and "/moved/" not in info.key
    }


def edited(side: Side, film: AssetId, title: str) -> Asset:
    """The film with another title."""
    asset = side.catalog.get_asset(film)
    return side.catalog.replace_asset(replace(asset, title=title, updated_at=asset.updated_at + timedelta(seconds=1)))


class MigrationContract:
    """The obligations of `services.migration`."""

    @pytest.fixture
    def open_source(self, tmp_path: Path) -> Opener:
        raise NotImplementedError

    @pytest.fixture
    def open_target(self, tmp_path: Path) -> Opener:
        raise NotImplementedError

    @pytest.fixture
    def source(self, open_source: Opener) -> Side:
        return open_source()

    @pytest.fixture
    def target(self, open_target: Opener) -> Side:
        return open_target()

    def test_a_library_is_there_whole_and_a_second_call_sends_nothing(self, source: Side, target: Side) -> None:
        films = a_library(source)
        report = migrate(source, target, check=True)
        assert report.assets[Standing.NEW] == tuple(film.id for film in films)
        assert objects_of(target) == objects_of(source)
        assert report.checked_bytes == report.size_bytes == sum(len(data) for data in objects_of(source).values())
        for film in films:
            assert target.catalog.get_asset(film.id) == replace(film, revision=1)
            assert film.run is not None
            assert target.catalog.get_run(film.run) == source.catalog.get_run(film.run)
        (share,) = source.catalog.list_shares(films[0].id)
        assert target.catalog.get_share(share.id) == share
        assert target.webhooks.list_webhooks() == (replace(a_webhook(), enabled=False),)
        assert target.store.stat("reports/2026 ü.pdf").content_type == "application/pdf"
        again = migrate(source, target)
        assert again.assets[Standing.SAME] == tuple(film.id for film in films)
        assert (again.objects, again.shares) == (0, 0)
        for day, views in ((films[0].id, {"views": 5, "seconds": 300}), (None, {"views": 5})):
            assert target.insights.days(day, NOW.date(), NOW.date()) == [(NOW.date(), views)]
        assert not [info for film in films for info in walk(target.store, f"work/{film.id}/")]

    def test_one_that_is_killed_goes_on_and_sends_only_what_is_missing(
        self, open_source: Opener, open_target: Opener, source: Side, target: Side
    ) -> None:
        a_library(source)
        total = len(objects_of(source))
        ours, theirs = SPAWN.Pipe()
        with child(migrate_telling, open_source, open_target, theirs):
            while ours.recv() < total // 2:
                pass
        arrived = sum(1 for film in range(FILMS) if target_has(target, film))
        assert arrived < FILMS
        report = migrate(source, target, check=True)
        assert report.objects < total - carrying.NOTE_OBJECTS // 2
        assert objects_of(target) == objects_of(source)

    def test_a_large_object_goes_in_parts_and_goes_on_at_the_first_missing_one(
        self, source: Side, target: Side, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carrying, "WHOLE_BYTES", 6 * MIB)
        monkeypatch.setattr(carrying, "PIECE_BYTES", 8 * MIB)
        monkeypatch.setattr(carrying, "WORKERS", 1)
        film = a_film(source, "large")
        data = b"".join(bytes([number]) * (8 * MIB) for number in range(3)) + b"end"
        source.store.put(f"sources/{film.id}/original.mp4", data, content_type="video/mp4")

        def die(progress: Progress) -> None:
            if progress.size_bytes > 16 * MIB:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            migrate(source, target, die)
        report = migrate(source, target, check=True)
        assert report.objects < 4
        assert target.store.get(f"sources/{film.id}/original.mp4") == data
        assert objects_of(target) == objects_of(source)

    def test_what_changed_since_is_carried_again_and_what_changed_there_stays(self, source: Side, target: Side) -> None:
        films = a_library(source)
        migrate(source, target)
        edited(source, films[0].id, "Changed here")
        edited(target, films[1].id, "Changed there")
        source.catalog.replace_asset(source.catalog.get_asset(films[2].id).deleted(later(99)))
        (share,) = source.catalog.list_shares(films[0].id)
        source.catalog.replace_share(replace(share, views=7, revoked_at=later(5)))
        report = migrate(source, target)
        assert report.assets[Standing.CHANGED] == (films[0].id, films[2].id)
        assert report.assets[Standing.NEWER_THERE] == (films[1].id,)
        assert target.catalog.get_asset(films[0].id).title == "Changed here"
        assert target.catalog.get_asset(films[1].id).title == "Changed there"
        assert target.catalog.get_asset(films[2].id).status is Status.DELETED
        assert target.catalog.get_share(share.id).views == 7
        assert target.catalog.get_share(share.id).revoked_at == later(5)
        back = migrate(target, source)
        assert back.assets[Standing.CHANGED] == (films[1].id,)
        assert source.catalog.get_asset(films[1].id).title == "Changed there"

    def test_what_changed_on_both_sides_is_refused_before_anything_moves(self, source: Side, target: Side) -> None:
        films = a_library(source)
        migrate(source, target)
        for side in (source, target):
            edited(side, films[1].id, f"By {side.name}")
        edited(source, films[0].id, "Not carried")
        with raises(ErrorCode.ASSET_CHANGED):
            migrate(source, target)
        assert target.catalog.get_asset(films[0].id).title == films[0].title

    def test_a_foreign_object_of_the_same_name_is_refused(self, source: Side, target: Side) -> None:
        a_library(source)
        target.store.put("reports/2026 ü.pdf", b"another")
        with raises(ErrorCode.ASSET_CHANGED):
            migrate(source, target)
        assert not any(target_has(target, film) for film in range(FILMS))
        assert target.store.get("reports/2026 ü.pdf") == b"another"

    def test_a_new_version_supersedes_the_one_there(self, source: Side, target: Side) -> None:
        film = a_film(source, "one")
        migrate(source, target)
        assert film.media_run is not None
        version = VersionId("ver_new")
        source.store.put(version_prefix(film.id, version) + "main.m3u8", b"#EXTM3U 2\n")
        made = Published(version=version, media_run=film.media_run, renditions=(), captions=(), has_poster=False)
        source.catalog.replace_asset(source.catalog.get_asset(film.id).reissued(made, later(50)))
        migrate(source, target)
        there = target.catalog.get_asset(film.id)
        assert there.version == version
        assert film.version is not None
        assert [each.prefix for each in there.superseded] == [version_prefix(film.id, film.version)]
        assert mark_of(there) == mark_of(source.catalog.get_asset(film.id))

    def test_what_is_under_way_waits_for_the_next_call(self, source: Side, target: Side) -> None:
        film = a_film(source, "one")
        queued = source.catalog.replace_asset(film.queued(run_id("again"), film.source_key or "", later(60)))
        assert migrate(source, target).assets[Standing.BUSY] == (film.id,)
        assert objects_of(target) == {}
        made = Published(
            version=film.version or VersionId(""), media_run=film.media_run or run_id(""), renditions=(), captions=(),
            has_poster=False,
        )  # fmt: skip
        source.catalog.replace_asset(queued.processing(later(61)).ready(made, later(62)))
        assert migrate(source, target).assets[Standing.NEW] == (film.id,)

    def test_a_film_watched_by_an_index_alone_comes_without_what_cannot_be_watched_there(
        self, source: Side, target: Side
    ) -> None:
        film = a_film(source, "one")
        instant = instant_run_id(run_id("one"))
        source.store.put(media_prefix(film.id, instant) + INDEX_NAME, b"where each packet lies")
        asset = source.catalog.get_asset(film.id)
        source.catalog.replace_asset(replace(asset, media_run=instant, status=Status.FAILED))
        migrate(source, target)
        there = target.catalog.get_asset(film.id)
        assert (there.version, there.media_run, there.source_key) == (None, None, film.source_key)
        assert target.store.get(film.source_key or "") == source.store.get(film.source_key or "")
        assert migrate(source, target).assets[Standing.SAME] == (film.id,)

    def test_a_receipt_lies_beside_the_original_and_goes_with_it(self, source: Side, target: Side) -> None:
        film = a_film(source, "one")
        migrate(source, target)
        assert target.store.stat(receipt_key(film.id)).size_bytes > 0


def target_has(target: Side, film: int) -> bool:
    """Whether the film has arrived; if so, whole."""
    return found(target.catalog, asset_id(film)) is not None
