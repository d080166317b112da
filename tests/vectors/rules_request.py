"""The rules of what comes with a good token: time, revocation, keys, path, address, and which check speaks first.

It must not know how any twin decides.
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from matinee.domain.token import sign
from tests.vectors.description import (
    ASSET,
    CLAIMS,
    FILE,
    GONE,
    HEADER,
    KEY,
    NOW,
    OLD,
    OTHER_ASSET,
    PAYLOAD,
    REVOKED,
    SESSION,
    VERSION,
    Case,
    case,
    forge,
    good,
    words,
)

FAR = 10**6
FILES = [*words("main.m3u8 a A-b_c.d _ - 0 a. a..b a... en-US.vtt seg-00001.m4s"), "x" * 900]
ELSEWHERE = [
    *("", "/", "//", ASSET, ASSET[:-1], ASSET[:-2] + "/x", VERSION, OTHER_ASSET + "ver_0/main.m3u8", ASSET + "/x"),
    *("/streams" + FILE, "/sources/x", "//" + FILE[1:], "/./" + FILE[1:], "/x/.." + FILE, "/%61" + FILE[2:]),
    *(ASSET.upper() + "ver_0/x", "/" + ASSET + "x", ASSET + "../ast_0/x", ASSET[:-1] + "%2fx", ASSET[:-1] + "\\x"),
]
ENDS = [*words("/ // /. /.. %00 %20 %0a #x ;x ;jsessionid=1 %3fx %23x"), "\n", "\n\n", "\r\n", "\x00", "\t", " "]
NAMES = [*words(". .. ... .hidden ./x a/./b a/../b ../../../x % %zz"), "é", "e\u0301", "\u202e", "\ufeffx", "\x7f"]
NAMES += ["\u0430", "\U0001f600"]
UPS = [
    *words(".. %2e%2e %2E. .%2e %252e%252e %25252e%25252e %c0%ae%c0%ae %u002e%u002e"),
    "\u2024\u2024",
    "\uff0e\uff0e",
]
SLASHES = [*words("/ %2f %2F %5c \\ %252f %c0%af %u2215"), "\uff0f", "\u2215"]
MOUNTS = {
    "token_malformed": [
        *words(r"""
        /T/TOKENFILE /%74/TOKENFILE /t%2fTOKENFILE /t/%2fTOKENFILE /./t/TOKENFILE //t/TOKENFILE /x/../t/TOKENFILE
        /t/./TOKENFILE /t/../t/TOKENFILE /t/x/TOKENFILE /tTOKENFILE t/TOKENFILE /streamsFILE FILE /t/TOKEN%2fFILE
        /t/TOKEN\FILE /t/TOKEN;xFILE /t\TOKENFILE /t/x /t/x/ /t/.. /t/../ /t/. / /tt/ /t/TOKEN%/../TOKENFILE
    """),
        *(" /t/TOKENFILE", "/t /TOKENFILE"),
    ],
    "token_missing": words("/t /t/ /t// /t//TOKENFILE /t/FILE /t?x /t/?TOKENFILE"),
    "token_path": ["/t/TOKEN", "/t/TOKEN/", "/t/TOKEN//", "/t/TOKEN/t/TOKENFILE", "/t/TOKEN?FILE"],
}


def times() -> Iterator[Case]:
    """The clock, to the second."""
    for second in (0, 1, NOW - FAR, CLAIMS.not_before - 1):
        yield case(f"too early at {second - NOW:+}", "token_not_yet", good(), now=second)
    for second in (CLAIMS.not_before, NOW, CLAIMS.expires_at - 1):
        yield case(f"in time at {second - NOW:+}", "ok", good(), now=second)
    for second in (CLAIMS.expires_at, CLAIMS.expires_at + 1, NOW + FAR, 253_370_764_800):
        yield case(f"too late at {second - NOW:+}", "token_expired", good(), now=second)
    yield case("never valid", "token_expired", sign(replace(CLAIMS, expires_at=CLAIMS.not_before), KEY))
    yield case("a premiere", "token_not_yet", sign(replace(CLAIMS, not_before=NOW + 1), KEY))


def keys_and_revocations() -> Iterator[Case]:
    """Key sets and revoked sessions."""
    withdrawn = sign(replace(CLAIMS, session_id=REVOKED), KEY)
    for name, token, keys, answer in (
        ("the first key of two", good(), "two", "ok"),
        ("the second key of two", good(OLD), "two", "ok"),
        ("a key not there yet", good(GONE), "two", "token_signature"),
        ("the only key", good(OLD), "old", "ok"),
        ("a retired key", good(OLD), "one", "token_signature"),
        ("after all keys were replaced", good(), "other", "token_signature"),
        ("no key yet", good(), "none", "gate_not_ready"),
        ("no key yet, an expired token", sign(replace(CLAIMS, expires_at=0), KEY), "none", "gate_not_ready"),
        ("no key yet, no token", "", "none", "token_missing"),
        ("no key yet, a malformed token", "x", "none", "token_malformed"),
        (
            "no key yet, a header of alg none",
            forge(HEADER.replace("HS256", "none"), PAYLOAD),
            "none",
            "token_malformed",
        ),
    ):
        yield case(name, answer, token, keys=keys)
    yield case("revoked", "session_revoked", withdrawn)
    yield case("no revocations", "ok", withdrawn, revoked=[])
    yield case("another one revoked", "ok", good(), revoked=[REVOKED])
    yield case("many revoked", "session_revoked", good(), revoked=[f"ses_{i:020d}" for i in range(40)])
    yield case("a beginning of it revoked", "ok", good(), revoked=[SESSION[:-1], ""])
    yield case("the same in capitals revoked", "ok", good(), revoked=[SESSION.upper()])


def precedence() -> Iterator[Case]:
    """When two checks fail, the first one answers: all pairs."""
    order = words(r"""
token_malformed token_signature token_not_yet token_expired session_revoked
token_path token_ip
""")
    for first, second in itertools.combinations(order, 2):
        faults = {first, second}
        claims = replace(
            CLAIMS,
            not_before=NOW + 1 if "token_not_yet" in faults else CLAIMS.not_before,
            expires_at=NOW if "token_expired" in faults else CLAIMS.expires_at,
            session_id=REVOKED if "session_revoked" in faults else SESSION,
            ip="192.0.2.1" if "token_ip" in faults else None,
        )
        token = sign(claims, GONE if "token_signature" in faults else KEY)
        token += "A" if "token_malformed" in faults else ""
        path = OTHER_ASSET + "x" if "token_path" in faults else FILE
        yield case(f"{first} before {second}", first, token, path=path)


def paths() -> Iterator[Case]:
    """What the token admits to, as sent."""
    token = good()
    for name in FILES:
        yield case(f"file {name[:30]}", "ok", token, path=VERSION + name)
    yield case("a segment of a run", "ok", token, path=ASSET + "m/run_0/720p/seg-00001.m4s")
    yield case("a deep path", "ok", token, path=ASSET + "/".join("abcdefgh" * 8))
    yield case("a query", "ok", token, path=FILE + "?x=1")
    yield case("a query that looks like a path", "ok", token, path=FILE + "?/../../x")
    yield case("a query in the token's place", "token_missing", "", path="?" + good())
    yield case("the longest path", "ok", token, path=VERSION + "x" * (1024 - len(VERSION)))
    yield case("a path longer by one", "token_path", token, path=VERSION + "x" * (1025 - len(VERSION)))
    crooked = [*ELSEWHERE, *(FILE + end for end in ENDS), *(VERSION + name for name in NAMES)]
    for path in crooked:
        yield case(f"path {path!a:.80}", "token_path", token, path=path)
    for letter in "!\"$&'()*+,:;<=>@[\\]^`{|}~ %":
        for where, name in (("first", f"{letter}x"), ("inside", f"x{letter}x"), ("last", f"x{letter}")):
            yield case(f"{letter!r} {where} in a segment", "token_path", token, path=VERSION + name)
    for up, slash in itertools.product(UPS, SLASHES):
        yield case(f"up by {up + slash!a}", "token_path", token, path=f"{VERSION}{up}{slash}{up}{slash}x")


def mounts() -> Iterator[Case]:
    """Addresses that only decode or normalise to `/t/{token}/…`: TOKEN and FILE stand for a good one of each."""
    for answer, addresses in MOUNTS.items():
        for address in addresses:
            uri = address.replace("TOKEN", good()).replace("FILE", FILE)
            yield case(f"address {address}", answer, "", uri=uri)
