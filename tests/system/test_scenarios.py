"""The shared scenarios on one machine."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.scenarios.place import Place
from tests.scenarios.suite import Scenarios
from tests.system.server import Server


@dataclass(frozen=True, slots=True)
class OneMachine:
    """A server over its data directory."""

    server: Server

    def publisher(self) -> httpx.Client:
        """See `Place`."""
        return self.server.client()

    def reader(self) -> httpx.Client:
        """See `Place`: one machine has one caller, who may do everything."""
        return self.server.client()

    def anyone(self, **headers: str) -> httpx.Client:
        """See `Place`."""
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=60)

    def reached(self, url: str) -> tuple[str, Mapping[str, str]]:
        """See `Place`."""
        return url, {}

    def drop(self, file: Path, name: str) -> None:
        """See `Place`."""
        inbox = self.server.data_dir / "objects" / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, inbox / name)

    def keep(self, key: str, data: bytes) -> None:
        """See `Place`."""
        (self.server.data_dir / "objects" / key).write_bytes(data)

    def link(self, key: str) -> httpx.Response:
        """See `Place`."""
        with self.server.client() as http:
            return http.get("/", params={"key": key})

    def stored(self, prefix: str) -> list[str]:
        """See `Place`."""
        return [str(path) for path in (self.server.data_dir / "objects" / prefix).rglob("*")]

    def parts_of_uploads(self) -> int:
        """See `Place`."""
        return len([path for path in (self.server.data_dir / "multipart").iterdir() if path.is_dir()])


class TestOneMachine(Scenarios):
    """See `Scenarios`."""

    @pytest.fixture
    def place(self, server: Server) -> Place:
        """The server."""
        return OneMachine(server)
