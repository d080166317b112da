"""The rules of a gate that only logs, and of public films: whatever is wrong with the token, the path still decides.

It must not know how any twin decides.
"""

from collections.abc import Iterator
from dataclasses import replace

from matinee.domain.token import sign
from tests.vectors.description import (
    ASSET,
    CLAIMS,
    FILE,
    GONE,
    KEY,
    NOW,
    OTHER_ASSET,
    SESSION,
    VERSION,
    Case,
    case,
    good,
)

# token, what else, and the code that is spared
WRONG = {
    "token_missing": ("", {}),
    "token_malformed": ("open", {}),
    "token_signature": (sign(CLAIMS, GONE), {}),
    "token_not_yet": (good(), {"now": NOW - 100}),
    "token_expired": (good(), {"now": NOW + 100}),
    "session_revoked": (good(), {"revoked": (SESSION,)}),
}
OTHER_FILE = OTHER_ASSET + "ver_0/main.m3u8"
NEVER = [
    "/sources/a/original.mp4",
    "/web/index.html",
    "",
    "/",
    ASSET[:-1],
    ASSET,
    "/" + FILE,
    ASSET + "../ast_0/x",
    ASSET + "..%2f..%2fsources%2fx",
    ASSET + ".hidden",
    ASSET + "%2e%2e/x",
    "/streams" + FILE,
    ASSET.upper() + "ver_0/x",
    "/AST_" + FILE[5:],
    "/x" + FILE,
    VERSION + "x\n",
    VERSION.ljust(1025, "x"),
]


def leniencies() -> Iterator[Case]:
    """All of them."""
    for mode in ("log", "public", "log, others public"):
        yield case(f"{mode}: a good token", "ok", good(), mode=mode)
        for code, (token, more) in WRONG.items():
            yield case(f"{mode}: {code} is let pass", "ok", token, mode=mode, **more)  # type: ignore[arg-type] # mixed
        for number, path in enumerate(NEVER):
            yield case(f"{mode}: no path but a film's, {number}", "token_missing", "", path=path, mode=mode)
        for token, code in (("", "token_missing"), (good(), "gate_not_ready")):
            yield case(f"{mode}: nothing before the first key, {code}", code, token, keys="none", mode=mode)
    yield case("log: another film's token is let pass", "ok", good(), path=OTHER_FILE, mode="log")
    yield case("public: another film stays closed", "token_path", good(), path=OTHER_FILE, mode="public")
    yield case("public: without a token another film stays closed", "token_missing", "", path=OTHER_FILE, mode="public")
    bound = sign(replace(CLAIMS, ip="192.0.2.1"), KEY)
    for mode in ("log", "public"):
        yield case(f"{mode}: another address is let pass", "ok", bound, mode=mode)
    yield case("a film's own id in its token is not the mode", "token_missing", "", path=FILE)
