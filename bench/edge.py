#!/usr/bin/env python3
"""CPU seconds per GB served, by nginx, by Matinee's edge with its token check, and by a plain ASGI file response.

It must not know how any of them works. Servers take turns in alternating rounds, so that a busy machine disturbs all
alike; the figure is the median of the rounds' ratios to nginx in the same round. Only the servers' CPU time counts
(user and system, all threads and children), never the client's. Loopback only, free ports, about half a minute.

    .venv/bin/python bench/edge.py [--json] [--check] [--rounds N]

`--check` exits 1 when Matinee is over 3.5 x nginx for whole 5 MB files or 7 x for 1 MB ranges.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FILES = 16
FILE_BYTES = 5_000_000
RANGE_BYTES = 1_000_000
CLIENTS = 6
START_SECONDS = 10.0
JOB_SECONDS = 60.0

NGINX_CONF = """
daemon off; worker_processes 1; pid {work}/nginx.pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; types {{ video/mp4 mp4; }}
  client_body_temp_path {work}/b; proxy_temp_path {work}/p; fastcgi_temp_path {work}/f;
  uwsgi_temp_path {work}/u; scgi_temp_path {work}/s;
  server {{ listen 127.0.0.1:{port}; root {media}; keepalive_requests 100000; }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """`limit` is what Matinee may cost, in nginx's CPU seconds; `plain_share` spares the slow one its full count."""

    name: str
    range_bytes: int
    requests: int
    limit: float
    plain_share: float = 0.1


WORKLOADS = (
    Workload(name="5 MB files whole", range_bytes=0, requests=180, limit=3.5),
    Workload(name="1 MB ranges", range_bytes=RANGE_BYTES, requests=600, limit=7.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    name: str
    pid: int
    port: int
    prefix: str

    def cpu_seconds(self) -> float:
        """User and system time of the process and its children so far, to the nanosecond where /proc has ticks."""
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in _family(self.pid))


def _family(pid: int) -> Iterator[int]:
    """The process and its descendants (nginx's worker does the work, its master nothing)."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _wait_for_port(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"a server ended at its start with code {process.returncode}; its message stands above")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise SystemExit(f"no server answered on port {port} within {START_SECONDS:.0f} s")


@contextlib.contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def nginx(media: Path, work: Path) -> Iterator[Server]:
    """nginx as a distribution ships it: one worker, sendfile, no access log."""
    found = shutil.which("nginx", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if found is None:
        raise SystemExit("nginx is not installed; it is the yardstick here: apt-get install nginx-light")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    conf = work / "nginx.conf"
    conf.write_text(NGINX_CONF.format(work=work, port=port, media=media))
    arguments = [found, "-e", "stderr", "-p", str(work), "-c", str(conf)]
    with _ended(subprocess.Popen(arguments, text=True)) as process:
        _wait_for_port(port, process)
        yield Server(name="nginx", pid=process.pid, port=port, prefix="/")


@contextlib.contextmanager
def python_server(kind: str, media: Path) -> Iterator[Server]:
    """`edge_servers.py` in its own process, on a socket bound here, so that no other can take the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        port = listener.getsockname()[1]
        fd = listener.fileno()
        arguments = [sys.executable, str(HERE / "edge_servers.py"), kind, str(media), str(fd)]
        process = subprocess.Popen(arguments, text=True, stdout=subprocess.PIPE, pass_fds=[fd])
    with _ended(process):
        assert process.stdout is not None
        prefix = process.stdout.readline().strip()
        _wait_for_port(port, process)
        yield Server(name=kind, pid=process.pid, port=port, prefix=prefix)


def measure(server: Server, load: Workload, media: Path, seed: int) -> float:
    """CPU seconds per GB (10^9 bytes) of one server under one workload."""
    share = load.plain_share if server.name == "plain" else 1.0
    job = {
        "port": server.port,
        "prefix": server.prefix,
        "media": str(media),
        "clients": CLIENTS,
        "requests": max(CLIENTS, int(load.requests * share)),
        "range_bytes": load.range_bytes,
        "seed": seed,
    }
    before = server.cpu_seconds()
    client = subprocess.run(
        [sys.executable, str(HERE / "edge_client.py")],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=JOB_SECONDS,
        check=False,
    )
    spent = server.cpu_seconds() - before
    if client.returncode or client.stderr:
        raise SystemExit(f"the client failed against {server.name}: {client.stderr[-800:]}")
    return float(spent / json.loads(client.stdout)["bytes"] * 1e9)


def run(rounds: int) -> dict[str, dict[str, list[float]]]:
    """CPU seconds per GB by workload, server and round."""
    figures: dict[str, dict[str, list[float]]] = {load.name: {} for load in WORKLOADS}
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="matinee-bench-")))
        work.chmod(0o755)  # started by root, nginx' worker reads as another user
        media = work / "media"
        media.mkdir()
        for number in range(FILES):
            (media / f"{number:02}.mp4").write_bytes(os.urandom(FILE_BYTES))
        servers = [stack.enter_context(nginx(media, work))]
        servers += [stack.enter_context(python_server(kind, media)) for kind in ("matinee", "plain")]
        for number in range(rounds + 1):
            for load in WORKLOADS:
                for server in servers:
                    seconds_per_gb = measure(server, load, media, number)
                    if number:  # the first round warms page cache and interpreters
                        figures[load.name].setdefault(server.name, []).append(seconds_per_gb)
    return figures


def summary(figures: dict[str, dict[str, list[float]]]) -> list[dict[str, str | float]]:
    """A row per workload and server: medians of CPU seconds per GB and of the ratio to nginx, and the limit."""
    rows: list[dict[str, str | float]] = []
    for load in WORKLOADS:
        base = figures[load.name]["nginx"]
        for name, values in figures[load.name].items():
            ratios = [value / nginx_value for value, nginx_value in zip(values, base, strict=True)]
            row: dict[str, str | float] = {"workload": load.name, "server": name}
            row["cpu_seconds_per_gb"] = round(statistics.median(values), 4)
            row["ratio"] = round(statistics.median(ratios), 2)
            row["ratio_lowest"], row["ratio_highest"] = round(min(ratios), 2), round(max(ratios), 2)
            if name == "matinee":
                row["limit"] = load.limit
            rows.append(row)
    return rows


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when a limit is exceeded")
    parser.add_argument("--rounds", type=int, default=7, help="rounds after the warming one (7)")
    options = parser.parse_args()
    rows = summary(run(options.rounds))
    over = [row for row in rows if "limit" in row and float(row["ratio"]) > float(row["limit"])]
    if options.json:
        print(json.dumps({"rows": rows, "within_limits": not over}, indent=2))
    else:
        print(f"{'workload':18} {'server':8} {'CPU s/GB':>9} {'x nginx':>8} {'(lowest-highest)':>18} {'limit':>6}")
        for row in rows:
            spread = f"({row['ratio_lowest']:.2f}-{row['ratio_highest']:.2f})"
            limit = row.get("limit", "")
            print(
                f"{row['workload']:18} {row['server']:8} {row['cpu_seconds_per_gb']:9.3f} {row['ratio']:8.2f}"
                f" {spread:>18} {limit:>6}"
            )
    return 1 if over and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
