"""What every `ObjectStore` must do with objects that arrive in parts.

Beside `open_store` it needs `perform`, which makes a signed request (`tests.contracts.requests`).
"""

import base64
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from matinee.domain.upload import MIB, Part
from matinee.errors import ErrorCode
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import ObjectStore
from tests.contracts.children import SPAWN, child, code_of, complete, in_threads
from tests.contracts.requests import Answer, Perform
from tests.contracts.samples import raises

KEY = "sources/ast_x/original film ü.mp4"
# S3 takes no part under 5 MiB but the last (User Guide, "Amazon S3 multipart upload limits").
FIRST, SECOND, LAST = (letter * size for letter, size in ((b"1", 5 * MIB), (b"2", 5 * MIB + 3), (b"3", 1000)))


def sha256(data: bytes) -> str:
    """The sum as a part link takes it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")


SUM = sha256(b"first")


class MultipartContract:
    """The obligations of `ports.object_store` for parts."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Callable[[], ObjectStore]:
        """Opens the store under test; picklable."""
        raise NotImplementedError

    @pytest.fixture
    def perform(self, store: ObjectStore) -> Perform:
        """Makes a signed request."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, open_store: Callable[[], ObjectStore]) -> ObjectStore:
        """The store under test."""
        return open_store()

    @pytest.fixture
    def upload(self, store: ObjectStore) -> str:
        """An upload of KEY under way."""
        return store.begin_multipart(KEY, content_type="video/mp4")

    @pytest.fixture
    def send(self, store: ObjectStore, perform: Perform, upload: str) -> Callable[[int, bytes], Answer]:
        """Sends one part of the upload."""

        def call(number: int, data: bytes) -> Answer:
            return perform(self.link(store, upload, number, data), data, {})

        return call

    @staticmethod
    def link(store: ObjectStore, upload: str, number: int, data: bytes) -> SignedRequest:
        """A link for one part, its sum included."""
        return store.link_part(KEY, upload, number, size_bytes=len(data), ttl_seconds=60, sha256=sha256(data))

    def test_parts_join_to_the_object(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        for number, data in ((1, FIRST), (2, SECOND), (3, LAST)):
            assert send(number, data).status == 200
        parts = store.list_parts(KEY, upload)
        assert [(part.number, part.size_bytes) for part in parts] == [(1, len(FIRST)), (2, len(SECOND)), (3, 1000)]
        told = store.complete_multipart(KEY, upload, parts)
        assert told.size_bytes == len(FIRST + SECOND + LAST)
        assert told == store.stat(KEY)
        assert told.content_type == "video/mp4"
        assert store.get(KEY) == FIRST + SECOND + LAST

    def test_a_part_from_this_process_is_one_like_any_other(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        assert send(2, LAST).status == 200
        put = store.put_part(KEY, upload, 1, FIRST, sha256=sha256(FIRST))
        parts = store.list_parts(KEY, upload)
        assert parts[0] == put
        with raises(ErrorCode.CHECKSUM_MISMATCH):
            store.put_part(KEY, upload, 1, SECOND, sha256=sha256(FIRST))
        assert store.list_parts(KEY, upload) == parts
        store.complete_multipart(KEY, upload, parts)
        assert store.get(KEY) == FIRST + LAST
        with raises(ErrorCode.UPLOAD_NOT_FOUND):
            store.put_part(KEY, upload, 3, LAST, sha256=sha256(LAST))

    def test_parts_may_come_out_of_order_and_at_once(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        in_threads(lambda each: send(*each), [(3, LAST), (2, SECOND), (1, FIRST)])
        store.complete_multipart(KEY, upload, store.list_parts(KEY, upload))
        assert store.get(KEY) == FIRST + SECOND + LAST

    def test_an_upload_goes_on_in_another_process(
        self, open_store: Callable[[], ObjectStore], upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, LAST)
        again = open_store()
        again.complete_multipart(KEY, upload, again.list_parts(KEY, upload))
        assert again.get(KEY) == LAST

    def test_nothing_is_visible_before_completion(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, LAST)
        assert store.list("").items == ()
        with raises(ErrorCode.OBJECT_NOT_FOUND):
            store.stat(KEY)

    def test_an_old_object_serves_until_completion(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        store.put(KEY, b"old")
        send(1, LAST)
        assert store.get(KEY) == b"old"
        store.complete_multipart(KEY, upload, store.list_parts(KEY, upload))
        assert store.get(KEY) == LAST

    def test_a_part_sent_twice_is_the_later_one(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, LAST)
        first = store.list_parts(KEY, upload)
        send(1, b"other")
        second = store.list_parts(KEY, upload)
        assert [part.size_bytes for part in second] == [5]
        assert first[0].etag != second[0].etag
        with raises(ErrorCode.PART_INVALID):
            store.complete_multipart(KEY, upload, first)
        store.complete_multipart(KEY, upload, second)
        assert store.get(KEY) == b"other"

    def test_a_part_sent_many_times_at_once_is_one_of_them_whole(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        bodies = [bytes([number]) * (MIB + number) for number in range(6)]
        answers = in_threads(lambda data: send(1, data).status, bodies)
        assert answers == [200] * 6
        store.complete_multipart(KEY, upload, store.list_parts(KEY, upload))
        assert store.get(KEY) in bodies

    @pytest.mark.parametrize("wrong", [b"", b"shor", b"longer", b"x" * (2 * MIB)])
    def test_a_part_of_another_size_is_refused_and_leaves_the_earlier_one(
        self, store: ObjectStore, perform: Perform, upload: str, wrong: bytes
    ) -> None:
        link = self.link(store, upload, 1, b"first")
        assert perform(link, b"first", {}).status == 200
        held = store.list_parts(KEY, upload)
        assert 400 <= perform(link, wrong, {}).status < 500
        assert store.list_parts(KEY, upload) == held

    def test_a_part_with_other_bytes_is_refused_and_leaves_the_earlier_one(
        self, store: ObjectStore, perform: Perform, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, b"first")
        held = store.list_parts(KEY, upload)
        assert 400 <= perform(self.link(store, upload, 1, b"right"), b"wrong", {}).status < 500
        assert store.list_parts(KEY, upload) == held

    def test_a_part_refused_the_first_time_is_not_held(self, store: ObjectStore, perform: Perform, upload: str) -> None:
        assert 400 <= perform(self.link(store, upload, 1, b"right"), b"wrong", {}).status < 500
        assert store.list_parts(KEY, upload) == ()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda _: (),
            lambda parts: (parts[1], parts[0]),
            lambda parts: (parts[0], parts[0]),
            lambda parts: (*parts, Part(number=3, size_bytes=1, etag=parts[0].etag)),
            lambda parts: (replace(parts[0], etag=parts[1].etag), parts[1]),
            lambda parts: (replace(parts[0], etag=""), parts[1]),
        ],
        ids=["none", "descending", "twice", "not held", "another's etag", "no etag"],
    )
    def test_parts_that_are_not_held_so_are_refused_and_nothing_changes(
        self,
        store: ObjectStore,
        upload: str,
        send: Callable[[int, bytes], Answer],
        spoil: Callable[[tuple[Part, ...]], tuple[Part, ...]],
    ) -> None:
        send(1, FIRST)
        send(2, LAST)
        parts = store.list_parts(KEY, upload)
        with raises(ErrorCode.PART_INVALID):
            store.complete_multipart(KEY, upload, spoil(parts))
        assert store.list_parts(KEY, upload) == parts
        assert store.list("").items == ()

    def test_parts_that_are_not_named_are_left_out(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        for number, data in ((1, FIRST), (2, SECOND), (7, LAST)):
            send(number, data)
        parts = store.list_parts(KEY, upload)
        store.complete_multipart(KEY, upload, (parts[0], parts[2]))
        assert store.get(KEY) == FIRST + LAST

    def test_a_completed_upload_is_over(
        self, store: ObjectStore, perform: Perform, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, LAST)
        link = self.link(store, upload, 1, b"late")
        parts = store.list_parts(KEY, upload)
        store.complete_multipart(KEY, upload, parts)
        assert 400 <= perform(link, b"late", {}).status < 500
        with raises(ErrorCode.UPLOAD_NOT_FOUND):
            store.list_parts(KEY, upload)
        assert store.get(KEY) == LAST

    def test_abort_drops_the_parts_and_twice_is_no_error(
        self, store: ObjectStore, perform: Perform, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, LAST)
        link = self.link(store, upload, 1, b"late")
        parts = store.list_parts(KEY, upload)
        store.abort_multipart(KEY, upload)
        store.abort_multipart(KEY, upload)
        assert 400 <= perform(link, b"late", {}).status < 500
        for call in (
            lambda: store.list_parts(KEY, upload),
            lambda: store.complete_multipart(KEY, upload, parts),
        ):
            with raises(ErrorCode.UPLOAD_NOT_FOUND):
                call()
        assert store.list("").items == ()

    def test_abort_after_completion_leaves_the_object(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, LAST)
        store.complete_multipart(KEY, upload, store.list_parts(KEY, upload))
        store.abort_multipart(KEY, upload)
        assert store.get(KEY) == LAST

    @pytest.mark.parametrize("handle", ["", "nothing", "..", "../objects", "mpu_" + "0" * 20, "/etc", "a\x00b"])
    def test_a_handle_nobody_gave_is_not_found(self, store: ObjectStore, handle: str) -> None:
        store.put("k", b"v")
        with raises(ErrorCode.UPLOAD_NOT_FOUND):
            store.list_parts(KEY, handle)
        with raises(ErrorCode.UPLOAD_NOT_FOUND):
            store.complete_multipart(KEY, handle, (Part(number=1, size_bytes=1, etag="x"),))
        store.abort_multipart(KEY, handle)
        assert store.get("k") == b"v"

    def test_a_handle_belongs_to_its_key(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, LAST)
        parts = store.list_parts(KEY, upload)
        with raises(ErrorCode.UPLOAD_NOT_FOUND):
            store.complete_multipart("another", upload, parts)
        store.abort_multipart("another", upload)
        assert store.list_parts(KEY, upload) == parts

    def test_two_uploads_of_one_key_do_not_mix(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer], perform: Perform
    ) -> None:
        other = store.begin_multipart(KEY)
        send(1, b"one")
        assert perform(self.link(store, other, 1, b"other"), b"other", {}).status == 200
        assert [part.size_bytes for part in store.list_parts(KEY, upload)] == [3]
        store.complete_multipart(KEY, upload, store.list_parts(KEY, upload))
        assert [part.size_bytes for part in store.list_parts(KEY, other)] == [5]

    def test_many_that_complete_at_once_make_one_object(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        send(1, FIRST)
        send(2, LAST)
        parts = store.list_parts(KEY, upload)
        codes = in_threads(lambda _: code_of(lambda: store.complete_multipart(KEY, upload, parts)), range(6))
        assert None in codes
        assert set(codes) <= {None, ErrorCode.UPLOAD_NOT_FOUND}
        assert store.get(KEY) == FIRST + LAST

    def test_a_part_sent_again_during_completion_never_mixes_in(self, store: ObjectStore, perform: Perform) -> None:
        for number in range(10):
            key = f"films/{number}"
            upload = store.begin_multipart(key)
            first, old, new = (
                store.link_part(key, upload, part, size_bytes=len(data), ttl_seconds=60, sha256=sha256(data))
                for part, data in ((1, FIRST), (2, b"old"), (2, b"new"))
            )
            perform(first, FIRST, {})
            perform(old, b"old", {})
            parts = store.list_parts(key, upload)
            with ThreadPoolExecutor(1) as beside:
                beside.submit(perform, new, b"new", {})
                code = code_of(partial(store.complete_multipart, key, upload, parts))
            assert code in (None, ErrorCode.PART_INVALID)
            if code is None:
                assert store.get(key) == FIRST + b"old"

    def test_a_completion_killed_anywhere_is_finished_by_calling_again(
        self, open_store: Callable[[], ObjectStore], store: ObjectStore, perform: Perform
    ) -> None:
        for kill in range(6):
            key = f"films/{kill}"
            upload = store.begin_multipart(key)
            for number, data in ((1, FIRST), (2, SECOND), (3, LAST)):
                told = sha256(data)
                link = store.link_part(key, upload, number, size_bytes=len(data), ttl_seconds=60, sha256=told)
                assert perform(link, data, {}).status == 200
            parts = store.list_parts(key, upload)
            heard, tell = SPAWN.Pipe(duplex=False)
            with child(complete, open_store, key, upload, tell) as completer:
                assert heard.recv() == "begun"
                heard.poll(kill * 0.003)  # another moment each time; at once when it is done already
                completer.kill()
                completer.join()
            ended = code_of(partial(store.complete_multipart, key, upload, parts))
            assert ended in (None, ErrorCode.UPLOAD_NOT_FOUND)
            assert store.get(key) == FIRST + SECOND + LAST
            with raises(ErrorCode.UPLOAD_NOT_FOUND):
                store.list_parts(key, upload)

    @pytest.mark.parametrize(
        ("number", "size", "given"),
        [
            *((0, 5, SUM), (-1, 5, SUM), (10_001, 5, SUM), (1, 0, SUM), (1, -5, SUM)),
            *((1, 5, ""), (1, 5, "hex"), (1, 5, "=" * 44)),
        ],
    )
    def test_a_link_for_a_part_that_cannot_be_is_refused(
        self, store: ObjectStore, upload: str, number: int, size: int, given: str
    ) -> None:
        with raises(ErrorCode.PART_INVALID):
            store.link_part(KEY, upload, number, size_bytes=size, ttl_seconds=60, sha256=given)

    def test_parts_are_listed_by_number_past_the_tenth(
        self, store: ObjectStore, upload: str, send: Callable[[int, bytes], Answer]
    ) -> None:
        wanted = [1, 2, 9, 10, 11, 99, 100, 9999, 10_000]
        for number in reversed(wanted):
            send(number, b"p")
        numbers = [part.number for part in store.list_parts(KEY, upload)]
        assert numbers == wanted
        assert all(later > earlier for earlier, later in pairwise(numbers))
