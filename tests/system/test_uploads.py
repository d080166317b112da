"""Sources on their way in: parts in any order, at once, again, wrong, late; and clients that die."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.parts import wishes
from tests.system.clips import padded
from tests.system.remains import files_of, leftovers, runs_of
from tests.system.server import Server, eventually

MIB = 1024 * 1024
SIZE = 20 * MIB


@pytest.fixture(scope="session")
def film_file(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """A short film in a file of three parts."""
    return padded(clip, tmp_path_factory.mktemp("uploads") / "three parts.mp4", size_bytes=SIZE)


@dataclass(frozen=True, slots=True)
class Open:
    """An upload that was begun, and its file."""

    http: httpx.Client
    upload: dict[str, Any]
    data: bytes

    @property
    def path(self) -> str:
        """Where the API keeps it."""
        return f"/v1/uploads/{self.upload['id']}"

    def part(self, number: int) -> bytes:
        """The bytes of one part."""
        size = int(self.upload["part_size_bytes"])
        return self.data[(number - 1) * size : number * size]

    def link(self, number: int, data: bytes | None = None) -> dict[str, Any]:
        """A link for one part: its own bytes, unless told otherwise."""
        body = wishes({number: self.part(number) if data is None else data})
        found: dict[str, Any] = self.http.post(f"{self.path}/parts", json=body).raise_for_status().json()["parts"][0]
        return found

    def send(self, number: int, data: bytes | None = None, announced: bytes | None = None) -> httpx.Response:
        """PUT one part: `data`, by a link for `announced` or else for `data` itself."""
        sent = self.part(number) if data is None else data
        link = self.link(number, sent if announced is None else announced)
        return httpx.put(link["url"], content=sent, headers=link["headers"], timeout=60)

    def held(self) -> list[int]:
        """The numbers of the parts the store holds."""
        return [part["number"] for part in self.http.get(self.path).raise_for_status().json()["parts"]]

    def complete(self) -> httpx.Response:
        """Say that every part is sent."""
        return self.http.post(f"{self.path}/complete")


@pytest.fixture
def begun(server: Server, film_file: Path) -> Iterator[Open]:
    """An upload of three parts, none of them sent."""
    with server.client() as http:
        yield begin(http, film_file)


def begin(http: httpx.Client, path: Path, **announced: Any) -> Open:
    """Announce `path`."""
    body = {"filename": path.name, "size_bytes": path.stat().st_size} | announced
    answer = http.post("/v1/uploads", json=body)
    assert answer.status_code == 201, answer.text
    return Open(http, answer.json(), path.read_bytes())


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, str(answer.json()["code"])


def test_an_upload_says_how_it_wants_its_parts(begun: Open) -> None:
    upload = begun.upload
    assert (upload["part_size_bytes"], upload["part_count"]) == (8 * MIB, 3)
    assert (upload["state"], upload["parts"], upload["size_bytes"]) == ("open", [], SIZE)


def test_parts_may_come_out_of_order_and_the_source_is_whole(server: Server, begun: Open) -> None:
    for number in (3, 1, 2):
        assert begun.send(number).status_code == 200
    assert begun.held() == [1, 2, 3]
    assert begun.complete().json()["state"] == "completed"
    asset_id = begun.upload["asset_id"]
    kept = server.data_dir / "objects" / "sources" / asset_id / "original.mp4"
    assert hashlib.sha256(kept.read_bytes()).digest() == hashlib.sha256(begun.data).digest()
    assert server.settled(asset_id)["status"] == "ready"


def test_parts_may_come_all_at_once(server: Server, begun: Open) -> None:
    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(begun.send, (1, 2, 3)))
    assert [answer.status_code for answer in answers] == [200] * 3
    assert begun.complete().status_code == 200
    assert server.settled(begun.upload["asset_id"])["status"] == "ready"


def test_a_part_sent_again_replaces_the_first(server: Server, begun: Open) -> None:
    assert begun.send(2, bytes(8 * MIB)).status_code == 200
    for number in (1, 2, 3):
        assert begun.send(number).status_code == 200
    begun.complete()
    kept = server.data_dir / "objects" / "sources" / begun.upload["asset_id"] / "original.mp4"
    assert kept.read_bytes() == begun.data


def test_a_held_part_names_its_size_and_sum(begun: Open) -> None:
    assert begun.send(3).status_code == 200
    part = begun.http.get(begun.path).json()["parts"][0]
    assert part == {"number": 3, "size_bytes": 4 * MIB, "etag": hashlib.sha256(begun.part(3)).hexdigest()}


@pytest.mark.parametrize("wrong", [b"short", bytes(8 * MIB + 1)])
def test_a_part_of_another_size_is_refused(begun: Open, wrong: bytes) -> None:
    assert code_of(begun.send(1, wrong)) == (422, "part_invalid")
    assert begun.held() == []


def test_a_part_without_a_length_is_refused(begun: Open) -> None:
    link = begun.link(1)
    answer = httpx.put(link["url"], content=iter([begun.part(1)]), headers=link["headers"])
    assert code_of(answer) == (422, "part_invalid")


def test_a_part_is_checked_against_its_sum(begun: Open) -> None:
    assert code_of(begun.send(3, bytes(4 * MIB), announced=begun.part(3))) == (422, "checksum_mismatch")
    assert begun.held() == []
    assert begun.send(3).status_code == 200
    assert begun.held() == [3]


def test_a_wrong_part_leaves_the_right_one_in_place(begun: Open) -> None:
    begun.send(3)
    assert code_of(begun.send(3, bytes(4 * MIB), announced=begun.part(3))) == (422, "checksum_mismatch")
    assert begun.http.get(begun.path).json()["parts"][0]["etag"] == hashlib.sha256(begun.part(3)).hexdigest()


@pytest.mark.parametrize("number", [0, 4, 10_001, -1])
def test_there_is_no_link_for_a_part_outside(begun: Open, number: int) -> None:
    answer = begun.http.post(f"{begun.path}/parts", json=wishes({number: b"x"}))
    assert code_of(answer)[0] == 422


@pytest.mark.parametrize(
    "body",
    [
        *({}, {"parts": []}, {"numbers": [1]}, {"numbers": [1]} | wishes({1: b"x"}), {"parts": [{"sha256": "x"}]}),
        *(
            {"parts": [{"number": 1}]},
            {"parts": [{"number": 1, "sha256": None}]},
            {"parts": [{"number": 1, "sha256": ""}]},
        ),
        {"parts": [*wishes({1: b"x"})["parts"], {"number": 2}]},
    ],
)
def test_a_wish_for_a_link_without_its_sum_or_a_crooked_one_is_refused(begun: Open, body: dict[str, Any]) -> None:
    assert code_of(begun.http.post(f"{begun.path}/parts", json=body)) == (422, "field_invalid")


def test_a_links_part_number_cannot_be_changed(begun: Open) -> None:
    link = begun.link(1)
    answer = httpx.put(link["url"].replace("/1?", "/2?"), content=begun.part(2), headers=link["headers"])
    assert code_of(answer) == (403, "link_invalid")


def test_an_expired_link_is_refused_and_a_new_one_works(tmp_path: Path, film_file: Path) -> None:
    own = Server(tmp_path / "data", MATINEE_LINK_TTL_SECONDS="1", MATINEE_WORKERS="0").start()
    try:
        with own.client() as http:
            begun = begin(http, film_file)
            link = begun.link(3)
            # A wrong body never becomes a part, so asking with one is a way to look at the link alone.
            eventually(lambda: httpx.put(link["url"], content=b"x").status_code == 403, seconds=10)
            answer = httpx.put(link["url"], content=begun.part(3), headers=link["headers"])
            assert code_of(answer) == (403, "link_expired")
            assert begun.send(3).status_code == 200
    finally:
        own.stop()


def test_completing_with_gaps_names_the_parts(begun: Open) -> None:
    begun.send(2)
    answer = begun.complete()
    assert code_of(answer) == (409, "upload_incomplete")
    assert "(1, 3)" in answer.json()["detail"]


def test_completing_twice_is_once(server: Server, begun: Open) -> None:
    for number in (1, 2, 3):
        begun.send(number)
    first, second = begun.complete(), begun.complete()
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert len(runs_of(server.data_dir, begun.upload["asset_id"])) == 1


def test_completing_eight_times_at_once_is_one_run(server: Server, begun: Open) -> None:
    for number in (1, 2, 3):
        begun.send(number)
    with ThreadPoolExecutor(8) as threads:
        answers = [each.result() for each in [threads.submit(begun.complete) for _ in range(8)]]
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    assert server.settled(begun.upload["asset_id"])["status"] == "ready"
    assert len(runs_of(server.data_dir, begun.upload["asset_id"])) == 1


def test_completing_at_once_again_and_again_is_never_refused(server: Server) -> None:
    with server.client() as http, ThreadPoolExecutor(8) as threads:
        for _ in range(15):
            upload = http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": 5}).json()
            begun = Open(http, upload, b"12345")
            begun.send(1)
            answers = [each.result() for each in [threads.submit(begun.complete) for _ in range(8)]]
            assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
            assert len(runs_of(server.data_dir, upload["asset_id"])) == 1


def test_an_aborted_upload_leaves_nothing_and_takes_nothing(server: Server, begun: Open) -> None:
    begun.send(1)
    late = begun.link(2)
    assert begun.http.delete(begun.path).status_code == 204
    assert begun.http.delete(begun.path).status_code == 204
    assert begun.http.get(begun.path).json()["state"] == "aborted"
    assert code_of(httpx.put(late["url"], content=begun.part(2), headers=late["headers"])) == (404, "upload_not_found")
    assert code_of(begun.http.post(f"{begun.path}/parts", json=wishes({1: b"x"}))) == (409, "upload_state")
    assert code_of(begun.complete()) == (409, "upload_state")
    assert code_of(begun.http.get(f"/v1/assets/{begun.upload['asset_id']}")) == (410, "asset_deleted")
    assert files_of(server.data_dir, begun.upload["asset_id"]) == []


def test_a_completed_upload_cannot_be_aborted(server: Server, clip: Path) -> None:
    with server.client() as http:
        begun = begin(http, clip)
        begun.send(1)
        begun.complete()
        assert code_of(http.delete(begun.path)) == (409, "upload_state")


@pytest.mark.parametrize(("method", "route"), [("GET", ""), ("DELETE", ""), ("POST", "/complete"), ("POST", "/parts")])
def test_an_upload_nobody_began_is_not_found(server: Server, method: str, route: str) -> None:
    with server.client() as http:
        body = wishes({1: b"x"}) if route == "/parts" else None
        assert code_of(http.request(method, f"/v1/uploads/upl_none{route}", json=body)) == (404, "upload_not_found")


def test_a_film_that_differs_from_the_one_announced_fails(server: Server, clip: Path) -> None:
    asset_id = server.upload(clip, sha256="0" * 64)
    asset = server.settled(asset_id)
    assert (asset["status"], asset["error"]["code"]) == ("failed", "checksum_mismatch")


def test_a_film_as_announced_becomes_ready(server: Server, clip: Path) -> None:
    asset_id = server.upload(clip, sha256=hashlib.sha256(clip.read_bytes()).hexdigest())
    assert server.settled(asset_id)["status"] == "ready"


def test_an_empty_file_is_refused_at_once(server: Server) -> None:
    with server.client() as http:
        answer = http.post("/v1/uploads", json={"filename": "empty.mp4", "size_bytes": 0})
    assert code_of(answer) == (422, "source_empty")


@pytest.mark.parametrize(
    "body",
    [
        {"filename": "a.mp4"},
        {"size_bytes": 1},
        {"filename": "", "size_bytes": 1},
        {"filename": "a.mp4", "size_bytes": -1},
        {"filename": "a.mp4", "size_bytes": "1"},
        {"filename": "a.mp4", "size_bytes": 1.5},
        {"filename": "a.mp4", "size_bytes": 5 * 1024**4 + 1},
        {"filename": "a.mp4", "size_bytes": 1, "unknown": True},
        {"filename": "a.mp4", "size_bytes": 1, "sha256": "abc"},
        {"filename": "a.mp4", "size_bytes": 1, "title": ""},
        {"filename": "a.mp4", "size_bytes": 1, "title": "a\nb"},
        {"filename": "a.mp4", "size_bytes": 1, "content_type": "video\r\nX: y"},
    ],
)
def test_a_crooked_announcement_is_refused(server: Server, body: dict[str, Any]) -> None:
    with server.client() as http:
        assert code_of(http.post("/v1/uploads", json=body)) == (422, "field_invalid")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"filename": "\\ud800.mp4", "size_bytes": 1}', b"\xff"])
def test_a_body_that_is_no_announcement_is_refused(server: Server, body: bytes) -> None:
    with server.client() as http:
        answer = http.post("/v1/uploads", content=body, headers={"Content-Type": "application/json"})
    assert code_of(answer) == (422, "field_invalid")


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "a/b\\c.mp4", "fílm 日本語.mp4", "x" * 255, ".mp4", "a\x00b.mp4"]
)
def test_any_file_name_is_only_a_name(server: Server, name: str) -> None:
    with server.client() as http:
        upload = http.post("/v1/uploads", json={"filename": name, "size_bytes": 5}).raise_for_status().json()
        link = http.post(f"/v1/uploads/{upload['id']}/parts", json=wishes({1: b"12345"})).json()["parts"][0]
        assert httpx.put(link["url"], content=b"12345", headers=link["headers"]).status_code == 200
        assert http.post(f"/v1/uploads/{upload['id']}/complete").status_code == 200
    found = files_of(server.data_dir, upload["asset_id"])
    assert all(path.startswith(f"objects/sources/{upload['asset_id']}/original") for path in found)
    assert server.settled(upload["asset_id"])["error"]["code"] == "source_unreadable"


SENDER = textwrap.dedent("""
    import sys, httpx
    url, path = sys.argv[1], sys.argv[2]
    def slowly():
        with open(path, "rb") as file:
            yield file.read(3_000_000)
        print("half", flush=True)
        sys.stdin.read()
    httpx.put(url, content=slowly(), headers={"Content-Length": str(8 * 1024 * 1024)}, timeout=60)
""")


def test_a_client_killed_in_the_middle_of_a_part_resumes(server: Server, begun: Open, film_file: Path) -> None:
    begun.send(1)
    command = [sys.executable, "-c", SENDER, begun.link(2)["url"], str(film_file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == b"half\n"
        os.kill(client.pid, signal.SIGKILL)
    eventually(lambda: leftovers_of_parts(server) == [])
    assert begun.held() == [1]
    for number in (2, 3):
        assert begun.send(number).status_code == 200
    assert begun.complete().status_code == 200
    assert server.settled(begun.upload["asset_id"])["status"] == "ready"


def leftovers_of_parts(server: Server) -> list[str]:
    """Half-received parts."""
    return [path for path in leftovers(server.data_dir) if path.startswith("tmp/")]


def test_a_server_killed_between_two_parts_keeps_the_first(tmp_path: Path, film_file: Path) -> None:
    own = Server(tmp_path / "data", MATINEE_WORKERS="0").start()
    try:
        with own.client() as http:
            begun = begin(http, film_file)
            begun.send(1)
            own.kill()
            own.start()
            assert begun.held() == [1]
            for number in (2, 3):
                begun.send(number)
            assert begun.complete().status_code == 200
        assert own.asset(begun.upload["asset_id"])["status"] == "queued"
    finally:
        own.stop()
