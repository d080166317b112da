"""A catalog that is busy for longer than anybody waits for it: everything goes on when it is free again."""

import os
import signal
import sqlite3
import time
from pathlib import Path

import httpx

from tests.system.server import Server, eventually

BUSY_SECONDS = 12  # over SQLite's own patience of ten


def children(pid: int) -> list[int]:
    """The process ids of a process's children."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def test_a_worker_that_died_while_the_catalog_was_busy_has_a_successor(tmp_path: Path, clip: Path) -> None:
    server = Server(tmp_path / "data").start()
    try:
        eventually(lambda: len(children(server.pid)) == 1)
        catalog = sqlite3.connect(server.data_dir / "matinee.db", isolation_level=None)
        catalog.execute("BEGIN IMMEDIATE")
        os.kill(children(server.pid)[0], signal.SIGKILL)
        time.sleep(BUSY_SECONDS)  # the length of the fault is the subject
        assert httpx.get(f"{server.url}/healthz").json()["checks"]["workers"] == "1 missing"
        catalog.execute("ROLLBACK")
        catalog.close()
        assert server.settled(server.upload(clip))["status"] == "ready"
        assert httpx.get(f"{server.url}/healthz").json()["status"] == "ok"
    finally:
        server.stop()
