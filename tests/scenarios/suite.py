"""What holds wherever Matinee runs: the same scenarios on one machine and in the rehearsed deployment.

A class that inherits from `Scenarios` gives the fixtures `place`, `film` (a ready asset of `clip`, called "A film") and
`clip`, four seconds of picture and sound.
"""

import json
import re
import time
from pathlib import Path

import httpx
import pytest

from tests.scenarios.place import (
    Body,
    Place,
    decoded_seconds,
    denial,
    media_of,
    send_first_part,
    session,
    settled,
    token_in,
    uploaded,
    view,
)
from tests.system.server import eventually

PRIVATE = b"nobody sees this without a link"


class Scenarios:
    """A first day, and the one after it."""

    def test_a_film_is_watched_to_its_end(self, place: Place, film: str) -> None:
        made = session(place, film)
        assert decoded_seconds(place, made["hls_url"]) == pytest.approx(4, abs=0.1)
        assert b"urn:mpeg:dash:schema:mpd:2011" in view(place, made["dash_url"]).content
        assert view(place, made["poster_url"]).content.startswith(b"\xff\xd8")
        assert view(place, made["storyboard_url"]).text.startswith("WEBVTT")

    def test_what_the_token_is_not_for_stays_shut(self, place: Place, film: str) -> None:
        url = session(place, film)["hls_url"]
        token = url.split("/t/")[1].split("/")[0]
        head, body, signature = token.split(".")
        other = f"{signature[:-2]}{'A' if signature[-2] != 'A' else 'B'}{signature[-1]}"
        for wrong in (f"{head}.{body}.{other}", f"{head}.{body}.", f"{head}.{body[:-4]}.{signature}", "x"):
            answer = view(place, url.replace(token, wrong))
            assert (answer.status_code, denial(answer)[:6]) == (401, "token_"), wrong
        elsewhere = view(place, url.replace(f"/{film}/", f"/{film[:-1]}{'0' if film[-1] != '0' else '1'}/"))
        assert (elsewhere.status_code, denial(elsewhere)) == (403, "token_path")
        answer = view(place, url.replace(f"/t/{token}", "/t"))
        assert answer.status_code in {401, 403, 404}

    def test_who_reads_the_library_is_shown_pictures_and_given_nothing_that_plays(
        self, place: Place, film: str
    ) -> None:
        made = session(place, film)
        own = token_in(made["hls_url"])
        with place.reader() as http:
            told = [
                http.get(path).raise_for_status().json()
                for path in ("/v1/assets", f"/v1/assets/{film}", f"/v1/assets/{film}/posters")
            ]
        playing = media_of(place, made)
        assert {address.rpartition(".")[2] for address in playing} >= {"m3u8", "mpd", "vtt", "m4s", "mp4", "jpg"}
        pictures = set(re.findall(r'"(http[^"]+/t/[^"]+)"', json.dumps(told)))
        assert len(pictures) > 1, "a poster and its candidates"
        for picture in pictures:
            assert view(place, picture).content.startswith(b"\xff\xd8"), picture
            token = token_in(picture)
            for address in playing:
                answer = view(place, address.replace(own, token))
                assert (answer.status_code, denial(answer)) == (403, "token_path"), address
            with place.anyone(Authorization=f"Bearer {token}") as guest:
                for name in (made["session_id"], f"ses_{film.removeprefix('ast_')}"):
                    again = guest.post(f"/v1/playback/{name}/renew")
                    assert (again.status_code, again.json()["code"]) == (403, "token_path")
                beacon = {"token": token, "view": "view-0001", "number": 1, "watched_ms": 1000}
                answer = guest.post("/v1/beacons", json=beacon)
                assert (answer.status_code, answer.json()["code"]) == (403, "token_path")

    def test_a_session_may_wait_for_its_premiere_and_for_one_address(self, place: Place, film: str) -> None:
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        assert denial(view(place, session(place, film, not_before=later)["hls_url"])) == "token_not_yet"
        assert denial(view(place, session(place, film, bind_ip="192.0.2.0/24")["hls_url"])) == "token_ip"

    def test_a_withdrawn_session_ends_at_the_edge(self, place: Place, film: str) -> None:
        made = session(place, film)
        assert view(place, made["hls_url"]).status_code == 200
        with place.publisher() as http:
            assert http.delete(f"/v1/playback/{made['session_id']}").status_code == 204
        after = view(place, made["hls_url"])
        assert (after.status_code, denial(after)) == (410, "session_revoked")

    def test_a_token_ends_and_is_renewed(self, place: Place, film: str) -> None:
        made = session(place, film, ttl_seconds=1)
        eventually(lambda: denial(view(place, made["hls_url"])) == "token_expired", seconds=20)
        token = made["hls_url"].split("/t/")[1].split("/")[0]

        def renewed() -> bool:  # for a second again
            with place.anyone(Authorization=f"Bearer {token}") as http:
                again = http.post(f"/v1/playback/{made['session_id']}/renew").raise_for_status().json()
            return view(place, again["hls_url"]).status_code == 200

        eventually(renewed)

    def test_a_caption_is_added_without_encoding_again(self, place: Place, film: str) -> None:
        vtt = b"WEBVTT\n\n00:00.000 --> 00:02.000\nHello\n"
        with place.publisher() as http:
            sent = http.put(f"/v1/assets/{film}/captions/en", content=vtt, headers={"Content-Type": "text/vtt"})
            assert sent.is_success, sent.text
            assert http.get(f"/v1/assets/{film}").json()["status"] == "ready"
        assert "TYPE=SUBTITLES" in view(place, session(place, film)["hls_url"]).text

    def test_an_upload_that_is_given_up_leaves_no_part(self, place: Place, clip: Path) -> None:
        before = place.parts_of_uploads()
        with place.publisher() as http:
            body = {"filename": clip.name, "size_bytes": clip.stat().st_size}
            upload = http.post("/v1/uploads", json=body).raise_for_status().json()
            send_first_part(http, upload, clip.read_bytes())
            assert [part["number"] for part in http.get(f"/v1/uploads/{upload['id']}").json()["parts"]] == [1]
            assert http.delete(f"/v1/uploads/{upload['id']}").status_code == 204
        assert place.parts_of_uploads() == before

    def test_what_is_no_film_fails_with_a_code_and_a_sentence(self, place: Place, tmp_path: Path) -> None:
        text = tmp_path / "letter.mp4"
        text.write_bytes(b"Dear Grace, this is no film. " * 100)
        failed = settled(place, uploaded(place, text))
        assert failed["status"] == "failed"
        assert failed["error"]["code"] == "source_unreadable"
        assert failed["error"]["message"].endswith(".")

    def test_a_file_dropped_into_the_inbox_is_a_film_until_it_is_deleted(self, place: Place, clip: Path) -> None:
        place.drop(clip, "Dropped here.mp4")
        found: list[Body] = []

        def announced() -> bool:
            with place.publisher() as http:
                found[:] = http.get("/v1/assets", params={"q": "Dropped"}).raise_for_status().json()["items"]
            return bool(found)

        eventually(announced, seconds=60, every_seconds=0.2)
        asset = found[0]["id"]
        first = settled(place, asset)
        assert first["status"] == "ready"
        with place.publisher() as http:
            http.post(f"/v1/assets/{asset}/ingest").raise_for_status()
            again = settled(place, asset)
            assert (again["status"], again["version"] != first["version"]) == ("ready", True)
            url = session(place, asset)["hls_url"]
            assert place.stored(f"streams/{asset}/") != []
            http.delete(f"/v1/assets/{asset}").raise_for_status()
            assert http.get(f"/v1/assets/{asset}").status_code == 410
            left = http.get(f"/v1/assets/{asset}/remains").raise_for_status().json()
        assert left["clean"], left
        assert {each["place"] for each in left["found"]} <= {"old_version", "replica_old_version"}, (
            "those go by themselves"
        )
        assert view(place, url).status_code in {403, 404, 410}
        assert [place.stored(f"{prefix}/{asset}/") for prefix in ("streams", "sources", "work")] == [[], [], []]

    def test_a_link_to_a_plain_object_plays(self, place: Place) -> None:
        place.keep("plain.mp4", PRIVATE)
        assert httpx.get(place.link("plain.mp4").raise_for_status().json()["url"], timeout=30).content == PRIVATE
        assert place.link("streams/x/y.m3u8").json()["code"] == "key_reserved"
        assert place.link("no such film.mp4").json()["code"] == "object_not_found"

    def test_a_share_link_opens_as_often_as_it_says(self, place: Place, film: str) -> None:
        wish = {"view_limit": 2, "password": "open sesame", "sites": ["https://blog.example.org"]}
        with place.publisher() as http, place.anyone() as guest:
            share = http.post(f"/v1/assets/{film}/shares", json=wish).raise_for_status().json()
            address = f"/v1/shares/{share['id']}"
            assert guest.get(address).json()["views_left"] == 2
            assert guest.post(f"{address}/open", json={"password": "open barley"}).status_code in {401, 403}
            opened = [guest.post(f"{address}/open", json={"password": "open sesame"}) for _ in range(3)]
            assert [each.status_code for each in opened] == [201, 201, 410]
            url = opened[0].json()["hls_url"]
            assert view(place, url).status_code == 200
            page = view(place, share["embed_url"])
            assert "frame-ancestors https://blog.example.org" in page.headers["content-security-policy"]
            assert http.delete(address).status_code == 204
            assert denial(view(place, url)) == "session_revoked"
            assert guest.get(address).status_code == 410

    def test_a_pasted_link_shows_title_and_poster_only_when_asked_to(self, place: Place, film: str) -> None:
        with place.publisher() as http, place.anyone() as guest:
            share = http.post(f"/v1/assets/{film}/shares").raise_for_status().json()
            assert "A film" not in view(place, share["url"]).text
            assert guest.get("/oembed", params={"url": share["url"]}).status_code in {401, 404}
            http.patch(f"/v1/assets/{film}", json={"public_preview": True}).raise_for_status()
            assert 'property="og:title" content="A film"' in view(place, share["url"]).text
            assert guest.get("/oembed", params={"url": share["url"]}).json()["title"] == "A film"
            assert guest.get(f"/v1/shares/{share['id']}/poster").content.startswith(b"\xff\xd8")
            http.patch(f"/v1/assets/{film}", json={"public_preview": False}).raise_for_status()
            assert guest.get(f"/v1/shares/{share['id']}/poster").status_code == 401
            http.delete(f"/v1/shares/{share['id']}").raise_for_status()

    def test_what_is_watched_is_counted_once(self, place: Place, film: str) -> None:
        token = session(place, film, viewer="Ada Lovelace")["hls_url"].split("/t/")[1].split("/")[0]
        beacon = {"token": token, "view": "view-of-a-scenario", "number": 1, "watched_ms": 1500, "startup_ms": 80}
        with place.publisher() as http, place.anyone() as player:
            before = http.get(f"/v1/assets/{film}/insight").raise_for_status().json()
            sent = [player.post("/v1/beacons", json=beacon | {"seen": [0, 1]}).status_code for _ in range(2)]
            assert sent == [204, 204]
            after = http.get(f"/v1/assets/{film}/insight").raise_for_status().json()
        assert after["views"] - before["views"] == 1
        assert after["watch_seconds"] - before["watch_seconds"] == 1.5

    def test_the_same_request_again_gives_the_same_answer(self, place: Place, film: str) -> None:
        with place.publisher() as http:
            http.headers["Idempotency-Key"] = f"scenario-{time.time()}"
            first, second, other = (
                http.post(f"/v1/assets/{film}/playback", json=wish) for wish in ({}, {}, {"viewer": "grace"})
            )
        assert (first.status_code, second.json()) == (201, first.json())
        assert other.json()["code"] == "idempotency_key_reused"

    def test_an_edit_of_what_somebody_else_changed_is_refused(self, place: Place, film: str) -> None:
        with place.publisher() as http:
            read = http.get(f"/v1/assets/{film}")
            changed = http.patch(f"/v1/assets/{film}", json={"tags": ["scenario"]}).raise_for_status().json()
            assert changed["tags"] == ["scenario"]
            late = http.patch(f"/v1/assets/{film}", json={"tags": []}, headers={"If-Match": read.headers["etag"]})
            assert late.status_code == 412
            listed = http.get("/v1/assets", params={"tag": "scenario"}).raise_for_status().json()["items"]
            assert [each["id"] for each in listed] == [film]

    def test_what_is_wrong_with_a_request_is_said(self, place: Place, film: str) -> None:
        with place.publisher() as http:
            wrong = http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": -1})
            assert (wrong.status_code, wrong.json()["code"]) == (422, "field_invalid")
            assert wrong.headers["content-type"] == "application/problem+json"
            unknown = http.get(f"/v1/assets/{film[:-1]}{'0' if film[-1] != '0' else '1'}")
            assert (unknown.status_code, unknown.json()["code"]) == (404, "asset_not_found")
            assert http.get("/v1/no-such-thing").status_code == 404
        with place.anyone() as guest:
            assert guest.get("/v1/assets").status_code == 401
            assert guest.get("/healthz").json()["status"] == "ok"
