"""Who carries a request to somebody else's server. It must not know what is in it, nor try twice.

Why there is no status, in `Receipt.problem`:

    refused_address    the name leads to an address that may not be called (`domain.outbound`)
    unresolved         the name leads nowhere
    unreachable        nobody took the connection, or it broke
    tls_failed         no TLS, or a certificate that is not the name's
    timed_out          it took longer than `DEADLINE_SECONDS`, connection included; resolving the name has the
                       system's own limit, half a minute by resolv.conf(5)
    bad_answer         what came back is not HTTP, or its head is too large
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

DEADLINE_SECONDS = 15.0  # Standard Webhooks recommends 15 to 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of it. `retry_after_seconds` is what the server asked for, if it did."""

    duration_ms: int
    status: int | None = None
    problem: str | None = None
    retry_after_seconds: int | None = None


class Courier(Protocol):
    """One POST."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Receipt:
        """POST `body`. Raises nothing: whatever happens is in the receipt, which holds nothing of the answer's text.

        The name is resolved once; every address it leads to must be allowed; the connection goes to one of those, with
        the name in TLS and `Host`. Redirects are not followed, no proxy is used, no more than the head is read.
        """
        ...


class Bell(Protocol):
    """Wakes the sender. Losing a call only delays a delivery: whoever keeps house rings again for what is overdue."""

    def ring(self, delivery_ids: tuple[str, ...]) -> None:
        """These deliveries are due."""
        ...
