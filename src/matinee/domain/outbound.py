"""Where Matinee may send a request of its own accord. It must not resolve names nor connect.

Whoever names an endpoint must not reach through us what only this machine or its network can reach (server-side
request forgery): other services, a cloud's metadata address, a printer. So an address is judged, not a name, and it is
judged where the connection is made (`adapters.courier`). Everything IANA keeps for special purposes (RFC 6890 and its
registries) is refused, and so is every IPv6 form that carries an IPv4 address inside, since some router may take it
out; `allowed` names exceptions, by network.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from matinee.errors import ErrorCode, MatineeError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_URL = 2000
HOST = re.compile(r"[A-Za-z0-9_.:-]+\Z")

REFUSED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; the metadata of AWS, Azure, Google
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "168.63.129.16/32",  # Azure's own services, on a public address
    )
)
UNICAST_6 = ipaddress.IPv6Network("2000::/3")  # all that is routed; mapped, NAT64, local and multicast lie outside
REFUSED_6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo (2001::/32) among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
        "2620:4f:8000::/48",  # AS112
    )
)


def refusal(address: str, allowed: Sequence[Network]) -> bool:
    """Whether no request may go to `address` (IPv4 or IPv6, in figures)."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if is_allowed(address, allowed):
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return any(found in network for network in REFUSED_4)
    return found not in UNICAST_6 or any(found in network for network in REFUSED_6)


def is_allowed(address: str, allowed: Sequence[Network]) -> bool:
    """Whether `address` lies in a network the operator named. Plain HTTP is spoken to no other."""
    found = ipaddress.ip_address(address.partition("%")[0])
    return any(found.version == network.version and found in network for network in allowed)


def check_url(url: str, allowed: Sequence[Network]) -> str:
    """`url` when an endpoint can be there. Raises `field_invalid`; a name is judged when it is resolved."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused("it is not an address") from None
    if len(url) > MAX_URL or not url.isascii() or any(not 32 < ord(letter) < 127 for letter in url):
        raise _refused(f"it takes up to {MAX_URL} printable ASCII characters; write other letters percent-encoded")
    if parts.scheme != "https" and not (parts.scheme == "http" and allowed):
        raise _refused("only https:// is called; http:// only in networks of MATINEE_WEBHOOK_ALLOW_CIDRS")
    if "@" in parts.netloc or "#" in url or "\\" in url or port == 0 or not HOST.match(host):
        raise _refused("it takes a host, a port and a path, without a name, a password or a fragment")
    if _is_address(host) and refusal(host, allowed):
        raise _refused("the address is private, local or reserved; MATINEE_WEBHOOK_ALLOW_CIDRS names exceptions")
    return url


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refused(why: str) -> MatineeError:
    return MatineeError(ErrorCode.FIELD_INVALID, f"'url' cannot be called: {why}.")
