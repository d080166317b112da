"""Byte ranges and conditional requests (RFC 9110, 13 and 14) over one stored object. Pure; it must not know sockets."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from matinee.ports.object_store import ObjectInfo

# One range; several at once may be answered whole (RFC 9110, 14.2), and players never ask for several.
RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))\Z")


@dataclass(frozen=True, slots=True)
class Selection:
    """What to answer: a status and the bytes from `offset`, `count` of them."""

    status: int
    offset: int
    count: int


def quoted(etag: str) -> str:
    """The entity tag as a header says it."""
    return f'"{etag}"'


def http_date(moment: datetime) -> str:
    """RFC 9110, 5.6.7."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def select(info: ObjectInfo, headers: dict[str, str]) -> Selection:
    """200, 206, 304 or 416 for a GET or HEAD with `headers` (lower-case names), and which bytes."""
    whole = Selection(200, 0, info.size_bytes)
    if _unchanged(info, headers):
        return Selection(304, 0, 0)
    match = RANGE.match(headers.get("range", "").strip())
    if match is None or not _range_still_valid(info, headers):
        return whole
    first, last, suffix = match.groups()
    if suffix is not None:
        start = max(0, info.size_bytes - int(suffix))
        end = info.size_bytes
        satisfiable = int(suffix) > 0 and info.size_bytes > 0
    else:
        start = int(first)
        end = min(info.size_bytes, int(last) + 1) if last else info.size_bytes
        if last and int(last) < start:
            return whole  # not a range at all (RFC 9110, 14.1.1): as if it were absent
        satisfiable = start < info.size_bytes
    return Selection(206, start, end - start) if satisfiable else Selection(416, 0, 0)


def _unchanged(info: ObjectInfo, headers: dict[str, str]) -> bool:
    tags = headers.get("if-none-match")
    if tags is not None:
        wanted = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in wanted or quoted(info.etag) in wanted
    since = _date(headers.get("if-modified-since"))
    return since is not None and info.modified_at.replace(microsecond=0) <= since


def _range_still_valid(info: ObjectInfo, headers: dict[str, str]) -> bool:
    """`If-Range` (RFC 9110, 13.1.5): the strong tag, or the exact date."""
    validator = headers.get("if-range")
    if validator is None:
        return True
    if validator.startswith('"'):
        return validator.strip() == quoted(info.etag)
    since = _date(validator)
    return since is not None and info.modified_at.replace(microsecond=0) == since


def _date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
