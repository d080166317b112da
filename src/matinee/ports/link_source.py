"""Whoever makes links to objects. It must not know how they are signed, and imports nothing that is slow to import.

Apart from `object_store`, whose other names cost the function that signs links a twentieth of its start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request somebody else may make until `expires_at`, with exactly these headers."""

    method: str
    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class LinkSource(Protocol):
    """Whoever makes links to objects, and need do nothing else."""

    def link_get(self, key: str, *, ttl_seconds: int) -> SignedRequest:
        """A link to GET an object. Raises `object_not_found`."""
        ...
