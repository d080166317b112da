"""What the suites run in other processes, to be killed or raced. Light to import: each child pays for it.

Every function takes an opener: a picklable call that opens the adapter as a process of its own would.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import TypeVar

from matinee.domain.ids import AssetId, RunId
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.ingest import IngestQueue
from matinee.ports.keys import Keys
from matinee.ports.object_store import ObjectStore

Argument = TypeVar("Argument")
Result = TypeVar("Result")

SPAWN = multiprocessing.get_context("spawn")  # fork would carry threads' locks and connections along
BODY_BYTES = 300_000


def body(number: int) -> bytes:
    """A body that shows what it is: every byte the same, and its length follows from it."""
    return bytes([number % 251]) * (BODY_BYTES + number % 251)


def is_whole(data: bytes) -> bool:
    """Whether `data` is one of those bodies, unmixed and complete."""
    return data == body(data[0]) if data else False


@contextmanager
def child(target: Callable[..., None], *arguments: object) -> Iterator[SpawnProcess]:
    """A process that runs `target` until the block ends, then is killed."""
    process = SPAWN.Process(target=target, args=arguments, daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()
        process.close()


def in_threads(call: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
    """`call` for each argument, all at once."""
    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(call, arguments))


def in_processes(
    pool: ProcessPoolExecutor, call: Callable[..., Result], arguments: Sequence[tuple[object, ...]]
) -> list[Result]:
    """`call` for each tuple of arguments, in the pool's processes."""
    return [future.result() for future in [pool.submit(call, *each) for each in arguments]]


def put_forever(opener: Callable[[], ObjectStore], key: str) -> None:
    """Write one whole body after another over the same key."""
    store = opener()
    number = 0
    while True:
        number += 1
        store.put(key, body(number))


def complete(opener: Callable[[], ObjectStore], key: str, multipart_id: str, told: Connection) -> None:
    """Complete an upload in parts, and tell when that begins and ends."""
    store = opener()
    parts = store.list_parts(key, multipart_id)
    told.send("begun")
    store.complete_multipart(key, multipart_id, parts)
    told.send("done")


def put_and_delete(opener: Callable[[], ObjectStore], keys: Sequence[str], rounds: int) -> None:
    """Write and remove keys that get into each other's way as files and folders."""
    store = opener()
    for number in range(rounds):
        for key in keys:
            store.put(key, body(number))
            store.delete(key)
    for key in keys:
        store.put(key, body(0))


def count_up(opener: Callable[[], Catalog], asset_id: AssetId, times: int) -> int:
    """Try to change an asset `times` times; how often this process won."""
    catalog = opener()
    won = 0
    for _ in range(times):
        with suppress(MatineeError):
            catalog.replace_asset(catalog.get_asset(asset_id))
            won += 1
    return won


def add_forever(opener: Callable[[], Catalog], names: Sequence[str], told: Connection) -> None:
    """Add a remembered request for each name, and tell every name only after its write returned."""
    catalog = opener()
    at = datetime.fromisoformat("2026-03-01T12:00:00Z")
    for name in names:
        catalog.begin_request(name, "print", now=at, expires_at=at + timedelta(days=1))
        told.send(name)


def begin(opener: Callable[[], Catalog], key: str, at: datetime) -> bool:
    """Whether this process was the first with the idempotency key."""
    return opener().begin_request(key, "print", now=at, expires_at=at + timedelta(hours=1)) is None


def claim_all(opener: Callable[[], IngestQueue], worker: str, at: datetime) -> list[RunId]:
    """Claim and finish until nothing is left; which runs this worker got."""
    queue = opener()
    got = []
    while (lease := queue.claim(worker, now=at, lease_seconds=600)) is not None:
        queue.finish(lease)
        got.append(lease.run_id)
    return got


def start_all(opener: Callable[[], IngestQueue], runs: Sequence[RunId], at: datetime) -> int:
    """Start each run; how many were new."""
    queue = opener()
    return sum(queue.start(run, now=at) for run in runs)


def rotate(opener: Callable[[], Keys], at: datetime, times: int) -> list[str]:
    """Rotate; the kids made."""
    keys = opener()
    return [keys.rotate(now=at, keep_for_renewal_until=at + timedelta(days=1)).kid for _ in range(times)]


def code_of(call: Callable[[], object]) -> ErrorCode | None:
    """The code `call` fails with, or None."""
    try:
        call()
    except MatineeError as error:
        return error.code
    return None
