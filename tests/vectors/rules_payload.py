"""The rules of the payload: rightly signed tokens whose claims are not spelled as `sign` spells them.

It must not know how any twin decides.
"""

from collections.abc import Iterator

from tests.vectors.description import ASSET, HEADER, NOW, PAYLOAD, SESSION, Case, case, forge, words


def payloads() -> Iterator[Case]:
    """Payloads, all rightly signed, that `sign` would not have written."""
    for name, text in {**_whole_payloads(), **_claims_replaced()}.items():
        yield case(f"payload: {name}", "token_malformed", forge(HEADER, text))
    for name, data in {
        "UTF-16": PAYLOAD.encode("utf-16"),
        "UTF-16, little end first, no mark": PAYLOAD.encode("utf-16-le"),
        "UTF-32": PAYLOAD.encode("utf-32"),
        "a raw byte over ASCII": PAYLOAD.replace("viewer", "vi\xe9wer").encode("latin-1"),
        "an overlong slash": PAYLOAD.encode().replace(b'"/ast', b'"\xc0\xafast'),
        "a surrogate in UTF-8": PAYLOAD.replace("viewer", "\ud800").encode("utf-8", "surrogatepass"),
    }.items():
        yield case(f"payload: {name}", "token_malformed", forge(HEADER, data))


def _whole_payloads() -> dict[str, str]:
    inner = PAYLOAD[1:-1]
    return {
        "an array": "[]",
        "an object of nothing": "{}",
        "null": "null",
        "a number": "1",
        "a text": '"x"',
        "not JSON": PAYLOAD[:-1],
        "an array around": f"[{PAYLOAD}]",
        "a space before": " " + PAYLOAD,
        "a space behind": PAYLOAD + " ",
        "a newline behind": PAYLOAD + "\n",
        "two newlines behind": PAYLOAD + "\n\n",
        "a zero byte behind": PAYLOAD + "\x00",
        "a byte order mark": "\ufeff" + PAYLOAD,
        "spaces after colons": PAYLOAD.replace(":", ": "),
        "spaces after commas": PAYLOAD.replace(",", ", "),
        "a comma too much": PAYLOAD[:-1] + ",}",
        "a comment": PAYLOAD[:-1] + "/**/}",
        "single quotes": PAYLOAD.replace('"', "'"),
        "the other order": "{" + ",".join(reversed(inner.split(","))) + "}",
        "a claim more": PAYLOAD[:-1] + ',"iss":"x"}',
        "a claim more in front": '{"iss":"x",' + inner + "}",
        "an escaped name": PAYLOAD.replace('"exp"', '"\\u0065xp"'),
        "a name in capitals": PAYLOAD.replace('"exp"', '"EXP"'),
        "__proto__": PAYLOAD[:-1] + ',"__proto__":{"ip":"0.0.0.0/0"}}',
        "a second payload": PAYLOAD + PAYLOAD,
        "deep nesting": PAYLOAD[:-1] + ',"x":' + "[" * 600 + "]" * 600 + "}",
    }


def _claims_replaced() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, second in (("nbf", NOW - 60), ("exp", NOW + 60), ("ses", NOW + 600)):
        here = f'"{name}":{second}'
        found |= {
            f"no {name}": PAYLOAD.replace(here, f'"x":{second}'),
            f"{name} twice": PAYLOAD.replace(here, f"{here},{here}"),
            f"{name} twice, the second later": PAYLOAD[:-1] + f',"{name}":{NOW + 10**6}' + "}",
        }
        wrong = [
            f'"{second}"',
            f"{second}.0",
            f"{second}.5",
            "1.8e9",
            f"{second}e0",
            f"{second}E+0",
            f"0{second}",
            f"+{second}",
        ]
        wrong += [
            "-1",
            "-0",
            "9007199254740992",
            "9007199254740993",
            "9999999999999999",
            "1" + "0" * 17,
            "1" + "0" * 400,
        ]
        wrong += [
            "1e400",
            "0x6b49d200",
            "true",
            "null",
            "[]",
            "{}",
            "NaN",
            "Infinity",
            "",
            " 1",
            f"{second} ",
            "1_800_000_000",
            "\u0661",
        ]
        for text in wrong:
            found[f"{name} {ascii(text)[:24]}"] = PAYLOAD.replace(here, f'"{name}":{text}')
    for name, value in (("jti", str(SESSION)), ("sub", "viewer"), ("pth", ASSET)):
        here = f'"{name}":"{value}"'
        found[f"no {name}"] = PAYLOAD.replace(here, f'"x":"{value}"')
        found[f"{name} twice"] = PAYLOAD.replace(here, f"{here},{here}")
        found[f"{name} again at the end"] = PAYLOAD[:-1] + f",{here}}}"
        for text in ("null", "1", "true", "[]", "{}", f'["{value}"]', f'"{value}\n"', f'"{value}'):
            found[f"{name} {ascii(text)[:30]}"] = PAYLOAD.replace(here, f'"{name}":{text}')
    texts = {
        "jti": [
            *words("ses_ abc_00000000000000000001 ses_0000000000000000000 ses_000000000000000000001"),
            "ses_0000000000000000000A",
            "",
        ],
        "pth": [
            "",
            "/",
            "//",
            ASSET[:-1],
            ASSET[1:],
            ASSET + "ver_0/",
            "/ast_0123456789abcdefghjK/",
            ASSET.replace("/", "\\/"),
            "/../",
        ],
        "sub": [
            *words("\\u0041 \\u000a \\u0022 \\u002f \\u005c \\u007e \\x41 \\u00E9 \\u12 \\' \\/ \\ \""),
            "vie\x00wer",
            "vi\twer",
            "\xe9",
            "\x7f",
            "\u2028",
        ],
    }
    for name, values in texts.items():
        usual = {"jti": str(SESSION), "sub": "viewer", "pth": ASSET}[name]
        for value in values:
            found[f"{name} spelled {ascii(value)[:36]}"] = PAYLOAD.replace(f'"{name}":"{usual}"', f'"{name}":"{value}"')
    for text in (
        "1",
        "null",
        "[]",
        '["0.0.0.0/0"]',
        '"\\u0030.0.0.0/0"',
        '"é"',
        '"1.2.3.4","ip":"0.0.0.0/0"',
        '"1.2.3.4\n"',
    ):
        found[f"ip {ascii(text)[:30]}"] = PAYLOAD[:-1] + f',"ip":{text}' + "}"
    return found
