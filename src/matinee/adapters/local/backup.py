"""A copy of a data directory that is whole while the server goes on, and the way back. It must not know services.

    FOLDER/{when}.part/   being made; renamed to FOLDER/{when}/ when it is whole
    FOLDER/{when}/        objects/ odd/ multipart/ keys.json token link.key matinee.db backup.json

What a published version names lies in the store before the catalog names it, and goes only after the catalog has let
go of it. So the catalog is copied first (SQLite Online Backup API, one consistent moment) and the files after it:
every file that moment names is there, unless its asset was deleted or changed meanwhile; then both are done again.
Files never change under their names (`durable`), so one that an earlier backup in FOLDER holds is linked, not copied.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from matinee.adapters.local.durable import storage_errors, sync_folder
from matinee.adapters.local.object_facts import etag_of, keep_etag, kept_etag
from matinee.errors import ErrorCode, MatineeError

FORMAT = 1
TREES = ("objects", "odd", "multipart")
SECRETS = ("keys.json", "token", "link.key")
CATALOG, NOTE = "matinee.db", "backup.json"
UNFINISHED = ".restoring"
NOT_OURS = {UNFINISHED, "lost+found"}  # what a restore that died left, and what every disk has
TRIES = 5  # each is a copy of what came meanwhile; a library that changes faster than that is not being used but loaded
DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A whole backup: where it lies, how much is in it, how much of it had to be copied."""

    folder: Path
    files: int
    size_bytes: int
    copied_bytes: int


def back_up(data_dir: Path, into: Path, made_at: datetime) -> Backup:
    """A backup of `data_dir` below `into`, made while a server may be running.

    Raises `setting_invalid` when there is nothing to back up or `into` lies within it, `store_full`,
    `store_unavailable`, and `catalog_conflict` when the library changed faster than it could be copied. Whatever
    dies meanwhile, an unfinished backup never has a finished one's name.
    """
    if not (data_dir / CATALOG).exists():
        raise _refused(f"There is no Matinee in {data_dir}; set MATINEE_DATA_DIR to the server's data directory.")
    if into.resolve().is_relative_to(data_dir.resolve()):
        raise _refused(f"{into} lies within {data_dir}; keep backups in another place, best on another disk.")
    with storage_errors("making a backup"):
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = into / made_at.strftime("%Y-%m-%dT%H%M%SZ")
        part = whole.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        copied = _copy(data_dir, part, _newest(into))
        files, size = _measure(part)
        note = {"format": FORMAT, "made_at": made_at.isoformat(), "files": files, "size_bytes": size}
        (part / NOTE).write_text(json.dumps(note) + "\n")
        os.sync()  # thousands of files: one wait for the disk instead of one each
        part.rename(whole)
        sync_folder(into)
    return Backup(folder=whole, files=files, size_bytes=size, copied_bytes=copied)


def restore(backup: Path, data_dir: Path) -> Backup:
    """`data_dir`, which must be empty or not there, as the backup has it.

    Raises `setting_invalid` when `backup` is not whole or `data_dir` holds something. What dies on the way leaves a
    folder `….restoring`, beside a data directory that was not there, within one that was, and never a catalog without
    its files.
    """
    note = _note_of(backup)
    there = data_dir.exists()
    if there and any(each.name not in NOT_OURS for each in data_dir.iterdir()):
        raise _refused(f"{data_dir} is not empty; restore into a new folder, or move what is there away first.")
    with storage_errors("restoring a backup"):
        # A folder that is there is kept: it may be a disk of its own, in a place where only root may make another.
        made = (data_dir / UNFINISHED) if there else data_dir.with_name(f"{data_dir.name}{UNFINISHED}")
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(backup, made, ignore=shutil.ignore_patterns(NOTE))
        (data_dir if there else made).chmod(0o700)
        os.sync()
        if there:
            _move_up(made, data_dir)
        else:
            made.rename(data_dir)
            sync_folder(data_dir.parent)
    return Backup(folder=data_dir, files=note["files"], size_bytes=note["size_bytes"], copied_bytes=note["size_bytes"])


def _move_up(made: Path, data_dir: Path) -> None:
    """All that `made` holds, the catalog last: without it a server would begin with an empty library."""
    for each in sorted(made.iterdir(), key=lambda path: path.name == CATALOG):
        each.rename(data_dir / each.name)
    made.rmdir()
    sync_folder(data_dir)


def _copy(data_dir: Path, part: Path, earlier: Path | None) -> int:
    """Catalog, then files, until they agree; how many bytes were copied."""
    copied = sum(_copied(data_dir / tree, part / tree, _within(earlier, tree)) for tree in TREES)
    for _ in range(TRIES):
        _copy_catalog(data_dir / CATALOG, part / CATALOG)
        copied += sum(_copied(data_dir / tree, part / tree, _within(earlier, tree)) for tree in TREES)
        for name in SECRETS:
            if (data_dir / name).exists():
                shutil.copy2(data_dir / name, part / name)
        if not _strayed(data_dir, part):
            return copied
    sentence = f"The library changed faster than it could be copied, {TRIES} times; try again when less is going on."
    raise MatineeError(ErrorCode.CATALOG_CONFLICT, sentence)


def _copied(source: Path, target: Path, earlier: Path | None) -> int:
    """Every regular file below `source` that `target` has not got; the bytes that had to be copied."""
    copied = 0
    for path, found in _files(source):
        relative = path.relative_to(source)
        place, known = target / relative, earlier / relative if earlier else None
        if _same(place, path, found):
            continue
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        if known is not None and _same(known, path, found):
            place.hardlink_to(known)
            continue
        try:
            shutil.copy2(path, place)
        except FileNotFoundError:  # it went meanwhile; whether that matters, `_strayed` says
            place.unlink(missing_ok=True)
            continue
        keep_etag(place, etag_of(found, path))
        copied += found.st_size
    return copied


def _files(tree: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for folder, _, names in os.walk(tree):
        for name in names:
            path = Path(folder, name)
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue
            if path.is_file() and not path.is_symlink():
                yield path, found


def _odd(tree: Path) -> Iterator[Path]:
    """What no backup of ours has: links, and whatever else is neither a folder nor a regular file."""
    for folder, folders, names in os.walk(tree):
        for path in (Path(folder, name) for name in (*folders, *names)):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                yield path


def _same(copy: Path, path: Path, found: os.stat_result) -> bool:
    """Whether `copy` holds the bytes of `path`: same size and time of change, and the etag where one was kept."""
    try:
        there = copy.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if (there.st_size, there.st_mtime_ns) != (found.st_size, found.st_mtime_ns):
        return False
    return kept_etag(copy) in (None, etag_of(found, path))


def _copy_catalog(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with closing(_open(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a journal beside it
    target.chmod(0o600)


def _open(catalog: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{catalog.absolute().as_uri()}?mode=ro", uri=True)


def _strayed(data_dir: Path, part: Path) -> bool:
    """Whether an asset of the copied catalog lacks files in the copy because it has moved on since."""
    now = _assets(data_dir / CATALOG)
    return any(
        now.get(asset_id) != document
        for asset_id, document in _assets(part / CATALOG).items()
        if any(not (part / "objects" / place).exists() for place in _places(json.loads(document)))
    )


def _assets(catalog: Path) -> dict[str, str]:
    with closing(_open(catalog)) as opened:
        return dict(opened.execute("SELECT id, document FROM assets").fetchall())


def _places(asset: dict[str, str | None]) -> Iterator[str]:
    """Where files of an asset must lie."""
    if asset["status"] == DELETED:
        return
    if asset.get("version"):
        yield f"streams/{asset['id']}/{asset['version']}"
    if asset.get("media_run"):
        yield f"streams/{asset['id']}/m/{asset['media_run']}"
    if asset.get("source_key") and asset["status"] != "uploading":
        yield str(asset["source_key"])


def _newest(into: Path) -> Path | None:
    whole = sorted(path.parent for path in into.glob(f"*/{NOTE}") if path.parent.suffix != ".part")
    return whole[-1] if whole else None


def _within(earlier: Path | None, tree: str) -> Path | None:
    return earlier / tree if earlier else None


def _measure(folder: Path) -> tuple[int, int]:
    sizes = [found.st_size for _, found in _files(folder)]
    return len(sizes), sum(sizes)


def _note_of(backup: Path) -> dict[str, int]:
    """What the backup says of itself, found to be true. Raises `setting_invalid`."""
    try:
        note: dict[str, int] = json.loads((backup / NOTE).read_text())
        known = note["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        sentence = f"{backup} is not a whole backup: it has no {NOTE}. Name one of the folders `matinee backup` made."
        raise _refused(sentence) from None
    if not known:
        raise _refused(f"{backup} was made by a newer Matinee; restore it with that version.")
    odd = next(_odd(backup), None)
    if odd is not None:
        raise _refused(f"{odd} is no plain file: a link there would bring in files of yours. Take another backup.")
    files, size = _measure(backup)
    own = (backup / NOTE).stat().st_size
    if (files - 1, size - own) != (note["files"], note["size_bytes"]):
        sentence = f"{backup} has {files - 1} files with {size - own} bytes where {note['files']} with"
        raise _refused(f"{sentence} {note['size_bytes']} belong; it was changed since it was made: take another one.")
    with closing(_open(backup / CATALOG)) as opened:
        if opened.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise _refused(f"The catalog in {backup} is damaged; take another backup.")
    return note


def _refused(sentence: str) -> MatineeError:
    return MatineeError(ErrorCode.SETTING_INVALID, sentence)
