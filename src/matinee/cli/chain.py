"""`matinee doctor --url`: a one-second film goes all the way, and the step that breaks is named.

It must not know what stands behind the address: one machine and a deployment on AWS are asked the same. The film is
deleted again, whatever happened.

    answers ─▶ gate, pages, sign-in, strangers ─▶ signed in ─▶ upload ─▶ playable ─▶ ready ─▶ session ─▶ streams ─┐
              deleted ◀─ revoked ◀─ renewed ◀─ premiere ◀─ bound ◀─ closed without a token ◀──────────────────────┘

`STEPS` marks what nothing after it can be tried without; docs/limits.md says what each proves on AWS.
"""

import hashlib
import re
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from matinee.cli.chain_account import AccountChecks
from matinee.cli.chain_front import Front
from matinee.cli.chain_sessions import Rules
from matinee.cli.client import Api, Json, path_of
from matinee.cli.doctor import Check, gate, made
from matinee.cli.visitor import Visitor, broken, origin_of
from matinee.errors import MatineeError
from matinee.ports.account import Account

READY_SECONDS = 900.0  # a run's own steps take seconds; a new account's first functions may be waited for
EVENT_SECONDS = 60.0
REVOKED_SECONDS = 60.0  # CloudFront says seconds
LOOK_SECONDS = 0.5
TOKEN = re.compile(r"/t/[^/]+/")
NOT_TRIED = "not tried: something before it is broken"
STEPS = {
    "answers": True,
    "gate": False,
    "pages": False,
    "sign-in": False,
    "strangers": False,
    "signed in": True,
    "upload": True,
    "playable": True,
    "ready": True,
    "session": True,
    "streams": True,
    "closed without a token": False,
    "bound": False,
    "premiere": False,
    "renewed": False,
    "revoked": False,
    "deleted": False,
}


class Chain:
    """One film's way through a deployment."""

    def __init__(self, api: Api, film: Path) -> None:
        self._api = api
        self._film = film
        self._visitor = Visitor(api.url)
        self._front = Front(api, self._visitor)
        self._asset_id = ""
        self._session: Json = {}
        self._segment = ""
        self._source = ""

    def examine(self) -> Iterator[Check]:
        """Each step as it was found; those behind a broken one that they need are not tried."""
        stuck = False
        try:
            for name, needed in STEPS.items():
                check = Check(name=name, ok=False, sentence=NOT_TRIED) if stuck else made(name, self._steps()[name])
                stuck = stuck or (needed and not check.ok)
                yield check
        finally:
            if self._asset_id:
                with suppress(MatineeError):
                    self._api.delete(path_of("assets", self._asset_id))
            self._visitor.__exit__()

    def _steps(self) -> dict[str, Callable[[], str | Check]]:
        rules = Rules(self._api, self._visitor, self._asset_id)
        return {
            "answers": self._answers,
            "gate": self._gate,
            "pages": self._front.pages,
            "sign-in": self._front.sign_in,
            "strangers": self._front.strangers,
            "signed in": self._signed_in,
            "upload": self._upload,
            "playable": lambda: self._waited("playable"),
            "ready": lambda: self._waited("ready"),
            "session": self._mint,
            "streams": self._stream,
            "closed without a token": self._closed,
            "bound": rules.bound,
            "premiere": rules.premiere,
            "renewed": rules.renewed,
            "revoked": self._revoke,
            "deleted": self._delete,
        }

    def _answers(self) -> str:
        health = self._api.get("/healthz")
        bad = [f"{name} {state}" for name, state in health["checks"].items() if state != "ok"]
        if bad:
            raise broken(f"Matinee {health['version']} says: {', '.join(bad)}; see docs/operate.md.")
        return f"Matinee {health['version']} at {self._api.url}"

    def _gate(self) -> Check:
        health = self._api.get("/healthz")
        return gate(health.get("gate", "enforce"), health.get("public_assets", ()))

    def _signed_in(self) -> str:
        found = self._api.get(path_of("assets"), limit=1)
        return "the library can be read" + ("" if found["items"] else "; it is empty")

    def _upload(self) -> str:
        data = self._film.read_bytes()
        began = time.monotonic()
        body = {"filename": self._film.name, "size_bytes": len(data), "content_type": "video/mp4", "title": "Doctor"}
        upload = self._api.post(path_of("uploads"), body)
        self._asset_id = upload["asset_id"]
        wish = {"parts": [{"number": 1, "sha256": b64encode(hashlib.sha256(data).digest()).decode()}]}
        link = self._api.post(path_of("uploads", upload["id"], "parts"), wish)["parts"][0]
        self._visitor.expect("PUT", link["url"], 200, content=data, headers=link["headers"])
        host, self._source = urlsplit(link["url"]).netloc, link["url"].partition("?")[0]
        self._browsers_may(link)
        self._api.post(path_of("uploads", upload["id"], "complete"))
        return f"{len(data)} bytes went to {host} in {time.monotonic() - began:.1f} s"

    def _browsers_may(self, link: Json) -> None:
        """Where parts go to another host than the pages', a browser asks before it sends (Fetch, "CORS protocol")."""
        if urlsplit(link["url"]).netloc == urlsplit(self._api.url).netloc:
            return
        asked = {
            "Origin": origin_of(self._api.url),
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": ",".join(sorted(name.lower() for name in link["headers"])),
        }
        answer = self._visitor.expect("OPTIONS", link["url"], 200, headers=asked)
        if answer.headers.get("access-control-allow-origin") not in {asked["Origin"], "*"}:
            raise broken("browsers may not send parts there: the store's CORS rule does not name this site.")

    def _waited(self, wanted: str) -> str:
        began, status = time.monotonic(), ""
        while (waited := time.monotonic() - began) < READY_SECONDS:
            asset = self._api.get(path_of("assets", self._asset_id))
            status = asset["status"]
            if status == "failed":
                raise broken(asset["error"]["message"])
            if status in {wanted, "ready"}:
                return f"{waited:.1f} s later"
            if status == "uploading" and waited > EVENT_SECONDS:
                raise broken(f"the upload is complete for {waited:.0f} s, and no run began.")
            time.sleep(LOOK_SECONDS)
        raise broken(f"still {status} after {READY_SECONDS:.0f} s; see the log of the ingest.")

    def _mint(self) -> str:
        self._session = self._api.post(path_of("assets", self._asset_id, "playback"), {"viewer": "doctor"})
        return f"until {self._session['expires_at']}"

    def _stream(self) -> str:
        began = time.monotonic()
        url = self._session["hls_url"]
        for _ in range(2):  # the main playlist, then its first rendition's
            lines = self._visitor.expect("GET", url, 200).text.splitlines()
            url = urljoin(url, next(line for line in lines if line and not line.startswith("#")))
        self._segment = url
        sent = len(self._visitor.expect("GET", url, 200).content)
        if not sent:
            raise broken("the first segment is empty.")
        return f"two playlists and a segment of {sent} bytes in {time.monotonic() - began:.1f} s"

    def _closed(self) -> str:
        bare = TOKEN.sub("/", self._segment)
        wrong = self._segment.replace("/t/", "/t/x", 1)
        origin = origin_of(self._segment)
        path = urlsplit(bare).path
        tried = [bare, wrong, f"{origin}/t{path}", f"{origin}/streams{path}", f"{origin}//streams{path}"]
        tried += [f"{origin}/%73treams{path}", f"{origin}/web/../streams{path}", *self._unsigned(path)]
        for url in tried:
            answer = self._visitor.ask("GET", url)
            if answer.is_success and "text/html" not in answer.headers.get("content-type", ""):
                raise broken("the film was given out without its token: do not put films here.")
        return f"{len(tried)} ways without a token or a signature were refused"

    def _unsigned(self, path: str) -> list[str]:
        """The same, and the original, asked of the store itself; on one machine that is the server."""
        bucket, sources, _ = self._source.partition("/sources/")
        return [self._source, *([f"{bucket}/streams{path}", f"{bucket}/?list-type=2"] if sources else [])]

    def _revoke(self) -> str:
        began = time.monotonic()
        self._api.delete(path_of("playback", self._session["session_id"]))
        while (waited := time.monotonic() - began) < REVOKED_SECONDS:
            if self._visitor.ask("GET", self._segment).status_code == httpx.codes.GONE:
                return f"refused {waited:.1f} s later"
            time.sleep(LOOK_SECONDS)
        raise broken(f"a revoked session still plays after {REVOKED_SECONDS:.0f} s.")

    def _delete(self) -> str:
        self._api.delete(path_of("assets", self._asset_id))
        self._asset_id = ""
        return "the film is gone again"


def examine(api: Api, make_film: Callable[[Path], Path], account: Account | None = None) -> Iterator[Check]:
    """The steps of the chain behind `api`, one by one, then what `account` tells; `make_film` makes it in a folder."""
    with tempfile.TemporaryDirectory() as folder:
        film = make_film(Path(folder))
        yield from Chain(api, film).examine()
        if account is not None:
            yield from AccountChecks(api, account, film).examine()
