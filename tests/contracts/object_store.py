"""What every `ObjectStore` must do with objects. Parts are in `multipart`, links in `links`.

Subclass it and give `open_store`: a picklable call that opens the same, at first empty, store anew each time.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.domain.upload import sum_of
from matinee.errors import ErrorCode
from matinee.ports.object_store import ObjectStore, walk
from tests.contracts.children import body, child, in_processes, in_threads, is_whole, put_and_delete, put_forever
from tests.contracts.samples import raises
from tests.contracts.waiting import eventually

ODD_KEYS = (
    "a",
    "a/",
    "a/b",
    "a/b/",
    "a/b/c",
    "a.",
    "a.b",
    "a0",
    "A",
    "A/b",
    "x.part",
    "x.tmp",
    ".hidden",
    "..two",
    "...",
    "-rf",
    "~",
    "tmp/x",
    "odd/x",
    "61",
    "con",
    "a:b*c?d<e>|",
    "back\\slash",
    "quote\"'`$(x);&",
    "space in it",
    " space around ",
    "percent%2Fsign",
    "plus+and=and&and#and?",
    "caf\u00e9",
    "cafe\u0301",
    "\u200bzero",
    "映画/🎬.mp4",
    "n" * 255,
    "n" * 256,
    "n" * 256 + "/below",
    "n" * 100 + "/",
    "m" * 1024,
    "/".join("k" * 512),
    "é" * 512,
)
BAD_KEYS = ("", "/a", "a//b", "./a", "a/../b", "..", "a/.", "a\x00b", "a\nb", "a\x7f", "x" * 1025, "é" * 513, "\ud800")

# Segments chosen to get into each other's way as files and folders.
small_keys = st.lists(st.sampled_from(["a", "b", "A", "a.", "w" * 300]), min_size=1, max_size=3).map("/".join)
odd_keys = st.tuples(small_keys, st.sampled_from(["", "", "/"])).map("".join)
numbers = count()

# One suite for several adapters, whose store a test empties or keeps apart by names of its own.
SHARED = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)


class ObjectStoreContract:
    """The obligations of `ports.object_store` for whole objects."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Callable[[], ObjectStore]:
        """Opens the store under test; picklable."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, open_store: Callable[[], ObjectStore]) -> ObjectStore:
        """The store under test."""
        return open_store()

    def test_the_store_keeps_its_name_when_it_is_opened_again(self, open_store: Callable[[], ObjectStore]) -> None:
        assert open_store().name == open_store().name != ""

    def test_what_was_put_is_got(self, store: ObjectStore) -> None:
        told = store.put("films/one.mp4", b"bytes")
        assert store.get("films/one.mp4") == b"bytes"
        assert (told.key, told.size_bytes) == ("films/one.mp4", 5)
        assert told == store.stat("films/one.mp4")

    def test_what_was_put_with_another_sum_is_refused_and_leaves_the_earlier(self, store: ObjectStore) -> None:
        store.put("k", b"one", sha256=sum_of(b"one"))
        with raises(ErrorCode.CHECKSUM_MISMATCH):
            store.put("k", b"two", sha256=sum_of(b"one"))
        assert store.get("k") == b"one"

    def test_another_process_sees_what_was_put(self, open_store: Callable[[], ObjectStore]) -> None:
        open_store().put("k", b"v")
        assert open_store().get("k") == b"v"

    def test_an_empty_object_is_an_object(self, store: ObjectStore) -> None:
        assert store.put("empty", b"").size_bytes == 0
        assert store.get("empty") == b""
        assert [item.key for item in store.list("").items] == ["empty"]

    def test_a_time_of_change_is_now_and_in_utc(self, store: ObjectStore) -> None:
        told = store.put("k", b"v").modified_at
        assert told.tzinfo is UTC
        assert abs(datetime.now(UTC) - told) < timedelta(seconds=10)

    @pytest.mark.parametrize("content_type", ["video/mp4", "text/x-unheard-of; charset=utf-8"])
    def test_a_content_type_is_kept(self, store: ObjectStore, content_type: str) -> None:
        store.put("k.bin", b"v", content_type=content_type)
        assert store.stat("k.bin").content_type == content_type
        assert store.copy("k.bin", "other").content_type == content_type

    def test_an_etag_changes_with_the_bytes_however_quickly(self, store: ObjectStore) -> None:
        etags = [store.put("k", bytes([number])).etag for number in range(100)]
        assert len(set(etags)) == 100
        assert '"' not in etags[0]
        assert store.stat("k").etag == etags[-1]

    def test_an_etag_stays_while_nothing_is_written(self, store: ObjectStore) -> None:
        etag = store.put("k", b"v").etag
        store.get("k")
        store.put("k2", b"v")
        assert store.stat("k").etag == etag

    def test_put_replaces_whole(self, store: ObjectStore) -> None:
        store.put("k", b"a long first body")
        store.put("k", b"short")
        assert store.get("k") == b"short"

    @pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 9 * 1024 * 1024 + 7])
    def test_put_file_consumes_the_file(self, store: ObjectStore, tmp_path: Path, size: int) -> None:
        path = tmp_path / "given"
        path.write_bytes(bytes(range(256)) * (size // 256) + b"e" * (size % 256))
        expected = hashlib.sha256(path.read_bytes()).digest()
        assert store.put_file("k", path, content_type="video/mp4").size_bytes == size
        assert not path.exists()
        assert hashlib.sha256(store.get("k")).digest() == expected

    def test_put_file_that_fails_changes_nothing(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("k", b"old")
        with raises(ErrorCode.STORE_UNAVAILABLE):
            store.put_file("k", tmp_path / "not there")
        assert store.get("k") == b"old"

    @pytest.mark.parametrize(
        ("start", "length", "expected"),
        [
            (0, None, b"0123456789"),
            (3, None, b"3456789"),
            (3, 4, b"3456"),
            (9, 5, b"9"),
            (0, 0, b""),
            (2, 99, b"23456789"),
        ],
    )
    def test_a_range_is_the_bytes_asked_for(
        self, store: ObjectStore, start: int, length: int | None, expected: bytes
    ) -> None:
        store.put("k", b"0123456789")
        assert store.get("k", start=start, length=length) == expected

    @pytest.mark.parametrize("start", [10, 11, 10**12])
    @pytest.mark.parametrize("length", [None, 0, 5])
    def test_a_range_past_the_end_is_refused(self, store: ObjectStore, start: int, length: int | None) -> None:
        store.put("k", b"0123456789")
        with raises(ErrorCode.RANGE_NOT_SATISFIABLE):
            store.get("k", start=start, length=length)

    @pytest.mark.parametrize(("start", "length"), [(-1, None), (-1, 5), (0, -1), (3, -1)])
    def test_a_range_that_goes_backwards_is_refused(self, store: ObjectStore, start: int, length: int | None) -> None:
        store.put("k", b"0123456789")
        with raises(ErrorCode.RANGE_NOT_SATISFIABLE):
            store.get("k", start=start, length=length)

    @pytest.mark.parametrize("key", ["none", "none/below", "there/below", "ther", "there/", "n" * 300])
    def test_what_is_not_there_is_not_found(self, store: ObjectStore, tmp_path: Path, key: str) -> None:
        store.put("there", b"v")
        for call in (store.get, store.stat, lambda key: store.copy(key, "target")):
            with raises(ErrorCode.OBJECT_NOT_FOUND):
                call(key)
        with raises(ErrorCode.OBJECT_NOT_FOUND), store.as_local_file(key, tmp_path):
            pass
        with raises(ErrorCode.OBJECT_NOT_FOUND):
            store.own_file(key)

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_a_key_nobody_can_hold_is_refused_everywhere(self, store: ObjectStore, tmp_path: Path, key: str) -> None:
        store.put("fine", b"v")
        (tmp_path / "file").write_bytes(b"v")
        for call in (
            lambda: store.put(key, b"v"),
            lambda: store.put_file(key, tmp_path / "file"),
            lambda: store.get(key),
            lambda: store.stat(key),
            lambda: store.delete(key),
            lambda: store.copy(key, "x"),
            lambda: store.copy("fine", key),
            lambda: store.link_get(key, ttl_seconds=60),
            lambda: store.begin_multipart(key),
        ):
            with raises(ErrorCode.KEY_INVALID):
                call()
        assert [item.key for item in store.list("").items] == ["fine"]

    def test_odd_keys_are_all_different_objects_in_byte_order(self, store: ObjectStore) -> None:
        for key in ODD_KEYS:
            store.put(key, key.encode())
        assert [info.key for info in walk(store, "")] == sorted(ODD_KEYS, key=str.encode)
        for key in ODD_KEYS:
            assert store.get(key) == key.encode()
            assert store.stat(key).key == key
        for number, key in enumerate(ODD_KEYS):
            store.delete(key)
            if number % 6 == 2:  # a listing holds what was not deleted yet; looked at now and then, since it is long
                left = sorted(ODD_KEYS[number + 1 :], key=str.encode)
                assert [info.key for info in walk(store, "")] == left
        assert store.list("").items == ()

    @settings(max_examples=50, deadline=None, suppress_health_check=SHARED)
    @given(
        steps=st.lists(st.tuples(st.sampled_from(["put", "put", "delete", "copy"]), odd_keys, odd_keys), max_size=12)
    )
    def test_any_sequence_of_writes_leaves_what_a_dictionary_would(
        self, store: ObjectStore, steps: list[tuple[str, str, str]]
    ) -> None:
        under = f"example-{next(numbers)}/"
        model: dict[str, bytes] = {}
        for number, (step, key, other) in enumerate(steps):
            if step == "put":
                model[under + key] = b"%d" % number
                store.put(under + key, model[under + key])
            elif step == "delete":
                model.pop(under + key, None)
                store.delete(under + key)
            elif under + key in model:
                model[under + other] = model[under + key]
                store.copy(under + key, under + other)
            assert [info.key for info in walk(store, under)] == sorted(model, key=str.encode)
        assert {key: store.get(key) for key in model} == model

    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("", ["a", "a/", "a/b", "a/b/c", "a0", "b/x", "bb"]),
            ("a", ["a", "a/", "a/b", "a/b/c", "a0"]),
            ("a/", ["a/", "a/b", "a/b/c"]),
            ("a/b", ["a/b", "a/b/c"]),
            ("a/b/c", ["a/b/c"]),
            ("a/b/c/", []),
            ("b", ["b/x", "bb"]),
            ("c", []),
            ("/", []),
            ("../", []),
            ("a/../b", []),
            ("n" * 300 + "/", []),
            ("\x00/", []),
        ],
    )
    def test_a_listing_holds_what_begins_with_the_prefix(
        self, store: ObjectStore, prefix: str, expected: list[str]
    ) -> None:
        for key in ("bb", "a/b/c", "b/x", "a0", "a", "a/b", "a/"):
            store.put(key, b"v")
        assert [item.key for item in store.list(prefix).items] == expected

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
    def test_pages_of_any_size_join_to_the_whole_listing(self, store: ObjectStore, limit: int) -> None:
        keys = sorted([f"p/{number}/{letter}" for number in range(12) for letter in "ab"] + ["p/1", "p/1/", "p/10"])
        for key in keys:
            store.put(key, b"v")
        store.put("q", b"outside")
        found: list[str] = []
        cursor = None
        while True:
            page = store.list("p/", limit=limit, cursor=cursor)
            assert len(page.items) <= limit
            found += [item.key for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
            assert len(page.items) == limit
        assert found == keys

    def test_a_listing_goes_on_though_its_last_key_was_deleted(self, store: ObjectStore) -> None:
        for key in ("a/1", "a/2", "a/3"):
            store.put(key, b"v")
        page = store.list("a/", limit=2)
        store.delete("a/2")
        assert [item.key for item in store.list("a/", cursor=page.next_cursor).items] == ["a/3"]

    def test_a_listing_tells_what_stat_tells(self, store: ObjectStore) -> None:
        store.put("k.mp4", b"v")
        item = store.list("").items[0]
        found = store.stat("k.mp4")
        assert (item.key, item.size_bytes, item.etag) == (found.key, found.size_bytes, found.etag)

    @pytest.mark.parametrize("limit", [0, -1, 1001])
    def test_a_page_of_no_or_too_many_objects_is_refused(self, store: ObjectStore, limit: int) -> None:
        with raises(ErrorCode.FIELD_INVALID):
            store.list("", limit=limit)

    def test_deleting_twice_is_no_error(self, store: ObjectStore) -> None:
        store.put("a/b", b"v")
        store.delete("a/b")
        store.delete("a/b")
        store.delete("a")
        with raises(ErrorCode.OBJECT_NOT_FOUND):
            store.get("a/b")
        assert store.list("").items == ()

    def test_a_copy_is_apart_from_its_source(self, store: ObjectStore) -> None:
        store.put("source", b"first")
        assert store.copy("source", "target").size_bytes == 5
        store.put("source", b"second")
        assert store.get("target") == b"first"

    def test_an_object_copied_onto_itself_stays(self, store: ObjectStore) -> None:
        store.put("k", b"v")
        store.copy("k", "k")
        assert store.get("k") == b"v"

    def test_a_local_file_holds_the_object(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("k.mp4", b"film")
        with store.as_local_file("k.mp4", tmp_path) as path:
            assert path.read_bytes() == b"film"
        own = store.own_file("k.mp4")
        assert own is None or own.read_bytes() == b"film"
        assert store.get("k.mp4") == b"film"

    def test_a_writer_killed_anywhere_leaves_a_whole_object(
        self, open_store: Callable[[], ObjectStore], store: ObjectStore
    ) -> None:
        for kill in range(6):
            old = store.put("k", body(250)).etag
            with child(put_forever, open_store, "k") as writer:
                eventually(lambda: store.stat("k").etag != old)  # noqa: B023 - called within the loop
                for _ in range(kill * 7):
                    assert is_whole(store.get("k"))
                writer.kill()
                writer.join()
            assert is_whole(store.get("k"))
            assert [item.key for item in store.list("").items] == ["k"]

    def test_readers_beside_writers_see_whole_objects_only(self, store: ObjectStore) -> None:
        store.put("k", body(0))

        def write_and_read(number: int) -> bool:
            whole = True
            for turn in range(15):
                if number % 2:
                    store.put("k", body(number * 20 + turn))
                whole = whole and is_whole(store.get("k"))
            return whole

        assert all(in_threads(write_and_read, range(6)))

    def test_processes_that_write_keys_in_each_others_way_lose_nothing(
        self, open_store: Callable[[], ObjectStore], pool: ProcessPoolExecutor
    ) -> None:
        groups = (["d/a", "d/a/b/c"], ["d/a/b", "d"], ["d/e/f", "d/e"], ["d/a/", "d/e/f/g"])
        in_processes(pool, put_and_delete, [(open_store, keys, 12) for keys in groups])
        store = open_store()
        expected = sorted(key for keys in groups for key in keys)
        assert [info.key for info in walk(store, "")] == expected
        assert all(store.get(key) == body(0) for key in expected)
