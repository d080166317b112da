"""Deleting takes everything: files, sessions, uploads, runs under way; what is left is a tombstone."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from matinee.domain.upload import MIB
from tests.parts import wishes
from tests.system.clips import make_clip
from tests.system.remains import files_of, leftovers, rows
from tests.system.server import Server, eventually
from tests.system.test_cli import Shell


@pytest.fixture
def doomed(server: Server, clip: Path) -> str:
    """A ready asset of this test's own."""
    asset_id = server.upload(clip, title="Doomed")
    assert server.settled(asset_id)["status"] == "ready"
    return asset_id


def delete(server: Server, asset_id: str) -> dict[str, object]:
    """Delete it; the report."""
    with server.client() as http:
        answer = http.delete(f"/v1/assets/{asset_id}")
    assert answer.status_code == 202
    report: dict[str, object] = answer.json()
    return report


def test_everything_of_the_asset_is_gone_from_the_disk(server: Server, doomed: str) -> None:
    before = files_of(server.data_dir, doomed)
    size = sum((server.data_dir / path).stat().st_size for path in before)
    report = delete(server, doomed)
    assert report == {
        "asset_id": doomed,
        "objects_removed": len(before),
        "bytes_removed": size,
        "sessions_revoked": 0,
        "share_links_removed": 0,
        "copies_removed": 0,
        "cache_cleared": False,
        "complete": True,
    }
    assert files_of(server.data_dir, doomed) == []
    assert not list(server.data_dir.glob(f"objects/*/{doomed}"))


def test_what_will_go_is_told_to_the_byte_before_it_goes(server: Server, doomed: str) -> None:
    server.play(doomed)
    with server.client() as http:
        told = http.get(f"/v1/assets/{doomed}/deletion").raise_for_status().json()
    assert told["versions"] >= 1
    gone = delete(server, doomed)
    assert (told["objects"], told["bytes"]) == (gone["objects_removed"], gone["bytes_removed"])
    assert told["sessions"] == gone["sessions_revoked"] == 1


def test_the_tombstone_holds_nothing_of_a_person(server: Server, doomed: str) -> None:
    with server.client() as http:
        http.patch(f"/v1/assets/{doomed}", json={"description": "Anna at the sea", "tags": ["Anna"]})
    delete(server, doomed)
    kept = str(rows(server.data_dir, "SELECT * FROM assets WHERE id = ?", doomed))
    assert "Anna" not in kept
    assert "Doomed" not in kept


def test_a_viewer_gets_no_byte_more(server: Server, doomed: str) -> None:
    playback = server.play(doomed)
    with server.anyone() as http:
        assert http.get(playback["hls_url"]).status_code == 200
        report = delete(server, doomed)
        assert report["sessions_revoked"] == 1
        for address in (playback["hls_url"], playback["dash_url"], playback["poster_url"]):
            answer = http.get(address)
            assert (answer.status_code, answer.json()["code"]) == (410, "session_revoked")
        token = urlsplit(playback["hls_url"]).path.split("/")[2]
        credential = {"Authorization": f"Bearer {token}"}
        assert http.post(f"/v1/playback/{playback['session_id']}/renew", headers=credential).status_code == 410


def test_a_deleted_asset_answers_that_it_was_deleted(server: Server, doomed: str) -> None:
    delete(server, doomed)
    path = f"/v1/assets/{doomed}"
    with server.client() as http:
        answers = [
            http.get(path),
            http.patch(path, json={"title": "Back"}),
            http.post(f"{path}/ingest"),
            http.post(f"{path}/playback", json={}),
            http.put(f"{path}/captions/en", content=b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"),
            http.delete(f"{path}/captions/en"),
        ]
        listed = [item["id"] for item in http.get("/v1/assets", params={"limit": 100}).json()["items"]]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(410, "asset_deleted")] * 6
    assert doomed not in listed
    assert files_of(server.data_dir, doomed) == []


def test_a_look_everywhere_finds_nothing_of_what_was_deleted(server: Server, doomed: str, tmp_path: Path) -> None:
    shell = Shell(server, tmp_path)
    with server.client() as http:
        assert http.get(f"/v1/assets/{doomed}/remains").json()["code"] == "asset_state"
        server.play(doomed, viewer="ada")
        http.post(f"/v1/assets/{doomed}/shares", json={}).raise_for_status()
    assert delete(server, doomed)["share_links_removed"] == 1
    told = shell.json("delete", "--verify", doomed)
    assert (told["clean"], told["found"], len(told["looked_at"])) == (True, [], 10)
    assert "Nothing of it is left." in shell.call("delete", "--verify", doomed)[1]
    stray = server.data_dir / "objects" / "streams" / doomed / "m" / "stray.m4s"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"left by a worker that was killed")
    out, err = shell.call("delete", "--verify", doomed, exit_code=1)
    assert f"streams/{doomed}/" in out
    assert "1, 32 B" in out.replace("\xa0", " ")
    assert "goes on removing it" in err
    assert delete(server, doomed)["objects_removed"] == 1


def test_deleting_twice_is_once(server: Server, doomed: str) -> None:
    delete(server, doomed)
    assert delete(server, doomed)["objects_removed"] == 0


def test_deleting_during_an_ingest_ends_the_ingest_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    asset_id = server.upload(make_clip(tmp_path / "long.mp4", seconds=20))
    encoding = "SELECT 1 FROM runs WHERE document ->> 'asset_id' = ? AND document ->> 'step' = ?"
    eventually(lambda: bool(rows(server.data_dir, encoding, asset_id, "video")), seconds=60)
    delete(server, asset_id)
    eventually(lambda: rows(server.data_dir, "SELECT 1 FROM queue") == [], seconds=60)
    eventually(lambda: [path for path in leftovers(server.data_dir) if path.startswith("scratch/")] == [])
    assert files_of(server.data_dir, asset_id) == []
    # It was stopped: had the pictures been made to their end, for nobody, the run would have gone on to publish.
    assert not rows(server.data_dir, encoding, asset_id, "publish")
    assert not rows(server.data_dir, "SELECT 1 FROM runs WHERE document ->> 'tries' > 0")
    with server.client() as http:
        assert http.get(f"/v1/assets/{asset_id}").status_code == 410


def test_deleting_during_an_upload_ends_the_upload(server: Server) -> None:
    before = leftovers(server.data_dir)
    with server.client() as http:
        upload = http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": 9 * MIB}).json()
        path = f"/v1/uploads/{upload['id']}"
        links = http.post(f"{path}/parts", json=wishes({1: bytes(8 * MIB), 2: bytes(MIB)})).json()["parts"]
        httpx.put(links[1]["url"], content=bytes(MIB)).raise_for_status()
        delete(server, upload["asset_id"])
        late = httpx.put(links[0]["url"], content=bytes(8 * MIB))
        assert (late.status_code, late.json()["code"]) == (404, "upload_not_found")
        assert http.get(path).json()["state"] == "aborted"
        assert http.post(f"{path}/parts", json=wishes({1: bytes(8 * MIB)})).status_code == 409
        assert http.post(f"{path}/complete").status_code == 409
    assert set(leftovers(server.data_dir)) <= set(before)


def test_a_deletion_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    own = Server(tmp_path / "data", MATINEE_WORKERS="0").start()
    try:
        clip = make_clip(tmp_path / "clip.mp4", seconds=1)
        asset_id = own.upload(clip)
        source = own.data_dir / "objects" / "sources" / asset_id / "original.mp4"
        kept = source.read_bytes()
        delete(own, asset_id)
        own.kill()
        source.parent.mkdir(parents=True)
        source.write_bytes(kept)  # as a deletion leaves it that dies after its first write
        own.start()
        assert files_of(own.data_dir, asset_id) == []
    finally:
        own.stop()
