"""Who works on a data directory: one server, by a lock that dies with it, and its children. No work is done here."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matinee.errors import ErrorCode, MatineeError

LOCK = "server.lock"  # locked by the server, and holding its process id


@contextmanager
def only_server(data_dir: Path) -> Iterator[None]:
    """Be the one server of `data_dir` while the context lasts. Raises `already_running` naming the other one."""
    with (data_dir / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = serving_process(data_dir) or "unknown"
            sentence = f"Another Matinee (process {other}) works on {data_dir}; stop it first."
            raise MatineeError(ErrorCode.ALREADY_RUNNING, sentence) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def serving_process(data_dir: Path) -> int:
    """The process id of the last server of `data_dir`; 0 when there was none."""
    try:
        written = (data_dir / LOCK).read_text()
    except FileNotFoundError:
        return 0
    return int(written) if written.isdecimal() else 0
