"""Which file holds which key, and the keys in order. It must not know bytes, links or parts.

    objects/KEY     the key itself, so that a person can drop files in and find them
    odd/HEX…        keys a file system cannot hold there, by the hex of their UTF-8: a trailing slash, a name over
                    255 bytes, "a" beside "a/b", "A" beside "a" where the file system takes them for one

A key may come to lie in both (somebody dropped a file where an odd key used to be): then `objects/` counts. Hex is cut
into names of 200; one that goes on ends in '+'. '+' sorts before every hex digit and '/', so paths sort as keys do.
Only regular files are objects. A symbolic link anywhere below `objects/` is passed over, so none leads out of it.
"""

import os
import re
import stat
from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from pathlib import Path

from matinee.adapters.local.durable import make_folders
from matinee.domain.object_keys import MAX_KEY_BYTES, check_key
from matinee.errors import MatineeError

NAME_BYTES = 255  # NAME_MAX of every file system in use
HEX_NAME = 200
CHUNKS = re.compile(f".{{1,{HEX_NAME}}}")


class ObjectTree:
    """The two trees below `root`. Knows paths; opens, writes and removes no object."""

    def __init__(self, root: Path) -> None:
        self._plain = root / "objects"
        self._odd = root / "odd"
        make_folders(self._plain)
        make_folders(self._odd)
        self._folds = _folds_case(self._odd)

    def find(self, key: str) -> tuple[Path, os.stat_result] | None:
        """The file that holds `key` and what is known of it, or None."""
        plain = self.plain(key)
        found = _regular(plain) if plain is not None else None
        if plain is not None and found is not None:
            return plain, found
        odd = self.odd(key)
        found = _regular(odd)
        return (odd, found) if found is not None else None

    def plain(self, key: str) -> Path | None:
        """Where `key` lies or would lie below `objects/`; None when it cannot."""
        names = key.split("/")
        if names[-1] == "" or any(len(name.encode()) > NAME_BYTES for name in names):
            return None
        folder = str(self._plain)  # text: this is asked for every segment sent, and a Path costs five times as much
        for name in names[:-1]:
            folder = f"{folder}/{name}"
            if _blocked(folder):
                return None
        return None if self._folds and _spelled_otherwise(self._plain, names) else Path(folder, names[-1])

    def odd(self, key: str) -> Path:
        """Where `key` lies when it cannot lie below `objects/`."""
        return self._odd / _hex_path(key)

    def keys(self, prefix: str, after: str) -> Iterator[str]:
        """Every key that begins with `prefix` and comes after `after`, in byte order, each once.

        Python compares text by code point, which is the order of the bytes in UTF-8.
        """
        plain = _walk(self._plain, prefix, after) if _possible(prefix) else iter(())
        odd = (_from_hex_path(path) for path in _walk(self._odd, _hex_path(prefix), _hex_path(after)))
        for key, _ in groupby(merge(filter(_is_key, plain), filter(_is_key, odd))):
            yield key

    def prune(self, path: Path) -> None:
        """Remove the folders an object left empty, but for the first level, which people drop files into."""
        tree = self._plain if path.is_relative_to(self._plain) else self._odd
        for folder in path.parents:
            if tree in (folder, folder.parent):
                return
            try:
                folder.rmdir()
            except OSError:  # something lies in it, or somebody else was first
                return


def _walk(tree: Path, prefix: str, after: str) -> Iterator[str]:
    """Paths of files below `tree`, '/' between names, in order; folders that cannot matter are never read."""
    below = prefix.rpartition("/")[0]
    base = tree
    for name in below.split("/") if below else ():
        base = base / name
        if not _is_folder(base):
            return
    waiting = [iter(_entries(base, f"{below}/" if below else "", prefix, after))]
    while waiting:
        path = next(waiting[-1], None)
        if path is None:
            waiting.pop()
        elif not path.endswith("/"):
            yield path
        elif len(path) < 3 * MAX_KEY_BYTES:  # hex doubles a key; deeper lies no object
            waiting.append(iter(_entries(tree / path, path, prefix, after)))


def _entries(folder: Path, above: str, prefix: str, after: str) -> list[str]:
    """The wanted names in `folder`, in order, folders with a slash at the end: that is how they sort among keys."""
    wanted = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = above + entry.name
                if entry.is_dir(follow_symlinks=False):
                    path += "/"
                    if path > after or after.startswith(path):
                        wanted.append(path)
                elif path > after and entry.is_file(follow_symlinks=False):
                    wanted.append(path)
    except (FileNotFoundError, NotADirectoryError):  # removed while we walked
        return []
    return sorted(path for path in wanted if path.startswith(prefix))


def _hex_path(key: str) -> str:
    """Also right for prefixes and cursors: an unfinished last name matches the names it begins."""
    return "+/".join(CHUNKS.findall(key.encode("utf-8", "surrogatepass").hex()))


def _from_hex_path(path: str) -> str:
    try:
        return bytes.fromhex(path.replace("+/", "")).decode()
    except ValueError:  # not written by us
        return ""


def _is_key(key: str) -> bool:
    """Names that are no keys (not UTF-8, with control characters) are files, not objects."""
    try:
        check_key(key)
    except MatineeError:
        return False
    return True


def _possible(prefix: str) -> bool:
    """Whether a path can begin so; `..` and its like must not reach the file system."""
    folder = prefix.rpartition("/")[0]
    if not folder:
        return not prefix.startswith("/")
    return _is_key(folder) and all(len(name.encode()) <= NAME_BYTES for name in folder.split("/"))


def _regular(path: Path) -> os.stat_result | None:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _blocked(folder: str) -> bool:
    """Whether something that is no folder lies where a folder would have to be."""
    try:
        return not stat.S_ISDIR(os.lstat(folder).st_mode)
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return True


def _folds_case(folder: Path) -> bool:
    """Whether the file system takes 'A' for 'a' (APFS, NTFS and exFAT as they come)."""
    probe = folder / "Probe"
    probe.touch()
    try:
        return (folder / "pROBE").exists()
    finally:
        probe.unlink(missing_ok=True)


def _spelled_otherwise(tree: Path, names: list[str]) -> bool:
    """Whether a file or folder on the way exists, but under another spelling than the key's."""
    folder = tree
    for name in names:
        if not (folder / name).exists():
            return False
        if folder / name not in folder.iterdir():
            return True
        folder = folder / name
    return False
