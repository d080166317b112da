"""`matinee login`: the authorization code flow with PKCE of a native application (RFC 8252, RFC 7636).

The browser is sent to the deployment's identity provider and comes back to a port of this machine, always the same one,
since a provider takes no address it does not know. It must not know the API, nor print a token.
"""

import base64
import hashlib
import json
import secrets
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from matinee.cli.client import unreachable
from matinee.cli.credentials import REQUEST_SECONDS, Credential, ask_issuer, credential_of
from matinee.errors import ErrorCode, MatineeError

PORT = 8910  # what the deployment's client is registered with (docs/deploy-aws.md)
CALLBACK = f"http://127.0.0.1:{PORT}/callback"
PATIENCE_SECONDS = 300.0
DONE = "Signed in. You may close this page and go back to the terminal."
REFUSED = "Not signed in; the terminal says why. You may close this page."
PAGE = "<!doctype html><meta charset=utf-8><title>Matinee</title><p>{}</p>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What a deployment says of its identity provider, and the provider of itself."""

    issuer: str
    client_id: str
    scopes: str
    authorization_endpoint: str
    token_endpoint: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in: what only this process knows, to recognise the answer by."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def address(self, issuer: Issuer) -> str:
        """Where the browser is sent."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": issuer.client_id,
            "redirect_uri": CALLBACK,
            "scope": issuer.scopes,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{issuer.authorization_endpoint}?{urlencode(asked)}"


def sign_in(url: str, tell: Callable[[str], object], open_browser: Callable[[str], object]) -> Credential:
    """Who signed in at the deployment at `url`, by a browser that `open_browser` sends away.

    Raises `setting_invalid` for a server that has no provider, `credential_invalid` when the provider or the person
    refused, `already_running` when the port is taken, `server_unreachable`.
    """
    issuer, attempt = issuer_of(url), Attempt()
    with _listening() as server:
        address = attempt.address(issuer)
        tell(f"Sign in with your browser; if none opens, go to:\n{address}")
        open_browser(address)
        code = _code(server, attempt)
    asked = {
        "grant_type": "authorization_code",
        "client_id": issuer.client_id,
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": attempt.verifier,
    }
    answer = ask_issuer(issuer.token_endpoint, asked)
    if answer is None:
        raise _refused("The identity provider gave no token; run it again, and finish within a few minutes.")
    _check_identity(answer.get("id_token"), issuer, attempt)
    return credential_of(answer, issuer.token_endpoint, issuer.client_id)


def issuer_of(url: str) -> Issuer:
    """The identity provider of the deployment at `url`."""
    settings = _json(url, "/settings.json")
    if settings.get("sign_in") != "oidc":
        sentence = f"{url} signs in by its API token: set MATINEE_TOKEN to it, or call from the server's own machine."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    if not settings.get("authorization_endpoint") or not settings.get("token_endpoint"):
        issuer = str(settings.get("issuer", ""))
        settings = _json(issuer, "/.well-known/openid-configuration") | settings
    try:
        return Issuer(**{name: str(settings[name]) for name in Issuer.__slots__})
    except KeyError as missing:
        sentence = f"What {url} says of its sign-in lacks {missing}; check the deployment's variable `oidc`."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from None


def browser(address: str) -> None:
    """Open the person's browser, if there is one."""
    webbrowser.open(address)


def _json(url: str, path: str) -> dict[str, Any]:
    try:
        found = httpx.get(url.rstrip("/") + path, timeout=REQUEST_SECONDS, follow_redirects=True)
        body = found.json() if found.is_success else None
    except httpx.TransportError as error:
        raise unreachable(url, error) from error
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


class _Callback(BaseHTTPRequestHandler):
    """Takes the one request the browser comes back with."""

    server: "_Server"

    def do_GET(self) -> None:
        """Only `/callback`; browsers ask for an icon as well."""
        parts = urlsplit(self.path)
        if parts.path != "/callback":
            self.send_error(404)
            return
        given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        known = secrets.compare_digest(given.get("state", "").encode(), self.server.state.encode())
        page = PAGE.format(DONE if known and "code" in given else REFUSED).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(page)
        if known:  # anybody on this machine may knock here; only the provider knows the state
            self.server.given = given

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        """Nothing: the address holds the code."""


class _Server(HTTPServer):
    state = ""
    given: dict[str, str] | None = None


def _listening() -> _Server:
    try:
        return _Server(("127.0.0.1", PORT), _Callback)
    except OSError as error:
        sentence = f"Port {PORT} of this machine is taken ({error.strerror}); is another `matinee login` under way?"
        raise MatineeError(ErrorCode.ALREADY_RUNNING, sentence) from error


def _code(server: _Server, attempt: Attempt) -> str:
    server.state = attempt.state
    deadline = time.monotonic() + PATIENCE_SECONDS
    while server.given is None:
        server.timeout = deadline - time.monotonic()
        if server.timeout <= 0:
            raise _refused(f"Nobody signed in within {PATIENCE_SECONDS / 60:.0f} minutes; run it again.")
        server.handle_request()
    if "code" not in server.given:
        said = server.given.get("error_description") or server.given.get("error", "no reason given")
        raise _refused(f"The identity provider refused ({said[:200]}).")
    return server.given["code"]


def _check_identity(token: object, issuer: Issuer, attempt: Attempt) -> None:
    """That the answer is to this attempt. A provider that was not asked for `openid` sends no identity.

    The token came from the provider over TLS, which stands for its signature (OpenID Connect Core, 3.1.3.7, 6).
    """
    if not isinstance(token, str) or "openid" not in issuer.scopes.split():
        return
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        right = (claims["iss"], claims.get("nonce")) == (issuer.issuer, attempt.nonce)
        right = right and issuer.client_id in audience and float(claims["exp"]) > time.time()
    except (ValueError, KeyError, IndexError, TypeError):
        right = False
    if not right:
        raise _refused("The identity provider's answer is not to this sign-in; run it again.")


def _refused(sentence: str) -> MatineeError:
    return MatineeError(ErrorCode.CREDENTIAL_INVALID, sentence)
