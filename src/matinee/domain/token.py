"""The playback token: a JWT (RFC 7519, HS256 of RFC 7518 3.2) in the path. It must not know storage, HTTP or AWS.

`edge/gate.js` is this module's twin on CloudFront; `tests/vectors/` holds cases both must answer alike. So that two
languages cannot disagree, nothing an attacker writes ever meets a JSON parser: the header is compared with the one
form Matinee writes, and claims are parsed only after the signature proved that Matinee wrote them.

Order of checks, first failure answers:

    missing ▶ malformed ▶ signature ▶ not yet ▶ expired ▶ revoked ▶ path ▶ ip
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from matinee.domain.ids import AssetId, SessionId
from matinee.errors import ErrorCode, MatineeError

MAX_TOKEN = 1024  # a real one has about 330 characters; CloudFront's URL limit is 8,192 in all
MAX_PATH = 1024
MAX_SECONDS = 2**53 - 1  # the largest whole number JavaScript keeps exactly
NOT_BEFORE_SLACK_SECONDS = 60  # clocks of edges and servers differ a little

SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})\Z", re.ASCII)
HEADER = re.compile(r'\{"alg":"HS256","kid":"([A-Za-z0-9_-]{1,64})","typ":"JWT"\}\Z', re.ASCII)
SESSION = re.compile(r"ses_[0-9a-z]{20}\Z", re.ASCII)
SCOPE_PATH = re.compile(r"/ast_[0-9a-z]{20}/\Z", re.ASCII)
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


def read(token: str, keys: Mapping[str, bytes]) -> Claims:
    """The claims of a token that one of `keys` (kid to secret) signed; nothing else is checked.

    Raises `token_missing`, `token_malformed`, `token_signature`, and `gate_not_ready` when there is no key at all.
    """
    if not token:
        raise MatineeError(ErrorCode.TOKEN_MISSING, "The address holds no playback token; open the link again.")
    if not keys:
        raise MatineeError(ErrorCode.GATE_NOT_READY, "This deployment has no signing key yet; try again in a minute.")
    shape = SHAPE.match(token) if len(token) <= MAX_TOKEN else None
    if shape is None:
        raise _malformed()
    head, body, mac = shape.groups()
    header = HEADER.match(_decode(head).decode("latin-1"))
    if header is None:
        raise _malformed()
    given = _decode(mac)
    secret = keys.get(header.group(1))
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
    if len(path) > MAX_PATH or not path.startswith(claims.path) or MEDIA_PATH.match(path) is None:
        raise MatineeError(
            ErrorCode.TOKEN_PATH, "This playback token is for another asset; open that asset's own link."
        )
    if claims.ip is not None and not address_within(address, claims.ip):
        raise MatineeError(ErrorCode.TOKEN_IP, "This link is bound to another network address; ask for a new one.")


def address_within(address: str, network: str) -> bool:
    """Whether `address` lies in `network` (an address or prefix); an IPv4-mapped IPv6 address counts as its IPv4."""
    if "%" in address:  # a zone (RFC 4007, 11) names an interface of one machine, never a viewer
        return False
    try:
        found = ipaddress.ip_address(address)
        wanted = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found) in wanted


def _claims(body: bytes) -> Claims:
    try:
        values = json.loads(body)
    except ValueError:
        raise _malformed() from None
    if not isinstance(values, dict):
        raise _malformed()
    seconds = [values.get(name) for name in ("nbf", "exp", "ses")]
    if not all(type(value) is int and 0 <= value <= MAX_SECONDS for value in seconds):
        raise _malformed()
    session, viewer, path, ip = (values.get(name) for name in ("jti", "sub", "pth", "ip"))
    if not (isinstance(session, str) and SESSION.match(session) and isinstance(viewer, str)):
        raise _malformed()
    if not (isinstance(path, str) and SCOPE_PATH.match(path) and (ip is None or isinstance(ip, str))):
        raise _malformed()
    return Claims(
        session_id=SessionId(session),
        viewer=viewer,
        path=path,
        not_before=values["nbf"],
        expires_at=values["exp"],
        session_ends_at=values["ses"],
        ip=ip,
    )


def _mac(text: str, secret: bytes) -> bytes:
    return hmac.digest(secret, text.encode("ascii"), hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Strict base64url: only the canonical spelling of some bytes is accepted (RFC 4648, 3.5)."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise _malformed() from None
    if _encode(data) != text:
        raise _malformed()
    return data


def _malformed() -> MatineeError:
    return MatineeError(ErrorCode.TOKEN_MALFORMED, "This is not a whole playback token; copy the link again in full.")
