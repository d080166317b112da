"""Who is signed in at which deployment, kept in one file of the state directory. It must not know how one signs in.

`credentials.json`, mode 0600: by the deployment's address the access token, when it ends, and what refreshes it. An
access token lives an hour or so; before it ends it is exchanged for the next, without a word, until the refresh token's
own end.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from matinee.errors import ErrorCode, MatineeError

EARLY_SECONDS = 60.0  # of an access token's life: the request must still arrive in time
REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """What a deployment's issuer gave."""

    access_token: str = field(repr=False)
    ends_at: float
    refresh_token: str | None = field(repr=False)
    token_endpoint: str
    client_id: str

    @property
    def fresh(self) -> bool:
        """Whether it still counts for a while."""
        return time.time() < self.ends_at - EARLY_SECONDS


class Credentials:
    """The file in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "credentials.json"

    def of(self, url: str) -> Credential | None:
        """Who signed in at `url`."""
        try:
            return Credential(**self._read()[url])
        except (KeyError, TypeError):
            return None

    def keep(self, url: str, credential: Credential | None) -> None:
        """Remember it, or forget whoever signed in there. Raises `setting_invalid` when the folder takes no file."""
        kept = {name: value for name, value in self._read().items() if name != url}
        if credential is not None:
            kept[url] = asdict(credential)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(json.dumps(kept, indent=1))
        except OSError as error:
            sentence = f"{self._path} cannot be written ({error.strerror}); set MATINEE_STATE_DIR to a folder of yours."
            raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from error

    def token_source(self, url: str) -> Callable[[], str] | None:
        """What gives an access token for `url` whenever it is asked; None when nobody signed in there."""
        if self.of(url) is None:
            return None

        def token() -> str:
            held = self.of(url)
            if held is not None and not held.fresh:
                held = refreshed(held)
                self.keep(url, held)
            if held is None:
                sentence = f"You are not signed in at {url} any more; run: matinee login"
                raise MatineeError(ErrorCode.CREDENTIAL_MISSING, sentence)
            return held.access_token

        return token

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, text: str) -> None:
        handle, temporary = tempfile.mkstemp(prefix="credentials-", dir=self._path.parent)  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(self._path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def refreshed(held: Credential) -> Credential | None:
    """The next one (RFC 6749, 6); None when the issuer gives none any more. Raises `server_unreachable`."""
    if held.refresh_token is None:
        return None
    asked = {"grant_type": "refresh_token", "client_id": held.client_id, "refresh_token": held.refresh_token}
    answer = ask_issuer(held.token_endpoint, asked)
    if answer is None:
        return None
    return credential_of(answer, held.token_endpoint, held.client_id, refresh_token=held.refresh_token)


def credential_of(
    answer: dict[str, Any], token_endpoint: str, client_id: str, *, refresh_token: str | None = None
) -> Credential:
    """What a token endpoint answered (RFC 6749, 5.1); it may leave the refresh token as it was."""
    return Credential(
        access_token=str(answer["access_token"]),
        ends_at=time.time() + float(answer.get("expires_in", 3600)),
        refresh_token=answer.get("refresh_token") or refresh_token,
        token_endpoint=token_endpoint,
        client_id=client_id,
    )


def ask_issuer(endpoint: str, asked: dict[str, str]) -> dict[str, Any] | None:
    """The token endpoint's answer; None when it refuses. Raises `server_unreachable`, with nothing of what was sent."""
    host = httpx.URL(endpoint).host
    try:
        response = httpx.post(endpoint, data=asked, timeout=REQUEST_SECONDS)
    except httpx.TransportError as error:
        sentence = f"The identity provider at {host} does not answer ({type(error).__name__}); try again in a moment."
        raise MatineeError(ErrorCode.SERVER_UNREACHABLE, sentence) from error
    if response.status_code >= 500:
        sentence = f"The identity provider at {host} failed ({response.status_code}); try again in a moment."
        raise MatineeError(ErrorCode.SERVER_UNREACHABLE, sentence)
    answer = response.json() if response.is_success else None
    return answer if isinstance(answer, dict) and answer.get("access_token") else None
