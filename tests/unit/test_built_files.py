"""The pages' files over HTTP: compressed for who can read that, once for who has them, each form by its own name."""

import gzip
from pathlib import Path

import httpx
import pytest

from matinee.http.built_files import best_encoding
from tests.machine import Visit

PLAIN = b"export const said = 'the same again, ';\n" * 100
GZIP = gzip.compress(PLAIN)
BROTLI = b"what brotli makes of it"  # the server never looks into a form
SCRIPT = "/static/page-Ab12.js"


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    """A machine whose pages are one script with both forms, one style without any, and one page."""
    static = tmp_path / "web" / "static"
    static.mkdir(parents=True)
    for name, data in (("page-Ab12.js", PLAIN), ("page-Ab12.js.gz", GZIP), ("page-Ab12.js.br", BROTLI)):
        (static / name).write_bytes(data)
    (static / "page-Ab12.css").write_bytes(b"a{}")
    (tmp_path / "web" / "index.html").write_bytes(b"<!doctype html>")
    (tmp_path / "web" / "index.html.gz").write_bytes(gzip.compress(b"<!doctype html>"))
    return Visit(tmp_path)


def ask(visit: Visit, accepted: str, path: str = SCRIPT, method: str = "GET", **more: str) -> httpx.Response:
    """The answer, its body as it travels: what is encoded is not decoded here."""
    headers = {name.replace("_", "-"): text for name, text in more.items()}
    return visit.ask(method, path, signed_in=False, headers={"Accept-Encoding": accepted} | headers)


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZip;Q=0.5", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0,gzip;q=0.000", None),
        ("identity, br;q=0.5", None),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("identity;q=0, deflate", None),
        ("gzip;q=none", None),
        ("xbr, gzipped", None),
        ("", None),
    ],
)
def test_the_form_is_what_the_reader_likes_best(accepted: str, chosen: str | None) -> None:
    assert best_encoding(accepted, ["br", "gzip"]) == chosen


def test_what_was_not_made_is_not_chosen() -> None:
    assert best_encoding("gzip, br", ["gzip"]) == "gzip"
    assert best_encoding("gzip, br", []) is None


def test_each_form_is_itself(visit: Visit) -> None:
    plain, zipped, brotli = (ask(visit, accepted) for accepted in ("identity", "gzip", "gzip, br"))
    assert plain.content == zipped.content == PLAIN  # the client unpacks what says that it is gzip
    assert (plain.headers["content-length"], zipped.headers["content-length"]) == (str(len(PLAIN)), str(len(GZIP)))
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert (brotli.headers["content-encoding"], brotli.headers["content-length"]) == ("br", str(len(BROTLI)))
    answers = (plain, zipped, brotli)
    assert {answer.headers["content-type"] for answer in answers} == {"text/javascript; charset=utf-8"}
    assert {answer.headers["vary"] for answer in answers} == {"Accept-Encoding"}
    assert {answer.headers["cache-control"] for answer in answers} == {"public, max-age=31536000, immutable"}
    assert len({answer.headers["etag"] for answer in answers}) == 3


def test_a_file_with_one_form_only_varies_with_nothing(visit: Visit) -> None:
    answer = ask(visit, "gzip, br", "/static/page-Ab12.css")
    assert (answer.content, answer.headers["content-type"]) == (b"a{}", "text/css; charset=utf-8")
    assert not {"vary", "content-encoding"} & set(answer.headers)


def test_pages_are_compressed_as_well(visit: Visit) -> None:
    answer = ask(visit, "gzip", "/")
    assert (answer.headers["content-encoding"], answer.content) == ("gzip", b"<!doctype html>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_head_says_what_get_would(visit: Visit, accepted: str) -> None:
    assert dict(ask(visit, accepted, method="HEAD").headers) == dict(ask(visit, accepted).headers)


def test_a_form_that_is_there_is_not_sent_again(visit: Visit) -> None:
    zipped = ask(visit, "gzip").headers
    for condition in ({"If_None_Match": f'"x", W/{zipped["etag"]}'}, {"If_Modified_Since": zipped["last-modified"]}):
        again = ask(visit, "gzip", **condition)
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["vary"]) == (zipped["etag"], "Accept-Encoding")
    assert ask(visit, "identity", If_None_Match=zipped["etag"]).status_code == 200


def test_a_range_is_of_the_form_that_is_sent(visit: Visit) -> None:
    tags = {accepted: ask(visit, accepted).headers["etag"] for accepted in ("identity", "br")}
    plain = ask(visit, "identity", Range="bytes=2-9", If_Range=tags["identity"])
    assert (plain.status_code, plain.content) == (206, PLAIN[2:10])
    assert plain.headers["content-range"] == f"bytes 2-9/{len(PLAIN)}"
    brotli = ask(visit, "br", method="HEAD", Range="bytes=2-9", If_Range=tags["br"])
    assert (brotli.status_code, brotli.headers["content-range"]) == (206, f"bytes 2-9/{len(BROTLI)}")
    mixed = ask(visit, "identity", Range="bytes=2-9", If_Range=tags["br"])
    assert (mixed.status_code, mixed.content) == (200, PLAIN)


@pytest.mark.parametrize("path", [f"{SCRIPT}.gz", f"{SCRIPT}.br", "/index.html.gz"])
def test_a_form_has_no_address_of_its_own(visit: Visit, path: str) -> None:
    assert ask(visit, "gzip", path).status_code == 404
