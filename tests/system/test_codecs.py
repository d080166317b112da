"""One film in codecs of its own, on a server that is set to H.264."""

import httpx
import pytest

from tests.system.clips import make_clip
from tests.system.server import Server


@pytest.fixture(scope="module")
def film_in_two(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small film for which AV1 was asked, ready."""
    clip = make_clip(tmp_path_factory.mktemp("codecs") / "clip.mp4", seconds=1, rate="10")
    asset_id = server.upload(clip, codecs=["av1"])
    assert server.settled(asset_id)["status"] == "ready"
    return asset_id


def coded(server: Server, asset_id: str) -> list[str]:
    """What its pictures are coded in, by the first letters of the codec's name."""
    renditions = server.settled(asset_id)["renditions"]
    return [rendition["codecs"].partition(".")[0] for rendition in renditions if rendition["kind"] == "video"]


def again(server: Server, asset_id: str, wish: object = None) -> None:
    """Ingest it again."""
    with server.client() as http:
        http.post(f"/v1/assets/{asset_id}/ingest", json=wish).raise_for_status()


def test_a_film_has_the_codecs_its_upload_asked_for_and_keeps_them(server: Server, film_in_two: str) -> None:
    assert server.asset(film_in_two)["codecs"] == ["h264", "av1"]
    assert coded(server, film_in_two) == ["avc1", "av01"]
    again(server, film_in_two)
    assert coded(server, film_in_two) == ["avc1", "av01"]
    again(server, film_in_two, {"codecs": ["hevc"]})
    assert coded(server, film_in_two) == ["avc1", "hvc1"]
    again(server, film_in_two, {"codecs": []})
    assert server.asset(film_in_two)["codecs"] == []
    assert coded(server, film_in_two) == ["avc1"]


@pytest.mark.parametrize("codecs", [["vp9"], "av1", ["h264", "hevc", "av1", "h264"]])
def test_codecs_nobody_encodes_are_refused(server: Server, film: str, codecs: object) -> None:
    file = {"filename": "film.mp4", "size_bytes": 5}
    with server.client() as http:
        answers: list[httpx.Response] = [
            http.post("/v1/uploads", json={**file, "codecs": codecs}),
            http.post(f"/v1/assets/{film}/ingest", json={"codecs": codecs}),
        ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "field_invalid")] * 2
