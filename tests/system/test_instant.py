"""Films are playable before anything of them is copied: what the edge makes just in time is like any other file."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.system.clips import make_clip
from tests.system.server import Server, eventually

PLAYED = ("playable", "ready")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose encoder will not be done soon."""
    running = Server(tmp_path_factory.mktemp("instant") / "data", MATINEE_ENCODERS="1").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that takes its time to encode."""
    return make_clip(tmp_path_factory.mktemp("clips") / "long.mp4", seconds=90, size="1280x720")


@pytest.fixture(scope="module")
def playable(busy: Server, long_film: Path) -> str:
    """The id of an asset that can be watched while it is encoded."""
    asset_id = busy.upload(long_film)
    eventually(lambda: busy.asset(asset_id)["status"] in PLAYED, seconds=60)
    return asset_id


@pytest.fixture(scope="module")
def addresses(busy: Server, playable: str) -> list[str]:
    """The init segment and the segments of the picture, while nothing but the instant rendition is published."""
    main = busy.play(playable)["hls_url"]
    text = httpx.get(urljoin(main, "source.m3u8")).raise_for_status().text
    lines = text.splitlines()
    init = re.findall('URI="([^"]+)"', text)[0]
    return [urljoin(main, uri) for uri in (init, *(line for line in lines if line and not line.startswith("#")))]


def stored(server: Server, asset_id: str) -> list[str]:
    """What lies in the store of the asset's instant rendition."""
    folders = server.data_dir.glob(f"objects/streams/{asset_id}/m/*_instant")
    return sorted(path.relative_to(folder).as_posix() for folder in folders for path in folder.rglob("*.*"))


def test_segments_are_served_that_lie_nowhere(
    busy: Server, playable: str, addresses: list[str], long_film: Path
) -> None:
    for address in addresses:
        answer = httpx.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
        assert answer.headers["content-length"] == str(len(answer.content))
    assert not [name for name in stored(busy, playable) if name.endswith((".m4s", ".mp4"))]
    media = sum(len(httpx.get(address).content) for address in addresses[1:])
    assert media > long_film.stat().st_size * 0.8


def test_ranges_conditions_and_head_are_those_of_a_file(addresses: list[str]) -> None:
    address = addresses[2]
    whole, head = httpx.get(address), httpx.head(address)
    data, size = whole.content, len(whole.content)
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}
    assert (head.status_code, head.content) == (200, b"")
    for asked, wanted in (
        ("0-99", data[:100]),
        ("500-", data[500:]),
        ("-7", data[-7:]),
        ("30-100000", data[30:100001]),
    ):
        answer = httpx.get(address, headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.content) == (206, wanted), asked
        assert answer.headers["content-range"].endswith(f"/{size}")
    assert httpx.get(address, headers={"Range": f"bytes={size}-"}).status_code == 416
    assert httpx.get(address, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert httpx.get(address, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).content == data
    assert httpx.get(addresses[1]).headers["etag"] != whole.headers["etag"]


@pytest.mark.parametrize(
    "name", ["seg-00999.m4s", "../index.bin", "../nothing/init.mp4", "seg-1.m4s", "%2e%2e/index.bin"]
)
def test_what_is_not_of_the_rendition_is_not_found(addresses: list[str], name: str) -> None:
    with httpx.Client() as client:
        address = addresses[0].replace("source/init.mp4", f"source/{name}")
        answer = client.get(address.replace("source/../", ""))
    assert answer.status_code in (403, 404)
    assert "x-matinee-denial" in answer.headers


def test_a_token_is_asked_for_first(addresses: list[str]) -> None:
    head, _, path = addresses[1].partition("/t/")
    answer = httpx.get(f"{head}/t/none/{path.partition('/')[2]}")
    assert answer.status_code == 401


def test_a_poster_follows(busy: Server, playable: str) -> None:
    eventually(lambda: busy.asset(playable)["poster_url"] is not None, seconds=60)
    assert httpx.get(busy.asset(playable)["poster_url"]).content.startswith(b"\xff\xd8")


def test_deleting_the_film_ends_it(busy: Server, playable: str, addresses: list[str]) -> None:
    with busy.client() as http:
        assert http.delete(f"/v1/assets/{playable}").status_code == 202
    eventually(lambda: httpx.get(addresses[1]).status_code in (404, 410))
    eventually(lambda: not stored(busy, playable))


def test_a_film_that_is_not_the_announced_one_is_withdrawn(busy: Server, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "other.mp4", seconds=8)
    asset_id = busy.upload(film, sha256="0" * 64)
    asset = busy.settled(asset_id)
    assert (asset["status"], asset["error"]["code"]) == ("failed", "checksum_mismatch")
    assert asset["version"] is None
    with busy.client() as http:
        assert http.post(f"/v1/assets/{asset_id}/playback", json={}).status_code == 409
    eventually(lambda: not [p for p in busy.data_dir.glob(f"objects/streams/{asset_id}/**/*") if p.is_file()])
