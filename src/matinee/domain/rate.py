"""How much a caller may take: so much at once, and so much in a time on average. It must not know who, nor of what.

The generic cell rate algorithm (ITU-T I.371, annex A). One moment is all that is remembered of a caller: `due`, when
everything taken so far will have been earned again. What would move it further than the rate's time ahead must wait.

    now ──────── due ─────────────── now + seconds      what is left to take: from `due` to the end
        taken            left
"""

import ipaddress
from dataclasses import dataclass, replace
from typing import Self

SECOND = 1_000_000  # moments and times are in microseconds: whole numbers, which every store compares exactly
IPV6_SITE_BITS = 48  # what a whole site may be given (RFC 6177): 65,536 such households, of one owner
IPV6_BITS = 64  # what one household or machine is given at least (RFC 6177): it can be anybody in there


@dataclass(frozen=True, slots=True)
class Rate:
    """`limit` at once, and `limit` in `seconds` on average."""

    limit: int
    seconds: int

    def __post_init__(self) -> None:
        """A rate that admits nothing is none."""
        if self.limit < 1 or self.seconds < 1:
            raise ValueError("a rate has a limit and a time of 1 or more")

    def cost(self, count: int) -> int:
        """How long it takes to earn `count` again."""
        return count * self.seconds * SECOND // self.limit

    def taken(self, due: int, now: int, count: int) -> int:
        """`due` once `count` more is taken."""
        return max(due, now) + self.cost(count)

    def wait(self, due: int, now: int, count: int) -> int:
        """How long until `count` may be taken; 0 when it may now."""
        return max(0, self.taken(due, now, count) - now - self.seconds * SECOND)

    def times(self, factor: int) -> Self:
        """The same for as many callers."""
        return replace(self, limit=self.limit * factor)


def neighbourhood(address: str) -> str:
    """Whom an address stands for: itself, in IPv6 the 64 bits that its owner was given at least.

    An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) is its IPv4. What is no address stands for itself.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_BITS), strict=False))


def site(address: str) -> str | None:
    """The 48 bits of an IPv6 address that one owner may have whole; None for any other address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address) or found.ipv4_mapped is not None:
        return None
    return str(ipaddress.ip_network((found, IPV6_SITE_BITS), strict=False))
