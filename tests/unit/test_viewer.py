"""Whose address a request counts as, behind CloudFront and without it."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from matinee.cli.serve import http_config
from matinee.config import Settings
from matinee.http.viewer import behind_cloudfront, origin_of, viewer_address
from matinee.services.throttle import Origin


def origin_behind(headers: list[tuple[bytes, bytes]]) -> Origin:
    """Where an application behind CloudFront takes the request to come from."""
    seen: list[Origin] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(origin_of(scope))

    async def receive() -> dict[str, object]:
        return {}

    async def send(message: object) -> None: ...

    async def asked() -> None:
        scope = {"type": "http", "client": ("203.0.113.9", 443), "headers": headers}
        await behind_cloudfront(app)(scope, receive, send)

    asyncio.run(asked())
    return seen[0]


@pytest.mark.parametrize(
    ("told", "address"),
    [
        (b"198.51.100.10:46532", "198.51.100.10"),
        (b"2001:db8::7:46532", "2001:db8::7"),
        (b"[2001:db8::7]:46532", "2001:db8::7"),
    ],
)
def test_the_viewer_is_whom_cloudfront_names(told: bytes, address: str) -> None:
    assert origin_behind([(b"cloudfront-viewer-address", told)]) == Origin(address, told_by="203.0.113.9")


def test_without_the_header_it_is_whoever_connected() -> None:
    assert origin_behind([(b"x-forwarded-for", b"198.51.100.10")]) == Origin("203.0.113.9")


def test_who_says_it_twice_is_still_who_connected() -> None:
    told = [(b"cloudfront-viewer-address", b"198.51.100.10:1"), (b"cloudfront-viewer-address", b"198.51.100.11:1")]
    assert origin_behind(told) == Origin("198.51.100.11", told_by="203.0.113.9")


@pytest.mark.parametrize(
    ("proxies", "connected", "forwarded", "address"),
    [
        ((), "127.0.0.1", b"198.51.100.10", "127.0.0.1"),
        (("10.0.0.1",), "127.0.0.1", b"198.51.100.10", "127.0.0.1"),
        (("127.0.0.1",), "127.0.0.1", b"198.51.100.10", "198.51.100.10"),
        (("127.0.0.1",), "127.0.0.1", b"192.0.2.66, 198.51.100.10", "198.51.100.10"),
        (("127.0.0.1",), "198.51.100.10", b"192.0.2.66", "198.51.100.10"),
    ],
)
def test_on_one_machine_a_forwarded_address_is_a_configured_proxys_last_word(
    proxies: tuple[str, ...], connected: str, forwarded: bytes, address: str
) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(viewer_address(scope))

    config = http_config(app, Settings(trusted_proxies=proxies))
    config.load()
    scope = {"type": "http", "scheme": "http", "client": (connected, 1), "headers": [(b"x-forwarded-for", forwarded)]}
    asyncio.run(config.loaded_app(scope, None, None))  # nothing is read or sent
    assert seen == [address]
