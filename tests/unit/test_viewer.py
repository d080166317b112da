"""Whose address a request counts as, behind CloudFront and without it."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from matinee.http.viewer import behind_cloudfront, viewer_address


def address_behind(headers: list[tuple[bytes, bytes]]) -> str:
    """What an application behind CloudFront takes the viewer's address for."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(viewer_address(scope))

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
    assert address_behind([(b"cloudfront-viewer-address", told)]) == address


def test_without_the_header_it_is_whoever_connected() -> None:
    assert address_behind([(b"x-forwarded-for", b"198.51.100.10")]) == "203.0.113.9"
