"""What only files of state can get wrong: rights, damage, locks, forks, full disks, older and newer versions."""

import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.adapters.local.secret_file import read_or_create_secret
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_schema import FIRST
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from tests.contracts.children import SPAWN, in_threads
from tests.contracts.local_openers import open_catalog, open_keys, open_queue, open_revocations
from tests.contracts.samples import NOON, a_session, an_asset, asset_id, later, raises, run_id, session_id


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A data directory."""
    return tmp_path / "data"


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def test_a_secret_is_made_once_however_many_ask(root: Path) -> None:
    secrets = in_threads(lambda _: read_or_create_secret(root / "token", SystemEntropy()), range(8))
    assert len(set(secrets)) == 1
    assert len(secrets[0]) == 43
    assert read_or_create_secret(root / "token", SystemEntropy()) == secrets[0]
    assert [path.name for path in root.iterdir()] == ["token"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_secret_others_can_read_is_refused_with_the_cure(root: Path, mode: int) -> None:
    read_or_create_secret(root / "token", SystemEntropy())
    keys = open_keys(root)
    keys.rotate(now=NOON, keep_for_renewal_until=NOON)
    keys.signing_key()  # what was read before is refused too
    for name, call in (
        ("token", lambda: read_or_create_secret(root / "token", SystemEntropy())),
        ("keys.json", keys.signing_key),
        ("keys.json", open_keys(root).renewal_keys),
    ):
        (root / name).chmod(mode)
        with pytest.raises(MatineeError, match=f"chmod 600 .*{name}") as caught:
            call()
        assert caught.value.code is ErrorCode.SETTING_INVALID


@pytest.mark.parametrize("text", ["", "short", "with a space in it, long", "umlaut-ä-long-enough"])
def test_a_secret_nobody_could_send_is_refused(root: Path, text: str) -> None:
    root.mkdir()
    (root / "token").write_text(text)
    (root / "token").chmod(0o600)
    with raises(ErrorCode.SETTING_INVALID):
        read_or_create_secret(root / "token", SystemEntropy())
    assert (root / "token").read_text() == text


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"keys": [{}]}', '{"keys": [{"kid": "k", "secret": "AA", "renew_until": null}]}']
)
def test_a_damaged_key_file_is_told_and_never_overwritten(root: Path, text: str) -> None:
    keys = open_keys(root)
    keys.rotate(now=NOON, keep_for_renewal_until=NOON)
    (root / "keys.json").write_text(text)
    for call in (keys.signing_key, lambda: keys.rotate(now=NOON, keep_for_renewal_until=NOON)):
        with raises(ErrorCode.SETTING_INVALID):
            call()
    assert (root / "keys.json").read_text() == text


def test_an_error_about_keys_never_shows_one(root: Path) -> None:
    keys = open_keys(root)
    key = keys.rotate(now=NOON, keep_for_renewal_until=NOON)
    text = (root / "keys.json").read_text()
    (root / "keys.json").write_text(text[:-5])
    with pytest.raises(MatineeError) as caught:
        keys.signing_key()
    assert text.split('"secret": "')[1][:10] not in str(caught.value) + repr(key)
    assert caught.value.__cause__ is None


def test_a_newer_schema_is_refused_and_left_alone(root: Path) -> None:
    open_catalog(root).add_asset(an_asset())
    with sqlite3.connect(root / "matinee.db") as connection:
        connection.execute("INSERT INTO migrations VALUES (999)")
    connection.close()
    with raises(ErrorCode.SETTING_INVALID):
        open_catalog(root)


def test_sessions_of_an_older_schema_end_when_they_did(root: Path) -> None:
    open_catalog(root).add_session(a_session())
    with sqlite3.connect(root / "matinee.db") as connection:
        first = {name for statement in FIRST for name in re.findall(r"CREATE TABLE (\w+)", statement)}
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
        for table in {name for (name,) in tables} - first - {"migrations"}:
            connection.execute(f"DROP TABLE {table}")
        connection.executescript(
            "DROP INDEX sessions_by_viewer; DROP INDEX sessions_by_end;"
            "DROP INDEX uploads_by_asset; ALTER TABLE sessions DROP COLUMN ends_at;"
            "DROP INDEX assets_by_title; ALTER TABLE assets DROP COLUMN title_place;"
            "DROP INDEX assets_by_length; ALTER TABLE assets DROP COLUMN length_place;"
            "DELETE FROM migrations WHERE number > 1"
        )
    connection.close()
    catalog = open_catalog(root)
    assert catalog.sweep(later(86_400)) == 0
    assert catalog.get_session(session_id("one")) == a_session()
    assert catalog.sweep(later(86_401)) == 1


def test_assets_of_an_older_schema_are_listed_by_title_and_length(root: Path) -> None:
    for name, title, seconds in (("b", "beta " * 30, 1.5), ("a", "Älpha", None), ("c", "Gamma", 90.25)):
        open_catalog(root).add_asset(replace(an_asset(name, title=title[:120]), duration_seconds=seconds))
    places = "SELECT id, title_place, length_place FROM assets ORDER BY id"
    with sqlite3.connect(root / "matinee.db") as connection:
        was = connection.execute(places).fetchall()
        connection.executescript(
            "DROP INDEX assets_by_title; ALTER TABLE assets DROP COLUMN title_place;"
            "DROP INDEX assets_by_length; ALTER TABLE assets DROP COLUMN length_place;"
            "DELETE FROM migrations WHERE number > 9"
        )
    connection.close()
    open_catalog(root)
    with sqlite3.connect(root / "matinee.db") as connection:
        assert connection.execute(places).fetchall() == was
    connection.close()


def test_many_processes_may_open_an_empty_catalog_at_once(root: Path) -> None:
    processes = [SPAWN.Process(target=open_catalog, args=(root,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    open_catalog(root).add_asset(an_asset())


@pytest.mark.parametrize(
    "damage", [b"not a database at all, far from it" * 200, b"SQLite format 3\x00" + b"\xff" * 8000]
)
def test_a_damaged_catalog_is_told(root: Path, damage: bytes) -> None:
    root.mkdir()
    (root / "matinee.db").write_bytes(damage)
    (root / "matinee.db").chmod(0o600)
    with raises(ErrorCode.CATALOG_UNAVAILABLE):
        open_catalog(root)


def test_a_catalog_others_can_read_is_refused_with_what_to_do(root: Path) -> None:
    open_catalog(root)
    (root / "matinee.db").chmod(0o640)
    with raises(ErrorCode.SETTING_INVALID):
        open_catalog(root)


def test_a_locked_catalog_is_told_and_reads_go_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matinee.adapters.local.sqlite.BUSY_TIMEOUT_SECONDS", 0.05)
    catalog = open_catalog(root)
    catalog.add_asset(an_asset())
    with Database(root / "matinee.db").transaction():
        with raises(ErrorCode.CATALOG_UNAVAILABLE):
            catalog.add_asset(an_asset("two"))
        assert catalog.get_asset(asset_id("one")).title == "Title one"


def test_a_full_disk_under_the_catalog_is_told(root: Path) -> None:
    database = Database(root / "matinee.db")
    database.read("PRAGMA max_page_count = 1")  # SQLite's own full disk: no page more than there is
    with raises(ErrorCode.STORE_FULL):
        for number in range(1000):
            database.write("INSERT INTO revocations VALUES (?, 0)", ("x" * 1000 + str(number),))


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(root: Path) -> None:
    database = Database(root / "matinee.db")
    with raises(ErrorCode.CATALOG_UNAVAILABLE), database.transaction() as connection:
        connection.execute("INSERT INTO revocations VALUES ('a', 0)")
        connection.execute("INSERT INTO revocations VALUES ('a', 0)")
    assert database.read("SELECT * FROM revocations") == []
    assert database.write("INSERT INTO revocations VALUES ('b', 0)") == 1


def test_a_commit_is_synced_to_the_disk(root: Path) -> None:
    database = Database(root / "matinee.db")
    assert database.read("PRAGMA synchronous") == [(2,)]  # FULL
    assert database.read("PRAGMA journal_mode") == [("wal",)]
    assert database.read("PRAGMA foreign_keys") == [(1,)]


def test_a_forked_child_opens_its_own_connection(root: Path) -> None:
    database = Database(root / "matinee.db")
    inherited = database._connection()
    child_id = os.fork()
    if child_id == 0:
        try:
            database.write("INSERT INTO revocations VALUES ('child', 0)")
            os._exit(0 if database._connection() is not inherited else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child_id, 0)[1]) == 0
    database.write("INSERT INTO revocations VALUES ('parent', 0)")
    assert database.read("SELECT session_id FROM revocations") == [("child",), ("parent",)]


def test_a_thread_that_ends_closes_its_connection(root: Path) -> None:
    catalog = open_catalog(root)
    handles = Path("/proc/self/fd")
    if not handles.exists():
        pytest.skip("no /proc on this system")
    before = len(list(handles.iterdir()))
    for number in range(20):
        thread = threading.Thread(target=catalog.add_asset, args=(an_asset(number),))
        thread.start()
        thread.join()
    assert len(list(handles.iterdir())) <= before + 3


def test_catalog_queue_and_revocations_share_one_file(root: Path) -> None:
    catalog: Catalog = open_catalog(root)
    catalog.add_asset(an_asset())
    open_queue(root).start(run_id("a"), now=NOON)
    open_revocations(root).revoke(session_id("a"), until=later(60))
    assert {path.name for path in root.iterdir()} <= {"matinee.db", "matinee.db-wal", "matinee.db-shm", "matinee.lock"}


def test_asking_for_a_revocation_is_quick(root: Path) -> None:
    revocations = open_revocations(root)
    for number in range(200):
        revocations.revoke(session_id(number), until=later(60))
    wanted = session_id("nobody")
    best = min(_seconds(lambda: [revocations.is_revoked(wanted) for _ in range(500)]) for _ in range(5)) / 500
    assert best < 60e-6, f"{best * 1e6:.1f} µs; it is asked on every segment (7 µs when this was written)"
