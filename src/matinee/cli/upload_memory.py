"""Which upload belongs to which file, kept between calls so that an interrupted one goes on by itself.

It must not know how uploads are made. One JSON file, 0600 (it names a person's files), written whole and renamed, under
a lock since two uploads may run at once. Losing it loses nothing but the resuming.
"""

import fcntl
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.errors import ErrorCode, MatineeError

MAX_KEPT = 1000  # the oldest go: an upload expires on the server long before a thousand more were begun


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file as it was when its upload began: the same path with another size or time is another source."""

    path: Path
    size_bytes: int
    modified_ns: int

    @classmethod
    def at(cls, path: Path) -> "SourceFile":
        """The file at `path`. Raises `field_invalid` when it cannot be read, `source_empty` when nothing is in it."""
        try:
            found = path.stat()
        except OSError as error:
            raise MatineeError(ErrorCode.FIELD_INVALID, f"The file cannot be read ({error.strerror}).") from error
        if not path.is_file():
            raise MatineeError(ErrorCode.FIELD_INVALID, "It is not a file; upload the files in it one by one.")
        if found.st_size == 0:
            sentence = "The file has 0 bytes; choose the file again or export it anew."
            raise MatineeError(ErrorCode.SOURCE_EMPTY, sentence)
        return cls(path=path.absolute(), size_bytes=found.st_size, modified_ns=found.st_mtime_ns)

    @property
    def filename(self) -> str:
        """The file's name as text; bytes that are no UTF-8 are replaced."""
        return os.fsencode(self.path.name).decode("utf-8", "replace")

    def check_unchanged(self) -> None:
        """Raises `field_invalid` when somebody wrote to the file since: its parts would not fit together."""
        if SourceFile.at(self.path) != self:
            sentence = "The file changed while it was being uploaded; upload it again once it is finished."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)

    def name_at(self, server_url: str) -> str:
        """What tells this file at this server from every other."""
        return json.dumps([server_url, str(self.path), self.size_bytes, self.modified_ns])

    def request_key(self, server_url: str, *more: str) -> str:
        """An Idempotency-Key: a client killed before it noted the answer asks the same again and gets the same."""
        return hashlib.sha256("\n".join((self.name_at(server_url), *more)).encode()).hexdigest()


class UploadMemory:
    """The file of remembered uploads in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "uploads.json"

    def recall(self, server_url: str, source: SourceFile) -> str | None:
        """The id of the upload last begun for `source` at this server."""
        entry = self._read().get(source.name_at(server_url))
        return entry["upload_id"] if entry else None

    def note(self, server_url: str, source: SourceFile, upload_id: str) -> None:
        """Remember it, on disk before this returns. A folder that cannot be written to costs the resuming only."""
        with suppress(OSError), self._locked():
            entries = self._read()
            entries.pop(source.name_at(server_url), None)
            entries[source.name_at(server_url)] = {"upload_id": upload_id, "begun": str(int(time.time()))}
            self._write(dict(list(entries.items())[-MAX_KEPT:]))

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            entries = json.loads(self._path.read_text("utf-8"))["uploads"]
            return {str(name): {"upload_id": str(entry["upload_id"])} | entry for name, entry in entries.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _write(self, entries: dict[str, dict[str, str]]) -> None:
        handle, temporary = tempfile.mkstemp(prefix="uploads-", dir=self._path.parent)  # made with mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"uploads": entries}, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self._path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
