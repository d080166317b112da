"""Links to objects of a bucket, signed by hand. It must not know who asks, and imports nothing that is slow to import.

For whoever runs it: s3:GetObject on what links are made for, s3:ListBucket (without it a missing object is a 403).
"""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from matinee.adapters.aws.head_connection import HeadConnection
from matinee.adapters.aws.sigv4 import Signer, encoded
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.link_source import SignedRequest

# Five certificates instead of a system's hundred and forty, which take a tenth of a second to read.
ROOTS = Path(__file__).with_name("amazon-roots.pem")
MAX_LINK_SECONDS = 7 * 86_400  # S3 refuses X-Amz-Expires over a week
ASK_SECONDS = 3.0
TRIES = 2  # a connection goes stale while a function sleeps; S3 itself is rarely away for longer than the second try


class SignedObjects:
    """Implements the `LinkSource` port over one bucket, for one request at a time, as Lambda has it."""

    def __init__(self, bucket: str, signer: Signer, endpoint_url: str | None, now: Callable[[], datetime]) -> None:
        self._signer = signer
        self._now = now
        self._prefix = "" if endpoint_url is None else f"/{bucket}"  # an emulator has one host for every bucket
        parts = urlsplit(endpoint_url or f"https://{bucket}.s3.{signer.region}.amazonaws.com")
        self._scheme, self._host = parts.scheme, parts.netloc
        self._server = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        self._roots: Path | None = ROOTS
        self._connection: HeadConnection | None = None

    def link_get(self, key: str, *, ttl_seconds: int) -> SignedRequest:
        """A link to GET the object. Raises `object_not_found`, `store_unavailable`."""
        path = f"{self._prefix}/{encoded(key)}"
        status = self._head(path)
        if status == 404:
            raise MatineeError(ErrorCode.OBJECT_NOT_FOUND, f"There is no object {key[:200]!r}; check its key.")
        if status != 200:
            sentence = f"S3 answered {status} when asked for {key[:200]!r}; check the function's role, then try again."
            raise MatineeError(ErrorCode.STORE_UNAVAILABLE, sentence)
        now = self._now().astimezone(UTC).replace(microsecond=0)
        life = min(ttl_seconds, MAX_LINK_SECONDS)
        query = self._signer.query(self._host, path, at=now, ttl_seconds=life)
        url = f"{self._scheme}://{self._host}{path}?{query}"
        return SignedRequest(method="GET", url=url, headers={}, expires_at=now + timedelta(seconds=life))

    def close(self) -> None:
        """Close the connection, if there is one; the next question opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _head(self, path: str) -> int:
        why: Exception | None = None
        for _ in range(TRIES):
            try:
                return self._asked(path)
            except ssl.SSLCertVerificationError as error:
                self._roots, why = None, error  # AWS leads to other roots now: the system's know them
            except OSError as error:
                why = error
            self.close()
        sentence = f"S3 could not be reached ({type(why).__name__}); try again in a moment."
        raise MatineeError(ErrorCode.STORE_UNAVAILABLE, sentence) from why

    def _asked(self, path: str) -> int:
        if self._connection is None:
            self._connection = HeadConnection(*self._server, self._trusted(), ASK_SECONDS)
        headers = self._signer.headers("HEAD", self._host, path, at=self._now().astimezone(UTC))
        status = self._connection.status(path, headers)
        if not self._connection.open:
            self.close()
        return status

    def _trusted(self) -> ssl.SSLContext | None:
        """Whom to believe; None without TLS."""
        if self._scheme == "http":
            return None
        if self._roots is None:
            return ssl.create_default_context()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self._roots)
        return context
