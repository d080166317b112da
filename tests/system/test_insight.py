"""Beacons over HTTP: the token counts, twice is once, and what was watched is read back without anybody's name."""

import sqlite3
from typing import Any

import httpx

from tests.system.server import Server


def beacon(server: Server, playback: dict[str, Any], number: int, **told: Any) -> httpx.Response:
    """One beacon as a player sends it."""
    token = playback["hls_url"].split("/t/")[1].split("/")[0]
    with server.anyone() as nobody:
        body = {"token": token, "view": "view-of-a-test", "number": number, **told}
        return nobody.post("/v1/beacons", json=body, headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64)"})


def told(server: Server, path: str, **query: str) -> dict[str, Any]:
    """What insight says there."""
    with server.client() as api:
        answer = api.get(path, params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def test_what_is_watched_is_counted_once_and_names_nobody(server: Server, film: str) -> None:
    before = told(server, "/v1/insight")["views"]
    watched = told(server, f"/v1/assets/{film}/insight")["watch_seconds"]
    playback = server.play(film, viewer="Ada Lovelace")
    first = {"watched_ms": 1500, "startup_ms": 80, "seen": [0, 1, 2], "rendition": "360p"}
    assert [beacon(server, playback, 1, **first).status_code for _ in range(2)] == [204, 204]
    last = {"watched_ms": 500, "stalls": 1, "stalled_ms": 100, "view_watched_ms": 2000, "view_stalled_ms": 100}
    assert beacon(server, playback, 2, **last, error="network", ended=True).status_code == 204

    report = told(server, f"/v1/assets/{film}/insight")
    assert report["watch_seconds"] - watched == 2.0
    assert report["startup_ms_p50"] == 100
    assert report["errors"]["network"] == 1
    assert report["devices"]["desktop"] >= 1
    assert report["retention"][:3] == [1.0, 1.0, 1.0]
    assert told(server, "/v1/insight")["views"] == before + 1
    with sqlite3.connect(server.data_dir / "matinee.db") as catalog:
        for table in ("insight_counters", "insight_views", "insight_viewers"):
            rows = str(catalog.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608 - one of three names
            assert "Ada" not in rows
            assert "127.0.0.1" not in rows


def test_a_beacon_needs_the_token_it_speaks_of(server: Server, film: str) -> None:
    playback = server.play(film)
    forged = {"hls_url": playback["hls_url"].replace("/t/e", "/t/f")}
    assert beacon(server, forged, 1).json()["code"] in ("token_malformed", "token_signature")
    with server.client() as api:
        assert api.delete(f"/v1/playback/{playback['session_id']}").status_code == 204
    assert beacon(server, playback, 1).json()["code"] == "session_revoked"


def test_a_beacon_that_says_too_much_is_refused(server: Server, film: str) -> None:
    playback = server.play(film)
    for wrong in ({"watched_ms": 10**9}, {"seen": [100]}, {"rendition": "<script>"}, {"unknown": 1}):
        assert beacon(server, playback, 1, **wrong).json()["code"] == "field_invalid"


def test_insight_needs_the_credential_and_days_in_order(server: Server, film: str) -> None:
    with server.anyone() as nobody:
        assert nobody.get("/v1/insight").status_code == 401
    with server.client() as api:
        wrong = api.get("/v1/insight", params={"from": "2026-03-02", "to": "2026-03-01"})
        assert wrong.json()["code"] == "field_invalid"
        assert api.get(f"/v1/assets/{film[:-3]}abc/insight").status_code == 404
