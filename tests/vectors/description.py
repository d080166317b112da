"""What a vector is, and the words the rules are written in. It must not know how any twin decides.

A case is one request at the gate: its address as sent (`/t/{token}/{path}`, query included), the viewer's address,
the time in seconds, the key set (by name), the revoked sessions, how lenient the gate is, and the
answer: "ok" or the code of the first check
that fails.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import TypedDict

from matinee.domain.edge_store import KEYS_ENTRY, keys_value, revocation_key
from matinee.domain.ids import AssetId, SessionId
from matinee.domain.leniency import STRICT, Leniency
from matinee.domain.token import Claims, SigningKey, sign

NOW = 1_800_000_000
KEY = SigningKey("key_one", bytes(range(32)))
OLD = SigningKey("key_old", bytes(range(32, 64)))
GONE = SigningKey("key_gone", bytes(range(64, 96)))
KEY_SETS: dict[str, list[SigningKey]] = {"two": [KEY, OLD], "one": [KEY], "old": [OLD], "other": [GONE], "none": []}
KEYS = {name: {key.kid: key.secret for key in found} for name, found in KEY_SETS.items()}
SESSION = SessionId("ses_00000000000000000001")
REVOKED = SessionId("ses_00000000000000000002")
ASSET = "/ast_0123456789abcdefghjk/"
OTHER_ASSET = "/ast_00000000000000000000/"
VERSION = ASSET + "ver_0123456789abcdefghjk/"
FILE = VERSION + "main.m3u8"
LENIENCIES = {
    "enforce": STRICT,
    "log": Leniency(log_only=True),
    "public": Leniency(public=frozenset({AssetId(ASSET.strip("/"))})),
    "log, others public": Leniency(log_only=True, public=frozenset({AssetId(OTHER_ASSET.strip("/"))})),
}
VALUES = {(name, mode): keys_value(KEYS[name], LENIENCIES[mode]) for name in KEYS for mode in LENIENCIES}
VIEWER = "203.0.113.7"
CLAIMS = Claims(
    session_id=SESSION, viewer="viewer", path=ASSET, not_before=NOW - 60, expires_at=NOW + 60, session_ends_at=NOW + 600
)
HEADER = '{"alg":"HS256","kid":"key_one","typ":"JWT"}'
TIMES = f'"nbf":{NOW - 60},"exp":{NOW + 60},"ses":{NOW + 600}'
PAYLOAD = f'{{"jti":"{SESSION}","sub":"viewer","pth":"{ASSET}",{TIMES}}}'


class Case(TypedDict):
    """One question and its answer."""

    name: str
    uri: str
    address: str
    now: int
    keys: str
    revoked: list[str]
    mode: str
    answer: str


def case(
    name: str,
    answer: str,
    token: str,
    *,
    path: str = FILE,
    uri: str | None = None,
    address: str = VIEWER,
    now: int = NOW,
    keys: str = "two",
    revoked: Sequence[str] = (REVOKED,),
    mode: str = "enforce",
) -> Case:
    """A case, usual where nothing else is said; `uri` instead of `/t/{token}{path}` when the mount is the point."""
    return Case(
        name=name,
        uri=f"/t/{token}{path}" if uri is None else uri,
        address=address,
        now=now,
        keys=keys,
        revoked=list(revoked),
        mode=mode,
        answer=answer,
    )


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mac(signed: str, secret: bytes = KEY.secret) -> str:
    """The signature part of a token."""
    return encode(hmac.digest(secret, signed.encode(), hashlib.sha256))


def seal(head: str, body: str, key: SigningKey = KEY) -> str:
    """A token of two parts as they are, rightly signed: what only a holder of the key could write."""
    return f"{head}.{body}.{mac(f'{head}.{body}', key.secret)}"


def forge(header: str | bytes, payload: str | bytes, key: SigningKey = KEY) -> str:
    """A token of any header and payload, rightly signed."""
    parts = [part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass") for part in (header, payload)]
    return seal(encode(parts[0]), encode(parts[1]), key)


def good(key: SigningKey = KEY) -> str:
    """The usual token."""
    return sign(CLAIMS, key)


def keys_of(case: Case) -> dict[str, bytes]:
    """The case's keys, kid to secret."""
    return KEYS[case["keys"]]


def leniency_of(case: Case) -> Leniency:
    """What the case's deployment lets pass."""
    return LENIENCIES[case["mode"]]


def entries_of(case: Case) -> dict[str, str]:
    """What the edge's KeyValueStore holds in the case."""
    entries = {KEYS_ENTRY: VALUES[case["keys"], case["mode"]]} if KEYS[case["keys"]] else {}
    return entries | {revocation_key(SessionId(session)): "0" for session in case["revoked"]}


def words(text: str) -> list[str]:
    """What stands between the spaces of `text`."""
    return text.split()
