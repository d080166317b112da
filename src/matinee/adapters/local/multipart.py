"""Objects that arrive in parts, as files. It must not know links, HTTP or where objects lie.

    multipart/{id}/manifest.json   the key and its content type; the folder appears and goes by one rename
    multipart/{id}/00001 …         a part's bytes, then the 32 bytes of their SHA-256

The sum travels in the file it belongs to, so one rename commits both and the last writer of a number wins whole.
"""

import base64
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from matinee.adapters.local.durable import copy_bytes, make_folders, replace_file, storage_errors, sync_folder
from matinee.domain.ids import encode_id
from matinee.domain.upload import Part
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Entropy
from matinee.ports.object_store import PartGrant

HANDLE = re.compile(r"mpu_[0-9a-z]{20}\Z", re.ASCII)
PART_NAME = re.compile(r"[0-9]{5}\Z", re.ASCII)
SUM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an upload in parts becomes."""

    key: str
    content_type: str | None


class MultipartFolder:
    """The uploads in parts below `root`; `temporary` is a folder on the same file system."""

    def __init__(self, root: Path, temporary: Path, entropy: Entropy) -> None:
        self._root = root
        self._temporary = temporary
        self._entropy = entropy
        make_folders(root)

    def begin(self, key: str, content_type: str | None) -> str:
        """A new handle, durable."""
        multipart_id = encode_id("mpu_", self._entropy.token_bytes(13))
        folder = Path(tempfile.mkdtemp(dir=self._temporary))
        replace_file(folder / "manifest.json", json.dumps({"key": key, "content_type": content_type}).encode())
        folder.rename(self._root / multipart_id)
        sync_folder(self._root)
        return multipart_id

    def manifest(self, multipart_id: str, key: str) -> Manifest:
        """The manifest of the upload of `key`. Raises `upload_not_found` when there is none under this handle."""
        found = self._read_manifest(multipart_id)
        if found is None or found.key != key:
            raise _unknown(multipart_id)
        return found

    def holds(self, multipart_id: str, key: str) -> bool:
        """Whether the handle is an upload of `key` that goes on."""
        found = self._read_manifest(multipart_id)
        return found is not None and found.key == key

    def parts(self, multipart_id: str, key: str) -> tuple[Part, ...]:
        """The parts held, by number."""
        self.manifest(multipart_id, key)
        held = []
        try:
            for path in sorted(self._root.joinpath(multipart_id).iterdir()):
                if PART_NAME.match(path.name):
                    with path.open("rb") as file:
                        held.append(_part(int(path.name), file))
        except FileNotFoundError:  # completed or aborted between two lines
            raise _unknown(multipart_id) from None
        return tuple(held)

    def receive(self, grant: PartGrant) -> "PartFile":
        """A sink for one part. Raises `upload_not_found`."""
        if self._read_manifest(grant.multipart_id) is None:
            raise _unknown(grant.multipart_id)
        return PartFile(grant, self._root / grant.multipart_id / f"{grant.number:05d}", self._temporary)

    def join(self, multipart_id: str, key: str, parts: Sequence[Part]) -> Path:
        """A durable temporary file that holds `parts` in order. Raises `upload_not_found`, `part_invalid`."""
        held = {part.number: part for part in self.parts(multipart_id, key)}
        numbers = [part.number for part in parts]
        if not numbers or any(later <= earlier for earlier, later in pairwise(numbers)):
            sentence = "The parts to join must be named in ascending order, at least one of them."
            raise MatineeError(ErrorCode.PART_INVALID, sentence)
        for part in parts:
            _check_held(part, held.get(part.number))
        handle, name = tempfile.mkstemp(dir=self._temporary)
        target = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    self._append(multipart_id, part, file)
                os.fsync(file.fileno())
        except BaseException:
            target.unlink()
            raise
        return target

    def drop(self, multipart_id: str) -> None:
        """The upload is over: from one moment to the next nobody finds it."""
        grave = Path(tempfile.mkdtemp(dir=self._temporary))
        with suppress(FileNotFoundError):  # somebody else dropped it meanwhile
            (self._root / multipart_id).rename(grave)
            sync_folder(self._root)
        shutil.rmtree(grave)

    def of(self, prefix: str) -> Iterator[tuple[str, str, int]]:
        """The uploads of keys below `prefix`: key, handle and the bytes held."""
        for path in sorted(self._root.iterdir()):
            found = self._read_manifest(path.name)
            if found is not None and found.key.startswith(prefix):
                yield found.key, path.name, sum(part.size_bytes for part in self.parts(path.name, found.key))

    def sweep(self, *, keep: Collection[str]) -> int:
        """Drop every upload whose handle is not in `keep`; how many."""
        stray = [path.name for path in self._root.iterdir() if HANDLE.match(path.name) and path.name not in keep]
        for multipart_id in stray:
            self.drop(multipart_id)
        return len(stray)

    def _append(self, multipart_id: str, part: Part, target: BinaryIO) -> None:
        """Checked on the open file: a part sent again meanwhile is another file and does not mix in."""
        try:
            file = (self._root / multipart_id / f"{part.number:05d}").open("rb")
        except FileNotFoundError:  # another caller completed or aborted it
            raise _unknown(multipart_id) from None
        with file:
            _check_held(part, _part(part.number, file))
            copy_bytes(file, target, part.size_bytes)

    def _read_manifest(self, multipart_id: str) -> Manifest | None:
        if not HANDLE.match(multipart_id):  # it comes from outside and becomes a path
            return None
        with storage_errors("reading an upload"):
            try:
                value = json.loads((self._root / multipart_id / "manifest.json").read_bytes())
            except FileNotFoundError:
                return None
        return Manifest(value["key"], value["content_type"])


class PartFile:
    """Implements the `PartSink` port: bytes go to a temporary file and are summed on the way."""

    def __init__(self, grant: PartGrant, path: Path, temporary: Path) -> None:
        self._grant = grant
        self._path = path
        self._sum = hashlib.sha256()
        self._size = 0
        handle, name = tempfile.mkstemp(dir=temporary)
        self._file = os.fdopen(handle, "wb")
        self._temporary = Path(name)

    def write(self, data: bytes) -> None:
        """Take the next bytes. Raises `part_invalid` at the first byte over the granted size; `store_full`."""
        if self._size + len(data) > self._grant.size_bytes:
            raise self._wrong_size("more bytes came")
        with storage_errors(f"receiving part {self._grant.number}"):
            self._file.write(data)
        self._sum.update(data)
        self._size += len(data)

    def commit(self) -> Part:
        """Check size and sum, make the part durable. Raises `part_invalid`, `checksum_mismatch`, `upload_not_found`."""
        try:
            self._check()
            with storage_errors(f"keeping part {self._grant.number}"):
                self._file.write(self._sum.digest())
                self._file.flush()
                os.fsync(self._file.fileno())
                try:
                    self._temporary.replace(self._path)
                    sync_folder(self._path.parent)
                except FileNotFoundError:  # completed or aborted while the bytes came
                    raise _unknown(self._grant.multipart_id) from None
        finally:
            self.discard()
        return Part(number=self._grant.number, size_bytes=self._size, etag=self._sum.hexdigest())

    def discard(self) -> None:
        """Forget what was written; after a commit there is nothing to forget."""
        with suppress(OSError):  # bytes still in the buffer of a full disk
            self._file.close()
        self._temporary.unlink(missing_ok=True)

    def __del__(self) -> None:
        if hasattr(self, "_temporary"):
            self.discard()

    def _check(self) -> None:
        if self._size != self._grant.size_bytes:
            raise self._wrong_size(f"only {self._size} came")
        expected = self._grant.sha256
        if base64.b64encode(self._sum.digest()).decode("ascii") != expected:
            sentence = f"Part {self._grant.number} arrived with other bytes than its SHA-256 says; send it again."
            raise MatineeError(ErrorCode.CHECKSUM_MISMATCH, sentence)

    def _wrong_size(self, what: str) -> MatineeError:
        sentence = f"Part {self._grant.number} has {self._grant.size_bytes} bytes, but {what}; send it again whole."
        return MatineeError(ErrorCode.PART_INVALID, sentence)


def _part(number: int, file: BinaryIO) -> Part:
    """What an open part file holds; leaves it at its first byte."""
    size = os.fstat(file.fileno()).st_size - SUM_BYTES
    etag = os.pread(file.fileno(), SUM_BYTES, size).hex()
    return Part(number=number, size_bytes=size, etag=etag)


def _check_held(part: Part, held: Part | None) -> None:
    if held is None or held.etag != part.etag or held.size_bytes != part.size_bytes:
        sentence = f"Part {part.number} is not held with this etag; list the parts again and send what is missing."
        raise MatineeError(ErrorCode.PART_INVALID, sentence)


def _unknown(multipart_id: str) -> MatineeError:
    sentence = f"There is no upload {multipart_id[:40]!r} under way; it was completed, aborted, or never begun."
    return MatineeError(ErrorCode.UPLOAD_NOT_FOUND, sentence)
