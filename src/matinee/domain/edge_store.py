"""What the gate on CloudFront reads from its KeyValueStore, entry by entry. It must not know how entries get there.

    keys       "kid:hex kid:hex", the two keys that verify, the newest first; after them "log" while the gate only logs,
               and the ids of public films (domain/leniency.py)
    r/{jti}    a revoked session; the value is its end in seconds since 1970, for whoever sweeps

An entry's key and value together are at most 1 KB (CloudFront Developer Guide, "Quotas on key value stores").
"""

from collections.abc import Mapping

from matinee.domain.ids import SessionId
from matinee.domain.leniency import STRICT, Leniency

KEYS_ENTRY = "keys"
REVOCATION_PREFIX = "r/"
MAX_ENTRY_BYTES = 1024


def keys_value(keys: Mapping[str, bytes], leniency: Leniency = STRICT) -> str:
    """The value of the entry `keys` for `keys` (kid to secret); nothing before the first. As secret as they are."""
    told = [f"{kid}:{secret.hex()}" for kid, secret in keys.items()]
    return " ".join([*told, *leniency.words()] if told else [])


def revocation_key(session_id: SessionId) -> str:
    """The entry whose presence refuses the session."""
    return f"{REVOCATION_PREFIX}{session_id}"
