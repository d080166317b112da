"""The rules of tokens bound to an address or a prefix. It must not know how any twin decides."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from matinee.domain.token import sign
from tests.vectors.description import CLAIMS, KEY, Case, case, good, words

# What the token is bound to, and the viewer's address.
INSIDE = """
    203.0.113.7 203.0.113.7 | 203.0.113.0/24 203.0.113.7 | 203.0.113.7/32 203.0.113.7 | 203.0.113.9/24 203.0.113.7
    203.0.112.0/23 203.0.113.7 | 203.0.113.6/31 203.0.113.7 | 203.0.96.0/19 203.0.113.7 | 128.0.0.0/1 203.0.113.7
    0.0.0.0/0 255.255.255.255 | 0.0.0.0 0.0.0.0
    2001:db8::/32 2001:db8::1 | 2001:db8:0:0::1 2001:db8::1 | 2001:DB8::1 2001:db8:0:0:0:0:0:1 | ::/0 2001:db8::1
    2001:db8::1/128 2001:0db8::0001 | fe80::/10 febf::1 | 2001:db8::/33 2001:db8:7fff:: | :: 0:0:0:0:0:0:0:0
    1:2:3:4:5:6:7:: 1:2:3:4:5:6:7:0 | ::2:3:4:5:6:7:8 0:2:3:4:5:6:7:8 | ::1 ::1 | 2001:db8::/127 2001:db8::1
    64:ff9b::/96 64:ff9b::203.0.113.7 | 1:2:3:4:5:6:1.2.3.4 1:2:3:4:5:6:102:304 | ::1.2.3.4 ::102:304
    203.0.113.7 ::ffff:203.0.113.7 | ::ffff:203.0.113.7 203.0.113.7 | ::ffff:203.0.113.0/120 203.0.113.7
    ::ffff:0:0/96 203.0.113.7 | 203.0.113.0/24 ::ffff:cb00:7107 | ::ffff:cb00:7107 203.0.113.7
    0:0:0:0:0:ffff:203.0.113.7 ::FFFF:203.0.113.7
"""
OUTSIDE = """
    203.0.113.7 203.0.113.8 | 203.0.113.0/24 203.0.114.7 | 203.0.113.6/31 203.0.113.8 | 128.0.0.0/1 127.255.255.255
    2001:db8::/32 2001:db9::1 | 2001:db8::/33 2001:db8:8000:: | 2001:db8::/127 2001:db8::2 | fe80::/10 fec0::
    203.0.113.7 2001:db8::1 | 0.0.0.0/0 2001:db8::1 | ::/0 203.0.113.7 | ::/0 ::ffff:203.0.113.7
    2001:db8::1 203.0.113.7 | ::ffff:0:0/95 203.0.113.7 | ::ffff:203.0.113.0/24 203.0.113.7 | ::203.0.113.7 203.0.113.7
    64:ff9b::203.0.113.7 203.0.113.7 | 1::ffff:203.0.113.7 203.0.113.7 | 203.0.113.7 1::ffff:203.0.113.7
"""
NO_NETWORK = [
    *words(r"""
        nonsense localhost 203.0.113 203.0.113.7.1 203.0.113.256 203.0.113.07 0203.0.113.7 0xcb.0.113.7 3405803783
        203.0.113.-7 203.0.113.+7 203..113.7 .203.0.113.7 203.0.113.7. 203.0.113.* * any 203.0.113.7/
        203.0.113.7/33 203.0.113.7/024 203.0.113.7/-1 203.0.113.7/+24 203.0.113.7/24/24 /24 /
        203.0.113.7/255.255.255.0 203.0.113.7/0.0.0.255 203.0.113.7/1e1 203.0.113.7/999 0.0.0.0/9999 0.0.0.0/00 :
        ::: ::1:: 1::2::3 :1 1: 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:8:: ::1:2:3:4:5:6:7:8 12345:: g::
        1:2:3:4::5:6:7:8 1:2:3:4:5:6:7:1.2.3.4 1.2.3.4:: ::1.2.3 ::1.2.3.256 ::01.2.3.4 ::1.2.3.4:5
        1:2:3:4:5:6::1.2.3.4 ::/129 ::/0128 ::1%eth0 ::1% [::1] ::1/ fe80::1%25eth0/64 0x1:: ::+1 ::-1
    """),
    *("", "::ffff:1.2.3.4.5", "203.0.113.7 ", " 203.0.113.7", "203.0.113.7/2 4"),
]
NO_ADDRESS = [
    *words("unknown 203.0.113.07 203.0.113.7:443 203.0.113.7/32 2001:db8::1%eth0 [2001:db8::1] 2001:db8::1/128"),
    *words("::ffff:203.0.113.7%1 2001:db8::g ::ffff:203.0.113.07"),
    *("", " ", "203.0.113.7 ", "203.0.113.7, 10.0.0.1", "203.0.113.7\n", "2001:db8::1\n", "\x00"),
    *("\u0662\u0660\u0663.0.113.7", "203.0.113.\uff17"),
]


def addresses() -> Iterator[Case]:
    """Every binding with a viewer inside, outside, or not to be told."""
    for network, address in _pairs(INSIDE):
        yield case(f"{address} within {network}", "ok", _bound(network), address=address)
    for network, address in _pairs(OUTSIDE):
        yield case(f"{address} outside {network}", "token_ip", _bound(network), address=address)
    for network in NO_NETWORK:
        yield case(f"bound to {network!r}", "token_ip", _bound(network))
        itself = network.partition("/")[0]  # who reads it leniently, reads it alike on both sides
        yield case(f"bound to {network!r}, from there", "token_ip", _bound(network), address=itself)
    for address, network in itertools.product(NO_ADDRESS, ("0.0.0.0/0", "::/0")):
        yield case(f"address {address!a} within {network}", "token_ip", _bound(network), address=address)
    yield case("no address is needed when none is bound", "ok", good(), address="")


def _bound(network: str) -> str:
    return sign(replace(CLAIMS, ip=network), KEY)


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    for pair in table.strip().replace("\n", "|").split("|"):
        network, address = pair.split()
        yield network, address
