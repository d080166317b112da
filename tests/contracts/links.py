"""What every `ObjectStore` must do with the links it signs.

Beside `open_store` and `perform` it needs `let_pass`, which lets so many seconds pass for the store.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from matinee.errors import ErrorCode
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import ObjectStore
from tests.contracts.multipart import sha256
from tests.contracts.requests import Perform
from tests.contracts.samples import raises

KEYS = (
    "plain.mp4",
    "films/caf\u00e9 +1 & 100%? #2.mp4",
    "a%2Fb",
    "a/b/c.d/e",
    "trailing/",
    "quote'\"<>;=",
    "~x",
    "映画",
)
BODY = b"0123456789"


def tampered(link: SignedRequest) -> list[SignedRequest]:
    """The link with each character after the host replaced by another, dropped, and doubled."""
    begin = link.url.index("/", len("https://x"))
    urls = []
    for place in range(begin + 1, len(link.url)):
        letter, before, after = link.url[place], link.url[:place], link.url[place + 1 :]
        urls.append(before + ("x" if letter != "x" else "y") + after)
        urls.append(before + after)
    return [replace(link, url=url) for url in urls]


class LinkContract:
    """The obligations of `ports.object_store` for links."""

    @pytest.fixture
    def open_store(self, tmp_path: Path) -> Callable[[], ObjectStore]:
        """Opens the store under test; picklable."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, open_store: Callable[[], ObjectStore]) -> ObjectStore:
        """The store under test."""
        return open_store()

    @pytest.fixture
    def perform(self, store: ObjectStore) -> Perform:
        """Makes a signed request."""
        raise NotImplementedError

    @pytest.fixture
    def let_pass(self) -> Callable[[int], None]:
        """Lets so many seconds pass."""
        raise NotImplementedError

    @pytest.fixture
    def link(self, store: ObjectStore) -> SignedRequest:
        """A link to an object of BODY."""
        store.put("films/k.mp4", BODY, content_type="video/mp4")
        store.put("films/x.mp4", b"another")
        return store.link_get("films/k.mp4", ttl_seconds=60)

    @pytest.fixture
    def part_link(self, store: ObjectStore) -> SignedRequest:
        """A link to a part of 10 bytes."""
        upload = store.begin_multipart("films/up.mp4")
        return store.link_part("films/up.mp4", upload, 1, size_bytes=10, ttl_seconds=60, sha256=sha256(BODY))

    @pytest.mark.parametrize("key", KEYS)
    def test_a_link_gets_the_object(self, store: ObjectStore, perform: Perform, key: str) -> None:
        store.put(key, BODY)
        link = store.link_get(key, ttl_seconds=60)
        assert (link.method, dict(link.headers)) == ("GET", {})
        answer = perform(link, b"", {})
        assert (answer.status, answer.body) == (200, BODY)

    @pytest.mark.parametrize(
        ("asked", "expected"), [("2-5", b"2345"), ("7-", b"789"), ("0-0", b"0"), ("3-99", b"3456789")]
    )
    def test_a_link_answers_ranges(self, perform: Perform, link: SignedRequest, asked: str, expected: bytes) -> None:
        answer = perform(link, b"", {"range": f"bytes={asked}"})
        assert (answer.status, answer.body) == (206, expected)

    def test_a_range_past_the_end_is_416(self, perform: Perform, link: SignedRequest) -> None:
        assert perform(link, b"", {"range": "bytes=10-"}).status == 416

    def test_a_link_to_nothing_is_not_made(self, store: ObjectStore) -> None:
        with raises(ErrorCode.OBJECT_NOT_FOUND):
            store.link_get("none", ttl_seconds=60)

    def test_a_link_to_an_object_deleted_since_is_not_found(
        self, store: ObjectStore, perform: Perform, link: SignedRequest
    ) -> None:
        store.delete("films/k.mp4")
        assert perform(link, b"", {}).status == 404

    def test_a_link_tells_when_it_ends(self, link: SignedRequest) -> None:
        assert link.expires_at.tzinfo is UTC
        left = link.expires_at - datetime.now(UTC)
        assert timedelta(seconds=50) < left <= timedelta(seconds=61)

    def test_a_link_ends(
        self, store: ObjectStore, perform: Perform, let_pass: Callable[[int], None], link: SignedRequest
    ) -> None:
        short = store.link_get("films/k.mp4", ttl_seconds=2)
        assert perform(short, b"", {}).status == 200
        let_pass(4)
        assert perform(short, b"", {}).status == 403
        assert perform(link, b"", {}).status == 200

    def test_a_part_link_ends(self, store: ObjectStore, perform: Perform, let_pass: Callable[[int], None]) -> None:
        upload = store.begin_multipart("k")
        link = store.link_part("k", upload, 1, size_bytes=10, ttl_seconds=2, sha256=sha256(BODY))
        let_pass(4)
        assert perform(link, BODY, {}).status == 403
        assert store.list_parts("k", upload) == ()

    def test_a_link_with_any_character_changed_or_missing_gives_nothing(
        self, perform: Perform, link: SignedRequest
    ) -> None:
        for changed in tampered(link):
            answer = perform(changed, b"", {})
            assert 400 <= answer.status < 500, changed.url
            assert BODY not in answer.body

    def test_a_part_link_with_any_character_changed_or_missing_takes_nothing(
        self, perform: Perform, part_link: SignedRequest
    ) -> None:
        for changed in tampered(part_link):
            assert 400 <= perform(changed, BODY, {}).status < 500, changed.url
        assert perform(part_link, BODY, {}).status == 200

    @pytest.mark.parametrize(
        "more", ["&x=1", "&expires=99999999999", "&signature=x", "&size=11", "&X-Amz-Expires=604800"]
    )
    def test_a_link_with_something_added_is_refused(
        self, perform: Perform, link: SignedRequest, part_link: SignedRequest, more: str
    ) -> None:
        assert 400 <= perform(replace(link, url=link.url + more), b"", {}).status < 500
        assert 400 <= perform(replace(part_link, url=part_link.url + more), BODY, {}).status < 500

    def test_a_link_opens_no_other_method(
        self, store: ObjectStore, perform: Perform, link: SignedRequest, part_link: SignedRequest
    ) -> None:
        for method in ("PUT", "POST", "DELETE"):
            assert 400 <= perform(replace(link, method=method), b"evil", {}).status < 500
        assert store.get("films/k.mp4") == BODY
        for method in ("GET", "DELETE", "POST"):
            assert 400 <= perform(replace(part_link, method=method), b"", {}).status < 500

    def test_no_link_no_object(self, perform: Perform, link: SignedRequest) -> None:
        bare = urlsplit(link.url)._replace(query="").geturl()
        answer = perform(replace(link, url=bare), b"", {})
        assert 400 <= answer.status < 500
        assert BODY not in answer.body

    def test_the_link_of_one_object_does_not_open_another(self, perform: Perform, link: SignedRequest) -> None:
        assert perform(replace(link, url=link.url.replace("k.mp4", "x.mp4")), b"", {}).status == 403
