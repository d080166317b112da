"""Whether a deployment's own gate holds to the rules of a session: bound, not yet, expired, renewed.

The gate's code is tried elsewhere, on every case; this asks the engine it runs on. It must not know which that is.
"""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from matinee.cli.client import Api, Json, path_of
from matinee.cli.visitor import Visitor, broken

NOBODYS = "192.0.2.0/24"  # TEST-NET-1: no viewer has such an address (RFC 5737)
LIFE_SECONDS = 2  # a renewed token lives as long as the first
EXPIRED_SECONDS = 30.0  # clocks here and there may differ
RENEWALS = 3  # from far away, the answer may take as long as the token lives
LOOK_SECONDS = 0.5


class Rules:
    """Sessions of one asset, opened to be refused; its deletion takes them along."""

    def __init__(self, api: Api, visitor: Visitor, asset_id: str) -> None:
        self._api = api
        self._visitor = visitor
        self._asset_id = asset_id

    def bound(self) -> str:
        """A link bound to another network opens nothing, nor is it renewed."""
        made = self._open(bind_ip=NOBODYS)
        self._refused(made["hls_url"], 403, "token_ip", "a link bound to another network")
        answer = self._renewal(made)
        if answer.status_code != 403:
            raise broken(f"renewing a link bound to another network answered {answer.status_code}, not 403.")
        return f"a link bound to {NOBODYS} was refused here, and not renewed"

    def premiere(self) -> str:
        """A link for later opens nothing yet."""
        starts = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._refused(self._open(not_before=starts)["hls_url"], 403, "token_not_yet", "a link for later")
        return "a link for in an hour was refused"

    def renewed(self) -> str:
        """A token that ended opens nothing, and is exchanged for one that does."""
        made, began = self._open(ttl_seconds=LIFE_SECONDS), time.monotonic()
        while self._visitor.ask("GET", made["hls_url"]).is_success:
            if time.monotonic() - began > EXPIRED_SECONDS:
                raise broken(f"a token of {LIFE_SECONDS} s still plays after {EXPIRED_SECONDS:.0f} s.")
            time.sleep(LOOK_SECONDS)
        self._refused(made["hls_url"], 401, "token_expired", "a token that ended")
        ended = time.monotonic() - began
        for _ in range(RENEWALS):
            answer = self._renewal(made)
            if answer.status_code != 201:
                raise broken(f"renewing a session whose token ended answered {answer.status_code}, not 201.")
            if self._visitor.ask("GET", answer.json()["hls_url"]).is_success:
                return f"a token of {LIFE_SECONDS} s was refused {ended:.1f} s later, and its successor opens"
        raise broken("the token a renewal gave opens nothing.")

    def _open(self, **wish: object) -> Json:
        return self._api.post(path_of("assets", self._asset_id, "playback"), dict(wish))

    def _renewal(self, made: Json) -> httpx.Response:
        token = urlsplit(made["hls_url"]).path.split("/")[2]
        url = self._api.url + path_of("playback", made["session_id"], "renew")
        return self._visitor.ask("POST", url, headers={"Authorization": f"Bearer {token}"})

    def _refused(self, url: str, status: int, code: str, what: str) -> None:
        answer = self._visitor.ask("GET", url)
        found = answer.status_code, answer.headers.get("x-matinee-denial", "")
        if found != (status, code):
            raise broken(f"{what} was answered {' '.join(map(str, found)).strip()}, not {status} {code}.")
