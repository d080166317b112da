"""`matinee login` against Cognito's own sign-in pages: the flow as a person goes through it, and answers that lie."""

import base64
import json
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from matinee.cli import login
from matinee.cli.client import Api, open_api
from matinee.cli.credentials import Credential, Credentials
from matinee.config import Settings
from matinee.errors import ErrorCode
from tests.contracts.emulator import Emulator
from tests.contracts.people import FIELD, People, new_people
from tests.contracts.samples import raises


@dataclass
class Deployment:
    """A deployment as far as the command line needs one: it says where to sign in, and who asked it for assets."""

    settings: dict[str, str]
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture(scope="module")
def people(emulator: Emulator) -> People:
    """A pool of people."""
    return new_people(emulator, login.CALLBACK)


@pytest.fixture
def deployment(people: People) -> Iterator[Deployment]:
    """Serves `/settings.json` and an empty library."""
    found = Deployment(dict(people.settings))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.headers.get("Authorization", ""))
            settings = self.path == "/settings.json"
            body = json.dumps(found.settings if settings else {"items": [], "next_cursor": None}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}"
        yield found
        server.shutdown()


def sign_in(deployment: Deployment, person: Callable[[str], object]) -> Credential:
    """Sign in with a browser in which `person` acts."""
    acting: list[threading.Thread] = []

    def browser(address: str) -> None:
        acting.append(threading.Thread(target=person, args=(address,)))
        acting[0].start()

    try:
        return login.sign_in(deployment.url, lambda _: None, browser)
    finally:
        for thread in acting:
            thread.join(30)


def came_back(address: str, **changed: str) -> None:
    """The browser comes back with an answer of somebody's making."""
    state = parse_qs(urlsplit(address).query)["state"][0]
    httpx.get(login.CALLBACK, params={"state": state} | changed, trust_env=False)


def test_a_person_signs_in_with_a_browser(deployment: Deployment, people: People) -> None:
    pages: list[httpx.Response] = []
    credential = sign_in(deployment, lambda address: pages.append(people.sign_in(address)))
    assert login.DONE in pages[0].text
    claims = json.loads(base64.urlsafe_b64decode(credential.access_token.split(".")[1] + "=="))
    assert claims["client_id"] == people.settings["client_id"]
    assert "matinee/assets:write" in claims["scope"].split()
    assert credential.fresh
    assert credential.refresh_token


def test_the_question_holds_what_the_flow_asks_for(deployment: Deployment, people: People) -> None:
    asked: list[dict[str, list[str]]] = []

    def person(address: str) -> None:
        asked.append(parse_qs(urlsplit(address).query))
        people.sign_in(address)

    sign_in(deployment, person)
    sign_in(deployment, person)
    assert {name: values[0] for name, values in asked[0].items() if name in ("response_type", "redirect_uri")} == {
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8910/callback",
    }
    assert asked[0]["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) >= 43
        assert asked[0][name] != asked[1][name]


def test_an_answer_with_another_state_is_not_listened_to(deployment: Deployment, people: People) -> None:
    def person(address: str) -> None:
        came_back(address, state="x", code="stolen")
        came_back(address, state="", error="access_denied")
        people.sign_in(address)

    assert sign_in(deployment, person).fresh


def test_a_provider_that_refuses_is_quoted(deployment: Deployment) -> None:
    with raises(ErrorCode.CREDENTIAL_INVALID):
        sign_in(deployment, lambda address: came_back(address, error="access_denied"))


def test_a_code_of_somebody_elses_sign_in_gives_no_token(deployment: Deployment, people: People) -> None:
    """Their code was asked for with another verifier."""
    codes: list[str] = []

    def first(address: str) -> None:
        codes.append(code_for(people, address))
        came_back(address, error="access_denied")

    with raises(ErrorCode.CREDENTIAL_INVALID):
        sign_in(deployment, first)
    with raises(ErrorCode.CREDENTIAL_INVALID):
        sign_in(deployment, lambda address: came_back(address, code=codes[0]))


def code_for(people: People, address: str) -> str:
    """The code the provider gave for `address`, taken on its way back."""
    with httpx.Client(timeout=30, trust_env=False) as browser:
        page = browser.get(address)
        fields = dict(FIELD.findall(page.text)) | {"username": people.name, "password": people.password}
        answer = browser.post(str(page.url.join("/login")), data=fields)
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def test_an_identity_for_another_sign_in_is_refused(
    deployment: Deployment, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = login.Attempt.address
    monkeypatch.setattr(login.Attempt, "address", lambda self, issuer: asked(replace(self, nonce="other"), issuer))
    with raises(ErrorCode.CREDENTIAL_INVALID):
        sign_in(deployment, people.sign_in)


def test_a_server_without_a_provider_says_how_else(deployment: Deployment) -> None:
    deployment.settings.clear()
    deployment.settings["sign_in"] = "token"
    with raises(ErrorCode.SETTING_INVALID):
        sign_in(deployment, lambda _: None)


def test_two_at_once_are_told(deployment: Deployment) -> None:
    with HTTPServer(("127.0.0.1", login.PORT), BaseHTTPRequestHandler), raises(ErrorCode.ALREADY_RUNNING):
        sign_in(deployment, lambda _: None)


class TestKept:
    """What is kept of it, and used."""

    @pytest.fixture
    def settings(self, deployment: Deployment, people: People, tmp_path: Path) -> Settings:
        """Of somebody who signed in."""
        settings = Settings(url=deployment.url, state_dir=tmp_path / "state", data_dir=tmp_path / "none")
        Credentials(settings.notes_dir).keep(deployment.url, sign_in(deployment, people.sign_in))
        return settings

    def test_the_token_is_sent_to_that_deployment_and_to_no_other(
        self, settings: Settings, deployment: Deployment
    ) -> None:
        held = Credentials(settings.notes_dir).of(deployment.url)
        assert held is not None
        with open_api(settings) as api:
            api.get("/v1/assets")
        assert deployment.asked[-1] == f"Bearer {held.access_token}"
        with raises(ErrorCode.CREDENTIAL_MISSING):
            open_api(replace(settings, url="https://films.example.org"))

    def test_it_is_readable_by_its_owner_alone(self, settings: Settings) -> None:
        path = settings.notes_dir / "credentials.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_token_that_ends_is_renewed_in_the_middle_of_the_work(
        self, settings: Settings, deployment: Deployment
    ) -> None:
        kept = Credentials(settings.notes_dir)
        first = kept.of(deployment.url)
        assert first is not None
        with open_api(settings) as api:
            api.get("/v1/assets")
            kept.keep(deployment.url, replace(first, ends_at=time.time() + 30))
            time.sleep(1)  # a token's times are whole seconds: the next one must differ
            api.get("/v1/assets")
        renewed = kept.of(deployment.url)
        assert renewed is not None
        assert renewed.fresh
        assert renewed.refresh_token
        assert deployment.asked[-1] == f"Bearer {renewed.access_token}" != f"Bearer {first.access_token}"

    def test_when_the_provider_gives_no_more_one_signs_in_again(
        self, settings: Settings, deployment: Deployment
    ) -> None:
        kept = Credentials(settings.notes_dir)
        held = kept.of(deployment.url)
        assert held is not None
        kept.keep(deployment.url, replace(held, ends_at=0.0, refresh_token="gone"))
        with open_api(settings) as api, raises(ErrorCode.CREDENTIAL_MISSING):
            api.get("/v1/assets")
        assert kept.of(deployment.url) is None

    def test_signing_out_forgets(self, settings: Settings, deployment: Deployment) -> None:
        Credentials(settings.notes_dir).keep(deployment.url, None)
        assert "access_token" not in (settings.notes_dir / "credentials.json").read_text()

    def test_a_credential_is_never_in_a_text(self, settings: Settings, deployment: Deployment) -> None:
        held = Credentials(settings.notes_dir).of(deployment.url)
        assert held is not None
        assert held.access_token not in repr(held) + repr(Api(deployment.url, held.access_token))
        assert str(held.refresh_token) not in repr(held)
