"""How the command line reads answers, which token it sends where, and how long it waits for a server."""

import time
from pathlib import Path

import httpx
import pytest

from matinee.cli.client import access_token, is_this_machine, open_api, path_of, problem_of, unreachable
from matinee.cli.credentials import Credential, Credentials
from matinee.cli.patience import Patience, Stopped
from matinee.config import Settings
from matinee.errors import ErrorCode, MatineeError

TOKEN = "a-token-of-some-length"


def answer(status: int, text: str) -> httpx.Response:
    """An answer of a server."""
    return httpx.Response(status, text=text, request=httpx.Request("GET", "https://films.example.org/v1/x?signature=s"))


def data_dir(folder: Path) -> Path:
    """A data directory with a token in it."""
    (folder / "token").write_text(TOKEN + "\n")
    return folder


def test_a_problem_document_becomes_the_error_it_was() -> None:
    error = problem_of(answer(404, '{"code": "asset_not_found", "detail": "There is no such asset."}'))
    assert (error.code, error.detail) == (ErrorCode.ASSET_NOT_FOUND, "There is no such asset.")


def test_a_code_of_a_newer_server_is_internal_with_its_sentence() -> None:
    error = problem_of(answer(409, '{"code": "reel_missing", "detail": "Reel 2 is missing."}'))
    assert error.code is ErrorCode.INTERNAL
    assert "Reel 2 is missing." in error.detail


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (401, '{"message": "Unauthorized"}', ErrorCode.CREDENTIAL_INVALID),
        (403, "<Error><Code>AccessDenied</Code></Error>", ErrorCode.SCOPE_MISSING),
        (429, '{"message": "Too Many Requests"}', ErrorCode.TOO_MANY_REQUESTS),
        (502, "<html>Bad Gateway</html>", ErrorCode.SERVER_UNREACHABLE),
        (418, "[]", ErrorCode.INTERNAL),
    ],
)
def test_what_a_gateway_answers_by_itself_is_read_by_its_status(status: int, text: str, code: ErrorCode) -> None:
    error = problem_of(answer(status, text))
    assert error.code is code
    assert "signature" not in error.detail


def test_an_address_with_a_credential_in_it_is_not_repeated() -> None:
    error = unreachable("https://films.example.org/parts/1?signature=secret", httpx.ConnectError("refused"))
    assert "secret" not in error.detail
    assert "https://films.example.org" in error.detail


def test_this_machines_token_opens_this_machines_server(tmp_path: Path) -> None:
    with open_api(Settings(data_dir=data_dir(tmp_path))) as api:
        assert api._http.headers["Authorization"] == f"Bearer {TOKEN}"


def test_this_machines_token_is_never_sent_to_another(tmp_path: Path) -> None:
    with pytest.raises(MatineeError) as raised:
        open_api(Settings(data_dir=data_dir(tmp_path), url="https://films.example.org"))
    assert raised.value.code is ErrorCode.CREDENTIAL_MISSING


def test_a_token_that_was_set_goes_before_the_one_that_lies_there(tmp_path: Path) -> None:
    with open_api(Settings(data_dir=data_dir(tmp_path), token="another-token-of-mine")) as api:
        assert api._http.headers["Authorization"] == "Bearer another-token-of-mine"


@pytest.mark.parametrize(("ends_in", "printed"), [(3600.0, "first"), (30.0, "next")])
def test_the_token_of_a_sign_in_is_told_and_renewed_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends_in: float, printed: str
) -> None:
    url, asked = "https://films.example.org", []

    def post(endpoint: str, data: dict[str, str], timeout: float) -> httpx.Response:
        asked.append((endpoint, data["refresh_token"]))
        return httpx.Response(200, json={"access_token": "next", "expires_in": 3600})

    monkeypatch.setattr(httpx, "post", post)
    held = Credential(
        access_token="first",
        ends_at=time.time() + ends_in,
        refresh_token="again",
        token_endpoint="https://people.example.org/token",
        client_id="pages",
    )
    Credentials(tmp_path).keep(url, held)
    settings = Settings(data_dir=tmp_path, state_dir=tmp_path, url=url)
    assert [access_token(settings), access_token(settings)] == [printed, printed]
    assert asked == [("https://people.example.org/token", "again")] * (printed == "next")


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:80", "http://localhost", "http://127.8.8.8"])
def test_loopback_addresses_are_this_machine(url: str) -> None:
    assert is_this_machine(url)


@pytest.mark.parametrize("url", ["https://films.example.org", "http://127.0.0.1.example.org", "http://10.0.0.1"])
def test_other_addresses_are_not_this_machine(url: str) -> None:
    assert not is_this_machine(url)


def test_an_id_stays_one_segment_whatever_is_in_it() -> None:
    assert path_of("assets", "../x?y#z é") == "/v1/assets/..%2Fx%3Fy%23z%20%C3%A9"


class Flaky:
    """Fails `times` times, then answers."""

    def __init__(self, code: ErrorCode, times: int) -> None:
        self.code, self.times, self.calls = code, times, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise MatineeError(self.code, "Away.")
        return "here"


def test_a_server_that_comes_back_is_waited_for_and_told_of_once() -> None:
    told: list[str] = []
    act = Flaky(ErrorCode.SERVER_UNREACHABLE, 2)
    assert Patience(60, told.append).ask(act) == "here"
    assert [line.split(".")[0] for line in told] == ["Away", "The server answers again; going on"]


def test_a_server_that_stays_away_is_given_up_with_its_error() -> None:
    with pytest.raises(MatineeError) as raised:
        Patience(0.2, lambda _: None).ask(Flaky(ErrorCode.SERVER_UNREACHABLE, 10_000))
    assert raised.value.code is ErrorCode.SERVER_UNREACHABLE


@pytest.mark.parametrize("code", [ErrorCode.ASSET_NOT_FOUND, ErrorCode.SOURCE_EMPTY, ErrorCode.CREDENTIAL_INVALID])
def test_what_waiting_does_not_mend_is_raised_at_once(code: ErrorCode) -> None:
    act = Flaky(code, 10_000)
    with pytest.raises(MatineeError):
        Patience(60, lambda _: None).ask(act)
    assert act.calls == 1


def test_an_internal_error_is_tried_a_few_times_only() -> None:
    act = Flaky(ErrorCode.INTERNAL, 10_000)
    with pytest.raises(MatineeError):
        Patience(600, lambda _: None).ask(act)
    assert act.calls == 4


def test_stopping_ends_a_pause() -> None:
    patience = Patience(600, lambda _: patience.stop())
    with pytest.raises(Stopped):
        patience.ask(Flaky(ErrorCode.SERVER_UNREACHABLE, 10_000))
