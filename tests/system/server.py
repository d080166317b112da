"""A real server in a process of its own, as `make run` starts it: the subject of every system test."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.parts import wishes

START_SECONDS = 30.0
SIGN_IN = re.compile(r"Matinee is at (http://[^/]+)/signin\?token=(\S+)")


class Server:
    """`matinee serve` on a free port over `data_dir`; started, killed and started again at will."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.url = ""
        self.token = ""
        self._settings = {"MATINEE_DEMO": "0", "MATINEE_PORT": "0", "MATINEE_INBOX_SETTLE_SECONDS": "1"} | settings
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    def environment(self) -> dict[str, str]:
        """The environment of the server, and of a command line that talks to it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
        client = {"MATINEE_URL": self.url, "MATINEE_TOKEN": self.token} if self.url else {}
        return inherited | {"MATINEE_DATA_DIR": str(self.data_dir)} | client

    def start(self) -> "Server":
        """Start it and wait until it answers."""
        self.launch()
        return self.ready()

    def launch(self) -> None:
        """Start it; again on the same port when it was started before."""
        settings = self._settings | ({"MATINEE_PORT": self.url.rpartition(":")[2]} if self.url else {})
        environment = {name: value for name, value in self.environment().items() if name != "MATINEE_URL"}
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "matinee", "serve"],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment | settings,
            )

    def ready(self) -> "Server":
        """Wait until it has said where it is and answers."""
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = SIGN_IN.search(line)
            if found:
                self.url, self.token = found.groups()
                break
        assert self._process.poll() is None, self.log.read_text()[-3000:]
        assert self.url
        eventually(self._answers, seconds=START_SECONDS)
        return self

    def kill(self) -> None:
        """`kill -9`, as the worst day does."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """Ctrl-C."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._reap()

    def client(self, **headers: str) -> httpx.Client:
        """A client that is signed in."""
        credential = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.url, headers=credential | headers, timeout=60)

    def anyone(self) -> httpx.Client:
        """A client without any credential."""
        return httpx.Client(base_url=self.url, timeout=60)

    def upload(self, path: Path, **announced: Any) -> str:
        """Upload a file by the API; its asset's id."""
        with self.client() as http:
            body = {"filename": path.name, "size_bytes": path.stat().st_size} | announced
            upload = http.post("/v1/uploads", json=body).raise_for_status().json()
            with path.open("rb") as file:
                for number in range(1, upload["part_count"] + 1):
                    data = file.read(upload["part_size_bytes"])
                    asked = http.post(f"/v1/uploads/{upload['id']}/parts", json=wishes({number: data}))
                    link = asked.raise_for_status().json()["parts"][0]
                    httpx.put(link["url"], content=data, headers=link["headers"], timeout=60).raise_for_status()
            http.post(f"/v1/uploads/{upload['id']}/complete").raise_for_status()
        return str(upload["asset_id"])

    def asset(self, asset_id: str) -> dict[str, Any]:
        """The asset as the API shows it."""
        with self.client() as http:
            found: dict[str, Any] = http.get(f"/v1/assets/{asset_id}").raise_for_status().json()
        return found

    def settled(self, asset_id: str, seconds: float = 180.0) -> dict[str, Any]:
        """The asset once it is `ready` or `failed`."""
        eventually(lambda: self.asset(asset_id)["status"] in ("ready", "failed"), seconds=seconds)
        return self.asset(asset_id)

    def play(self, asset_id: str, **wish: Any) -> dict[str, Any]:
        """A playback session."""
        with self.client() as http:
            answer = http.post(f"/v1/assets/{asset_id}/playback", json=wish).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _reap(self) -> None:
        if self._process is not None:
            if self._process.stdout is not None:
                self._process.stdout.close()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


def eventually(condition: Callable[[], bool], *, seconds: float = 30.0, every_seconds: float = 0.05) -> None:
    """Wait until `condition` holds; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(every_seconds)
