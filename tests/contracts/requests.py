"""How a suite makes a signed request, without knowing what answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matinee.ports.link_source import SignedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


# Makes the request with `request.headers` and those given beside; nothing else that could open a door.
Perform = Callable[[SignedRequest, bytes, Mapping[str, str]], Answer]
