"""The rules of the token itself: shape, header, signature, claims. It must not know how any twin decides."""

from collections.abc import Iterator
from dataclasses import replace

from matinee.domain.ids import SessionId
from matinee.domain.token import MAX_SECONDS, sign
from tests.vectors.description import (
    CLAIMS,
    GONE,
    HEADER,
    KEY,
    NOW,
    OLD,
    PAYLOAD,
    Case,
    case,
    encode,
    forge,
    good,
    mac,
    seal,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
OUTSIDE = "+=%!~*$&',:;@()[]{}|^`\"<>\\ \t\r\n\x00\x7fé\u0430\u2024\U0001f600"


def admitted() -> Iterator[Case]:
    """Spellings that must be admitted: all that `sign` can write."""
    yield case("a good token", "ok", good())
    yield case("a token of the key before", "ok", good(OLD))
    yield case("one key only", "ok", good(), keys="one")
    viewers = [
        "",
        "a b",
        '"\\/',
        "\b\f\n\r\t",
        "\x00\x1f\x7f",
        "é",
        "\u2028",
        "\u202e",
        "😀",
        "\ud800",
        "</script>",
        "%2e",
    ]
    for viewer in [*viewers, "x" * 128, "é" * 128, "😀" * 128, '"ip":"', '","exp":9,"x":"']:
        yield case(f"viewer {ascii(viewer)[:40]}", "ok", sign(replace(CLAIMS, viewer=viewer), KEY))
    yield case("the earliest start", "ok", sign(replace(CLAIMS, not_before=0), KEY))
    yield case("the latest end", "ok", sign(replace(CLAIMS, expires_at=MAX_SECONDS, session_ends_at=MAX_SECONDS), KEY))
    yield case("a session that ended by its own word", "ok", sign(replace(CLAIMS, session_ends_at=0), KEY))
    yield case(
        "letters of the whole alphabet", "ok", sign(replace(CLAIMS, session_id=SessionId("ses_" + "z9a0" * 5)), KEY)
    )


def shapes() -> Iterator[Case]:
    """What is no token, by shape."""
    token = good()
    head, body, sign_ = token.split(".")
    yield case("no token", "token_missing", "")
    shapes = {
        "one part": head,
        "two parts": f"{head}.{body}",
        "two parts and a dot": f"{head}.{body}.",
        "four parts": f"{token}.x",
        "five parts, as encrypted tokens have": f"{token}.{sign_}.{sign_}",
        "an empty header": f".{body}.{sign_}",
        "an empty payload": f"{head}..{sign_}",
        "only dots": "..",
        "a dot before": "." + token,
        "a dot behind": token + ".",
        "signature before payload": f"{head}.{sign_}.{body}",
        "cut by one": token[:-1],
        "cut by two": token[:-2],
        "longer by one": token + "A",
        "twice": token + token,
        "padding": token + "=",
        "padding in the header": f"{head}=.{body}.{sign_}",
        "padding in the payload": f"{head}.{body}==.{sign_}",
        "the standard alphabet": f"{head}.{body}.{'+' * 43}",
        "the other case": token.swapcase(),
        "an upper-cased header": f"{head.upper()}.{body}.{sign_}",
        "percent-encoded dots": token.replace(".", "%2e"),
        "a percent-encoded letter": "%65" + token[1:],
        "too long": "A" * 3073 + ".A.A",
        "too long and well signed": forge(HEADER, PAYLOAD.replace("viewer", "x" * 2400)),
        "a payload of one letter": f"{head}.A.{sign_}",
        "Bearer": "Bearer " + token,
        "a quoted token": f'"{token}"',
    }
    for name, text in shapes.items():
        answer = "token_signature" if name == "a payload of one letter" else "token_malformed"
        yield case(name, answer, text)
    for letter in OUTSIDE:
        for at, where in ((5, "header"), (len(head) + 5, "payload"), (len(token) - 5, "signature")):
            yield case(f"{letter!a} in the {where}", "token_malformed", token[:at] + letter + token[at + 1 :])


def spellings() -> Iterator[Case]:
    """The same bytes in a base64url that is not theirs: last letters with bits that nobody reads."""
    head, body, sign_ = good().split(".")
    for name, part in (("header", encode(HEADER.encode() + b" ")), ("payload", body + "A")):
        rest = len(part) % 4
        yield case(
            f"{name} with a remainder of {rest}",
            "token_malformed",
            seal(part, body) if name == "header" else seal(head, part),
        )
    for payload in (PAYLOAD, PAYLOAD.replace("viewer", "viewer1"), PAYLOAD.replace("viewer", "viewer12")):
        spelled = encode(payload.encode())
        unused = {2: 16, 3: 4}.get(len(spelled) % 4, 1)
        for step in range(1, unused):
            last = ALPHABET[ALPHABET.index(spelled[-1]) + step]
            yield case(
                f"payload ending in {last} for {spelled[-1]}", "token_malformed", seal(head, spelled[:-1] + last)
            )
    for step in (1, 2, 3):
        last = ALPHABET[ALPHABET.index(sign_[-1]) + step]
        yield case(
            f"signature ending in {last} for {sign_[-1]}", "token_malformed", f"{head}.{body}.{sign_[:-1]}{last}"
        )


def headers() -> Iterator[Case]:
    """Headers, all rightly signed."""
    malformed = {
        "alg none": HEADER.replace("HS256", "none"),
        "alg None": HEADER.replace("HS256", "None"),
        "alg empty": HEADER.replace("HS256", ""),
        "alg HS384": HEADER.replace("HS256", "HS384"),
        "alg HS512": HEADER.replace("HS256", "HS512"),
        "alg RS256": HEADER.replace("HS256", "RS256"),
        "alg ES256": HEADER.replace("HS256", "ES256"),
        "alg in lower case": HEADER.replace("HS256", "hs256"),
        "alg null": HEADER.replace('"HS256"', "null"),
        "alg in a list": HEADER.replace('"HS256"', '["HS256"]'),
        "alg escaped": HEADER.replace("HS256", "\\u0048S256"),
        "alg with a space": HEADER.replace("HS256", "HS256 "),
        "no alg": '{"kid":"key_one","typ":"JWT"}',
        "no kid": '{"alg":"HS256","typ":"JWT"}',
        "no typ": '{"alg":"HS256","kid":"key_one"}',
        "another typ": HEADER.replace("JWT", "at+jwt"),
        "typ in lower case": HEADER.replace("JWT", "jwt"),
        "kid of a path": HEADER.replace("key_one", "../key"),
        "an empty kid": HEADER.replace("key_one", ""),
        "a kid of 65 letters": HEADER.replace("key_one", "k" * 65),
        "kid a number": HEADER.replace('"key_one"', "1"),
        "kid null": HEADER.replace('"key_one"', "null"),
        "kid with a colon": HEADER.replace("key_one", "key:one"),
        "kid with a space": HEADER.replace("key_one", "key one"),
        "kid with a newline": HEADER.replace("key_one", "key_one\\n"),
        "kid escaped": HEADER.replace("key_one", "key\\u005fone"),
        "kid of another alphabet": HEADER.replace("key_one", "k\u0435y_one"),
        "another order": '{"typ":"JWT","alg":"HS256","kid":"key_one"}',
        "a second alg": HEADER[:-1] + ',"alg":"none"}',
        "a first alg": '{"alg":"none",' + HEADER[1:],
        "a second kid": HEADER[:-1] + ',"kid":"key_old"}',
        "spaces": HEADER.replace(",", ", "),
        "a space before": " " + HEADER,
        "a space behind": HEADER + " ",
        "a trailing newline": HEADER + "\n",
        "two trailing newlines": HEADER + "\n\n",
        "a byte order mark": "\ufeff" + HEADER,
        "a zero byte": HEADER + "\x00",
        "crit": HEADER[:-1] + ',"crit":["b64"]}',
        "b64": HEADER[:-1] + ',"b64":false}',
        "jku": HEADER[:-1] + ',"jku":"https://example.org"}',
        "jwk": HEADER[:-1] + ',"jwk":{"kty":"oct","k":"AA"}}',
        "zip": HEADER[:-1] + ',"zip":"DEF"}',
        "an array": "[]",
        "an array around": f"[{HEADER}]",
        "twice": HEADER + HEADER,
        "not JSON": "x",
        "nothing but a brace": "{",
    }
    for name, text in malformed.items():
        yield case(f"header: {name}", "token_malformed", forge(text, PAYLOAD))
    yield case("header: UTF-16", "token_malformed", forge(HEADER.encode("utf-16"), PAYLOAD))
    yield case("header: a byte over ASCII", "token_malformed", forge(HEADER.encode() + b"\xff", PAYLOAD))


def signatures() -> Iterator[Case]:
    """Whole tokens that this deployment did not sign."""
    token = good()
    head, body, sign_ = token.split(".")
    for at in range(43):
        letter = "A" if sign_[at] != "A" else "Q"
        changed = f"{head}.{body}.{sign_[:at]}{letter}{sign_[at + 1 :]}"
        yield case(f"signature with letter {at} changed", "token_signature", changed)
    foreign = {
        "an unknown kid": sign(CLAIMS, GONE),
        "the kid of another key": forge(HEADER, PAYLOAD, OLD),
        "the kid of the key before, signed by this one": forge(HEADER.replace("key_one", "key_old"), PAYLOAD),
        "the signature of nothing": f"{head}.{body}.{mac('', KEY.secret)}",
        "the signature of the payload alone": f"{head}.{body}.{mac(body, KEY.secret)}",
        "signed with an empty secret": f"{head}.{body}.{mac(f'{head}.{body}', b'')}",
        "signed with the kid": f"{head}.{body}.{mac(f'{head}.{body}', b'key_one')}",
        "signed with the secret's hex": f"{head}.{body}.{mac(f'{head}.{body}', KEY.secret.hex().encode())}",
        "a signature of zeros": f"{head}.{body}.{'A' * 43}",
        "a signature of ones": f"{head}.{body}.{'_' * 42}8",
        "another viewer": f"{head}.{encode(PAYLOAD.replace('viewer', 'someone').encode())}.{sign_}",
        "another end": f"{head}.{encode(PAYLOAD.replace(str(NOW + 60), str(NOW + 61)).encode())}.{sign_}",
        "a broken payload": f"{head}.{encode(b'{}')}.{sign_}",
    }
    for name, text in foreign.items():
        yield case(name, "token_signature", text)
    for kid in ("key", "key_on", "key_one_", "constructor"):
        empty = replace(KEY, kid=kid, secret=b"")
        yield case(f"kid {kid} signed with an empty secret", "token_signature", sign(CLAIMS, empty))
    kids = [
        "constructor",
        "__proto__",
        "toString",
        "hasOwnProperty",
        "key",
        "key_on",
        "one",
        "_one",
        "key_one_",
        "KEY_ONE",
        "0",
        "-",
        "k" * 64,
    ]
    for kid in kids:
        yield case(f"kid {kid[:20]}", "token_signature", forge(HEADER.replace("key_one", kid), PAYLOAD))
