"""The rules of a picture's token: it opens that one file of its film, and whatever else it is asked for stays shut.

It must not know how any twin decides.
"""

from collections.abc import Iterator
from dataclasses import replace

from matinee.domain.token import sign
from tests.vectors.description import (
    ASSET,
    CLAIMS,
    FILE,
    HEADER,
    KEY,
    NOW,
    OTHER_ASSET,
    PAYLOAD,
    REVOKED,
    VERSION,
    VIEWER,
    Case,
    case,
    forge,
    words,
)

POSTER = VERSION + "poster.jpg"
CANDIDATE = ASSET + "m/run_0123456789abcdefghjk/pictures/poster-3.jpg"
PICTURES = [POSTER, CANDIDATE, ASSET + "x.jpg", ASSET + "A-b_c/0.jpg"]
BESIDE = [
    *(FILE, VERSION + "manifest.mpd", VERSION + "storyboard.vtt", VERSION + "720p/seg-00001.m4s", CANDIDATE),
    *(VERSION, ASSET, ASSET[:-1], "/", "", VERSION + "poster", VERSION + "poster.jp", VERSION + "poster.jpeg"),
    *(POSTER.replace(ASSET, OTHER_ASSET), POSTER.upper(), VERSION + "oster.jpg", VERSION + "xposter.jpg"),
    *(POSTER + end for end in words("x / /main.m3u8 /../main.m3u8 /..%2fmain.m3u8 %00 .m3u8 ; %2e . \\x")),
    *(VERSION + way for way in words("./poster.jpg ../poster.jpg x/../poster.jpg /poster.jpg %70oster.jpg")),
]
# Rightly signed, and no path of a picture: what the claim must not be able to say.
CROOKED = [
    *(VERSION + "poster.JPG", VERSION + "poster.png", FILE, VERSION + "poster.jpg/", VERSION + "poster.jpg.jpg"),
    *(VERSION, VERSION + "main.m3u8?.jpg", VERSION + "a b.jpg", VERSION + "%2e.jpg", VERSION + "\\n.jpg"),
    *(ASSET + "../x.jpg", ASSET + ".jpg", ASSET + "./x.jpg", ASSET + "*.jpg", ASSET + "é.jpg", ASSET + "x.jpg\\n"),
    *(ASSET[:-1] + "x.jpg", "/x.jpg", "x.jpg", ASSET[1:] + "x.jpg", ASSET + "x.jpg," + FILE, ASSET + '","x":".jpg'),
]
# The claim's pattern holds them; no path that the gate serves is spelled so.
UNREACHABLE = [ASSET + "/x.jpg", ASSET + "x//y.jpg"]


def pictures() -> Iterator[Case]:
    """Tokens of one picture."""
    for path in PICTURES:
        yield case(f"picture {path.removeprefix(ASSET)}", "ok", token(path), path=path)
    for path in BESIDE:
        yield case(f"beside the picture, {path!a:.80}", "token_path", token(), path=path)
    for path in CROOKED:
        payload = PAYLOAD.replace(f'"pth":"{ASSET}"', f'"pth":"{path}"')
        yield case(f"a picture called {path!a:.80}", "token_malformed", forge(HEADER, payload), path=path)
    for path in UNREACHABLE:
        yield case(f"a picture at {path!a:.80}", "token_path", token(path), path=path)
    for name, answer, changed in (
        ("early", "token_not_yet", {"not_before": NOW + 1}),
        ("late", "token_expired", {"expires_at": NOW}),
        ("revoked", "session_revoked", {"session_id": REVOKED}),
        ("bound to its viewer", "ok", {"ip": VIEWER}),
        ("bound to another", "token_ip", {"ip": "198.51.100.1"}),
    ):
        yield case(f"a picture {name}", answer, sign(replace(CLAIMS, path=POSTER, **changed), KEY), path=POSTER)


def token(path: str = POSTER) -> str:
    """The token of the picture at `path`."""
    return sign(replace(CLAIMS, path=path), KEY)
