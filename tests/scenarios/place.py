"""A place where Matinee runs, as those see it who use it: what the shared scenarios need of one machine and of AWS.

It must not know which of the two it is.
"""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urljoin

import httpx

from matinee.adapters.ffmpeg.tools import find_tools
from tests.parts import wishes
from tests.system.server import eventually

Body = dict[str, Any]  # JSON

WAITING_SECONDS = 300.0


class Place(Protocol):
    """One of the two; addresses in its answers are its own, however they are reached from here."""

    def publisher(self) -> httpx.Client:
        """A program that is signed in as a publisher."""

    def reader(self) -> httpx.Client:
        """A program signed in as somebody who may read the library, and nothing else where the place can say so."""

    def anyone(self, **headers: str) -> httpx.Client:
        """A program without a credential, or with the one given."""

    def reached(self, url: str) -> tuple[str, Mapping[str, str]]:
        """Where an address of the place's own answers is asked for from here, and with which headers."""

    def drop(self, file: Path, name: str) -> None:
        """Put a file into the inbox, as a person does it by hand."""

    def keep(self, key: str, data: bytes) -> None:
        """Store a plain object."""

    def link(self, key: str) -> httpx.Response:
        """What `GET /?key=` answers to the publisher."""

    def stored(self, prefix: str) -> list[str]:
        """What the object store, and each copy of it, holds below the prefix."""

    def parts_of_uploads(self) -> int:
        """How many uploads the store holds parts of."""


def view(place: Place, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    """What a viewer, who has nothing but the address, is answered."""
    address, needed = place.reached(url)
    return httpx.request(method, address, headers={**needed, **headers}, timeout=60)


def token_in(url: str) -> str:
    """The token of an address under the gate."""
    return url.split("/t/")[1].partition("/")[0]


def media_of(place: Place, made: Body) -> list[str]:
    """A session's playlists, and the first of what each of them names: captions, init segments, segments, tiles."""
    found = [made["hls_url"], made["dash_url"], made["storyboard_url"]]
    for address in found:  # grows while it is read
        if not address.endswith((".m3u8", ".vtt")):
            continue
        text = view(place, address).raise_for_status().text
        named = re.findall(r'(?m)URI="([^"]+)"|^([^#\s][^\s]*\.(?:m3u8|m4s|mp4|vtt|jpg))(?:#.*)?$', text)
        found += list(dict.fromkeys(urljoin(address, uri or line) for uri, line in named))[:8]
    return list(dict.fromkeys(found))


def denial(answer: httpx.Response) -> str:
    """The gate's code; "ok" when it let the request through."""
    return str(answer.headers.get("x-matinee-denial", "ok"))


def uploaded(place: Place, file: Path, **announced: Any) -> str:
    """Upload a file by presigned parts; its asset's id."""
    with place.publisher() as http:
        body = {"filename": file.name, "size_bytes": file.stat().st_size} | announced
        upload = http.post("/v1/uploads", json=body).raise_for_status().json()
        send_first_part(http, upload, file.read_bytes())
        http.post(f"/v1/uploads/{upload['id']}/complete").raise_for_status()
    return str(upload["asset_id"])


def send_first_part(http: httpx.Client, upload: Body, data: bytes) -> None:
    """Part 1, which is the whole of a small file, straight to the store."""
    assert upload["part_count"] == 1
    asked = http.post(f"/v1/uploads/{upload['id']}/parts", json=wishes({1: data})).raise_for_status().json()
    link = asked["parts"][0]
    httpx.put(link["url"], content=data, headers=link["headers"], timeout=60).raise_for_status()


def settled(place: Place, asset_id: str) -> Body:
    """The asset once its run has ended."""
    found: Body = {}

    def ended() -> bool:
        with place.publisher() as http:
            found.update(http.get(f"/v1/assets/{asset_id}").raise_for_status().json())
        return found["status"] in {"ready", "failed"}

    eventually(ended, seconds=WAITING_SECONDS, every_seconds=0.2)
    return found


def session(place: Place, asset_id: str, **wish: Any) -> Body:
    """A playback session."""
    with place.publisher() as http:
        found: Body = http.post(f"/v1/assets/{asset_id}/playback", json=wish).raise_for_status().json()
    return found


def decoded_seconds(place: Place, url: str, **headers: str) -> float:
    """The film's length as ffmpeg decodes it, every byte as a viewer gets it; anything it complains of fails."""
    address, needed = place.reached(url)
    lines = "".join(f"{name}: {text}\r\n" for name, text in {**needed, **headers}.items())
    command = [str(find_tools().ffmpeg), "-nostdin", "-hide_banner", "-v", "error", "-xerror", "-headers", lines]
    source = ["-i", address, "-f", "null", "-progress", "-", "-"]
    done = subprocess.run([*command, *source], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stderr == ""
    return int(re.findall(r"out_time_us=(\d+)", done.stdout)[-1]) / 1e6
