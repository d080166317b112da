"""A machine with one of everything, for requests that nobody thought of: copied anew for each kind of request.

The film is a real one, a second long, so that captions, posters, sessions and deletions have something to work on. No
worker runs, nobody listens to webhooks, and nothing leaves this process.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matinee.cli.holding import Holding
from matinee.errors import ErrorCode
from tests.machine import Visit
from tests.parts import wishes
from tests.system.clips import make_clip
from tests.system.server import eventually

UNCOUNTED = {"caller_requests_per_minute": 0, "address_requests_per_minute": 0, "wrong_tries": 0}
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:00.500\nHello\n"
CODES = frozenset(ErrorCode)


@dataclass(frozen=True, slots=True)
class World:
    """Where the machine lies, and what there is in it: by the names that the API's paths have for them."""

    root: Path
    known: dict[str, str]
    token: str
    share_url: str

    def copied(self, root: Path) -> Visit:
        """The same again, in a folder of its own."""
        shutil.copytree(self.root, root)
        return Visit(root, **UNCOUNTED)


def make_world(root: Path) -> World:
    """A published film with captions, and an upload, a session, a share link and a webhook."""
    for page in ("index", "share", "embed"):
        (root / "web").mkdir(parents=True, exist_ok=True)
        (root / "web" / f"{page}.html").write_text("<!doctype html><head></head>")
    visit = Visit(root, **UNCOUNTED)
    film = _film(visit, make_clip(root / "film.mp4", seconds=1, size="128x72"))
    _told(visit, "PUT", f"/v1/assets/{film}/captions/en", content=CAPTIONS, headers={"Content-Type": "text/vtt"})
    _told(visit, "PATCH", f"/v1/assets/{film}", json={"public_preview": True})
    session = _told(visit, "POST", f"/v1/assets/{film}/playback", json={"viewer": "ada"})
    share = _told(visit, "POST", f"/v1/assets/{film}/shares", json={"sites": ["https://blog.example.org"]})
    upload = _told(visit, "POST", "/v1/uploads", json={"filename": "film.mp4", "size_bytes": 20_000_000})
    webhook = _told(visit, "POST", "/v1/webhooks", json={"url": "https://example.org/told"})
    known = {
        "asset_id": film,
        "session_id": str(session["session_id"]),
        "share_id": str(share["id"]),
        "upload_id": str(upload["id"]),
        "webhook_id": str(webhook["id"]),
        "language": "en",
    }
    return World(root, known, str(session["hls_url"]).split("/")[4], str(share["url"]))


def _film(visit: Visit, clip: Path) -> str:
    size = clip.stat().st_size
    upload = _told(visit, "POST", "/v1/uploads", json={"filename": clip.name, "size_bytes": size})
    path = f"/v1/uploads/{upload['id']}"
    part = _told(visit, "POST", f"{path}/parts", json=wishes({1: clip.read_bytes()}))["parts"][0]
    assert visit.ask("PUT", part["url"], content=clip.read_bytes(), headers=part["headers"]).status_code == 200
    _told(visit, "POST", f"{path}/complete")
    film = str(upload["asset_id"])
    holding = Holding(visit.machine, "fuzz")

    def ready() -> bool:
        holding.turn()
        return bool(_told(visit, "GET", f"/v1/assets/{film}")["status"] == "ready")

    eventually(ready, seconds=120)
    holding.stop(20)
    return film


def _told(visit: Visit, method: str, path: str, **given: Any) -> dict[str, Any]:
    answer = visit.ask(method, path, **given)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found
