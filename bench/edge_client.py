"""The cheap reader of `bench/edge.py`: keep-alive clients that ask for files and drop the bytes inside the kernel.

It must not know who serves. One JSON job on standard input, one JSON answer on standard output; every answer's
status and length are checked, and the first body of each job byte by byte against the file.
"""

import json
import random
import re
import socket
import sys
import threading
from pathlib import Path
from typing import TypedDict

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
SINK_BYTES = 1024 * 1024


class Job(TypedDict):
    """`range_bytes` 0 asks for whole files. `requests` is the count over all `clients`."""

    port: int
    prefix: str
    media: str
    clients: int
    requests: int
    range_bytes: int
    seed: int


class Reader:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._sink = bytearray(SINK_BYTES)

    def ask(self, path: str, first_last: tuple[int, int] | None) -> tuple[int, bytes, int]:
        """Send one request; status, the body's bytes read with the head, and how many are still to come."""
        wanted = f"Range: bytes={first_last[0]}-{first_last[1]}\r\n" if first_last else ""
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n{wanted}\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = self._socket.recv(65536)
            if not part:
                raise ConnectionError("the server closed the connection")
            head += part
        head, _, body = head.partition(b"\r\n\r\n")
        length = LENGTH.search(head + b"\r\n")
        if length is None:
            raise ValueError(f"no content-length in {head!r}")
        return int(head[9:12]), body, int(length.group(1)) - len(body)

    def drop(self, count: int) -> None:
        """Read `count` bytes into nowhere: MSG_TRUNC on TCP discards without a copy (tcp(7))."""
        while count:
            got = self._socket.recv_into(self._sink, min(count, SINK_BYTES), socket.MSG_TRUNC)
            if not got:
                raise ConnectionError("the answer was cut")
            count -= got

    def take(self, count: int) -> bytes:
        """Read `count` bytes."""
        parts = bytearray()
        while len(parts) < count:
            part = self._socket.recv(count - len(parts))
            if not part:
                raise ConnectionError("the answer was cut")
            parts += part
        return bytes(parts)


def _work(job: Job, worker: int, sizes: dict[str, int], totals: list[int]) -> None:
    choose = random.Random(job["seed"] * 100 + worker)  # noqa: S311 - the same requests to every server
    reader = Reader(job["port"])
    names = sorted(sizes)
    for number in range(job["requests"] // job["clients"]):
        name = choose.choice(names)
        wanted = None
        if job["range_bytes"]:
            first = choose.randrange(0, sizes[name] - job["range_bytes"])
            wanted = (first, first + job["range_bytes"] - 1)
        expected = job["range_bytes"] or sizes[name]
        status, body, rest = reader.ask(job["prefix"] + name, wanted)
        if status != (206 if wanted else 200) or len(body) + rest != expected:
            raise ValueError(f"asked {name} {wanted}, got status {status} with {len(body) + rest} bytes")
        if number == 0:
            whole = (Path(job["media"]) / name).read_bytes()
            if body + reader.take(rest) != whole[slice(wanted[0], wanted[1] + 1) if wanted else slice(None)]:
                raise ValueError(f"{name} {wanted} arrived altered")
        else:
            reader.drop(rest)
        totals[worker] += expected


def main() -> None:
    """Run the job with a thread per client; recv releases the interpreter's lock."""
    job: Job = json.loads(sys.stdin.read())
    sizes = {path.name: path.stat().st_size for path in Path(job["media"]).iterdir()}
    totals = [0] * job["clients"]
    threads = [threading.Thread(target=_work, args=(job, n, sizes, totals)) for n in range(job["clients"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"bytes": sum(totals)}))


if __name__ == "__main__":
    main()
