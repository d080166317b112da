"""What every `Copies` must do. Give `place`: a store, its copies, and how an unfinished upload is seen."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from matinee.ports.copies import Copies, Copy, CopyKind
from matinee.ports.object_store import ObjectStore, walk
from tests.contracts.multipart import sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store and what lies beside its objects."""

    store: ObjectStore
    copies: Copies


class CopiesContract:
    """The obligations of `ports.copies`."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        """What is under test."""
        raise NotImplementedError

    @staticmethod
    def stay(place: Place, prefix: str) -> list[Copy]:
        """The copies that do not go by themselves."""
        return [copy for copy in place.copies.of(prefix) if copy.gone_by is None]

    def test_where_nothing_lies_there_are_no_copies(self, place: Place) -> None:
        place.store.put("sources/ast_a/original.mp4", b"film")
        assert self.stay(place, "sources/ast_a/") == []
        assert place.copies.drop("sources/ast_b/") == 0

    def test_an_unfinished_upload_is_found_and_dropped_with_its_parts(self, place: Place) -> None:
        key = "sources/ast_a/original.mp4"
        handle = place.store.begin_multipart(key)
        place.store.put_part(key, handle, 1, b"part", sha256=sha256(b"part"))
        found = self.stay(place, "sources/ast_a/")
        assert {(copy.kind, copy.key) for copy in found} == {(CopyKind.UNFINISHED, key)}
        assert place.copies.drop("sources/ast_a/") == len(found)
        assert self.stay(place, "sources/ast_a/") == []
        assert place.copies.drop("sources/ast_a/") == 0

    def test_versions_of_one_key_are_dropped_alone(self, place: Place) -> None:
        handle = place.store.begin_multipart("inbox/a.mp4")
        place.store.put("inbox/a.mp4", b"film")
        place.store.delete("inbox/a.mp4")
        place.store.put("inbox/a.mp4 too", b"another")
        before = [copy for copy in place.copies.of("inbox/") if copy.kind is CopyKind.UNFINISHED]
        place.copies.drop_versions("inbox/a.mp4")
        assert [copy for copy in self.stay(place, "inbox/") if copy.kind is CopyKind.OLD_VERSION] == []
        assert [copy for copy in place.copies.of("inbox/") if copy.kind is CopyKind.UNFINISHED] == before != []
        assert place.store.get("inbox/a.mp4 too") == b"another"
        place.store.abort_multipart("inbox/a.mp4", handle)

    def test_what_lies_elsewhere_and_what_is_listed_stays(self, place: Place) -> None:
        other = place.store.begin_multipart("sources/ast_ab/original.mp4")
        for key in ("sources/ast_a/original.mp4", "sources/ast_ab/poster.jpg"):
            place.store.put(key, b"kept")
        place.copies.drop("sources/ast_a/")
        assert len(list(walk(place.store, "sources/"))) == 2
        assert place.store.list_parts("sources/ast_ab/original.mp4", other) == ()
