"""The signing keys of playback tokens. It must not know files or vendors, and never puts a secret into text.

Obligations (`tests/contracts/keys.py`): two keys verify at any time, a new one signs as soon as `rotate` returned,
the one before keeps verifying, and older ones are known for renewal until the longest session that used them ended.
An adapter may remember what it read for a stated time, in which it still signs with the key before; then every key must
be known to whoever verifies that long before it signs. The suite opens such an adapter with no memory.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from matinee.domain.token import SigningKey


class Keys(Protocol):
    """The keys of this deployment, by `kid`."""

    def signing_key(self) -> SigningKey:
        """The key new tokens are signed with. Raises `gate_not_ready` before the first."""
        ...

    def verification_keys(self) -> Mapping[str, bytes]:
        """The keys the gate accepts: the signing key and the one before it."""
        ...

    def renewal_keys(self) -> Mapping[str, bytes]:
        """The keys a renewal accepts: those and the retired ones whose sessions may still live."""
        ...

    def replace_all(self) -> SigningKey:
        """A new signing key and no other: every token made before is refused, at the gate and for renewal.

        For the day a key leaked.
        """
        ...

    def rotate(
        self, *, now: datetime, keep_for_renewal_until: datetime, longest_token: timedelta | None = None
    ) -> SigningKey:
        """A new signing key, durable before it is used; keys replaced now stay for renewal until then.

        With `longest_token`, a token's longest life, it raises `keys_in_use` and changes nothing while the key that
        would verify no longer may have signed tokens that are valid. Without, it rotates whatever that ends.

        Rotations at the same time make at least one key, and every key one of them returned is known. It may take as
        long as the edges take to learn of a key. What it leaves half done when it fails, the next one finishes.
        """
        ...
