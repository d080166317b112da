"""Requests nobody wrote by hand: good ones bent at random, the same for the same seed.

It must not know how a twin decides. Most keep a right signature (what a holder of the key could write), so that the
rules behind it are reached as well.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from matinee.domain.ids import SessionId
from matinee.domain.token import sign
from tests.vectors.description import (
    ASSET,
    CLAIMS,
    GONE,
    HEADER,
    KEY,
    KEY_SETS,
    NOW,
    OLD,
    OTHER_ASSET,
    PAYLOAD,
    REVOKED,
    VERSION,
    VIEWER,
    Case,
    case,
    forge,
    seal,
    words,
)
from tests.vectors.rules_picture import CANDIDATE, POSTER
from tests.vectors.rules_token import ALPHABET, OUTSIDE

Kind = Callable[[random.Random], Case]

NETWORKS = words(r"""
203.0.113.7 203.0.113.0/24 2001:db8::/32 2001:db8::1 ::ffff:203.0.113.0/120 0.0.0.0/0
::/0
""")
ADDRESSES = [
    VIEWER,
    "203.0.113.200",
    "198.51.100.1",
    "2001:db8::1",
    "2001:db8:1:2:3:4:5:6",
    "::ffff:203.0.113.7",
    "::1",
]
VIEWERS = ["viewer", "", "é", "😀", 'a"b\\c', "\x00\n", "x" * 40]
POOL = [
    sign(replace(CLAIMS, viewer=viewer, ip=ip, session_id=session), key)
    for viewer in VIEWERS
    for ip in [None, "203.0.113.0/24"]
    for session in [CLAIMS.session_id, REVOKED, SessionId("ses_zzzzzzzzzzzzzzzzzzzz")]
    for key in [KEY, OLD]
]
UNICODE = [*OUTSIDE, *"\u202e\u200b\ufeff\ufffd\ud800\u212a\u017f\uff11\uff0f\uff0e\u0660\x85\u2028"]
NUMBERS = [
    *words("0 -0 -1 1e3 1E400 1.0 01 0x10 NaN Infinity 9007199254740991 9007199254740992 9007199254740993 1e-1 +1"),
    *words('1_0 true null "1" [1] {}'),
    *("", " 1", "1 ", "1" * 16, "9" * 16, "1" * 17, "9" * 400),
]
EDITS = [
    *words('"alg":"none", "alg":"HS512" "crit":["exp"], "kid":"key_old", , " \\ { } \\u0041 "exp":9, null'),
    " ",
    "\n",
]
UPS = [*words(".. . ... %2e%2e %2E%2e .%2e %252e%252e %c0%ae %u002e %00 a.. ..a x"), "\u2024", ""]
SLASHES = words("/ // %2f %2F \\ %5c %252f %c0%af /./ %u2215 ;/ /;")


def mutations(count: int, seed: int) -> Iterator[tuple[str, Case]]:
    """`count` cases with their kind, every kind equally often; their answers are not known beforehand."""
    dice = random.Random(seed)  # noqa: S311 - repeatable on purpose
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        yield kind.__name__, kind(dice)


def bit_flips(dice: random.Random) -> Case:
    """Up to three bits of a token turned."""
    letters = [ord(letter) for letter in dice.choice(POOL)]
    for _ in range(dice.randint(1, 3)):
        letters[dice.randrange(len(letters))] ^= 1 << dice.randrange(7)
    return _asked(dice, "".join(map(chr, letters)))


def cuts(dice: random.Random) -> Case:
    """A token cut, doubled or turned around somewhere."""
    token = dice.choice(POOL)
    i, j = sorted(dice.choices(range(len(token) + 1), k=2))
    return _asked(
        dice, dice.choice([token[:i], token[i:], token[:i] + token[j:], token + token[i:j], token[:j] + token[i:]])
    )


def splices(dice: random.Random) -> Case:
    """Parts of several tokens."""
    parts = [dice.choice(POOL).split(".")[i] for i in (0, 1, 2)]
    if dice.random() < 0.2:
        dice.shuffle(parts)
    return _asked(dice, ".".join(parts))


def base64_variants(dice: random.Random) -> Case:
    """A part in another spelling of its bytes, sealed again or not."""
    head, body, mac = dice.choice(POOL).split(".")
    parts = [head, body, mac]
    at = dice.randrange(3)
    text = parts[at]
    last = ALPHABET[ALPHABET.index(text[-1]) ^ dice.randrange(1, 16)]
    place = dice.randrange(len(text))
    parts[at] = dice.choice(
        [
            text + "=" * dice.randint(1, 3),
            text[:-1] + last,
            text + dice.choice(ALPHABET),
            text.replace("-", "+").replace("_", "/"),
            text[:place] + dice.choice(["%0a", "\n", " ", "=", "%3d", "."]) + text[place:],
            text[:place] + f"%{ord(text[place]):02x}" + text[place + 1 :],
        ]
    )
    return _asked(dice, seal(parts[0], parts[1]) if at < 2 and dice.random() < 0.7 else ".".join(parts))


def headers(dice: random.Random) -> Case:
    """A header edited, rightly signed."""
    header = HEADER.replace(
        "key_one", dice.choice(["key_one", "key_old", "key_gone", "__proto__", "key_one:", "", "k" * 64])
    )
    header = header.replace("HS256", dice.choice(words("HS256 HS256 none HS512 RS256 hs256")))
    return _asked(dice, forge(_edited(dice, header), PAYLOAD, dice.choice([KEY, OLD, GONE])))


def claims(dice: random.Random) -> Case:
    """Claims dropped, doubled, reordered or edited, rightly signed."""
    fields = PAYLOAD[1:-1].split(",")
    if dice.random() < 0.3:
        fields.append(f'"ip":"{dice.choice(NETWORKS)}"')
    action = dice.randrange(5)
    at = dice.randrange(len(fields))
    if action == 0:
        fields.insert(dice.randrange(len(fields) + 1), fields[at])
    elif action == 1:
        del fields[at]
    elif action == 2:
        dice.shuffle(fields)
    elif action == 3:
        fields.insert(
            at, dice.choice(['"x":1', '"exp":99999999999', '"ip":"0.0.0.0/0"', '"pth":"/"', '"__proto__":{}'])
        )
    payload = "{" + dice.choice([",", ",", ",", ", ", ",\n"]).join(fields) + "}"
    return _asked(dice, forge(HEADER, _edited(dice, payload) if action == 4 else payload))


def numbers(dice: random.Random) -> Case:
    """A time in another spelling, or any time at all, rightly signed."""
    name, second = dice.choice([("nbf", NOW - 60), ("exp", NOW + 60), ("ses", NOW + 600)])
    any_number = str(dice.choice([dice.randrange(2**54), NOW + dice.randint(-90, 90), dice.randrange(10**18)]))
    number = dice.choice(NUMBERS) if dice.random() < 0.7 else any_number
    return _asked(dice, forge(HEADER, PAYLOAD.replace(f'"{name}":{second}', f'"{name}":{number}')))


def unicode(dice: random.Random) -> Case:
    """A letter of another script or none at all in the header, the payload, the token or the path."""
    letter = dice.choice(UNICODE) if dice.random() < 0.6 else chr(dice.randrange(0x11000))
    where = dice.randrange(4)
    if where == 0:
        return _asked(dice, forge(_inserted(dice, HEADER, letter), PAYLOAD))
    if where == 1:
        text = letter if dice.random() < 0.5 else json.dumps(letter)[1:-1]
        return _asked(dice, forge(HEADER, _inserted(dice, PAYLOAD, text)))
    if where == 2:
        return _asked(dice, _inserted(dice, dice.choice(POOL), letter))
    return case("", "", dice.choice(POOL), path=_inserted(dice, VERSION + "main.m3u8", letter))


def payload_bytes(dice: random.Random) -> Case:
    """Bytes of the payload changed, rightly signed."""
    data = bytearray(PAYLOAD.encode())
    for _ in range(dice.randint(1, 2)):
        data[dice.randrange(len(data))] = dice.choice([dice.randrange(256), dice.randrange(32, 127)])
    return _asked(dice, forge(HEADER, bytes(data)))


def traversals(dice: random.Random) -> Case:
    """Paths up and around, in encodings within encodings."""
    path = dice.choice([VERSION, ASSET, OTHER_ASSET, "/"])
    for _ in range(dice.randint(1, 5)):
        path += dice.choice(UPS) + dice.choice(SLASHES)
    path += dice.choice(["x", "main.m3u8", "", ".", "seg.m4s"])
    for _ in range(dice.choice([0, 0, 0, 1, 2])):
        at = dice.randrange(len(path))
        path = path[:at] + f"%{ord(path[at]) % 256:02x}" + path[at + 1 :]
    if dice.random() < 0.1:
        path = path.replace("%", "%25")
    return case("", "", dice.choice(POOL), path=path)


def paths(dice: random.Random) -> Case:
    """A good path with letters added, dropped or doubled."""
    path = VERSION + dice.choice(["main.m3u8", "720p/seg-00001.m4s", "en-US.vtt"])
    for _ in range(dice.randint(0, 3)):
        at = dice.randrange(len(path))
        path = dice.choice(
            [
                path[:at] + path[at + 1 :],
                path[:at] + chr(dice.randrange(33, 127)) + path[at:],
                path[: at + 1] + path[at:],
            ]
        )
    return case("", "", dice.choice(POOL), path=path)


def pictures(dice: random.Random) -> Case:
    """A picture's token, its claim or what is asked of it bent."""
    claim, path = (dice.choice([POSTER, CANDIDATE]) for _ in range(2))
    if dice.random() < 0.6:
        path = claim
    bent = dice.randrange(4)  # 0: as it is
    if bent == 1:
        claim = _bent(dice, claim, './jpg-_%\\ "')
    elif bent == 2:
        path = _bent(dice, path, "./jpg-_%\\ ;?")
    elif bent == 3:
        path = dice.choice([VERSION, ASSET, path + "/", path]) + dice.choice(["main.m3u8", "720p/seg-00001.m4s", ".."])
    payload = PAYLOAD.replace(f'"pth":"{ASSET}"', f'"pth":"{claim}"')
    return case("", "", forge(HEADER, payload), path=path)


def mounts(dice: random.Random) -> Case:
    """The whole address with letters added, dropped, doubled or encoded."""
    uri = f"/t/{dice.choice(POOL)}{VERSION}main.m3u8"
    for _ in range(dice.randint(1, 2)):
        at = dice.choice([dice.randrange(5), dice.randrange(len(uri))])
        piece = dice.choice(
            ["/", "%2f", ".", "..", "/../", "?", "#", ";", "\\", "%", "t", "T", "//", f"%{ord(uri[at]) % 256:02x}"]
        )
        uri = uri[:at] + piece + uri[at + dice.randrange(2) :]
    return case("", "", "", uri=uri)


def addresses(dice: random.Random) -> Case:
    """Bound tokens and viewers, both in strange spellings."""
    network, address = dice.choice(NETWORKS), dice.choice(ADDRESSES)
    if dice.random() < 0.3:
        network = ":".join(
            dice.choice([*words("0 db8 2001 ffff FFFF 1.2.3.4 0001"), ""]) for _ in range(dice.randint(2, 9))
        )
        network += dice.choice(["", f"/{dice.randrange(140)}"])
        address = network.partition("/")[0] if dice.random() < 0.5 else address
    elif dice.random() < 0.7:
        network = _bent(dice, network, "0123456789abcdef:./% ")
    if dice.random() < 0.5:
        address = _bent(dice, address, "0123456789abcdefF:.%/ \n")
    return case("", "", sign(replace(CLAIMS, ip=network), KEY), address=address)


def situations(dice: random.Random) -> Case:
    """Good tokens at any time, with any keys, revocations and addresses: most of what must be admitted is here."""
    now = NOW + dice.choice([0, 0, 0, dice.randint(-70, 70), dice.randint(-(10**9), 10**9)])
    return case(
        "",
        "",
        dice.choice(POOL),
        now=now,
        keys=dice.choice(["two", "two", *KEY_SETS]),
        revoked=dice.choice([[], [REVOKED], [CLAIMS.session_id]]),
        address=dice.choice(ADDRESSES),
        path=VERSION + dice.choice(["main.m3u8", "audio/init.mp4", "x"]),
    )


KINDS: tuple[Kind, ...] = (
    bit_flips,
    cuts,
    splices,
    base64_variants,
    headers,
    claims,
    numbers,
    unicode,
    payload_bytes,
    traversals,
    paths,
    pictures,
    mounts,
    addresses,
    situations,
)


def _asked(dice: random.Random, token: str) -> Case:
    return case("", "", token, address=dice.choice([VIEWER, VIEWER, VIEWER, *ADDRESSES]))


def _inserted(dice: random.Random, text: str, letter: str) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + letter + text[at + dice.randrange(2) :]


def _edited(dice: random.Random, text: str) -> str:
    for _ in range(dice.choice([0, 1, 1, 2])):
        text = _inserted(dice, text, dice.choice(EDITS))
    return text


def _bent(dice: random.Random, text: str, letters: str) -> str:
    for _ in range(dice.randint(1, 2)):
        text = _inserted(dice, text, dice.choice(letters))
    return text
