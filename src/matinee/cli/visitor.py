"""Anybody's way to an address: no credential but what the caller gives. It must not know what it asks for.

Addresses may be crooked on purpose, and arrive as they were written: a client that tidies `/web/../streams` up asks for
`/streams`, and has tried one way twice.
"""

from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from matinee.cli.client import is_this_machine, unreachable
from matinee.errors import ErrorCode, MatineeError

SECONDS = 30.0


class Visitor:
    """Close it, or use it in a `with`."""

    def __init__(self, url: str) -> None:
        """`url` says where most of it goes: this machine's own server is not asked through a proxy."""
        self._http = httpx.Client(timeout=SECONDS, trust_env=not is_this_machine(url), follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, method: str, url: str, **rest: Any) -> httpx.Response:
        """The answer, whatever it is. Raises `server_unreachable`, without the path."""
        origin = origin_of(url)
        target = url.removeprefix(origin) or "/"
        try:
            return self._http.request(method, origin, extensions={"target": target.encode()}, **rest)
        except httpx.TransportError as error:
            raise unreachable(url, error) from error

    def expect(self, method: str, url: str, status: int, **rest: Any) -> httpx.Response:
        """The answer with that status. Raises `check_failed` for another."""
        answer = self.ask(method, url, **rest)
        if answer.status_code != status:
            denial = answer.headers.get("x-matinee-denial", "")
            raise broken(f"{urlsplit(url).netloc} answered {answer.status_code} {denial}".strip() + ".")
        return answer


def origin_of(url: str) -> str:
    """Scheme and host of `url` (RFC 6454), as a browser says them in `Origin`."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def broken(sentence: str) -> MatineeError:
    """A check that failed, and why."""
    return MatineeError(ErrorCode.CHECK_FAILED, sentence[:1].upper() + sentence[1:])
