"""Caption tracks: SRT or WebVTT in, WebVTT out over the viewer's token, in a new version with no media copied."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import m3u8
import pytest

from tests.parts import wishes
from tests.system.clips import make_clip
from tests.system.server import Server

SRT = "1\r\n00:00:00,500 --> 00:00:01,500\r\n{\\an8}Grüße, Anna\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nEnde\r\n"
VTT = "WEBVTT\n\n00:00.500 --> 00:01.500\nHello\n"


@pytest.fixture(scope="module")
def own_film(server: Server, clip: Path) -> str:
    """A ready asset whose captions this module changes."""
    asset_id = server.upload(clip, title="Captioned")
    assert server.settled(asset_id)["status"] == "ready"
    return asset_id


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    """A signed-in client."""
    with server.client() as client:
        yield client


def put(http: httpx.Client, asset_id: str, language: str, text: str | bytes) -> httpx.Response:
    """Send a caption file."""
    return http.put(f"/v1/assets/{asset_id}/captions/{language}", content=text)


def main_playlist(server: Server, asset_id: str) -> Any:
    """The multivariant playlist as a player reads it."""
    url = server.play(asset_id)["hls_url"]
    return m3u8.loads(httpx.get(url).raise_for_status().text, uri=url)


def tracks(server: Server, asset_id: str) -> dict[str, str]:
    """Language to the text a viewer gets, followed through the playlists."""
    found = {}
    for media in main_playlist(server, asset_id).media:
        if media.type == "SUBTITLES":
            playlist = m3u8.loads(httpx.get(media.absolute_uri).raise_for_status().text, uri=media.absolute_uri)
            answer = httpx.get(playlist.segments[0].absolute_uri).raise_for_status()
            assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
            found[media.language] = answer.text
    return found


def media_files(server: Server, asset_id: str) -> dict[str, int]:
    """Every media file of the asset with its inode: the same file is not a copy."""
    folder = server.data_dir / "objects" / "streams" / asset_id / "m"
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def test_srt_goes_in_and_webvtt_comes_out(server: Server, http: httpx.Client, own_film: str) -> None:
    assert put(http, own_film, "de", SRT).status_code == 200
    text = tracks(server, own_film)["de"]
    assert text.startswith("WEBVTT")
    assert "00:00:00.500 --> 00:00:01.500" in text
    assert "Grüße" in text
    assert "an8" not in text


def test_webvtt_goes_through_as_it_is(server: Server, http: httpx.Client, own_film: str) -> None:
    assert put(http, own_film, "en", VTT).status_code == 200
    assert tracks(server, own_film)["en"] == VTT


def test_every_variant_offers_the_tracks(server: Server, http: httpx.Client, own_film: str) -> None:
    put(http, own_film, "en", VTT)
    playlist = main_playlist(server, own_film)
    groups = {media.group_id for media in playlist.media if media.type == "SUBTITLES"}
    assert len(groups) == 1
    assert {variant.stream_info.subtitles.strip('"') for variant in playlist.playlists} == groups


def test_a_new_track_is_a_new_version_over_the_same_media(server: Server, http: httpx.Client, own_film: str) -> None:
    before, media = server.asset(own_film), media_files(server, own_film)
    watching = server.play(own_film)
    answer = put(http, own_film, "fr", VTT)
    assert answer.json()["version"] != before["version"]
    assert media_files(server, own_film) == media
    assert httpx.get(watching["hls_url"]).status_code == 200  # who watches the old version goes on


def test_the_same_track_again_is_the_same_version(http: httpx.Client, own_film: str) -> None:
    first = put(http, own_film, "it", VTT).json()
    second = put(http, own_film, "it", VTT).json()
    assert first["version"] == second["version"]
    assert first["captions"] == second["captions"]


def test_a_replaced_track_shows_the_new_words(server: Server, http: httpx.Client, own_film: str) -> None:
    put(http, own_film, "en", VTT)
    put(http, own_film, "en", VTT.replace("Hello", "Good evening"))
    assert "Good evening" in tracks(server, own_film)["en"]


def test_a_track_is_read_back_to_edit_it(http: httpx.Client, own_film: str) -> None:
    put(http, own_film, "de", "1\n00:00:01,000 --> 00:00:02,000\nGuten Abend\n")
    answer = http.get(f"/v1/assets/{own_film}/captions/de").raise_for_status()
    assert answer.headers["content-type"].startswith("text/vtt")
    assert answer.text.startswith("WEBVTT")
    assert "Guten Abend" in answer.text
    assert http.get(f"/v1/assets/{own_film}/captions/sv").json()["code"] == "caption_not_found"


def test_a_removed_track_is_gone_for_new_viewers(server: Server, http: httpx.Client, own_film: str) -> None:
    put(http, own_film, "es", VTT)
    assert "es" in tracks(server, own_film)
    assert http.delete(f"/v1/assets/{own_film}/captions/es").status_code == 204
    assert "es" not in tracks(server, own_film)
    answer = http.delete(f"/v1/assets/{own_film}/captions/es")
    assert (answer.status_code, answer.json()["code"]) == (404, "caption_not_found")


def test_captions_sent_before_the_film_is_ready_are_in_its_first_version(
    server: Server, http: httpx.Client, tmp_path: Path
) -> None:
    film = make_clip(tmp_path / "clip.mp4", seconds=2)
    upload = http.post("/v1/uploads", json={"filename": "clip.mp4", "size_bytes": film.stat().st_size}).json()
    answer = put(http, upload["asset_id"], "en", VTT)
    assert (answer.json()["status"], answer.json()["captions"][0]["language"]) == ("uploading", "en")
    link = http.post(f"/v1/uploads/{upload['id']}/parts", json=wishes({1: film.read_bytes()})).json()["parts"][0]
    httpx.put(link["url"], content=film.read_bytes()).raise_for_status()
    http.post(f"/v1/uploads/{upload['id']}/complete").raise_for_status()
    assert server.settled(upload["asset_id"])["status"] == "ready"
    assert tracks(server, upload["asset_id"]) == {"en": VTT}


def test_captions_stay_when_the_film_is_ingested_again(server: Server, http: httpx.Client, own_film: str) -> None:
    put(http, own_film, "en", VTT)
    before = server.asset(own_film)
    assert http.post(f"/v1/assets/{own_film}/ingest").status_code == 202
    assert httpx.get(server.play(own_film)["hls_url"]).status_code == 200  # the old version serves meanwhile
    after = server.settled(own_film)
    assert after["captions"] == before["captions"]
    assert after["version"] != before["version"]
    assert tracks(server, own_film)["en"] == VTT


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"WEBVTT\n",
        b"hello",
        b"WEBVTT\n\n00:00.500 -> 00:01.500\nx\n",
        b"\x00\x01\x02\xff" * 50,
        b"\x1aE\xdf\xa3" * 9,
    ],
)
def test_a_file_that_holds_no_captions_is_refused(http: httpx.Client, own_film: str, text: bytes) -> None:
    before = http.get(f"/v1/assets/{own_film}").json()["captions"]
    answer = put(http, own_film, "pt", text)
    assert (answer.status_code, answer.json()["code"]) == (422, "caption_invalid")
    assert http.get(f"/v1/assets/{own_film}").json()["captions"] == before


@pytest.mark.parametrize(
    ("given", "kept"), [("pt-br", "pt-BR"), ("zh-hans", "zh-Hans"), ("EN", "en"), ("de-1996", "de-1996")]
)
def test_a_language_is_kept_in_its_usual_spelling(http: httpx.Client, own_film: str, given: str, kept: str) -> None:
    languages = [track["language"] for track in put(http, own_film, given, VTT).json()["captions"]]
    assert kept in languages


@pytest.mark.parametrize("language", ["english language", "e", "..", "de_DE", "%00", "x" * 80, "de--DE"])
def test_what_is_no_language_tag_is_refused(http: httpx.Client, own_film: str, language: str) -> None:
    answer = put(http, own_film, language, VTT)
    assert answer.status_code in (404, 405, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_windows_files_are_read(server: Server, http: httpx.Client, own_film: str) -> None:
    assert put(http, own_film, "da", SRT.encode("cp1252")).status_code == 200
    assert put(http, own_film, "nl", SRT.encode("utf-16")).status_code == 200
    found = tracks(server, own_film)
    assert "Grüße" in found["da"]
    assert "Grüße" in found["nl"]


def test_a_caption_file_over_the_limit_is_refused(http: httpx.Client, own_film: str) -> None:
    answer = put(http, own_film, "en", VTT + " " * (5 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_captions_of_no_asset_are_not_found(http: httpx.Client) -> None:
    answer = put(http, "ast_none", "en", VTT)
    assert (answer.status_code, answer.json()["code"]) == (404, "asset_not_found")
