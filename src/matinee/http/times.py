"""Moments as the API writes them. It must not know what happened then."""

from datetime import datetime


def to_rfc3339(moment: datetime) -> str:
    """RFC 3339 in UTC with `Z` and milliseconds, which every browser parses and sorts as text."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
