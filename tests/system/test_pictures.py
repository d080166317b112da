"""What a film looks like before it plays: storyboard, poster, chapters, through the API and under one token."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest

from tests.system.server import Server

CUE = re.compile(r"(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n")


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """A signed-in client."""
    with server.client() as client:
        yield client


def poster_of(server: Server, film: str) -> bytes:
    """The poster a viewer gets now."""
    return httpx.get(server.play(film)["poster_url"]).raise_for_status().content


def test_a_storyboard_and_its_sheets_open_with_the_films_own_token(server: Server, film: str) -> None:
    address = server.play(film)["storyboard_url"]
    answer = httpx.get(address)
    assert answer.headers["content-type"].startswith("text/vtt")
    cues = CUE.findall(answer.text)
    assert [cue[0] for cue in cues] == ["00:00:00.000", "00:00:01.000", "00:00:02.000", "00:00:03.000"]
    sheet = httpx.get(urljoin(address, cues[0][2]))
    assert sheet.status_code == 200
    assert sheet.headers["content-type"] == "image/jpeg"
    assert sheet.content.startswith(b"\xff\xd8")


def test_a_candidate_becomes_the_poster_in_a_small_new_version(server: Server, http: httpx.Client, film: str) -> None:
    before, media = http.get(f"/v1/assets/{film}").json(), media_of(server, film)
    candidates = http.get(f"/v1/assets/{film}/posters").json()["items"]
    other = min(candidates, key=lambda one: one["score"])
    picture = httpx.get(other["url"]).raise_for_status().content
    after = http.patch(f"/v1/assets/{film}", json={"poster": other["number"]}).raise_for_status().json()
    assert (before["poster"], after["poster"]) == ("auto", other["number"])
    assert after["version"] != before["version"]
    assert media_of(server, film) == media
    assert poster_of(server, film) == picture
    back = http.patch(f"/v1/assets/{film}", json={"poster": "auto"}).json()
    assert (back["poster"], back["version"]) == ("auto", before["version"])


def test_a_candidate_that_is_not_there_is_refused(http: httpx.Client, film: str) -> None:
    answer = http.patch(f"/v1/assets/{film}", json={"poster": 99})
    assert (answer.status_code, answer.json()["code"]) == (422, "field_invalid")


def test_a_picture_of_the_publishers_own_becomes_the_poster(server: Server, http: httpx.Client, film: str) -> None:
    candidate = http.get(f"/v1/assets/{film}/posters").json()["items"][0]
    plain = httpx.get(candidate["url"]).content
    sent = plain[:2] + b"\xff\xe1\x00\x0bExif gps!" + plain[2:]
    asset = http.put(f"/v1/assets/{film}/poster", content=sent, headers={"Content-Type": "image/jpeg"})
    assert asset.raise_for_status().json()["poster"] == "own"
    shown = poster_of(server, film)
    assert b"gps" not in shown
    assert shown.endswith(plain[-1000:])
    http.patch(f"/v1/assets/{film}", json={"poster": "auto"}).raise_for_status()


@pytest.mark.parametrize(("content", "status"), [(b"not a picture", 422), (b"\xff" * (2 * 1024 * 1024 + 1), 413)])
def test_what_is_no_small_jpeg_is_refused(http: httpx.Client, film: str, content: bytes, status: int) -> None:
    assert http.put(f"/v1/assets/{film}/poster", content=content).status_code == status
    assert http.get(f"/v1/assets/{film}").json()["poster"] == "auto"


def test_chapters_are_edited_and_viewers_get_them_as_webvtt(server: Server, http: httpx.Client, film: str) -> None:
    assert server.play(film)["chapters_url"] is None
    chapters = [{"start_seconds": 0.0, "title": "One"}, {"start_seconds": 2.5, "title": "Two & three"}]
    asset = http.patch(f"/v1/assets/{film}", json={"chapters": chapters}).raise_for_status().json()
    assert asset["chapters"] == chapters
    text = httpx.get(server.play(film)["chapters_url"]).raise_for_status().text
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:02.500\nOne\n\n00:00:02.500 --> 00:00:04.0")
    assert text.endswith("Two &amp; three\n")
    assert http.patch(f"/v1/assets/{film}", json={"chapters": []}).json()["chapters"] == []
    assert server.play(film)["chapters_url"] is None


@pytest.mark.parametrize("starts", [[3.0, 1.0], [1.0, 1.0], [99.0]])
def test_chapters_that_no_film_could_have_are_refused(http: httpx.Client, film: str, starts: list[float]) -> None:
    body = {"chapters": [{"start_seconds": start, "title": "One"} for start in starts]}
    answer = http.patch(f"/v1/assets/{film}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "field_invalid")


def media_of(server: Server, film: str) -> dict[str, int]:
    """Everything of the film that is not of one version, with the moment it was written."""
    folder = server.data_dir / "objects" / "streams" / film / "m"
    return {path.name: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
