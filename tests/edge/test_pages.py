"""The pages' function on CloudFront answers an address with the file the local server answers it with."""

import json
import shutil
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.routing import Match, Route

from matinee.errors import KINDS, ErrorCode
from matinee.http.pages import router
from matinee.http.problems import PROBLEM_TYPE
from tests.edge.engines import GATE, HERE, Answer, Question, ask_njs, node
from tests.edge.test_runtime import MAX_BYTES, complaints
from tests.needs import need

PAGES = GATE.with_name("pages.js")
ANSWERING = HERE / "answer_page.js"
FILE_OF = {
    "sign_in": "/signin.html",
    "callback": "/signin.html",
    "watch": "/watch.html",
    "studio": "/studio.html",
    "docs": "/docs.html",
}
ASSET = "ast_0123456789abcdefghjk"

ADDRESSES = [
    *("/", "/signin", "/callback", "/docs", f"/watch/{ASSET}", "/watch/a-b_c"),
    *("/static/main-Ab12.js", "/favicon.svg", "/robots.txt", "/settings.json", "/signin/", "/docs/", "/callback/x"),
    *("/studio", "/studio/", "/studio/settings", f"/studio/{ASSET}", f"/studio/{ASSET}/x", "/studios"),
    *("/watch", "/watch/", f"/watch/{ASSET}/", f"/watch/{ASSET}/x", "/watches/x", "/x/watch/y", "/Signin", "//"),
    *("/constructor", "/__proto__", "/toString", "/watch/x.html", "/watch/a.b"),
]
NAMED = ["/index.html", "/studio.html", "/watch.html", "/signin.html", "/docs.html", "/x.html", "/.html"]


def asked(addresses: list[str], engine: str, folder: Path, method: str = "GET") -> list[Answer]:
    """The function's answers in an engine."""
    questions = [Question(method=method, uri=address) for address in addresses]
    if engine == "njs":
        need(shutil.which("njs"), "the edge suite runs the pages' function in njs too; install it: apt-get install njs")
        return ask_njs(questions, folder, PAGES, ANSWERING)
    need(shutil.which("node"), "the edge suite runs the pages' function in Node 20 or newer")
    with node(PAGES, ANSWERING) as process:
        return process.ask(questions)


def local_file(address: str) -> str:
    """The file the local server answers with: a page's, or the address itself."""
    if address == "/":
        return "/index.html"  # http.routes.objects, without a key
    app = FastAPI()
    app.include_router(router)
    for route in router.routes:
        assert isinstance(route, Route)
        if route.name in FILE_OF and route.matches({"type": "http", "method": "GET", "path": address})[0] is Match.FULL:
            return FILE_OF[route.name]
    return address


@pytest.mark.parametrize("engine", ["node", "njs"])
def test_an_address_has_the_file_it_has_on_one_machine(engine: str, tmp_path: Path) -> None:
    answers = asked(ADDRESSES, engine, tmp_path)
    assert answers == [{"status": 0, "uri": local_file(address)} for address in ADDRESSES]
    assert {answer["uri"] for answer in answers} >= {"/index.html", *FILE_OF.values()}


@pytest.mark.parametrize("engine", ["node", "njs"])
def test_a_page_has_one_address_and_not_its_files(engine: str, tmp_path: Path) -> None:
    for answer in asked(NAMED, engine, tmp_path):
        assert answer["status"] == 404
        assert answer["headers"]["content-type"] == PROBLEM_TYPE
        body = json.loads(answer["body"])
        kind = KINDS[ErrorCode.ROUTE_NOT_FOUND]
        assert (body["code"], body["status"], body["title"]) == ("route_not_found", kind.status, kind.title)
    assert [answer["body"] for answer in asked(NAMED, engine, tmp_path, "HEAD")] == [""] * len(NAMED)


def test_it_uses_only_what_the_runtime_lists_and_fits() -> None:
    assert complaints(PAGES.read_text()) == ""
    assert len(PAGES.read_bytes()) <= MAX_BYTES
