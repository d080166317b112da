"""The search for signing keys finds one wherever and however it was written."""

import base64
from pathlib import Path

import pytest

from matinee.adapters.local.key_file import KeyFile
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from tests.key_search import leaks


@pytest.mark.parametrize("spelled", [bytes, bytes.hex, base64.b64encode, base64.urlsafe_b64encode, repr])
@pytest.mark.parametrize("name", ["data.log", "data/matinee.db-wal", "data/objects/streams/a/b.m3u8"])
def test_a_key_is_found(tmp_path: Path, name: str, spelled: object) -> None:
    keys, now = KeyFile(tmp_path / "data" / "keys.json", SystemEntropy()), SystemClock().now()
    first = keys.rotate(now=now, keep_for_renewal_until=now)
    keys.rotate(now=now, keep_for_renewal_until=now)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"nothing of interest")
    assert list(leaks(tmp_path)) == []
    written = spelled(first.secret)  # type: ignore[operator]  # one of the functions above
    path.write_bytes(b"before " + (written if isinstance(written, bytes) else written.encode()) + b" after")
    assert list(leaks(tmp_path)) == [f"{path} holds a key of {tmp_path / 'data' / 'keys.json'}"]
