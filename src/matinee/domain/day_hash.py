"""The name under which somebody is counted for a day. It must not know what is counted, nor where keys are kept.

The salt is the day and the signing key of that day: hashes of two days cannot be compared, whoever has no key cannot
try addresses or names one by one, and when the key has been rotated away nobody can.
"""

import hashlib
import hmac
from datetime import date

HASH_CHARACTERS = 24  # 96 bits: among a million who are counted no two are taken for one


def day_hash(secret: bytes, counting: str, day: date, who: str) -> str:
    """The hash of `who` among those who are counted for `counting` on `day`."""
    salted = f"matinee {counting} {day.isoformat()} {who}".encode()
    return hmac.digest(secret, salted, hashlib.sha256).hex()[:HASH_CHARACTERS]
