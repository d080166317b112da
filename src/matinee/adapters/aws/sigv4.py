"""Signature Version 4 for S3 by the standard library: links to GET an object, headers to HEAD one. No I/O in here.

boto3 does the same and takes half a second to import, which the one function that only signs links cannot spend
(`bench/cold.py`). "Authenticating Requests: Using Query Parameters" and "… the Authorization Header" of the S3 API
Reference rule.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs, for which Region; `session_token` belongs to a role's credentials."""

    key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str

    def query(self, host: str, path: str, *, at: datetime, ttl_seconds: int) -> str:
        """What follows `?` in a link to GET `path` (encoded) of `host`, for so many seconds (7 days at most)."""
        asked = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.key_id}/{self._scope(at)}",
            "X-Amz-Date": _stamp(at),
            "X-Amz-Expires": str(ttl_seconds),
            "X-Amz-SignedHeaders": "host",
        }
        if self.session_token is not None:
            asked["X-Amz-Security-Token"] = self.session_token
        query = "&".join(f"{name}={encoded(value, '')}" for name, value in sorted(asked.items()))
        signature = self._signature(at, "GET", path, query, {"host": host}, UNSIGNED)
        return f"{query}&X-Amz-Signature={signature}"

    def headers(self, method: str, host: str, path: str, *, at: datetime) -> dict[str, str]:
        """The headers of a request without a body or a query."""
        sent = {"host": host, "x-amz-content-sha256": NOTHING, "x-amz-date": _stamp(at)}
        if self.session_token is not None:
            sent["x-amz-security-token"] = self.session_token
        signature = self._signature(at, method, path, "", sent, NOTHING)
        names = ";".join(sorted(sent))
        credential = f"Credential={self.key_id}/{self._scope(at)}, SignedHeaders={names}, Signature={signature}"
        return {**sent, "authorization": f"{ALGORITHM} {credential}"}

    def _scope(self, at: datetime) -> str:
        return f"{at:%Y%m%d}/{self.region}/s3/aws4_request"

    def _signature(
        self, at: datetime, method: str, path: str, query: str, headers: Mapping[str, str], payload: str
    ) -> str:
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        request = "\n".join((method, path, query, lines, ";".join(sorted(headers)), payload))
        digest = hashlib.sha256(request.encode()).hexdigest()
        text = f"{ALGORITHM}\n{_stamp(at)}\n{self._scope(at)}\n{digest}"
        key = ("AWS4" + self.secret).encode()
        for part in self._scope(at).split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()


def encoded(text: str, safe: str = "/") -> str:
    """`text` as S3 encodes it: every byte but letters, digits, `-._~` and what is in `safe`."""
    return quote(text, safe=safe)


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"
