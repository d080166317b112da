"""Links that carry their own permission, for the store this machine serves itself. It must not know files.

    GET, HEAD  {base}/objects/{key}?expires=…&signature=…
    PUT        {base}/parts/{multipart_id}/{number}?expires=…&sha256=…&signature=…&size=…

The signature is HMAC-SHA256 over the method, the decoded path and every other parameter, one a line; keys hold no
line breaks (`check_key`), so no two requests give the same text. Times are whole seconds since 1970.
"""

import base64
import hashlib
import hmac
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Clock
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import PartGrant

OBJECTS = "/objects/"
PARTS = "/parts/"
WHOLE = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z", re.ASCII)  # one spelling for each number
PART_PATH = re.compile(r"/parts/([a-z0-9_]{1,64})/([1-9][0-9]{0,4})\Z", re.ASCII)


class LinkSigner:
    """Makes links and admits them. `base_url` answers where this server is reached, without a slash at the end."""

    def __init__(self, secret: bytes, base_url: Callable[[], str], clock: Clock) -> None:
        self._secret = secret
        self._base_url = base_url
        self._clock = clock

    def link_get(self, key: str, *, ttl_seconds: int) -> SignedRequest:
        """A link that GETs and HEADs `key` for `ttl_seconds`."""
        return self._signed("GET", OBJECTS + key, {}, {}, ttl_seconds)

    def link_part(self, grant: PartGrant, *, ttl_seconds: int) -> SignedRequest:
        """A link that PUTs what `grant` permits for `ttl_seconds`."""
        parameters = {"size": str(grant.size_bytes), "sha256": grant.sha256}
        path = f"{PARTS}{grant.multipart_id}/{grant.number}"
        # Without a type of its own a browser would send one guessed from the file and ask for a preflight on it.
        headers = {"content-type": "application/octet-stream"}
        return self._signed("PUT", path, parameters, headers, ttl_seconds)

    def admit_get(self, path: str, query: Mapping[str, str]) -> str:
        """The key the link names; `path` is decoded, `/objects/…`. Raises `link_invalid`, `link_expired`."""
        self._admit("GET", path, query, allowed=frozenset({"expires", "signature"}))
        if not path.startswith(OBJECTS):
            raise _invalid()
        return path.removeprefix(OBJECTS)

    def admit_part(self, path: str, query: Mapping[str, str]) -> PartGrant:
        """What the link permits; `path` is decoded, `/parts/…`. Raises `link_invalid`, `link_expired`."""
        self._admit("PUT", path, query, allowed=frozenset({"expires", "sha256", "signature", "size"}))
        match = PART_PATH.match(path)
        if match is None or not WHOLE.match(query.get("size", "")) or "sha256" not in query:
            raise _invalid()
        return PartGrant(
            multipart_id=match[1], number=int(match[2]), size_bytes=int(query["size"]), sha256=query["sha256"]
        )

    def _signed(
        self, method: str, path: str, parameters: Mapping[str, str], headers: Mapping[str, str], ttl_seconds: int
    ) -> SignedRequest:
        expires = math.ceil(self._clock.now().timestamp()) + ttl_seconds
        query = {**parameters, "expires": str(expires)}
        query["signature"] = self._signature(method, path, query)
        return SignedRequest(
            method=method,
            url=f"{self._base_url()}{quote(path, safe='/-._~')}?{urlencode(sorted(query.items()), safe='')}",
            headers=headers,
            expires_at=datetime.fromtimestamp(expires, UTC),
        )

    def _admit(self, method: str, path: str, query: Mapping[str, str], *, allowed: frozenset[str]) -> None:
        """The signature first: a link nobody made is invalid, whatever it says of its time."""
        parameters = {name: value for name, value in query.items() if name != "signature"}
        expected = self._signature(method, path, parameters)
        given = query.get("signature", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(expected.encode("ascii"), given):
            raise _invalid()
        if not query.keys() <= allowed or not WHOLE.match(query.get("expires", "")):
            raise _invalid()
        if self._clock.now().timestamp() >= int(query["expires"]):
            raise MatineeError(ErrorCode.LINK_EXPIRED, "This link has expired; ask for a new one.")

    def _signature(self, method: str, path: str, parameters: Mapping[str, str]) -> str:
        lines = [method, path, *(f"{name}={value}" for name, value in sorted(parameters.items()))]
        text = "\n".join(lines).encode("utf-8", "surrogatepass")
        mac = hmac.digest(self._secret, text, hashlib.sha256)
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")


def _invalid() -> MatineeError:
    sentence = "This link was not made by this server, or was changed on its way; copy it again in full."
    return MatineeError(ErrorCode.LINK_INVALID, sentence)
