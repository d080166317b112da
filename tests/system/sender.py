"""A publisher's program that goes on whatever happens to the server: it asks what is there and sends the rest."""

import math
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests.parts import wishes
from tests.system.server import Server

PATIENCE_SECONDS = 120.0
MAY_PASS = ("idempotency_in_progress", "catalog_conflict")


class Sender(threading.Thread):
    """Uploads `path`, across as many deaths of the server as there are; `asset_id` is known once it has begun."""

    def __init__(self, server: Server, path: Path, **announced: Any) -> None:
        super().__init__(name=f"sender of {path.name}", daemon=True)
        self.asset_id: str | None = None
        self.error: BaseException | None = None
        self._server = server
        self._path = path
        self._announced = {"filename": path.name, "size_bytes": path.stat().st_size} | announced
        self._deadline = math.inf

    def run(self) -> None:
        """The whole upload."""
        try:
            upload = self._persist(self._begin).json()
            self.asset_id = upload["asset_id"]
            while upload["state"] == "open":
                self._send_missing(upload)
                self._persist(partial(self._complete, upload["id"]))
                upload = self._persist(partial(self._look, upload["id"])).json()
        except BaseException as error:  # noqa: BLE001 - a thread's end: told to whoever waits for it
            self.error = error

    def ended(self) -> str:
        """The asset's id, once everything is sent; there are no more deaths from now on, so it must end in time."""
        self._deadline = time.monotonic() + PATIENCE_SECONDS
        self.join(PATIENCE_SECONDS)
        assert self.error is None, self.error
        assert not self.is_alive()
        assert self.asset_id is not None
        return self.asset_id

    def _begin(self, http: httpx.Client) -> httpx.Response:
        return http.post("/v1/uploads", json=self._announced, headers={"Idempotency-Key": f"send {self._path}"})

    def _send_missing(self, upload: dict[str, Any]) -> None:
        found = self._persist(partial(self._look, upload["id"])).json()
        held = {part["number"] for part in found["parts"]}
        for number in sorted(set(range(1, upload["part_count"] + 1)) - held):
            self._persist(partial(self._put, upload, number))

    @staticmethod
    def _look(upload_id: str, http: httpx.Client) -> httpx.Response:
        return http.get(f"/v1/uploads/{upload_id}")

    @staticmethod
    def _complete(upload_id: str, http: httpx.Client) -> httpx.Response:
        return http.post(f"/v1/uploads/{upload_id}/complete")

    def _put(self, upload: dict[str, Any], number: int, http: httpx.Client) -> httpx.Response:
        size = upload["part_size_bytes"]
        with self._path.open("rb") as file:
            file.seek((number - 1) * size)
            data = file.read(size)
        asked = http.post(f"/v1/uploads/{upload['id']}/parts", json=wishes({number: data}))
        if asked.status_code in (409, 410):
            return asked  # joined meanwhile: recovery finished what `complete` had begun
        link = asked.raise_for_status().json()["parts"][0]
        httpx.put(link["url"], content=data, headers=link["headers"], timeout=30).raise_for_status()
        return asked

    def _persist(self, ask: Callable[[httpx.Client], httpx.Response]) -> httpx.Response:
        """The answer of `ask`, asked again while nobody answers or the server says that it may pass."""
        while True:
            try:
                with self._server.client() as http:
                    answer = ask(http)
                if answer.status_code < 500 and answer.json().get("code") not in MAY_PASS:
                    return answer
            except httpx.HTTPError:
                pass
            assert time.monotonic() < self._deadline, "the upload did not end in time"
            time.sleep(0.05)
