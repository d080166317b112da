"""Writes `token.json`: cases the Python verifier and the edge function must answer alike. Run it after a rule changed.

Each case has a token, the path behind `/t/{token}`, the viewer's address, the time in seconds, the key set (kid to
hex), the revoked sessions and the answer: "ok" or the code of the first check that fails.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from matinee.domain.ids import SessionId
from matinee.domain.token import Claims, SigningKey, sign

NOW = 1_800_000_000
KEY = SigningKey("key_one", bytes(range(32)))
OLD = SigningKey("key_old", bytes(range(32, 64)))
GONE = SigningKey("key_gone", bytes(range(64, 96)))
KEYS = {KEY.kid: KEY.secret.hex(), OLD.kid: OLD.secret.hex()}
SESSION = SessionId("ses_00000000000000000001")
REVOKED = SessionId("ses_00000000000000000002")
ASSET = "/ast_0123456789abcdefghjk/"
FILE = ASSET + "ver_0123456789abcdefghjk/main.m3u8"
CLAIMS = Claims(
    session_id=SESSION, viewer="viewer", path=ASSET, not_before=NOW - 60, expires_at=NOW + 60, session_ends_at=NOW + 600
)


class Case(TypedDict):
    """One question and its answer."""

    name: str
    token: str
    path: str
    address: str
    now: int
    keys: dict[str, str]
    revoked: list[str]
    answer: str


def case(name: str, answer: str, token: str, *, path: str = FILE, address: str = "203.0.113.7", now: int = NOW) -> Case:
    """A case with the usual keys and revocations."""
    return Case(
        name=name, token=token, path=path, address=address, now=now, keys=KEYS, revoked=[REVOKED], answer=answer
    )


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forge(header: str, payload: str, key: SigningKey = KEY) -> str:
    """A token of any header and payload whose signature is right: what only a holder of the key could write."""
    signed = encode(header.encode()) + "." + encode(payload.encode())
    return signed + "." + encode(hmac.digest(key.secret, signed.encode(), hashlib.sha256))


def good() -> Iterator[Case]:
    """What must be admitted."""
    yield case("a good token", "ok", sign(CLAIMS, KEY))
    yield case("a token of the key before", "ok", sign(CLAIMS, OLD))
    yield case("the first second", "ok", sign(CLAIMS, KEY), now=CLAIMS.not_before)
    yield case("the last second", "ok", sign(CLAIMS, KEY), now=CLAIMS.expires_at - 1)
    yield case("a segment of a run", "ok", sign(CLAIMS, KEY), path=ASSET + "m/run_0/720p/seg-00001.m4s")
    bound = [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.7"),
        ("2001:db8::/32", "2001:db8::1"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("0.0.0.0/0", "198.51.100.1"),
    ]
    for network, address in bound:
        yield case(f"{address} within {network}", "ok", sign(replace(CLAIMS, ip=network), KEY), address=address)


def broken() -> Iterator[Case]:
    """Tokens that are not tokens, in the order of checks."""
    token = sign(CLAIMS, KEY)
    head, body, mac = token.split(".")
    header = '{"alg":"HS256","kid":"key_one","typ":"JWT"}'
    payload = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    yield case("no token", "token_missing", "")
    malformed = {
        "one part": head,
        "two parts": f"{head}.{body}",
        "four parts": f"{token}.x",
        "an empty part": f"{head}..{mac}",
        "cut by one": token[:-1],
        "longer by one": token + "A",
        "padding": token + "=",
        "a space": token + " ",
        "a newline": token + "\n",
        "the standard alphabet": f"{head}.{body}.{'+' * 43}",
        "too long": "A" * 1025 + ".A.A",
        "upper-cased header": f"{head.upper()}.{body}.{mac}",
        "not ASCII": f"{head}.{body}.{'é' * 43}",
        "percent-encoded dots": token.replace(".", "%2e"),
        "a zero byte": token + "\x00",
    }
    for name, text in malformed.items():
        yield case(name, "token_malformed", text)
    headers = {
        "alg none": header.replace("HS256", "none"),
        "alg HS512": header.replace("HS256", "HS512"),
        "alg in lower case": header.replace("HS256", "hs256"),
        "no kid": '{"alg":"HS256","typ":"JWT"}',
        "kid of a path": header.replace("key_one", "../key"),
        "an empty kid": header.replace("key_one", ""),
        "another order": '{"typ":"JWT","alg":"HS256","kid":"key_one"}',
        "a second alg": header[:-1] + ',"alg":"none"}',
        "spaces": header.replace(",", ", "),
        "a crit header": header[:-1] + ',"crit":["b64"]}',
        "an array": "[]",
        "not JSON": "x",
        "a jku header": header[:-1] + ',"jku":"https://example.org"}',
        "a trailing newline": header + "\n",
    }
    for name, text in headers.items():
        yield case(f"header: {name}", "token_malformed", forge(text, payload))
    yield case("an unknown kid", "token_signature", sign(CLAIMS, GONE))
    yield case("the kid of another key", "token_signature", forge(header, payload, OLD))
    yield case("a signature of zeros", "token_signature", f"{head}.{body}.{'A' * 43}")
    yield case(
        "another payload", "token_signature", f"{head}.{encode(payload.replace('viewer', 'someone').encode())}.{mac}"
    )
    yield case(
        "a kid that every object has", "token_signature", forge(header.replace("key_one", "constructor"), payload)
    )
    yield case("a kid named __proto__", "token_signature", forge(header.replace("key_one", "__proto__"), payload))
    payloads = {
        "an array": "[]",
        "null": "null",
        "a number": "1",
        "no exp": payload.replace('"exp"', '"x"'),
        "exp as text": payload.replace(str(NOW + 60), f'"{NOW + 60}"'),
        "exp as a fraction": payload.replace(str(NOW + 60), f"{NOW + 60}.5"),
        "exp negative": payload.replace(str(NOW + 60), "-1"),
        "exp too large": payload.replace(str(NOW + 60), "9007199254740992"),
        "exp true": payload.replace(str(NOW + 60), "true"),
        "no jti": payload.replace('"jti"', '"x"'),
        "jti of another shape": payload.replace("ses_", "abc_"),
        "pth of the root": payload.replace(ASSET, "/"),
        "pth without its slash": payload.replace(ASSET, ASSET[:-1]),
        "ip as a number": payload[:-1] + ',"ip":1}',
        "not JSON": payload[:-1],
        "sub missing": payload.replace('"sub"', '"x"'),
    }
    for name, text in payloads.items():
        yield case(f"payload: {name}", "token_malformed", forge(header, text))


def refused() -> Iterator[Case]:
    """Whole, well-signed tokens that must not admit, and which check speaks first."""
    early = replace(CLAIMS, not_before=NOW + 1)
    late = replace(CLAIMS, expires_at=NOW)
    withdrawn = replace(CLAIMS, session_id=REVOKED)
    yield case("too early", "token_not_yet", sign(early, KEY))
    yield case("expired this second", "token_expired", sign(late, KEY))
    yield case("expired long ago", "token_expired", sign(CLAIMS, KEY), now=NOW + 10**6)
    yield case("revoked", "session_revoked", sign(withdrawn, KEY))
    yield case("expired before revoked", "token_expired", sign(replace(withdrawn, expires_at=NOW), KEY))
    yield case("not yet before expired", "token_not_yet", sign(replace(early, expires_at=NOW), KEY))
    yield case("revoked before path", "session_revoked", sign(withdrawn, KEY), path="/other")
    yield case("path before ip", "token_path", sign(replace(CLAIMS, ip="192.0.2.1"), KEY), path="/other")
    version = ASSET + "ver_0/"
    paths = [
        "",
        "/",
        ASSET,
        ASSET[:-1],
        "/ast_00000000000000000000/ver_0/main.m3u8",
        version + "../../ast_0/x",
        version + "..",
        version + "%2e%2e/x",
        version + "%2E%2E%2Fx",
        version + "a%2fb",
        version + "a\\b",
        version + "./x",
        version + "/x",
        version + ".hidden",
        version + "x/",
        version + "a b",
        version + "a%00b",
        version + "a\x00b",
        version + "é",
        version + "main.m3u8?x=1",
        version + "main.m3u8#x",
        version + "main.m3u8;x",
        version + "main.m3u8\n",
        ASSET.upper() + "VER_0/MAIN.M3U8",
        "//" + FILE[1:],
        "/./" + FILE[1:],
        FILE[1:],
        version + "%252e%252e/x",
        version + "x" * 1024,
        version + "a/../b",
        version + "..%c0%af",
        version + "\u2024\u2024/x",
    ]
    for path in paths:
        yield case(f"path {path[:90]!r}", "token_path", sign(CLAIMS, KEY), path=path)
    elsewhere = [
        ("203.0.113.7", "203.0.113.8"),
        ("203.0.113.0/24", "203.0.114.7"),
        ("2001:db8::/32", "2001:db9::1"),
        ("203.0.113.7", "2001:db8::1"),
        ("203.0.113.7", ""),
        ("203.0.113.7", "not an address"),
        ("nonsense", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.07"),
        ("203.0.113.7", "203.0.113.7 "),
        ("2001:db8::1", "2001:db8::1%eth0"),
    ]
    for network, address in elsewhere:
        token = sign(replace(CLAIMS, ip=network), KEY)
        yield case(f"{address!r} outside {network}", "token_ip", token, address=address)


def cases() -> list[Case]:
    """All of them."""
    return [*good(), *broken(), *refused()]


if __name__ == "__main__":
    target = Path(__file__).with_name("token.json")
    target.write_text(json.dumps({"cases": cases()}, indent=1, ensure_ascii=True) + "\n")
    print(f"{target.name}: {len(cases())} cases")
