"""A whole machine in this process, asked through its ASGI application: no port, no server, no worker.

`Machine` of the wiring over a folder; what is asked goes the way of every request, the sendfile extension aside.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from matinee.config import Settings
from matinee.http.app import build_app
from matinee.wiring import Machine, open_machine

TOKEN = "a token of the machine under test"


class Visit:
    """Requests to one machine from one address; signed in unless told otherwise."""

    def __init__(self, root: Path, **settings: Any) -> None:
        given = Settings(data_dir=root / "data", token=TOKEN, demo=False, workers=0, web_dir=root / "web")
        self.machine: Machine = open_machine(replace(given, **settings))
        now = self.machine.clock.now()
        self.machine.keys.rotate(now=now, keep_for_renewal_until=now)
        self.app: Callable[..., Awaitable[None]] = build_app(self.machine.app)

    def ask(
        self, method: str, path: str, *, address: str = "192.0.2.1", signed_in: bool = True, **given: Any
    ) -> httpx.Response:
        """The answer."""
        if signed_in:
            given["headers"] = {"Authorization": f"Bearer {TOKEN}", **dict(given.get("headers", {}))}
        return asyncio.run(self._ask(method, path, address, given))

    async def _ask(self, method: str, path: str, address: str, given: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, client=(address, 1234), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://matinee.test") as http:
            return await http.request(method, path, **given)
