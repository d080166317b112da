"""Rotating the signing keys while somebody watches: no session is lost, and old tokens stop in order."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from matinee import config
from matinee.adapters.key_ring import KeyRing
from matinee.wiring import rotate_keys
from tests.key_search import keys_in, leaks
from tests.system.clips import make_clip
from tests.system.server import Server, eventually


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose keys are rotated."""
    running = Server(tmp_path_factory.mktemp("keys") / "data").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def watched(own: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ready asset there."""
    asset_id = own.upload(make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=2))
    assert own.settled(asset_id)["status"] == "ready"
    return asset_id


def rotate(server: Server) -> None:
    """As `matinee keys rotate` does, from a process beside the server."""
    rotate_keys(config.load({"MATINEE_DATA_DIR": str(server.data_dir)}), at_once=True)


def opens(playback: dict[str, str]) -> tuple[int, str]:
    """What the gate says to the session's playlist."""
    answer = httpx.get(playback["hls_url"])
    return answer.status_code, answer.headers.get("x-matinee-denial", "")


def renewed(server: Server, playback: dict[str, str]) -> httpx.Response:
    """The session, renewed with its own token."""
    token = urlsplit(playback["hls_url"]).path.split("/")[2]
    credential = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{server.url}/v1/playback/{playback['session_id']}/renew", headers=credential)


def test_after_one_rotation_both_keys_tokens_open(own: Server, watched: str) -> None:
    before = own.play(watched)
    rotate(own)
    after = own.play(watched)
    assert opens(before) == opens(after) == (200, "")
    assert kid_of(before) != kid_of(after)


def test_after_two_rotations_the_oldest_token_stops_and_can_be_renewed(own: Server, watched: str) -> None:
    oldest = own.play(watched)
    rotate(own)
    middle = own.play(watched)
    rotate(own)
    newest = own.play(watched)
    assert opens(oldest) == (401, "token_signature")
    assert opens(middle) == opens(newest) == (200, "")
    fresh = renewed(own, oldest)
    assert fresh.status_code == 201
    assert opens(fresh.json()) == (200, "")
    assert fresh.json()["session_ends_at"] == oldest["session_ends_at"]


def test_a_revoked_session_is_not_renewed_by_a_rotation(own: Server, watched: str) -> None:
    playback = own.play(watched)
    with own.client() as http:
        http.delete(f"/v1/playback/{playback['session_id']}")
    rotate(own)
    assert opens(playback) == (410, "session_revoked")
    assert renewed(own, playback).json()["code"] == "session_revoked"


def test_keys_survive_a_restart_and_are_nobody_elses_to_read(own: Server, watched: str) -> None:
    playback = own.play(watched)
    own.kill()
    own.start()
    assert opens(playback) == (200, "")
    for name in ("keys.json", "token", "link.key"):
        assert (own.data_dir / name).stat().st_mode & 0o777 == 0o600


class Watching(threading.Thread):
    """A player: segment after segment, and a fresh token well before the one it has ends."""

    def __init__(self, server: Server, asset_id: str) -> None:
        super().__init__()
        self._server = server
        self._playback = server.play(asset_id, ttl_seconds=2)
        self._over = threading.Event()
        self.answers: list[tuple[int, str]] = []
        self.kids = {kid_of(self._playback)}
        self.renewals = 0

    def run(self) -> None:
        """Watch until `end`."""
        renew_at = time.monotonic() + 0.5
        while not self._over.is_set():
            if time.monotonic() >= renew_at:
                self._playback = renewed(self._server, self._playback).raise_for_status().json()
                self.kids.add(kid_of(self._playback))
                self.renewals += 1
                renew_at = time.monotonic() + 0.5
            self.answers.append(opens(self._playback))

    def end(self) -> None:
        """The viewer closes the page."""
        self._over.set()
        self.join()


def test_three_rotations_while_somebody_watches_deny_no_segment(own: Server, watched: str) -> None:
    viewer = Watching(own, watched)
    viewer.start()
    try:
        for _ in range(3):  # each after a token's life, as the schedule is: a day at least against six hours at most
            before = viewer.renewals
            rotate(own)
            eventually(lambda: viewer.renewals >= before + 2)  # noqa: B023 - asked within the turn
    finally:
        viewer.end()
    assert set(viewer.answers) == {(200, "")}
    assert len(viewer.kids) == 4


def test_a_gate_that_only_logs_serves_films_and_nothing_beside_them(own: Server, watched: str) -> None:
    path = urlsplit(own.play(watched)["hls_url"]).path.split("/", 3)[3]
    own.stop()
    lenient = Server(own.data_dir, MATINEE_GATE_MODE="log", MATINEE_WORKERS="0").start()
    try:
        forged = f"{kid_of(lenient.play(watched))}.e30.{'A' * 43}"
        with lenient.anyone() as http:
            for token in ("", "open", forged):
                assert http.get(f"/t/{token}/{path}").status_code == 200
            for other in ("sources/x", f"{watched}/%2e%2e/%2e%2e/keys.json", f"{watched}//x", f"streams/{path}"):
                assert http.get(f"/t/open/{other}").status_code == 401
            assert http.get("/healthz").json()["gate"] == "log"
    finally:
        lenient.stop()
        own.start()
    told = lenient.log.read_text()
    assert f'"asset": "{watched}"' in told
    assert '"code": "token_signature"' in told or '"code": "token_malformed"' in told
    assert forged not in told


def test_a_public_film_opens_for_anybody_and_no_other_does(own: Server, watched: str) -> None:
    path = urlsplit(own.play(watched)["hls_url"]).path.split("/", 3)[3]
    own.stop()
    lenient = Server(own.data_dir, MATINEE_PUBLIC_ASSETS="ast_00000000000000000000", MATINEE_WORKERS="0").start()
    try:
        with lenient.anyone() as http:
            assert http.get(f"/t/open/{path}").status_code == 401
            assert http.get("/t/open/ast_00000000000000000000/a.m3u8").status_code == 404
    finally:
        lenient.stop()
        own.start()


def test_no_key_lies_anywhere_but_in_its_file(own: Server, watched: str) -> None:
    """Everything the server of these tests wrote: its log, its catalog, its objects; and what it answers."""
    playback = own.play(watched)
    ring = KeyRing.from_json((own.data_dir / "keys.json").read_text())
    assert len(ring.kept) >= 3  # rotations have been
    forms = keys_in(own.data_dir)
    assert list(leaks(own.data_dir.parent)) == []
    environment = Path(f"/proc/{own.pid}/environ").read_bytes()
    tokens = urlsplit(playback["hls_url"]).path.split("/")[2].encode()
    assert tokens not in own.log.read_bytes() + (own.data_dir / "matinee.db").read_bytes()
    with own.client() as http:
        said = b"".join(http.get(path).content for path in ("/healthz", "/v1/assets", "/v1/audit", "/openapi.json"))
    assert not [form for form in forms if form in environment + said]


def test_a_crash_leaves_no_memory_with_keys_behind(own: Server) -> None:
    tasks = Path(f"/proc/{own.pid}/task").iterdir()
    children = [each for task in tasks for each in (task / "children").read_text().split()]
    for pid in (own.pid, *children):
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
        (core,) = [line.split() for line in limits if line.startswith("Max core file size")]
        assert core[4:6] == ["0", "0"], core


def kid_of(playback: dict[str, str]) -> str:
    """The key a token names, undecoded: the first of its three parts."""
    return urlsplit(playback["hls_url"]).path.split("/")[2].partition(".")[0]
