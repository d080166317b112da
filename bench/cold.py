#!/usr/bin/env python3
"""What a function that sleeps takes to its first answer: `GET /?key=`, against the AWS SDK for JavaScript.

It must not know how links are signed. Fresh processes in turns: our function (import, TLS connection to an S3 of the
bench's own, HEAD, signature) and the reference design's (Node.js, @aws-sdk/client-s3 and s3-request-presigner, which
asks S3 nothing). The clock runs inside of each, from its first line; `process` counts the engine's own start as well.
Beside it, the session mint of the API's function, over the AWS emulator.

    .venv/bin/python bench/cold.py [--json] [--check] [--rounds N]

Needs Node, npm (once: installs `bench/node` into .cache) and openssl. `--check` exits 1 when the ratio is over 1.0.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

HERE = Path(__file__).parent
CLONE = HERE.parent
sys.path.insert(0, str(CLONE))

if find_spec("boto3") is None:
    raise SystemExit("the development environment is not set up; run: make .venv/.dev.stamp .emulator/.stamp")

from tests.contracts.aws_openers import open_dynamodb_catalog, open_secret_keys  # noqa: E402 - they lie beside src
from tests.contracts.emulator import REGION, running  # noqa: E402 - the same
from tests.contracts.samples import an_asset, asset_id  # noqa: E402 - the same

from matinee.adapters.aws.signed_objects import ROOTS  # noqa: E402 - the same
from matinee.adapters.local.system_clock import SystemClock  # noqa: E402 - the same

CACHE = CLONE / ".cache" / "cold"
ROUNDS = 15
MOST = 1.0
CLAIMS = {"sub": "bench", "scope": "matinee/playback:issue"}
SECONDS = 120


class Heads(BaseHTTPRequestHandler):
    """As much of S3 as the function asks."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the answer waits 40 ms for the client to confirm TLS's session tickets

    def do_HEAD(self) -> None:
        """Every object is there."""
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        """Nothing."""


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds of one cold start: inside the process, of the whole process, and its CPU time."""

    inside: float
    process: float
    cpu: float


def event(method: str, path: str, query: str = "") -> str:
    """A request as an HTTP API tells it."""
    http = {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": ""}
    context = {"http": http, "requestId": "1", "stage": "$default", "authorizer": {"jwt": {"claims": CLAIMS}}}
    headers = {"host": "api.example.org", "cloudfront-viewer-address": "198.51.100.7:4711"}
    told = {"version": "2.0", "rawPath": path, "rawQueryString": query, "headers": headers, "isBase64Encoded": False}
    return json.dumps({**told, "routeKey": "$default", "requestContext": context})


def start(command: list[str], environment: Mapping[str, str]) -> Start:
    """Run it once."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=SECONDS, check=False)
    process, after = (time.perf_counter() - began) * 1000, os.times()
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Start(json.loads(done.stdout.splitlines()[-1])["milliseconds"], process, cpu * 1000)


@contextmanager
def bench_s3(folder: Path) -> Iterator[tuple[str, Path]]:
    """An S3 that answers HEAD over TLS: its address, and the roots with its own among them."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bench"]
    asked += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(asked, check=True, capture_output=True, timeout=60)
    roots = folder / "roots.pem"
    roots.write_text(ROOTS.read_text() + certificate.read_text())
    server = ThreadingHTTPServer(("127.0.0.1", 0), Heads)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_port}", roots
    finally:
        server.shutdown()
        server.server_close()


def node_modules() -> Path:
    """The reference design's packages, installed once from their lockfile."""
    stamp = CACHE / "package-lock.json"
    if not (CACHE / "node_modules").is_dir() or stamp.read_bytes() != (HERE / "node" / stamp.name).read_bytes():
        CACHE.mkdir(parents=True, exist_ok=True)
        for name in (".npmrc", "package.json", stamp.name):
            shutil.copy(HERE / "node" / name, CACHE / name)
        subprocess.run(["npm", "ci", "--silent"], cwd=CACHE, check=True, timeout=300, capture_output=True)
    return CACHE


def links(rounds: int) -> list[tuple[Start, Start]]:
    """Ours and the reference design's, in turns, after one of each to fill the file cache."""
    packages = str(node_modules())
    common = {"PATH": os.environ["PATH"], "AWS_REGION": REGION, "MATINEE_BUCKET": "matinee-bench"}
    common |= {"AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "b" * 40, "AWS_SESSION_TOKEN": "t" * 400}
    theirs = ["node", "--no-warnings", str(HERE / "node" / "presign.cjs"), packages]
    with tempfile.TemporaryDirectory() as name, bench_s3(Path(name)) as (address, roots):
        asked = event("GET", "/", "key=films/one.mp4")
        ours = [sys.executable, "-I", "-S", str(HERE / "cold_first.py"), str(CLONE / "src"), "matinee.lambdas.link"]
        ours += [asked, str(roots)]
        ours_environment = common | {"AWS_ENDPOINT_URL": address}
        pairs = [(start(ours, ours_environment), start(theirs, common)) for _ in range(rounds + 1)]
    return pairs[1:]


def mints(rounds: int) -> list[Start]:
    """The session mint over the emulator; none when there is no emulator."""
    with tempfile.TemporaryDirectory() as name, running(Path(name)) as emulator:
        if emulator is None:
            return []
        bucket, table, secret = emulator.new_bucket(), emulator.new_table(), emulator.new_secret()
        edge, now = emulator.new_key_value_store(), SystemClock().now()
        open_secret_keys(emulator.adapter, secret, edge).rotate(now=now, keep_for_renewal_until=now)
        open_dynamodb_catalog(emulator.adapter, table).add_asset(an_asset(version="ver_x"))
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": emulator.adapter.url,
            "AWS_ACCESS_KEY_ID": emulator.adapter.key_id,
            "AWS_SECRET_ACCESS_KEY": emulator.adapter.secret,
            "MATINEE_BUCKET": bucket,
            "MATINEE_TABLE": table,
            "MATINEE_SECRET_ARN": secret,
            "MATINEE_KEY_VALUE_STORE_ARN": edge,
            "MATINEE_STATE_MACHINE_ARN": emulator.new_workflow(),
            "MATINEE_DISTRIBUTION_ID": "E2BENCH",  # nobody deletes here
            "MATINEE_DELIVERIES_QUEUE_URL": f"{emulator.root.url}/000000000000/deliveries",  # nor has a webhook
            "MATINEE_PUBLIC_URL": "https://films.example.org",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }
        asked = event("POST", f"/v1/assets/{asset_id('one')}/playback")
        command = [sys.executable, "-I", str(HERE / "cold_first.py"), str(CLONE / "src"), "matinee.lambdas.api"]
        return [start([*command, asked, ""], environment) for _ in range(rounds + 1)][1:]


def measure(rounds: int) -> dict[str, float]:
    """Everything, in milliseconds, for programs."""
    pairs, minted = links(rounds), mints(max(3, rounds // 3))
    found: dict[str, float] = {}
    for name in ("inside", "process", "cpu"):
        found[f"link_{name}"] = statistics.median(getattr(ours, name) for ours, _ in pairs)
        found[f"node_{name}"] = statistics.median(getattr(theirs, name) for _, theirs in pairs)
        found[f"ratio_{name}"] = statistics.median(getattr(a, name) / getattr(b, name) for a, b in pairs)
        if minted:
            found[f"mint_{name}"] = statistics.median(getattr(each, name) for each in minted)
    return {name: round(value, 3 if name.startswith("ratio") else 1) for name, value in found.items()}


def main() -> int:
    """Measure, print, and judge when asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    found = measure(options.rounds)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        print(f"{'cold start, ms':22}{'link':>9}{'Node + SDK':>12}{'ratio':>8}{'mint':>9}")
        for name, says in (("inside", "import to answer"), ("process", "whole process"), ("cpu", "CPU time")):
            row = [found.get(f"{column}_{name}", float("nan")) for column in ("link", "node", "ratio", "mint")]
            print(f"{says:22}{row[0]:9.0f}{row[1]:12.0f}{row[2]:8.2f}{row[3]:9.0f}")
    return 1 if options.check and found["ratio_inside"] > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
