"""The command line's way to a server: requests out, answers or `MatineeError` back. It must not print or know commands.

A problem document becomes the error the server raised; what a gateway or a proxy answers by itself is read by its
status. The API token goes to the API alone, never along a signed link.
"""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx

from matinee import __version__
from matinee.cli.credentials import Credentials
from matinee.config import Settings
from matinee.errors import ErrorCode, MatineeError

Json = dict[str, Any]

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
JOIN_SECONDS = 900.0  # joining the parts of a very large film, or removing one, is disk work the answer waits for

# Answers that are not ours: API Gateway, a proxy, S3. Anything over 499 counts as not reached.
BY_STATUS = {
    401: ErrorCode.CREDENTIAL_INVALID,
    403: ErrorCode.SCOPE_MISSING,
    404: ErrorCode.ROUTE_NOT_FOUND,
    413: ErrorCode.BODY_TOO_LARGE,
    429: ErrorCode.TOO_MANY_REQUESTS,
}


class Api:
    """One server's API as its publisher. Close it, or use it in a `with`."""

    def __init__(self, url: str, token: str | Callable[[], str]) -> None:
        """`token` may be asked anew for every request: one that ends is then renewed in the middle of an upload."""
        self.url = url
        self._token = None if isinstance(token, str) else token
        fixed = {"Authorization": f"Bearer {token}"} if isinstance(token, str) else {}
        self._http = httpx.Client(
            base_url=url,
            headers={"User-Agent": f"matinee/{__version__}", **fixed},
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            trust_env=not is_this_machine(url),  # a proxy of the network has no way to this machine's own server
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **params: str | float | None) -> Json:
        """The answer to GET; parameters that are None are left out."""
        return self._call("GET", path, params={name: value for name, value in params.items() if value is not None})

    def post(self, path: str, body: Json | None = None, *, idempotency_key: str | None = None) -> Json:
        """The answer to POST."""
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return self._call("POST", path, json=body, headers=headers)

    def put(self, path: str, data: bytes, content_type: str) -> Json:
        """The answer to PUT of `data`."""
        return self._call("PUT", path, content=data, headers={"Content-Type": content_type})

    def patch(self, path: str, body: Json) -> Json:
        """The answer to PATCH."""
        return self._call("PATCH", path, json=body)

    def delete(self, path: str) -> Json:
        """The answer to DELETE; empty for 204."""
        return self._call("DELETE", path)

    def _call(self, method: str, path: str, **rest: Any) -> Json:
        if self._token is not None:
            rest["headers"] = {"Authorization": f"Bearer {self._token()}", **rest.get("headers", {})}
        slow = method == "DELETE" or path.endswith("/complete")
        timeout = httpx.Timeout(JOIN_SECONDS if slow else READ_SECONDS, connect=CONNECT_SECONDS)
        try:
            response = self._http.request(method, path, timeout=timeout, **rest)
        except httpx.TransportError as error:
            raise unreachable(self.url, error) from error
        if not response.is_success:
            raise problem_of(response)
        return self._body(response)

    def _body(self, response: httpx.Response) -> Json:
        if not response.content:
            return {}
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            sentence = f"{self.url} answers, but not as Matinee does; check MATINEE_URL."
            raise MatineeError(ErrorCode.SERVER_UNREACHABLE, sentence)
        return body


def open_api(settings: Settings) -> Api:
    """The API of the server `settings` names. Raises `credential_missing` when no token is to be had."""
    return Api(settings.url, _token(settings))


def access_token(settings: Settings) -> str:
    """What a program sends as Bearer to the server `settings` names, renewed first when it ends soon.

    Raises `credential_missing` when none is to be had, `server_unreachable` when it cannot be renewed.
    """
    found = _token(settings)
    return found if isinstance(found, str) else found()


def path_of(*segments: str) -> str:
    """`/v1/…` with every segment percent-encoded: an id typed by a person is one segment, whatever is in it."""
    return "/v1/" + "/".join(quote(segment, safe="") for segment in segments)


def is_this_machine(url: str) -> bool:
    """Whether `url` names the loopback interface."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def unreachable(url: str, error: httpx.TransportError) -> MatineeError:
    """Nobody answered at `url`."""
    why = "it took too long" if isinstance(error, httpx.TimeoutException) else str(error) or type(error).__name__
    advice = "start it with `make run`, or set MATINEE_URL" if is_this_machine(url) else "check MATINEE_URL"
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))  # never the path: that of a signed link is a credential
    sentence = f"The server at {origin} does not answer ({why}). Is it running? If not, {advice}."
    return MatineeError(ErrorCode.SERVER_UNREACHABLE, sentence)


def problem_of(response: httpx.Response) -> MatineeError:
    """What the server said went wrong; a code this version does not know is `internal`, with the server's sentence."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict) or "code" not in body:
        return _foreign(response, body.get("message") if isinstance(body, dict) else None)
    detail = str(body.get("detail") or body.get("title") or body["code"])
    known = body["code"] in set(ErrorCode)
    code = ErrorCode(body["code"]) if known else ErrorCode.INTERNAL
    if code is ErrorCode.CREDENTIAL_INVALID:
        detail += " Set MATINEE_TOKEN to it, or unset it to use the one in MATINEE_DATA_DIR."
    return MatineeError(code, detail if known else f"{body['code']}: {detail}", _retry_after(response))


def _retry_after(response: httpx.Response) -> int | None:
    asked = response.headers.get("Retry-After", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else None  # the form we send


def _foreign(response: httpx.Response, message: object) -> MatineeError:
    status = response.status_code
    code = ErrorCode.SERVER_UNREACHABLE if status >= 500 else BY_STATUS.get(status, ErrorCode.INTERNAL)
    said = f": {message}" if message else ""
    sentence = f"{response.url.host} answered {status}{said}, not as Matinee does; check MATINEE_URL and try again."
    return MatineeError(code, sentence)


def _token(settings: Settings) -> str | Callable[[], str]:
    if settings.token is not None:
        return settings.token
    signed_in = Credentials(settings.notes_dir).token_source(settings.url)
    if signed_in is not None:
        return signed_in
    path = settings.data_dir / "token"
    # This machine's token opens this machine's server; sent elsewhere it would only be given away.
    found = _read(path) if is_this_machine(settings.url) else None
    if found is None:
        here = f"set MATINEE_TOKEN to the one the server prints at start, or call from where {path} can be read"
        away = "run `matinee login`, or set MATINEE_TOKEN to the one the server prints at start"
        do = here if is_this_machine(settings.url) else away
        sentence = f"No API token for {settings.url}: {do}."
        raise MatineeError(ErrorCode.CREDENTIAL_MISSING, sentence)
    return found


def _read(path: Path) -> str | None:
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text or None
