"""Rotating the signing keys while somebody watches: no session is lost, and old tokens stop in order."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from matinee import config
from matinee.wiring import rotate_keys
from tests.system.clips import make_clip
from tests.system.server import Server


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
    rotate_keys(config.load({"MATINEE_DATA_DIR": str(server.data_dir)}))


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


def kid_of(playback: dict[str, str]) -> str:
    """The key a token names, undecoded: the first of its three parts."""
    return urlsplit(playback["hls_url"]).path.split("/")[2].partition(".")[0]
