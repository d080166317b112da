"""How a viewer's bytes travel: ranges, conditions, types, caching, other sites' pages, kept and cut connections."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import m3u8
import pytest

from tests.system.server import Server, eventually


@pytest.fixture(scope="module")
def playback(server: Server, film: str) -> dict[str, str]:
    """A session for the film."""
    return server.play(film)


@pytest.fixture(scope="module")
def segment(playback: dict[str, str]) -> tuple[str, bytes]:
    """The address of a media file and all of its bytes."""
    main = m3u8.loads(httpx.get(playback["hls_url"]).text, uri=playback["hls_url"])
    variant = main.playlists[0].absolute_uri
    url = m3u8.loads(httpx.get(variant).text, uri=variant).segments[0].absolute_uri
    answer = httpx.get(url)
    assert answer.status_code == 200
    return url, answer.content


@pytest.fixture
def viewer() -> Iterator[httpx.Client]:
    """A player: no credential but the token in the address."""
    with httpx.Client(timeout=30) as client:
        yield client


def ask(viewer: httpx.Client, url: str, byte_range: str, **more: str) -> httpx.Response:
    """GET with a Range."""
    return viewer.get(
        url, headers={"Range": byte_range} | {name.replace("_", "-"): text for name, text in more.items()}
    )


def test_the_first_bytes(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    url, data = segment
    answer = ask(viewer, url, "bytes=0-99")
    assert answer.status_code == 206
    assert answer.content == data[:100]
    assert answer.headers["content-range"] == f"bytes 0-99/{len(data)}"
    assert answer.headers["content-length"] == "100"


def test_from_the_middle_to_the_end(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    url, data = segment
    answer = ask(viewer, url, "bytes=500-")
    assert (answer.status_code, answer.content) == (206, data[500:])


def test_the_last_bytes(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    url, data = segment
    answer = ask(viewer, url, "bytes=-7")
    assert (answer.status_code, answer.content) == (206, data[-7:])
    assert answer.headers["content-range"] == f"bytes {len(data) - 7}-{len(data) - 1}/{len(data)}"


@pytest.mark.parametrize("suffix", ["bytes=-999999999", "bytes=0-999999999"])
def test_more_than_there_is_ends_at_the_end(viewer: httpx.Client, segment: tuple[str, bytes], suffix: str) -> None:
    url, data = segment
    answer = ask(viewer, url, suffix)
    assert (answer.status_code, answer.content) == (206, data)


@pytest.mark.parametrize("beyond", ["bytes=999999999-", "bytes=-0"])
def test_nothing_to_give_is_416_with_the_size(viewer: httpx.Client, segment: tuple[str, bytes], beyond: str) -> None:
    url, data = segment
    answer = ask(viewer, url, beyond)
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(data)}"


@pytest.mark.parametrize("crooked", ["bytes=9-3", "bytes=a-b", "bytes=", "items=0-1", "bytes=0-1,5-9", "bytes 0-1"])
def test_what_is_no_single_range_is_answered_whole(
    viewer: httpx.Client, segment: tuple[str, bytes], crooked: str
) -> None:
    url, data = segment
    answer = ask(viewer, url, crooked)
    assert (answer.status_code, answer.content) == (200, data)


def test_a_range_of_the_same_file_only(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    url, data = segment
    head = viewer.head(url).headers
    assert ask(viewer, url, "bytes=0-9", if_range=head["etag"]).status_code == 206
    assert ask(viewer, url, "bytes=0-9", if_range=head["last-modified"]).status_code == 206
    for other in ('"another"', "W/" + head["etag"], "Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"):
        answer = ask(viewer, url, "bytes=0-9", if_range=other)
        assert (answer.status_code, answer.content) == (200, data)


def test_what_the_viewer_has_is_not_sent_again(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    url, _ = segment
    head = viewer.head(url).headers
    for condition in (
        {"If-None-Match": head["etag"]},
        {"If-None-Match": f'"x", W/{head["etag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": head["last-modified"]},
    ):
        answer = viewer.get(url, headers=condition)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == head["etag"]
    changed = viewer.get(url, headers={"If-None-Match": '"x"', "If-Modified-Since": head["last-modified"]})
    assert changed.status_code == 200  # RFC 9110, 13.1.3: the tag decides when both are there


def test_head_says_what_get_would(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    url, data = segment
    head, get = viewer.head(url), viewer.get(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(data))
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


def test_head_of_a_refused_address_has_no_body(viewer: httpx.Client, server: Server) -> None:
    answer = viewer.head(f"{server.url}/t/x/y")
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["x-matinee-denial"] == "token_malformed"


def test_every_file_of_a_film_has_its_media_type(viewer: httpx.Client, playback: dict[str, str]) -> None:
    wanted = {
        playback["hls_url"]: "application/vnd.apple.mpegurl",
        playback["dash_url"]: "application/dash+xml",
        playback["poster_url"]: "image/jpeg",
    }
    main = m3u8.loads(viewer.get(playback["hls_url"]).text, uri=playback["hls_url"])
    for variant in [each.absolute_uri for each in [*main.playlists, *main.media] if each.uri]:
        wanted[variant] = "application/vnd.apple.mpegurl"
        playlist = m3u8.loads(viewer.get(variant).text, uri=variant)
        for address in {playlist.segment_map[0].absolute_uri, *(part.absolute_uri for part in playlist.segments)}:
            wanted[address] = "video/mp4"
    for address, content_type in wanted.items():
        answer = viewer.head(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, content_type), address
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_media_is_kept_by_the_viewers_browser_alone(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    assert viewer.head(segment[0]).headers["cache-control"] == "private, max-age=86400, immutable"


def test_another_sites_player_may_ask(viewer: httpx.Client, segment: tuple[str, bytes]) -> None:
    origin = {"Origin": "https://blog.example"}
    wish = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range"}
    before = viewer.options(segment[0], headers=origin | wish)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == "*"
    assert "GET" in before.headers["access-control-allow-methods"]
    assert "range" in before.headers["access-control-allow-headers"]
    answer = viewer.get(segment[0], headers=origin)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "content-range" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


def test_another_site_reads_why_it_was_refused(viewer: httpx.Client, server: Server) -> None:
    answer = viewer.get(f"{server.url}/t/x/y", headers={"Origin": "https://blog.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_not_there_is_not_found(viewer: httpx.Client, playback: dict[str, str]) -> None:
    answer = viewer.get(urljoin(playback["hls_url"], "missing.m3u8"))
    assert (answer.status_code, answer.json()["code"]) == (404, "object_not_found")


def test_one_connection_serves_a_whole_film(segment: tuple[str, bytes]) -> None:
    url, data = segment
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.connect()
    first = connection.sock
    for number in range(300):
        method = ("GET", "HEAD", "GET")[number % 3]
        headers = {"Range": "bytes=10-19"} if number % 3 == 2 else {}
        connection.request(method, parts.path, headers=headers)
        body = connection.getresponse().read()
        assert body == (data, b"", data[10:20])[number % 3]
        assert connection.sock is first
    connection.close()


def test_requests_sent_ahead_are_answered_in_order(segment: tuple[str, bytes]) -> None:
    url, data = segment
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
        for at in (0, 1, 2):
            close = "Connection: close\r\n" if at == 2 else ""
            lines = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nRange: bytes={at}-{at}\r\n{close}\r\n"
            client.sendall(lines.encode())
        received = b""
        while chunk := client.recv(65536):
            received += chunk
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in received.split(b"HTTP/1.1 206")[1:]]
    assert bodies == [data[0:1], data[1:2], data[2:3]]


def descriptors(pid: int) -> list[str]:
    """What a process holds open, by name."""
    found = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(str(path.readlink()))
        except OSError:
            continue  # closed meanwhile
    return found


def test_a_viewer_who_leaves_in_the_middle_costs_nothing(server: Server) -> None:
    big = server.data_dir / "objects" / "big file.bin"
    big.write_bytes(bytes(64 * 1024 * 1024))
    with server.client() as http_client:
        url = http_client.get("/", params={"key": "big file.bin"}).json()["url"]
    parts = urlsplit(url)
    for _ in range(20):
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
            client.sendall(f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
    eventually(lambda: not any("big file" in name for name in descriptors(server.pid)))
    assert httpx.get(url).status_code == 200


def test_the_log_is_lines_of_json(server: Server, segment: tuple[str, bytes]) -> None:
    for line in server.log.read_text().splitlines():
        assert "event" in json.loads(line), line
