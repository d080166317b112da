"""The playback token: a JWT (RFC 7519, HS256 of RFC 7518 3.2) in the path. It must not know storage, HTTP or AWS.

`edge/gate.js` is this module's twin on CloudFront; `tests/vectors/` holds cases both must answer alike. So that two
languages cannot disagree, no token meets a JSON parser, signed or not: header and claims must have the one spelling
that `sign` writes, and everything else is malformed (docs/adr/0007).

Order of checks, first failure answers:

    missing ▶ malformed ▶ signature ▶ not yet ▶ expired ▶ revoked ▶ path ▶ ip
"""

import base64
import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from matinee.domain.ids import AssetId, SessionId
from matinee.errors import ErrorCode, MatineeError

MAX_TOKEN = 3072  # a usual one has 330 characters, one for 128 emoji 2,600; CloudFront's URL limit is 8,192 in all
MAX_PATH = 1024
MAX_SECONDS = 2**53 - 1  # the largest whole number JavaScript keeps exactly
NOT_BEFORE_SLACK_SECONDS = 60  # clocks of edges and servers differ a little

# 43 characters hold 258 bits: the last one of a 256-bit signature has two zeros at its end.
SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])\Z", re.ASCII)
HEADER = re.compile(r'\{"alg":"HS256","kid":"([A-Za-z0-9_-]{1,64})","typ":"JWT"\}\Z', re.ASCII)
# Escapes as `json.dumps` writes them, and none for a character that needs none.
ESCAPE = r'\\["\\bfnrt]|\\u(?:00(?:0[0-7bef]|1[0-9a-f]|7f|[89a-f][0-9a-f])|(?!00)[0-9a-f]{4})'
SECONDS = "(0|[1-9][0-9]{0,15})"
CLAIMS = re.compile(
    r'\{"jti":"(ses_[0-9a-z]{20})"'
    rf',"sub":"((?:[ !#-\[\]-~]|{ESCAPE})*)"'
    r',"pth":"(/ast_[0-9a-z]{20}/(?:[\w/-]+\.jpg)?)"'  # a film, or one picture of it (docs/adr/0026)
    rf',"nbf":{SECONDS},"exp":{SECONDS},"ses":{SECONDS}'
    r'(?:,"ip":"([ !#-\[\]-~]*)")?\}\Z',
    re.ASCII,
)
PREFIX_LENGTH = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z", re.ASCII)
# Every segment begins with a letter, a digit, '-' or '_': no '.', no '..', no '//', no '%', nothing to decode.
MEDIA_PATH = re.compile(r"(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret of 32 bytes and the name tokens refer to it by."""

    kid: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says. Times are whole seconds since 1970 (RFC 7519, 2: NumericDate)."""

    session_id: SessionId
    viewer: str
    path: str
    not_before: int
    expires_at: int
    session_ends_at: int
    ip: str | None = None


def path_of(asset: AssetId) -> str:
    """The `pth` claim of a session for `asset`."""
    return f"/{asset}/"


def film_of(claims: Claims) -> AssetId:
    """The asset that a token of `claims` opens. Raises `token_path` for a token of one picture, which plays nothing."""
    if not claims.path.endswith("/"):
        sentence = "This is the address of a picture, and opens no film; ask for a link to the film."
        raise MatineeError(ErrorCode.TOKEN_PATH, sentence)
    return AssetId(claims.path.strip("/"))


def sign(claims: Claims, key: SigningKey) -> str:
    """The token for `claims`, signed with `key`: three base64url parts without padding (RFC 7515, 3.1)."""
    header = '{"alg":"HS256","kid":"' + key.kid + '","typ":"JWT"}'
    payload: dict[str, str | int] = {
        "jti": claims.session_id,
        "sub": claims.viewer,
        "pth": claims.path,
        "nbf": claims.not_before,
        "exp": claims.expires_at,
        "ses": claims.session_ends_at,
    }
    if claims.ip is not None:
        payload["ip"] = claims.ip
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=True)
    signed = _encode(header.encode()) + "." + _encode(body.encode())
    return signed + "." + _encode(_mac(signed, key.secret))


def without_signature(token: str) -> str:
    """What can be kept of a token where nobody may find one: its signature left out, it opens nothing."""
    return token[: token.rindex(".") + 1]


def sign_again(kept: str, keys: Mapping[str, bytes]) -> str | None:
    """The token that `without_signature` made `kept` of, to the letter; None when its key is none of `keys`."""
    signed = kept.removesuffix(".")
    secret = keys.get(_kid(signed.partition(".")[0]) or "")
    return None if secret is None else f"{signed}.{_encode(_mac(signed, secret))}"


def read(token: str, keys: Mapping[str, bytes]) -> Claims:
    """The claims of a token that one of `keys` (kid to secret) signed; nothing else is checked.

    Raises `token_missing`, `token_malformed`, `token_signature`, and `gate_not_ready` when there is no key at all.
    """
    if not token:
        raise MatineeError(ErrorCode.TOKEN_MISSING, "The address holds no playback token; open the link again.")
    shape = SHAPE.match(token) if len(token) <= MAX_TOKEN else None
    if shape is None:
        raise _malformed()
    head, body, mac = shape.groups()
    kid = _kid(head)
    if kid is None:
        raise _malformed()
    if not keys:
        raise MatineeError(ErrorCode.GATE_NOT_READY, "This deployment has no signing key yet; try again in a minute.")
    given = base64.urlsafe_b64decode(mac + "=")
    secret = keys.get(kid)
    if secret is None or not hmac.compare_digest(_mac(f"{head}.{body}", secret), given):
        sentence = "This playback token was not signed by this deployment; open the link again."
        raise MatineeError(ErrorCode.TOKEN_SIGNATURE, sentence)
    return _claims(_decode(body))


def check(claims: Claims, *, path: str, address: str, now: int, revoked: Callable[[SessionId], bool]) -> None:
    """Whether `claims` admit a viewer at `address` to `path` (what follows `/t/{token}`, undecoded) at `now` (seconds).

    Raises `token_not_yet`, `token_expired`, `session_revoked`, `token_path`, `token_ip`, in this order.
    """
    if now < claims.not_before:
        raise MatineeError(ErrorCode.TOKEN_NOT_YET, "It is too early: this link works from its start time on.")
    if now >= claims.expires_at:
        raise MatineeError(ErrorCode.TOKEN_EXPIRED, "This playback token has expired; open the link again to renew it.")
    if revoked(claims.session_id):
        raise MatineeError(ErrorCode.SESSION_REVOKED, "This link was withdrawn by its publisher; ask for a new one.")
    if not _covers(claims.path, path) or not is_media_path(path):
        raise MatineeError(
            ErrorCode.TOKEN_PATH, "This playback token is for another asset; open that asset's own link."
        )
    if claims.ip is not None and not address_within(address, claims.ip):
        raise MatineeError(ErrorCode.TOKEN_IP, "This link is bound to another network address; ask for a new one.")


def _covers(allowed: str, path: str) -> bool:
    """Whether `path` lies below the film, or is the picture, that the `pth` claim `allowed` names."""
    return path.startswith(allowed) if allowed.endswith("/") else path == allowed


def is_media_path(path: str) -> bool:
    """Whether `path` is spelled as the path of a film's file: nothing in it climbs, hides or has to be decoded."""
    return len(path) <= MAX_PATH and MEDIA_PATH.match(path) is not None


def address_within(address: str, network: str) -> bool:
    """Whether `address` lies in `network`, an address or `address/bits`; both in the strict spelling of `ipaddress`.

    An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) counts as its IPv4, on either side.
    """
    base, slash, bits = network.partition("/")
    found, wanted = _parsed(address), _parsed(base)
    if found is None or wanted is None or found.version != wanted.version:
        return False
    written = 128 if ":" in base else 32
    if slash and (PREFIX_LENGTH.match(bits) is None or int(bits) > written):
        return False
    host_bits = written - (int(bits) if slash else written)
    return host_bits <= wanted.max_prefixlen and int(found) >> host_bits == int(wanted) >> host_bits


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if "%" in text:  # a zone (RFC 4007, 11) names an interface of one machine, never a viewer
        return None
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def _claims(body: str) -> Claims:
    spelled = CLAIMS.match(body)
    if spelled is None:
        raise _malformed()
    session, viewer, path, *times, ip = spelled.groups()
    not_before, expires_at, session_ends_at = (int(seconds) for seconds in times)
    if max(not_before, expires_at, session_ends_at) > MAX_SECONDS:
        raise _malformed()
    return Claims(
        session_id=SessionId(session),
        viewer=json.loads(f'"{viewer}"') if "\\" in viewer else viewer,
        path=path,
        not_before=not_before,
        expires_at=expires_at,
        session_ends_at=session_ends_at,
        ip=ip,
    )


@lru_cache(maxsize=16)  # every token of a key begins alike
def _kid(head: str) -> str | None:
    """The name of the key that a token's first part names; None when it is spelled in another way than ours."""
    header = HEADER.match(_decode(head))
    return None if header is None else header.group(1)


def _mac(text: str, secret: bytes) -> bytes:
    return hmac.digest(secret, text.encode("ascii"), hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> str:
    """What `text` spells, a character for each byte: only its canonical base64url is accepted (RFC 4648, 3.5)."""
    if len(text) % 4 == 1:
        raise _malformed()
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(data) != text:
        raise _malformed()
    return data.decode("latin-1")


def _malformed() -> MatineeError:
    return MatineeError(ErrorCode.TOKEN_MALFORMED, "This is not a whole playback token; copy the link again in full.")
