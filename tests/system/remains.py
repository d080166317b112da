"""What lies in a server's data directory, read beside the server: for triggers, and for what must not stay behind."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

UNFINISHED = ("scratch", "multipart", "tmp", "objects/inbox")


def rows(data_dir: Path, sql: str, *values: Any) -> list[Any]:
    """What the catalog answers to `sql`; nothing while there is no catalog yet."""
    path = data_dir / "matinee.db"
    if not path.exists():
        return []
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(sql, values).fetchall()


def status_of(data_dir: Path, asset_id: str) -> str:
    """The asset's state in the catalog."""
    found = rows(data_dir, "SELECT status FROM assets WHERE id = ?", asset_id)
    return str(found[0][0]) if found else ""


def runs_of(data_dir: Path, asset_id: str) -> list[str]:
    """Every run of the asset."""
    sql = "SELECT id FROM runs WHERE json_extract(document, '$.asset_id') = ?"
    return [str(row[0]) for row in rows(data_dir, sql, asset_id)]


def leftovers(data_dir: Path) -> list[str]:
    """Every unfinished thing on the disk: nothing once all work is done."""
    return sorted(str(path.relative_to(data_dir)) for name in UNFINISHED for path in (data_dir / name).rglob("*"))


def files_of(data_dir: Path, asset_id: str) -> list[str]:
    """Every file of the asset, wherever it lies."""
    found = (path for path in data_dir.rglob("*") if path.is_file() and asset_id in str(path))
    return sorted(str(path.relative_to(data_dir)) for path in found)
