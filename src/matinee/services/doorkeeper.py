"""Wrong sign-ins, counted by address. It must not know what a credential looks like, nor how one is checked.

A credential that was refused once is refused again without counting: a forgotten tab that asks every second with an old
one is no guesser. One that was let in before is let in while its address is told to wait: behind a proxy that is not
named in the settings everybody has one address, and a guesser must not lock the owner out.
"""

import hashlib
from collections.abc import Callable

from matinee.errors import MatineeError
from matinee.services.access import Identity
from matinee.services.throttle import Origin, Throttle

MEMORY = 10_000


class Doorkeeper:
    """Lets in whom `check` lets in, and few tries."""

    def __init__(self, throttle: Throttle) -> None:
        self.throttle = throttle
        self._known: set[bytes] = set()
        self._refused: set[bytes] = set()

    def let_in(self, credential: str, check: Callable[[], Identity], origin: Origin) -> Identity:
        """Whom `check` names. Raises what it raises, and `too_many_requests` before it is asked."""
        digest = hashlib.sha256(credential.encode("utf-8", "surrogateescape")).digest()
        if digest in self._known or digest in self._refused:
            return check()
        try:
            with self.throttle.trying("sign in", origin):
                identity = check()
        except MatineeError as error:
            if error.retry_after_seconds is None:
                _remember(self._refused, digest)
            raise
        _remember(self._known, digest)
        return identity


def _remember(digests: set[bytes], digest: bytes) -> None:
    if len(digests) >= MEMORY:
        digests.clear()
    digests.add(digest)
