"""What an operator sees of a real server: figures at /metrics, a worker that died, films whose viewers complain."""

import os
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx

from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.domain.ids import AssetId
from matinee.domain.quality import slots
from tests.system.server import Server, eventually
from tests.system.test_cli import Shell


def figures(server: Server) -> dict[str, float]:
    """What /metrics tells, by name and labels."""
    with server.client() as http:
        answer = http.get("/metrics").raise_for_status()
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_an_operator_sees_what_goes_wrong(tmp_path: Path) -> None:
    server = Server(tmp_path / "data").start()
    try:
        assert httpx.get(f"{server.url}/metrics").status_code == 401, "on loopback too: proxies come from there"
        before = figures(server)
        assert before["matinee_runs_queued"] == 0
        assert before['matinee_requests_total{kind="api",status="4xx"}'] >= 1
        eventually(lambda: figures(server)["matinee_workers"] == 1)
        found = subprocess.run(["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=True)
        os.kill(int(found.stdout.split()[0]), signal.SIGKILL)
        eventually(lambda: figures(server)["matinee_worker_deaths_total"] == 1)
        eventually(lambda: figures(server)["matinee_workers"] == 1)
        assert "worker died" in server.log.read_text()

        insights = SqliteInsights(Database(server.data_dir / "matinee.db"))
        film = AssetId("ast_0123456789abcdefghjk")
        for slot in slots(datetime.now(UTC)):
            insights.note(slot, film, {"watch_ms": 600_000, "stalled_ms": 300_000})
        assert figures(server)["matinee_films_complaining"] == 1
        with server.client() as http:
            (told,) = http.get("/v1/insight/quality").json()["items"]
        assert (told["asset_id"], told["complaint"], told["stalled_share"]) == (film, "stalling", 0.3333)
        assert "stalling" in Shell(server, tmp_path / "home").call("insight", "--now")[0]
    finally:
        server.stop()
