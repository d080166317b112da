"""What only a folder can get wrong: what people drop in, links that lead out, rights, full disks, forged links."""

import errno
import os
import resource
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from matinee.adapters.local.durable import write_temporary
from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.object_facts import info_of, stamp
from matinee.adapters.local.secret_file import read_or_create_secret
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.domain.upload import sum_of
from matinee.errors import ErrorCode
from matinee.ports.object_store import PartGrant, walk
from tests.contracts.children import child, in_threads
from tests.contracts.local_openers import open_catalog, open_keys, open_store
from tests.contracts.samples import NOON, raises

SAME_TICK = 1_767_000_000_000_000_000  # nanoseconds since 1970


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A data directory."""
    return tmp_path / "data"


@pytest.fixture
def store(root: Path) -> FileStore:
    """A store in it."""
    return open_store(root)


def modes_below(root: Path) -> set[str]:
    """Files and folders below `root` that others than the owner can use."""
    return {str(path) for path in root.rglob("*") if stat.S_IMODE(path.lstat().st_mode) & 0o077}


def test_an_object_lies_under_its_own_name(root: Path, store: FileStore) -> None:
    store.put("talks/café one.mp4", b"v")
    assert (root / "objects" / "talks" / "café one.mp4").read_bytes() == b"v"


def test_a_file_dropped_in_is_an_object(root: Path, store: FileStore) -> None:
    folder = root / "objects" / "inbox" / "My Films"
    folder.mkdir(parents=True)
    (folder / "Film (1).MP4").write_bytes(b"dropped")
    info = store.list("inbox/").items[0]
    assert (info.key, info.size_bytes, info.content_type) == ("inbox/My Films/Film (1).MP4", 7, "video/mp4")
    assert store.get(info.key) == b"dropped"


def test_a_dropped_file_that_still_grows_changes_its_etag(root: Path, store: FileStore) -> None:
    path = root / "objects" / "growing"
    path.write_bytes(b"1")
    first = store.stat("growing").etag
    with path.open("ab") as file:
        file.write(b"2")
    assert store.stat("growing").etag != first


def test_two_writes_within_one_tick_of_a_coarse_clock_have_two_etags(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    etags = set()
    for _ in range(20):
        os.utime(path, ns=(SAME_TICK, SAME_TICK))
        stamp(path, SystemEntropy())
        info = info_of("k", path.stat(), path)
        etags.add(info.etag)
        assert 0 <= path.stat().st_mtime_ns - SAME_TICK < 10_000_000
    assert len(etags) == 20


def test_a_file_dropped_where_an_odd_key_lies_takes_its_place(root: Path, store: FileStore) -> None:
    store.put("a/b", b"below")
    store.put("a", b"odd")
    store.delete("a/b")
    (root / "objects" / "a").rmdir()
    (root / "objects" / "a").write_bytes(b"dropped")
    assert store.get("a") == b"dropped"
    assert [info.key for info in walk(store, "")] == ["a"]
    store.delete("a")
    assert store.list("").items == ()


def test_an_odd_key_that_became_plain_leaves_nothing_behind(root: Path, store: FileStore) -> None:
    store.put("x/a/b", b"below")
    store.put("x/a", b"odd")
    store.delete("x/a/b")
    store.put("x/a", b"plain")
    (root / "objects" / "x" / "a").unlink()  # by hand
    assert store.list("").items == ()


def test_an_object_comes_under_its_own_name_though_its_folder_was_pruned_meanwhile(
    root: Path, store: FileStore
) -> None:
    def found_every_time(number: int) -> bool:
        found = True
        for _ in range(100):
            store.put(f"x/y/{number}", b"v")
            found = found and (root / "objects" / "x" / "y" / str(number)).exists()
            store.delete(f"x/y/{number}")
        return found

    assert all(in_threads(found_every_time, range(4)))


def test_an_object_that_finds_no_place_leaves_no_rubbish(root: Path, store: FileStore) -> None:
    (root / "odd").rmdir()
    (root / "odd").touch()
    with raises(ErrorCode.STORE_UNAVAILABLE):
        store.put("odd key/", b"v")
    assert list((root / "tmp").iterdir()) == []


@pytest.mark.parametrize("calls_that_work", [0, 1, 2])
def test_parts_join_also_where_the_kernel_copies_some_of_them_or_none(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, calls_that_work: int
) -> None:
    real = os.copy_file_range
    calls = iter(range(100))

    def sometimes(source: int, target: int, count: int) -> int:
        if next(calls) >= calls_that_work:
            raise OSError(errno.ENOSYS, "not on this file system")
        return real(source, target, min(count, 1000))

    monkeypatch.setattr(os, "copy_file_range", sometimes)
    upload = store.begin_multipart("k")
    bodies = [bytes(range(256)) * 20, b"second" * 3000, b"third"]
    for number, data in enumerate(bodies, start=1):
        store.put_part("k", upload, number, data, sha256=sum_of(data))
    store.complete_multipart("k", upload, store.list_parts("k", upload))
    assert store.get("k") == b"".join(bodies)
    store.copy("k", "copy")
    assert store.get("copy") == b"".join(bodies)


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder on another file system."""
    memory = Path("/dev/shm")  # noqa: S108 - not a temporary file's name, a file system
    if not memory.is_dir() or memory.stat().st_dev == Path().stat().st_dev:
        pytest.skip("no second file system here")
    with TemporaryDirectory(dir=memory) as name:
        yield Path(name)


def test_a_file_from_another_file_system_is_taken_too(root: Path, store: FileStore, elsewhere: Path) -> None:
    (elsewhere / "film").write_bytes(b"film")
    store.put_file("k", elsewhere / "film")
    assert store.get("k") == b"film"
    assert list(elsewhere.iterdir()) == list((root / "tmp").iterdir()) == []


def test_objects_on_another_disk_than_the_rest_are_refused_at_the_start(root: Path, elsewhere: Path) -> None:
    root.mkdir()
    (root / "objects").symlink_to(elsewhere)
    with raises(ErrorCode.SETTING_INVALID):
        open_store(root)


def test_the_inbox_stays_when_its_last_file_goes(root: Path, store: FileStore) -> None:
    store.put("inbox/film.mp4", b"v")
    store.put("inbox/folder/film.mp4", b"v")
    store.delete("inbox/film.mp4")
    store.delete("inbox/folder/film.mp4")
    assert list((root / "objects").rglob("*")) == [root / "objects" / "inbox"]


def test_unfinished_files_are_never_objects(store: FileStore) -> None:
    upload = store.begin_multipart("k")
    sink = store.receive_part(PartGrant(multipart_id=upload, number=1, size_bytes=5, sha256=sum_of(b"12345")))
    sink.write(b"123")
    assert store.list("").items == ()
    sink.discard()


def test_names_that_are_no_keys_are_passed_over(root: Path, store: FileStore) -> None:
    for name in (b"not-\xff-utf8", b"line\nbreak"):
        (root / "objects" / os.fsdecode(name)).write_bytes(b"v")
    store.put("fine", b"v")
    assert [info.key for info in walk(store, "")] == ["fine"]


@pytest.mark.parametrize("kind", ["file", "folder", "broken", "pipe"])
def test_what_is_no_regular_file_is_no_object_and_leads_nowhere(
    root: Path, store: FileStore, tmp_path: Path, kind: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    link = root / "objects" / "link"
    if kind == "pipe":
        os.mkfifo(link)
    else:
        link.symlink_to({"file": outside / "secret", "folder": outside, "broken": outside / "none"}[kind])
    for key in ("link", "link/secret"):
        for call in (store.get, store.stat, store.open):
            with raises(ErrorCode.OBJECT_NOT_FOUND):
                call(key)
    assert store.list("").items == store.list("link/").items == ()
    store.delete("link/secret")
    store.put("link/secret", b"mine")
    assert store.get("link/secret") == b"mine"
    assert (outside / "secret").read_bytes() == b"secret"
    store.put("link", b"mine too")
    assert store.get("link") == b"mine too"
    assert (outside / "secret").read_bytes() == b"secret"


def test_a_symbolic_link_is_copied_not_moved(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"film")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store.put_file("k", tmp_path / "link")
    assert store.get("k") == b"film"
    assert (tmp_path / "real").exists()
    assert not (tmp_path / "link").is_symlink()


def test_what_the_store_writes_is_for_its_owner_alone(root: Path, store: FileStore) -> None:
    store.put("a/b", b"v")
    store.put("a", b"v")
    store.begin_multipart("m")
    open_catalog(root)
    open_keys(root).rotate(now=NOON, keep_for_renewal_until=NOON)
    read_or_create_secret(root / "token", SystemEntropy())
    assert modes_below(root) == set()
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_an_open_object_stays_what_it_was_when_the_key_is_replaced(store: FileStore) -> None:
    store.put("k", b"old")
    opened = store.open("k")
    store.put("k", b"newer")
    with opened.file:
        assert (opened.info.size_bytes, opened.file.read()) == (3, b"old")


def _put_under_a_limit(root: Path) -> None:
    store = open_store(root)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    told = sum_of(b"n" * 3_000_000)
    grant = PartGrant(multipart_id=store.begin_multipart("m"), number=1, size_bytes=3_000_000, sha256=told)
    with raises(ErrorCode.STORE_FULL):
        store.put("k", b"n" * 2_000_000)
    sink = store.receive_part(grant)
    with raises(ErrorCode.STORE_FULL):
        sink.write(b"n" * 2_000_000)
    sink.discard()
    (root / "passed").touch()


def test_a_full_disk_is_told_and_leaves_the_old_object_and_no_rubbish(root: Path, store: FileStore) -> None:
    store.put("k", b"old")
    with child(_put_under_a_limit, root) as process:
        process.join(20)
    assert (root / "passed").exists()
    assert store.get("k") == b"old"
    assert list((root / "tmp").iterdir()) == []


def test_what_dead_writers_left_is_swept_and_live_ones_are_not(root: Path, store: FileStore) -> None:
    old = root / "tmp" / "old"
    old.write_bytes(b"half")
    os.utime(old, (1, 1))
    (root / "tmp" / "fresh").write_bytes(b"half")
    assert store.sweep_temporary(before=datetime.now(UTC) - timedelta(hours=1)) == 1
    assert [path.name for path in (root / "tmp").iterdir()] == ["fresh"]


def _die_while_putting(root: Path) -> None:
    write_temporary(root / "tmp", b"half")
    os._exit(9)


def test_what_one_dead_process_left_is_swept_without_touching_the_others(root: Path, store: FileStore) -> None:
    with child(_die_while_putting, root) as process:
        process.join(20)
        dead = process.pid
    assert dead is not None
    mine = write_temporary(root / "tmp", b"half")
    assert len(list((root / "tmp").iterdir())) == 2
    assert store.sweep_process(dead) == 1
    assert list((root / "tmp").iterdir()) == [mine]


def test_a_late_page_of_a_large_listing_reads_only_what_it_needs(root: Path, store: FileStore) -> None:
    for number in range(300):
        folder = root / "objects" / "streams" / f"{number:04}"
        folder.mkdir(parents=True)
        for segment in range(20):
            (folder / f"{segment:02}").touch()
    keys = [info.key for info in walk(store, "streams/")]
    assert len(keys) == 6000
    assert keys == sorted(keys)
    whole = _seconds(lambda: [*walk(store, "streams/")])
    page = _seconds(lambda: store.list("streams/0299/"))
    assert page < whole / 20


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"expires": "99999999999"},
        {"signature": "x"},
        {"expires": "99999999999", "signature": ""},
        {"expires": "99999999999", "signature": "ü\udcff"},
    ],
)
def test_a_link_nobody_signed_is_invalid_never_expired(query: dict[str, str]) -> None:
    signer = LinkSigner(b"k" * 32, lambda: "http://matinee.test", SystemClock())
    with raises(ErrorCode.LINK_INVALID):
        signer.admit_get("/objects/k", query)
    with raises(ErrorCode.LINK_INVALID):
        signer.admit_part("/parts/mpu_x/1", query)


def test_a_link_of_another_key_is_invalid(store: FileStore) -> None:
    store.put("k", b"v")
    link = store.link_get("k", ttl_seconds=60)
    other = LinkSigner(b"another", lambda: "http://matinee.test", SystemClock())
    query = dict(pair.split("=") for pair in link.url.partition("?")[2].split("&"))
    assert store.admit_get("/objects/k", query) == "k"
    with raises(ErrorCode.LINK_INVALID):
        other.admit_get("/objects/k", query)
    with raises(ErrorCode.LINK_INVALID):
        store.admit_part("/parts/k", query)
