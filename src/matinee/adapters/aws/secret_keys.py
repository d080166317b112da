"""The signing keys on AWS: a secret that minters read, an entry in CloudFront's KeyValueStore that the gate reads.

It must not know tokens, and never puts a secret into text. A rotation, each step safe to be the last:

    pending in the secret ▶ entry at the edge ▶ wait ▶ signing in the secret

The wait is longer than an entry takes to the edges and than any minter remembers the secret, so nobody signs with a key
that an edge or another minter does not know. A rotation that died is finished by the next, which makes no other key.

Two writers never lose each other's keys: a version of the secret is named after the one it was made from, and Secrets
Manager takes no second value for a name (ResourceExistsException). For whoever runs it: GetSecretValue; to rotate,
PutSecretValue too, and what `edge_store` asks for.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from matinee.adapters.aws.edge_store import EdgeStore
from matinee.adapters.aws.errors import aws_errors, code_of
from matinee.adapters.key_ring import KeptKey, KeyRing, new_key
from matinee.domain.edge_store import KEYS_ENTRY, keys_value
from matinee.domain.leniency import STRICT, Leniency
from matinee.domain.token import SigningKey
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Clock, Entropy

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

log = logging.getLogger(__name__)

REMEMBER_SECONDS = 60  # how old what a minter knows may be; reading the secret for every token would cost money
SETTLE_SECONDS = 60.0
NO_VERSION = "none"
TAKEN = "ResourceExistsException"
MISSING = "ResourceNotFoundException"
TRIES = 60


@dataclass(frozen=True, slots=True)
class _Read:
    """The secret as it was at a moment."""

    ring: KeyRing
    version: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How old what a minter knows may be, and how long a rotation waits: never less."""

    remember_seconds: float = REMEMBER_SECONDS
    settle_seconds: float = SETTLE_SECONDS
    pause: Callable[[float], None] = time.sleep


class SecretKeys:
    """Implements the `Keys` port; safe from many threads and processes."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        secret_arn: str,
        edge: EdgeStore,
        clock: Clock,
        entropy: Entropy,
        pace: Pace,
        leniency: Leniency = STRICT,
    ) -> None:
        self._client = client
        self._arn = secret_arn
        self._edge = edge
        self._clock = clock
        self._entropy = entropy
        self._pace = pace
        self._leniency = leniency
        self._lock = threading.Lock()
        self._known: _Read | None = None

    def signing_key(self) -> SigningKey:
        """The key that signs. Raises `gate_not_ready` before the first, `keys_unavailable`."""
        return self._remembered().signing_key()

    def verification_keys(self) -> Mapping[str, bytes]:
        """What the gate was told."""
        return self._remembered().verification_keys()

    def renewal_keys(self) -> Mapping[str, bytes]:
        """Every key whose sessions may still live."""
        return self._remembered().renewal_keys()

    def rotate(
        self, *, now: datetime, keep_for_renewal_until: datetime, longest_token: timedelta | None = None
    ) -> SigningKey:
        """A new signing key, known to every edge before it signs; two rotations at once may make one key between them.

        Takes the pace's `settle_seconds`, except for the first. Raises `keys_unavailable`, `edge_unavailable`, and
        `keys_in_use` as the port has it.
        """

        def check(ring: KeyRing) -> None:
            ring.check_rested(now=now, keep_for_renewal_until=keep_for_renewal_until, longest_token=longest_token)

        key, first = self._pending_key(check)
        self.tell_edge()
        if not first:
            self._pace.pause(self._pace.settle_seconds)
        for _ in range(TRIES):
            found = self._read()
            if found.ring.pending != key:  # another rotation saw it through, or a leak ended it
                return key if key.kid in found.ring.renewal_keys() else found.ring.signing_key()
            self.tell_edge()  # nothing is written when it knows
            if self._written(
                found, found.ring.signing_with(key, now=now, keep_for_renewal_until=keep_for_renewal_until)
            ):
                log.info("signing key rotated", extra={"kid": key.kid})
                return key
        raise _too_many()

    def replace_all(self) -> SigningKey:
        """A new signing key and no other; the edges refuse the others within seconds. Repeat it when it fails."""
        key = new_key(self._entropy)
        for _ in range(TRIES):
            if self._written(self._read(), KeyRing((KeptKey(key),))):
                self.tell_edge()
                log.warning("signing keys replaced", extra={"kid": key.kid})
                return key
        raise _too_many()

    def _pending_key(self, check: Callable[[KeyRing], None]) -> tuple[SigningKey, bool]:
        """The key to be rotated to, and whether it is the first: the one that waits already, or a new one."""
        key = new_key(self._entropy)
        for _ in range(TRIES):
            found = self._read()
            if found.ring.pending is not None:
                return found.ring.pending, not found.ring.kept
            check(found.ring)
            if self._written(found, found.ring.awaiting(key)):
                return key, not found.ring.kept
        raise _too_many()

    def tell_edge(self) -> None:
        """Have the gate's entry say what the secret says, and how lenient the gate is; nothing when it says so.

        By a look at the secret that no writer overtook. Raises `keys_unavailable`, `edge_unavailable`.
        """

        def value() -> str | None:
            wanted = keys_value(self._read().ring.verification_keys(), self._leniency)
            return None if self._edge.get(KEYS_ENTRY) == wanted else wanted

        self._edge.put(KEYS_ENTRY, value)

    def _remembered(self) -> KeyRing:
        with self._lock:
            known = self._known
            if known is None or self._clock.now() - known.at >= timedelta(seconds=self._pace.remember_seconds):
                known = self._read()
                self._known = known if known.ring.kept else None  # the first key is seen as soon as it is there
            return known.ring

    def _read(self) -> _Read:
        at = self._clock.now()
        with aws_errors("reading the signing keys", otherwise=ErrorCode.KEYS_UNAVAILABLE):
            try:
                found = self._client.get_secret_value(SecretId=self._arn)
            except ClientError as error:
                if code_of(error) != MISSING:
                    raise
                return _Read(KeyRing(), NO_VERSION, at)  # a secret without a version: nobody rotated yet
        text = found.get("SecretString")
        try:
            return _Read(KeyRing.from_json(text) if text is not None else KeyRing(), found["VersionId"], at)
        except ValueError:
            sentence = (
                "The secret of the signing keys is damaged; make its version before the current one in Secrets Manager."
            )
            raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from None

    def _written(self, found: _Read, ring: KeyRing) -> bool:
        """Whether `ring` is the secret now; False when somebody else wrote since `found` was read."""
        name = hashlib.sha256(f"{self._arn} after {found.version}".encode()).hexdigest()
        with aws_errors("writing the signing keys", otherwise=ErrorCode.KEYS_UNAVAILABLE):
            try:
                self._client.put_secret_value(SecretId=self._arn, SecretString=ring.to_json(), ClientRequestToken=name)
            except ClientError as error:
                if code_of(error) != TAKEN:
                    raise
                return False
        with self._lock:
            self._known = None
        return True


def _too_many() -> MatineeError:
    sentence = (
        f"The secret of the signing keys was changed by others {TRIES} times in a row, or an older version of it was "
        "put back: make its newest version the current one, then rotate again."
    )
    return MatineeError(ErrorCode.KEYS_UNAVAILABLE, sentence)
