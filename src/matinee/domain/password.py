"""A share link's password, as it is kept: salted and slow to try. It must not know what it opens.

scrypt (RFC 7914) with N = 2^14, r = 8, p = 5: of the settings OWASP's Password Storage Cheat Sheet holds for equally
strong, the one that needs 16 MiB, since a function and a small machine try several at once. The settings are kept
beside each hash, so that stronger ones can come without a change to what is stored.
"""

import hashlib
import hmac
import unicodedata

from matinee.errors import ErrorCode, MatineeError

MIN_LENGTH, MAX_LENGTH = 6, 200
SALT_BYTES = 16
LOG_N, R, P = 14, 8, 5
HASH_BYTES = 32
MEMORY_BYTES = 64 * 1024 * 1024  # OpenSSL refuses what would need more than it is told; 128·N·r is 16 MiB


def check_password(password: str) -> None:
    """Raises `field_invalid` for one too short to be worth asking for, or too long to be one."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise MatineeError(ErrorCode.FIELD_INVALID, f"'password' takes {MIN_LENGTH} to {MAX_LENGTH} characters.")


def protect(password: str, salt: bytes) -> str:
    """What is kept of `password`; `salt` is random, 16 bytes. Raises `field_invalid`."""
    check_password(password)
    return f"scrypt${LOG_N}${R}${P}${salt.hex()}${_hash(password, salt, LOG_N, R, P).hex()}"


def matches(password: str, kept: str) -> bool:
    """Whether `kept` was made of `password`, however it was typed (NFC); takes the same time for any wrong one."""
    _, log_n, r, p, salt, expected = kept.split("$")
    if len(password) > MAX_LENGTH:
        return False
    given = _hash(password, bytes.fromhex(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(given, bytes.fromhex(expected))


def _hash(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=1 << log_n, r=r, p=p, maxmem=MEMORY_BYTES, dklen=HASH_BYTES)
