"""Short-lived links to plain objects: the reference design's `GET /?key=`. It must not know how they are signed."""

from dataclasses import dataclass

from matinee.domain.object_keys import check_plain_key
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.link_source import LinkSource, SignedRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPolicy:
    """The life of a link to one object, in seconds."""

    default_ttl_seconds: int = 3600
    max_ttl_seconds: int = 43_200

    def ttl_seconds(self, asked: int | None) -> int:
        """What was asked for, clamped to the maximum. Raises `field_invalid` under 1."""
        if asked is not None and asked < 1:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"'ttl' is {asked}; it takes 1 or more seconds.")
        return min(self.default_ttl_seconds if asked is None else asked, self.max_ttl_seconds)


class ObjectLinks:
    """Links to plain objects."""

    def __init__(self, store: LinkSource, policy: LinkPolicy) -> None:
        self._store = store
        self._policy = policy

    def link(self, key: str, ttl_seconds: int | None) -> SignedRequest:
        """A link to one plain object. Raises `key_invalid`, `key_reserved`, `object_not_found`, `field_invalid`."""
        return self._store.link_get(check_plain_key(key), ttl_seconds=self._policy.ttl_seconds(ttl_seconds))
