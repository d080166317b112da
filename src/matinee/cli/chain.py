"""`matinee doctor --url`: a one-second film goes all the way, and the link of the chain that breaks is named.

It must not know what stands behind the address: one machine and a deployment on AWS are asked the same. The film is
deleted again, whatever happened.

    answers ─▶ gate ─▶ signed in ─▶ upload ─▶ playable ─▶ ready ─▶ session ─▶ streams ─┐
                                  deleted ◀─ revoked ◀─ closed without a token ◀─┘
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

from matinee.cli.client import Api, Json, is_this_machine, path_of, unreachable
from matinee.cli.doctor import Check, gate
from matinee.errors import ErrorCode, MatineeError

READY_SECONDS = 900.0  # a run's own steps take seconds; a new account's first functions may be waited for
EVENT_SECONDS = 60.0
REVOKED_SECONDS = 60.0  # CloudFront says seconds
LOOK_SECONDS = 0.5
TOKEN = re.compile(r"/t/[^/]+/")
NOT_TRIED = "not tried: something before it is broken"


class Chain:
    """One film's way through a deployment."""

    def __init__(self, api: Api, film: Path) -> None:
        self._api = api
        self._film = film
        self._http = httpx.Client(timeout=30, trust_env=not is_this_machine(api.url), follow_redirects=False)
        self._asset_id = ""
        self._session: Json = {}
        self._segment = ""
        self._source = ""

    def examine(self) -> Iterator[Check]:
        """Each link as it was found; those behind a broken one are not tried."""
        links: list[tuple[str, Callable[[], str | Check]]] = [
            ("answers", self._answers),
            ("gate", self._gate),
            ("signed in", self._signed_in),
            ("upload", self._upload),
            ("playable", lambda: self._waited("playable")),
            ("ready", lambda: self._waited("ready")),
            ("session", self._mint),
            ("streams", self._stream),
            ("closed without a token", self._closed),
            ("revoked", self._revoke),
            ("deleted", self._delete),
        ]
        broken = False
        try:
            for name, link in links:
                check = Check(name=name, ok=False, sentence=NOT_TRIED) if broken else _made(name, link)
                broken = broken or not check.ok
                yield check
        finally:
            if self._asset_id:
                with suppress(MatineeError):
                    self._api.delete(path_of("assets", self._asset_id))
            self._http.close()

    def _answers(self) -> str:
        health = self._api.get("/healthz")
        bad = [f"{name} {state}" for name, state in health["checks"].items() if state != "ok"]
        if bad:
            raise _broken(f"Matinee {health['version']} says: {', '.join(bad)}; see docs/operate.md.")
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
        self._expect("PUT", link["url"], 200, content=data, headers=link["headers"])
        host, self._source = urlsplit(link["url"]).netloc, link["url"].partition("?")[0]
        self._browsers_may(link)
        self._api.post(path_of("uploads", upload["id"], "complete"))
        return f"{len(data)} bytes went to {host} in {time.monotonic() - began:.1f} s"

    def _browsers_may(self, link: Json) -> None:
        """Where parts go to another host than the pages', a browser asks before it sends (Fetch, "CORS protocol")."""
        if urlsplit(link["url"]).netloc == urlsplit(self._api.url).netloc:
            return
        asked = {
            "Origin": "{0.scheme}://{0.netloc}".format(urlsplit(self._api.url)),
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": ",".join(sorted(name.lower() for name in link["headers"])),
        }
        answer = self._expect("OPTIONS", link["url"], 200, headers=asked)
        if answer.headers.get("access-control-allow-origin") not in {asked["Origin"], "*"}:
            raise _broken("browsers may not send parts there: the store's CORS rule does not name this site.")

    def _waited(self, wanted: str) -> str:
        began, status = time.monotonic(), ""
        while (waited := time.monotonic() - began) < READY_SECONDS:
            asset = self._api.get(path_of("assets", self._asset_id))
            status = asset["status"]
            if status == "failed":
                raise _broken(asset["error"]["message"])
            if status in {wanted, "ready"}:
                return f"{waited:.1f} s later"
            if status == "uploading" and waited > EVENT_SECONDS:
                raise _broken(f"the upload is complete for {waited:.0f} s, and no run began.")
            time.sleep(LOOK_SECONDS)
        raise _broken(f"still {status} after {READY_SECONDS:.0f} s; see the log of the ingest.")

    def _mint(self) -> str:
        self._session = self._api.post(path_of("assets", self._asset_id, "playback"), {"viewer": "doctor"})
        return f"until {self._session['expires_at']}"

    def _stream(self) -> str:
        began = time.monotonic()
        url = self._session["hls_url"]
        for _ in range(2):  # the main playlist, then its first rendition's
            lines = self._expect("GET", url, 200).text.splitlines()
            url = urljoin(url, next(line for line in lines if line and not line.startswith("#")))
        self._segment = url
        sent = len(self._expect("GET", url, 200).content)
        if not sent:
            raise _broken("the first segment is empty.")
        return f"two playlists and a segment of {sent} bytes in {time.monotonic() - began:.1f} s"

    def _closed(self) -> str:
        bare = TOKEN.sub("/", self._segment)
        wrong = self._segment.replace("/t/", "/t/x", 1)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self._segment))
        path = urlsplit(bare).path
        tried = [bare, wrong, f"{origin}/t{path}", f"{origin}/streams{path}", f"{origin}//streams{path}"]
        tried += [f"{origin}/%73treams{path}", f"{origin}/web/../streams{path}", *self._unsigned(path)]
        for url in tried:
            answer = self._asked("GET", url)
            if answer.is_success and "text/html" not in answer.headers.get("content-type", ""):
                raise _broken("the film was given out without its token: do not put films here.")
        return f"{len(tried)} ways without a token or a signature were refused"

    def _unsigned(self, path: str) -> list[str]:
        """The same, and the original, asked of the store itself; on one machine that is the server."""
        bucket, sources, _ = self._source.partition("/sources/")
        return [self._source, *([f"{bucket}/streams{path}", f"{bucket}/?list-type=2"] if sources else [])]

    def _revoke(self) -> str:
        began = time.monotonic()
        self._api.delete(path_of("playback", self._session["session_id"]))
        while (waited := time.monotonic() - began) < REVOKED_SECONDS:
            if self._asked("GET", self._segment).status_code == httpx.codes.GONE:
                return f"refused {waited:.1f} s later"
            time.sleep(LOOK_SECONDS)
        raise _broken(f"a revoked session still plays after {REVOKED_SECONDS:.0f} s.")

    def _delete(self) -> str:
        self._api.delete(path_of("assets", self._asset_id))
        self._asset_id = ""
        return "the film is gone again"

    def _expect(self, method: str, url: str, status: int, **rest: object) -> httpx.Response:
        answer = self._asked(method, url, **rest)
        if answer.status_code != status:
            denial = answer.headers.get("x-matinee-denial", "")
            raise _broken(f"{urlsplit(url).netloc} answered {answer.status_code} {denial}".strip() + ".")
        return answer

    def _asked(self, method: str, url: str, **rest: object) -> httpx.Response:
        try:
            return self._http.request(method, url, **rest)  # type: ignore[arg-type] # httpx's own keyword arguments
        except httpx.TransportError as error:
            raise unreachable(url, error) from error


def examine(api: Api, make_film: Callable[[Path], Path]) -> Iterator[Check]:
    """The links of the chain behind `api`, one by one; `make_film` puts a film into a folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield from Chain(api, make_film(Path(folder))).examine()


def _made(name: str, link: Callable[[], str | Check]) -> Check:
    try:
        found = link()
        return found if isinstance(found, Check) else Check(name=name, ok=True, sentence=found)
    except MatineeError as error:
        return Check(name=name, ok=False, sentence=error.detail)


def _broken(sentence: str) -> MatineeError:
    return MatineeError(ErrorCode.CHECK_FAILED, sentence[:1].upper() + sentence[1:])
