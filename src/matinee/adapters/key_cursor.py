"""Where a listing of objects goes on: after a key, whatever became of it. It must not know which store lists.

A store's own continuation token would do too, but it ends with the store's patience; a key never does.
"""

import base64
import binascii

from matinee.errors import ErrorCode, MatineeError


def key_cursor(key: str) -> str:
    """The cursor that goes on after `key`."""
    return base64.urlsafe_b64encode(key.encode()).rstrip(b"=").decode("ascii")


def read_key_cursor(cursor: str, prefix: str) -> str:
    """The key `cursor` goes on after. Raises `field_invalid` for the cursor of another prefix, or of nobody."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        key = ""
    if not key or not key.startswith(prefix) or key_cursor(key) != cursor:
        sentence = "'cursor' does not belong to this listing; use next_cursor of its last page, or leave it out."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    return key
