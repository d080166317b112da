"""How a file is cut into parts, which of them are still to be sent, and how an interrupted upload is found again."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.cli.transfers import MAX_BATCH, MAX_BATCH_BYTES, PlannedPart, batches, missing_parts
from matinee.cli.upload_memory import MAX_KEPT, SourceFile, UploadMemory
from matinee.errors import ErrorCode, MatineeError

SERVER = "http://127.0.0.1:8000"


def body(size_bytes: int, part_size_bytes: int, held: dict[int, int]) -> dict[str, object]:
    """An upload as the API shows it."""
    parts = [{"number": number, "size_bytes": size, "etag": "x"} for number, size in held.items()]
    return {"size_bytes": size_bytes, "part_size_bytes": part_size_bytes, "parts": parts}


def film(folder: Path, data: bytes = b"film") -> SourceFile:
    """A file in `folder`."""
    path = folder / "film.mp4"
    path.write_bytes(data)
    return SourceFile.at(path)


@given(size=st.integers(1, 10_000), step=st.integers(1, 3000))
def test_the_parts_of_a_new_upload_cover_the_file_without_gap_or_overlap(size: int, step: int) -> None:
    parts = missing_parts(body(size, step, {}))
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert [part.offset for part in parts] == [step * index for index in range(len(parts))]
    assert sum(part.size_bytes for part in parts) == size
    assert all(1 <= part.size_bytes <= step for part in parts)


def test_only_parts_that_are_not_there_or_of_another_size_are_sent() -> None:
    parts = missing_parts(body(25, 10, {1: 10, 2: 4}))
    assert [(part.number, part.offset, part.size_bytes) for part in parts] == [(2, 10, 10), (3, 20, 5)]


@given(st.lists(st.integers(1, MAX_BATCH_BYTES * 2), max_size=100))
def test_batches_keep_the_order_and_their_limits(sizes: list[int]) -> None:
    parts = [PlannedPart(number=n, offset=0, size_bytes=size) for n, size in enumerate(sizes, start=1)]
    found = list(batches(parts))
    assert [part for batch in found for part in batch] == parts
    for batch in found:
        assert 1 <= len(batch) <= MAX_BATCH
        assert len(batch) == 1 or sum(part.size_bytes for part in batch) <= MAX_BATCH_BYTES


def test_an_upload_is_found_again_by_the_same_file(tmp_path: Path) -> None:
    UploadMemory(tmp_path / "state").note(SERVER, film(tmp_path), "upl_1")
    assert UploadMemory(tmp_path / "state").recall(SERVER, film_again(tmp_path)) == "upl_1"


def film_again(folder: Path) -> SourceFile:
    """The file that is in `folder` already."""
    return SourceFile.at(folder / "film.mp4")


def test_a_changed_file_and_another_server_are_not_taken_for_it(tmp_path: Path) -> None:
    memory = UploadMemory(tmp_path / "state")
    before = film(tmp_path)
    memory.note(SERVER, before, "upl_1")
    assert memory.recall("https://films.example.org", before) is None
    os.utime(before.path, ns=(before.modified_ns + 1, before.modified_ns + 1))
    assert memory.recall(SERVER, film_again(tmp_path)) is None


def test_what_is_remembered_is_private(tmp_path: Path) -> None:
    UploadMemory(tmp_path / "state").note(SERVER, film(tmp_path), "upl_1")
    assert stat.S_IMODE((tmp_path / "state" / "uploads.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"uploads": []}', '{"uploads": {"a": 1}}'])
def test_a_damaged_memory_is_an_empty_one(tmp_path: Path, damaged: str) -> None:
    (tmp_path / "uploads.json").write_text(damaged)
    memory = UploadMemory(tmp_path)
    assert memory.recall(SERVER, film(tmp_path)) is None
    memory.note(SERVER, film(tmp_path), "upl_2")
    assert memory.recall(SERVER, film_again(tmp_path)) == "upl_2"


def test_the_memory_does_not_grow_without_end(tmp_path: Path) -> None:
    memory = UploadMemory(tmp_path / "state")
    source = film(tmp_path)
    entries = {f"old {number}": {"upload_id": "upl_0"} for number in range(MAX_KEPT)}
    (tmp_path / "state").mkdir()
    memory._write(entries)
    memory.note(SERVER, source, "upl_1")
    kept = memory._read()
    assert len(kept) == MAX_KEPT
    assert "old 0" not in kept
    assert memory.recall(SERVER, source) == "upl_1"


def test_a_place_that_cannot_be_written_to_does_not_stop_the_upload(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    memory = UploadMemory(tmp_path / "state")
    memory.note(SERVER, film(tmp_path), "upl_1")
    assert memory.recall(SERVER, film_again(tmp_path)) is None


def test_the_same_request_has_the_same_key_and_another_has_not(tmp_path: Path) -> None:
    source = film(tmp_path)
    assert source.request_key(SERVER, "", "title") == film_again(tmp_path).request_key(SERVER, "", "title")
    assert len({source.request_key(SERVER, "", ""), source.request_key(SERVER, "upl_1", ""), source.name_at("x")}) == 3


def test_an_empty_file_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(MatineeError) as raised:
        SourceFile.at(tmp_path / "empty.mp4")
    assert raised.value.code is ErrorCode.SOURCE_EMPTY
    assert "empty.mp4" not in raised.value.detail  # who asks says of which file


def test_a_file_written_to_meanwhile_is_noticed(tmp_path: Path) -> None:
    source = film(tmp_path)
    source.path.write_bytes(b"a longer film")
    with pytest.raises(MatineeError, match="changed while it was being uploaded"):
        source.check_unchanged()


def test_a_name_that_is_no_utf8_still_has_a_name(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    path.write_bytes(b"film")
    assert SourceFile.at(path).filename == "caf\N{REPLACEMENT CHARACTER}.mp4"
    UploadMemory(tmp_path / "state").note(SERVER, SourceFile.at(path), "upl_1")
    assert UploadMemory(tmp_path / "state").recall(SERVER, SourceFile.at(path)) == "upl_1"
