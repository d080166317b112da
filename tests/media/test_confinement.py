"""What a program in its cell can reach and take, tried by programs that mean to reach and take more."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from matinee.adapters.ffmpeg import confinement
from matinee.adapters.ffmpeg.confinement import Cell, missing
from matinee.adapters.ffmpeg.process import Limits, run

pytestmark = pytest.mark.skipif(bool(missing()), reason=f"this kernel cannot withhold: {', '.join(missing())}")

# A program that anybody has and that lies below /usr; the tests' own Python may lie in somebody's home.
PYTHON = "/usr/bin/python3"
# It prints what each of its arguments, a statement, raised; "done" when nothing did.
TRY = """
import os, socket, sys
for deed in sys.argv[1:]:
    try:
        exec(deed)
        print("done")
    except BaseException as error:
        print(type(error).__name__)
"""


def tried(cell: Cell | None, *deeds: str, **amounts: int) -> list[str]:
    """What became of each deed."""
    limits = Limits(time_limit_seconds=20, stall_seconds=20, cell=cell, **amounts)
    code, output, words = run([PYTHON, "-S", "-E", "-c", TRY, *deeds], limits)
    assert code == 0, (code, words)
    return output.decode().split()


@pytest.fixture
def neighbour() -> Iterator[int]:
    """The port of a server on this machine that takes every connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ends = threading.Event()

        def take() -> None:
            while not ends.is_set():
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        ends.set()
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_it_reads_its_source_and_nothing_beside_it(tmp_path: Path) -> None:
    source, other = tmp_path / "film.mp4", tmp_path / "token"
    source.write_bytes(b"film")
    other.write_text("secret")
    deeds = [f"open({str(path)!r}).read()" for path in (source, other, "/etc/passwd", "/proc/self/environ")]
    assert tried(Cell(reads=(source,)), *deeds) == ["done"] + ["PermissionError"] * 3
    assert tried(None, *deeds[:3]) == ["done"] * 3


def test_it_writes_into_its_folder_and_nowhere_else(tmp_path: Path) -> None:
    source, folder = tmp_path / "film.mp4", tmp_path / "scratch"
    source.write_bytes(b"film")
    folder.mkdir()
    deeds = [
        f"open({str(folder / 'out')!r}, 'w').write('x')",
        f"os.replace({str(folder / 'out')!r}, {str(folder / 'in')!r})",
        f"open({str(source)!r}, 'w')",
        f"os.unlink({str(source)!r})",
        f"open({str(tmp_path / 'new')!r}, 'w')",
        f"os.rename({str(folder / 'in')!r}, {str(tmp_path / 'out')!r})",
        f"os.listdir({str(tmp_path)!r})",
    ]
    became = tried(Cell(reads=(source,), writes=(folder,)), *deeds)
    assert became[:2] == ["done", "done"]
    assert "done" not in became[2:]
    assert source.read_bytes() == b"film"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "scratch"]


@pytest.mark.parametrize("deed", ["socket.socket()", "socket.socket(socket.AF_INET6)", "socket.socket(socket.AF_UNIX)"])
def test_who_reads_a_file_has_no_network_at_all(deed: str) -> None:
    assert tried(Cell(), deed) == ["PermissionError"]


def test_who_reads_ranges_reaches_their_port_alone(neighbour: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as served:
        deeds = [
            f"socket.create_connection(('127.0.0.1', {served.getsockname()[1]}), 5)",
            f"socket.create_connection(('127.0.0.1', {neighbour}), 5)",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "socket.socket(socket.AF_INET6)",
            "socket.socket(socket.AF_UNIX)",
            "socket.create_server(('127.0.0.1', 0))",
        ]
        assert tried(Cell(port=served.getsockname()[1]), *deeds) == ["done"] + ["PermissionError"] * 5


def test_it_signals_no_other_process_and_starts_no_program_of_its_folder(tmp_path: Path) -> None:
    planted = tmp_path / "planted"
    planted.write_text("#!/bin/sh\ntrue\n")
    planted.chmod(0o755)
    deeds = [f"os.kill({os.getpid()}, 0)", f"os.execv({str(planted)!r}, ['planted'])"]
    assert tried(Cell(writes=(tmp_path,)), *deeds) == ["PermissionError"] * 2


def test_it_cannot_let_itself_out_again() -> None:
    unshared = "assert __import__('ctypes').CDLL(None).unshare(0x10000000) == 0"
    assert tried(Cell(), unshared) == ["AssertionError"]


def test_a_file_it_writes_stops_growing(tmp_path: Path) -> None:
    grown = f"open({str(tmp_path / 'out')!r}, 'wb').write(bytes(2_000_000))"
    limits = Limits(time_limit_seconds=20, stall_seconds=20, cell=Cell(writes=(tmp_path,)), file_bytes=1_000_000)
    code, _, _ = run([PYTHON, "-S", "-E", "-c", "import signal; signal.signal(25, signal.SIG_DFL); " + grown], limits)
    assert code == -signal.SIGXFSZ
    assert (tmp_path / "out").stat().st_size == 1_000_000


def test_memory_it_has_no_right_to_is_not_given() -> None:
    assert tried(Cell(), "x = b'x' * 10**8", "x = b'x' * 10**9", memory_bytes=500_000_000) == ["done", "MemoryError"]


def test_it_is_the_first_to_go_when_memory_ends() -> None:
    command = [PYTHON, "-S", "-c", "import time; print(1, flush=True); time.sleep(20)"]
    with confinement.prepared(Cell(), confinement.Amounts()) as enter:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=enter)  # noqa: PLW1509
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"1\n"
        assert Path(f"/proc/{process.pid}/oom_score_adj").read_text() == "1000\n"
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def test_what_a_kernel_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert missing() == ("files", "network")


def test_a_program_learns_no_credential_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_TOKEN", "a secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    seen = "sys.stdout.write(' '.join(sorted(os.environ)) + ' ')"
    names = tried(None, seen)
    assert "PATH" in names
    assert {"MATINEE_TOKEN", "AWS_SECRET_ACCESS_KEY"} & set(names) == set()
