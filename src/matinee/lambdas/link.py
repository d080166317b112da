"""The short-lived link to one stored object, `GET /?key=`. It must not import anything that is slow to import.

The scope was the authorizer's to ask for and is asked for again here. Of what is signed nothing is logged but the name.
"""

import logging
from functools import cache
from typing import Any

from matinee import config
from matinee.http.bare_link import answer_link
from matinee.ports.link_source import SignedRequest
from matinee.services.access import ClaimsAccess
from matinee.services.links import ObjectLinks
from matinee.wiring_link import open_access, open_links

log = logging.getLogger("matinee.link")


@cache
def _opened() -> tuple[ClaimsAccess | None, ObjectLinks]:
    settings = config.load()
    return open_access(settings), open_links(settings, config.aws_caller())


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """One request."""
    access, links = _opened()

    def link(key: str, ttl_seconds: int | None) -> SignedRequest:
        made = links.link(key, ttl_seconds)
        log.info("link made", extra={"key": key})
        return made

    return answer_link(event, access, link)
