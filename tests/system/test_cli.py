"""The command line against a real server: what a publisher does in a day, and what happens on a bad one."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from matinee.cli.chain import STEPS
from tests.system.server import Server, eventually

MIB = 1024 * 1024
LARGE_BYTES = 160 * MIB + 12_345  # 21 parts of 8 MiB: long enough to be met on its way
CALL_SECONDS = 200.0


def heard() -> None:
    """Have Ctrl-C heard: a shell starts what runs in the background deaf to it, and the tests may run there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Shell:
    """A person's shell: calls `matinee` for one server, with a home of its own."""

    def __init__(self, server: Server, home: Path) -> None:
        self._server = server
        self.home = home

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A call that is on its way."""
        return subprocess.Popen(
            [sys.executable, "-m", "matinee", *arguments],
            env=self._server.environment() | {"MATINEE_STATE_DIR": str(self.home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heard,  # noqa: PLW1509 - the child has one thread between fork and exec
        )

    def call(self, *arguments: str, exit_code: int = 0) -> tuple[str, str]:
        """What a call wrote to stdout and stderr."""
        return ended(self.start(*arguments), exit_code)

    def json(self, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
        """What a call answers to a program."""
        found: dict[str, Any] = json.loads(self.call(*arguments, "--json", exit_code=exit_code)[0])
        return found

    def upload_under_way(self) -> str | None:
        """The id of the upload that was begun last."""
        path = self.home / "uploads.json"
        entries = list(json.loads(path.read_text())["uploads"].values()) if path.exists() else []
        return str(entries[-1]["upload_id"]) if entries else None

    def parts_there(self) -> int:
        """How many parts of it the server holds."""
        upload_id = self.upload_under_way()
        if upload_id is None:
            return 0
        with self._server.client() as http:
            return len(http.get(f"/v1/uploads/{upload_id}").raise_for_status().json()["parts"])


def ended(process: subprocess.Popen[str], exit_code: int) -> tuple[str, str]:
    """What an ended call wrote, when it ended as expected."""
    out, err = process.communicate(timeout=CALL_SECONDS)
    assert process.returncode == exit_code, f"exit code {process.returncode}\n{out}\n{err}"
    return out, err


@pytest.fixture
def shell(server: Server, tmp_path: Path) -> Shell:
    """A shell for the server that nobody hurts."""
    return Shell(server, tmp_path / "home")


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server this test may kill; it ingests nothing."""
    running = Server(tmp_path / "own" / "data", MATINEE_WORKERS="0")
    running.data_dir.parent.mkdir()
    running.start()
    yield running
    running.stop()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 21 parts, quickly made."""
    path = tmp_path / "large.mp4"
    path.touch()
    os.truncate(path, LARGE_BYTES)
    return path


def assets_of(server: Server) -> list[dict[str, Any]]:
    """Every asset of the server."""
    with server.client() as http:
        items: list[dict[str, Any]] = http.get("/v1/assets", params={"limit": 100}).raise_for_status().json()["items"]
    return items


def stored_size(server: Server, asset_id: str) -> int:
    """The size of the joined source in the data directory."""
    return sum(p.stat().st_size for p in (server.data_dir / "objects" / "sources" / asset_id).rglob("*") if p.is_file())


def test_a_film_is_uploaded_watched_and_taken_back(shell: Shell, clip: Path) -> None:
    out, _ = shell.call("upload", str(clip), "--title", "A day at the lake")
    found = re.search(r"ast_\w+", out)
    assert found, out
    assert "A day at the lake" in shell.call("list")[0]
    assert re.search(r"^status +ready$", shell.call("show", found[0])[0], re.MULTILINE)
    playback = shell.json("play", found[0], "--viewer", "ada", "--ttl", "60")
    assert httpx.get(playback["hls_url"]).status_code == 200
    assert httpx.get(playback["watch_url"].partition("#")[0]).status_code == 200
    shell.call("revoke", playback["session_id"])
    assert httpx.get(playback["hls_url"]).status_code == 410


def test_a_text_file_named_mp4_is_a_sentence_and_exit_code_8(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("Dear diary")
    _, err = shell.call("upload", str(tmp_path / "notes.mp4"), exit_code=8)
    assert "notes.mp4" in err
    assert "Traceback" not in err
    found = re.search(r"ast_\w+", err)
    assert found, err
    _, err = shell.call("play", found[0], exit_code=5)
    assert "failed, so there is nothing to watch" in err
    assert "wait" not in err  # it will not come


def test_several_files_are_told_of_one_by_one_and_the_bad_one_counts(shell: Shell, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("Dear diary")
    answer = shell.json("upload", str(tmp_path / "notes.mp4"), str(clip), exit_code=8)
    bad, good = answer["items"]
    assert bad["error"]["code"].startswith("source_")
    assert good["error"] is None
    assert good["asset"]["status"] == "ready"


def test_a_file_that_is_there_already_is_not_sent_again(shell: Shell, clip: Path) -> None:
    first = shell.json("upload", str(clip))["items"][0]
    second = shell.json("upload", str(clip))["items"][0]
    assert second["upload_id"] == first["upload_id"]
    anew = shell.json("upload", str(clip), "--again", "--no-wait")["items"][0]
    assert anew["asset"]["id"] != first["asset"]["id"]


def test_a_file_whose_asset_was_deleted_is_uploaded_anew(shell: Shell, clip: Path) -> None:
    first = shell.json("upload", str(clip), "--no-wait")["items"][0]
    shell.call("delete", first["asset"]["id"], "--yes")
    shell.call("show", first["asset"]["id"], exit_code=3)
    second = shell.json("upload", str(clip), "--no-wait")["items"][0]
    assert second["asset"]["id"] != first["asset"]["id"]


def test_captions_come_and_go(shell: Shell, film: str, tmp_path: Path) -> None:
    subtitles = tmp_path / "film.srt"
    subtitles.write_text("1\n00:00:00,000 --> 00:00:02,000\nHej!\n")
    assert "Svenska" in shell.call("captions", "add", film, "sv", str(subtitles))[0]
    assert shell.json("captions", "remove", film, "sv")["captions"] == []
    shell.call("captions", "remove", film, "sv", exit_code=3)


def test_the_whole_library_comes_over_several_pages(shell: Shell, server: Server, film: str) -> None:
    assert film in [item["id"] for item in shell.json("list", "--all")["items"]]
    titles = [item["title"] for item in shell.json("list", "--all", "--sort", "title")["items"]]
    assert titles == sorted(titles, key=str.casefold)
    page = shell.json("list", "--limit", "1", "--status", "ready", "-q", "A film")
    assert [item["status"] for item in page["items"]] == ["ready"]


def test_a_plain_object_is_linked(shell: Shell, server: Server) -> None:
    path = server.data_dir / "objects" / "papers" / "a b.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("hello")
    out, _ = shell.call("link", "papers/a b.txt", "--ttl", "60")
    assert httpx.get(out.strip()).text == "hello"
    shell.call("link", "sources/x", exit_code=4)


def test_a_link_made_before_a_rotation_keeps_working(shell: Shell, film: str) -> None:
    before = shell.json("play", film)
    kid = shell.json("keys", "rotate")["kid"]
    assert kid.startswith("key_")
    assert httpx.get(before["hls_url"]).status_code == 200
    assert httpx.get(shell.json("play", film)["hls_url"]).status_code == 200


def test_the_doctor_finds_the_running_server(shell: Shell, server: Server) -> None:
    report = json.loads(shell.start("doctor", "--json").communicate(timeout=CALL_SECONDS)[0])
    found = {check["name"]: check for check in report["checks"]}
    assert found["server"]["ok"]
    assert server.url in found["server"]["sentence"]


def test_the_doctor_sends_a_film_all_the_way_and_leaves_none(shell: Shell, server: Server) -> None:
    before = {asset["id"] for asset in shell.json("list", "--all")["items"]}
    report = shell.json("doctor", "--url", server.url)
    assert report["ok"], report
    assert [check["name"] for check in report["checks"]] == list(STEPS)
    assert {asset["id"] for asset in shell.json("list", "--all")["items"]} == before


def test_the_doctor_names_the_link_that_is_broken(
    shell: Shell, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "token", "not-this-server's-token")
    report = shell.json("doctor", "--url", server.url, exit_code=1)
    broken = list(STEPS).index("signed in")
    assert [check["ok"] for check in report["checks"]] == broken * [True] + (len(STEPS) - broken) * [False]
    assert "not this server's" in report["checks"][broken]["sentence"]
    assert all("not tried" in check["sentence"] for check in report["checks"][broken + 1 :])


def test_no_output_holds_the_api_token(shell: Shell, server: Server, film: str) -> None:
    for arguments in (("list",), ("show", film), ("play", film), ("doctor",), ("show", "ast_none")):
        out, err = shell.start(*arguments).communicate(timeout=CALL_SECONDS)
        assert server.token not in out + err


def test_a_killed_client_goes_on_where_it_stopped(own_server: Server, tmp_path: Path, large: Path) -> None:
    shell = Shell(own_server, tmp_path / "home")
    process = shell.start("upload", str(large), "--no-wait", "--parallel", "2")
    eventually(lambda: shell.parts_there() >= 2)
    process.kill()
    process.communicate()
    begun = shell.upload_under_way()
    answer = shell.start("upload", str(large), "--no-wait", "--json")
    out, err = ended(answer, 0)
    assert json.loads(out)["items"][0]["upload_id"] == begun
    assert re.search(r"going on, ([0-9]+) of 21 parts are there", err), err
    (asset,) = assets_of(own_server)
    assert stored_size(own_server, asset["id"]) == LARGE_BYTES


def test_ctrl_c_says_how_to_go_on(own_server: Server, tmp_path: Path, large: Path) -> None:
    shell = Shell(own_server, tmp_path / "home")
    process = shell.start("upload", str(large), "--no-wait", "--parallel", "1")
    # Seen on the disk, not asked of the server: by the answer all parts may be there. Nor can they be while it stands.
    eventually(lambda: any(own_server.data_dir.glob("multipart/*/0*")), every_seconds=0.001)
    os.kill(own_server.pid, signal.SIGSTOP)
    try:
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    finally:
        os.kill(own_server.pid, signal.SIGCONT)
    _, err = ended(process, 130)
    assert "run the same command again" in err
    assert "Traceback" not in err
    assert "going on" in shell.call("upload", str(large), "--no-wait")[1]
    assert len(assets_of(own_server)) == 1


def test_a_client_that_forgot_what_it_began_does_not_begin_twice(
    own_server: Server, tmp_path: Path, large: Path
) -> None:
    shell = Shell(own_server, tmp_path / "home")
    process = shell.start("upload", str(large), "--no-wait", "--parallel", "2")
    eventually(lambda: shell.parts_there() >= 2)
    process.kill()
    process.communicate()
    (shell.home / "uploads.json").unlink()
    assert "going on" in shell.call("upload", str(large), "--no-wait")[1]
    assert len(assets_of(own_server)) == 1


def test_a_killed_server_is_waited_for(own_server: Server, tmp_path: Path, large: Path) -> None:
    shell = Shell(own_server, tmp_path / "home")
    process = shell.start("upload", str(large), "--no-wait", "--parallel", "2")
    eventually(lambda: shell.parts_there() >= 2)
    own_server.kill()
    own_server.start()
    _, err = ended(process, 0)
    assert "Trying again" in err
    assert "The server answers again" in err
    (asset,) = assets_of(own_server)
    assert stored_size(own_server, asset["id"]) == LARGE_BYTES


def test_a_server_that_stays_away_leaves_the_upload_to_be_gone_on_with(
    own_server: Server, tmp_path: Path, large: Path
) -> None:
    shell = Shell(own_server, tmp_path / "home")
    process = shell.start("upload", str(large), "--no-wait", "--parallel", "2", "--retry-seconds", "1")
    eventually(lambda: shell.parts_there() >= 2)
    own_server.kill()
    _, err = ended(process, 7)
    assert "run the same command again" in err
    own_server.start()
    assert "going on" in shell.call("upload", str(large), "--no-wait")[1]


def test_an_upload_given_up_elsewhere_is_begun_anew(own_server: Server, tmp_path: Path, large: Path) -> None:
    shell = Shell(own_server, tmp_path / "home")
    process = shell.start("upload", str(large), "--no-wait", "--parallel", "2")
    eventually(lambda: shell.parts_there() >= 2)
    first = shell.upload_under_way()
    with own_server.client() as http:
        http.delete(f"/v1/uploads/{first}").raise_for_status()
    _, err = ended(process, 0)
    assert "Beginning anew" in err
    assert shell.upload_under_way() != first


def test_links_that_expire_on_the_way_are_signed_anew(tmp_path: Path, large: Path) -> None:
    (tmp_path / "own").mkdir()
    server = Server(tmp_path / "own" / "data", MATINEE_WORKERS="0", MATINEE_LINK_TTL_SECONDS="1").start()
    try:
        Shell(server, tmp_path / "home").call("upload", str(large), "--no-wait", "--parallel", "1")
        (asset,) = assets_of(server)
        assert stored_size(server, asset["id"]) == LARGE_BYTES
    finally:
        server.stop()


def test_a_file_that_changes_meanwhile_is_refused(own_server: Server, tmp_path: Path, large: Path) -> None:
    shell = Shell(own_server, tmp_path / "home")
    process = shell.start("upload", str(large), "--no-wait", "--parallel", "1")
    eventually(lambda: shell.parts_there() >= 1)
    with large.open("r+b") as file:
        file.write(b"x")
    _, err = ended(process, 6)
    assert "changed while it was being uploaded" in err
