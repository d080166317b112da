"""Files of an indexed rendition over a real store: put together, written out, refused when the source has changed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from matinee.config import Settings
from matinee.domain import chunks
from matinee.domain.ids import AssetId, RunId, instant_run_id
from matinee.domain.media import Media
from matinee.domain.run import Run, RunState
from matinee.errors import ErrorCode, MatineeError
from matinee.services.instant import Instant
from matinee.services.just_in_time import JustInTime
from matinee.services.publishing import Publishing
from matinee.services.steps import Steps
from matinee.wiring import Machine, open_machine
from tests.media.indexed_films import film_of
from tests.media.tools import ENCODER, SETTINGS, frame_times, instant_of, make, nothing

ASSET, RUN, SOURCE = AssetId("ast_1"), RunId("run_1_instant"), "sources/ast_1/original.mp4"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MEDIA = f"streams/{ASSET}/m/{RUN}/"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A store with a film in it."""
    made = open_machine(Settings(data_dir=tmp_path / "data", workers=0))
    made.store.put(SOURCE, film_of("B-frames", tmp_path).read_bytes())
    return made


def indexed(machine: Machine) -> tuple[JustInTime, Media]:
    """The film, indexed."""
    path = machine.store.own_file(SOURCE)
    assert path is not None
    plan = chunks.instant_plan(ENCODER.probe(path), SETTINGS)
    assert plan is not None
    media = machine.just_in_time.index(ASSET, RUN, SOURCE, path, plan)
    assert media is not None
    return machine.just_in_time, media


def read(service: JustInTime, name: str) -> bytes:
    """A file, put together."""
    return read_at(service, MEDIA + name)


def read_at(service: JustInTime, key: str) -> bytes:
    """A file of any rendition."""
    made = service.open(key)
    assert made is not None
    return b"".join(made.read(0, made.info.size_bytes))


def test_files_are_those_of_a_remux_and_are_written_out_the_same(machine: Machine, tmp_path: Path) -> None:
    service, media = indexed(machine)
    path = machine.store.own_file(SOURCE)
    assert path is not None
    plan = chunks.instant_plan(ENCODER.probe(path), SETTINGS)
    assert plan is not None
    ENCODER.remux(path, plan, tmp_path / "copied", nothing)
    made = {r.segment_uri(n): read(service, r.segment_uri(n)) for r in media.renditions for n in (1, 2, 3)}
    assert made == {name: (tmp_path / "copied" / name).read_bytes() for name in made}
    service.make_all(ASSET, RUN)
    assert made == {name: machine.store.get(MEDIA + name) for name in made}


def test_writing_out_twice_is_once(machine: Machine) -> None:
    service, media = indexed(machine)
    service.make_all(ASSET, RUN)
    first = machine.store.stat(MEDIA + media.renditions[0].init_uri)
    service.make_all(ASSET, RUN)
    assert machine.store.stat(MEDIA + media.renditions[0].init_uri) == first


def test_another_source_under_the_same_name_is_not_read_by_an_old_index(machine: Machine) -> None:
    service, media = indexed(machine)
    machine.store.put(SOURCE, b"another film" * 100_000)
    assert service.open(MEDIA + media.renditions[0].segment_uri(1)) is None


def test_a_source_that_goes_while_it_is_read_is_an_error_not_a_short_file(machine: Machine) -> None:
    service, media = indexed(machine)
    made = service.open(MEDIA + media.renditions[0].segment_uri(2))
    assert made is not None
    machine.store.put(SOURCE, machine.store.get(SOURCE, length=1000))
    with pytest.raises(MatineeError) as raised:
        list(made.read(0, made.info.size_bytes))
    assert raised.value.code in (ErrorCode.SOURCE_MISSING, ErrorCode.RANGE_NOT_SATISFIABLE)


def test_an_index_of_another_version_is_as_good_as_none(machine: Machine) -> None:
    service, media = indexed(machine)
    machine.store.put(f"{MEDIA}index.bin", b'MTNX\x0c\0\0\0{"format":9}')
    assert service.open(MEDIA + media.renditions[0].init_uri) is None


def test_a_matroska_film_is_copied_once_and_indexed(tmp_path: Path) -> None:
    """Its segments lie nowhere, and are those that the remux of the same film would have written."""
    machine = open_machine(Settings(data_dir=tmp_path / "data", workers=0))
    film = make(tmp_path / "a.mkv", "-i", str(film_of("B-frames", tmp_path)), "-map", "0", "-c", "copy")
    key = f"sources/{ASSET}/original.mkv"
    machine.store.put(key, film.read_bytes())
    publishing = Publishing(machine.store, machine.app.catalog, machine.clock)
    steps = Steps(machine.store, ENCODER, SETTINGS)
    instant = Instant(machine.store, ENCODER, publishing, machine.just_in_time, steps)
    run = Run(id=RunId("run_1"), asset_id=ASSET, source_key=key, attempt=1, state=RunState.RUNNING, created_at=NOON)
    media = instant.make(run, ENCODER.probe(film), tmp_path / "scratch", nothing)
    assert media is not None
    (tmp_path / "remuxed").mkdir()
    remuxed = instant_of(film, tmp_path / "remuxed").media
    assert [len(r.segments) for r in media.renditions] == [len(r.segments) for r in remuxed.renditions]
    assert [(r.name, r.frame_count, r.label) for r in media.renditions] == [
        (r.name, r.frame_count, r.label) for r in remuxed.renditions
    ]
    prefix = f"streams/{ASSET}/m/{instant_run_id(run.id)}/"
    assert {each.key for each in machine.store.list(prefix).items} == {
        prefix + name for name in ("copy.mp4", "index.bin", "media.json")
    }
    joined = tmp_path / "joined.mp4"
    first = media.renditions[0]
    names = [first.init_uri, *(first.segment_uri(n + 1) for n in range(len(first.segments)))]
    joined.write_bytes(b"".join(read_at(machine.just_in_time, prefix + name) for name in names))
    assert len(frame_times(joined)) == len(frame_times(film))
