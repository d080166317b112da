"""What a test cannot do without. On a developer's machine its absence skips by name; in CI it is a failure."""

import os
from typing import TypeVar

import pytest

Found = TypeVar("Found")


def need(found: Found | None, reason: str) -> Found:
    """`found`; when it is None the test is skipped with `reason`, or fails where `CI` is set: nothing goes untested."""
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"CI must not skip this: {reason}")
    pytest.skip(reason)
