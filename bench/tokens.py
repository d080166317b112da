#!/usr/bin/env python3
"""Playback tokens: signed a second beside botocore's CloudFront URLs, sessions through the API, and what a check costs.

It must not know how tokens look. Signers take turns, batch by batch, each on one core and in CPU seconds, so that other
work on the machine disturbs both alike; the figure is the median of the rounds' ratios. A check's cost is its CPU time
beside that of the local edge for a segment of 2 MB, check included. Loopback only; half a minute.

    .venv/bin/python bench/tokens.py [--json] [--check]

`--check` exits 1 when tokens are signed less than ten times as fast as botocore signs with RSA-2048, or when a
token's first check or a later one is over 5 % of serving 2 MB. Needs the emulator's environment
(`make .emulator/.stamp`).
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from tests.system.server import Server  # noqa: E402 - the tests lie beside src

import edge  # noqa: E402 - beside this file
from edge_servers import ASSET  # noqa: E402 - the same
from matinee.adapters.local.key_file import KeyFile  # noqa: E402
from matinee.adapters.local.sqlite import Database  # noqa: E402
from matinee.adapters.local.sqlite_revocations import SqliteRevocations  # noqa: E402
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy  # noqa: E402
from matinee.config import Settings  # noqa: E402
from matinee.domain.asset import Asset, Status  # noqa: E402
from matinee.domain.ids import RunId, SessionId, VersionId  # noqa: E402
from matinee.domain.token import Claims, SigningKey, path_of, sign  # noqa: E402
from matinee.services.playback import Gate  # noqa: E402
from matinee.wiring import open_machine  # noqa: E402

FASTER = 10.0
SHARE = 0.05
ROUNDS = 7
TOKENS, URLS = 10_000, 200
SESSIONS = 300
CHECKS = 5_000
SEGMENT_BYTES = 2_000_000
SEGMENTS = edge.Workload(name="2 MB segments", range_bytes=0, requests=300, limit=0)
SIGNER_PYTHON = HERE.parent / ".emulator" / "bin" / "python"
KEY = SigningKey("key_00000000000000000000", bytes(range(32)))


def signed_a_second() -> float:
    """Tokens by one core, in CPU seconds."""
    began = time.process_time()
    for number in range(TOKENS):
        sign(
            Claims(
                session_id=SessionId(f"ses_{number:020}"),
                viewer="viewer",
                path=path_of(ASSET),
                not_before=1_800_000_000,
                expires_at=1_800_003_600,
                session_ends_at=1_800_086_400,
            ),
            KEY,
        )
    return TOKENS / (time.process_time() - began)


@contextmanager
def cloudfront_signer() -> Iterator[Any]:
    """Asked, it says how many URLs botocore signs by one core in a second."""
    if not SIGNER_PYTHON.exists():
        raise SystemExit("botocore's signer needs the emulator's environment: make .emulator/.stamp")
    command = [str(SIGNER_PYTHON), str(HERE / "cloudfront_signer.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask() -> float:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{URLS}\n")
            process.stdin.flush()
            return URLS / float(process.stdout.readline())

        try:
            yield ask
        finally:
            process.kill()


def sessions_a_second(folder: Path) -> float:
    """Sessions one client opens by the API of a server of its own: each written, put on record and signed."""
    machine = open_machine(Settings(data_dir=folder / "data", demo=False, workers=0))
    now = machine.clock.now()
    film = Asset(id=ASSET, title="Film", status=Status.READY, created_at=now, updated_at=now)
    whole = {"version": VersionId("ver_" + "0" * 20), "media_run": RunId("run_" + "0" * 20)}
    machine.app.catalog.add_asset(Asset(**{name: getattr(film, name) for name in Asset.__slots__} | whole))
    server = Server(folder / "data", MATINEE_WORKERS="0").start()
    try:
        with server.client() as http:
            for count in (20, SESSIONS):  # the first ones warm it
                began = time.monotonic()
                for number in range(count):
                    answer = http.post(f"/v1/assets/{ASSET}/playback", json={"viewer": f"viewer {number}"})
                    answer.raise_for_status()
        return SESSIONS / (time.monotonic() - began)
    finally:
        server.stop()


def token_of(number: int, key: SigningKey) -> str:
    """A token like no other, that admits to the film now."""
    now = int(time.time())
    claims = Claims(
        session_id=SessionId(f"ses_{number:020}"),
        viewer="viewer",
        path=path_of(ASSET),
        not_before=now - 60,
        expires_at=now + 3600,
        session_ends_at=now + 86_400,
    )
    return sign(claims, key)


def checks_and_segment(folder: Path) -> tuple[float, float, float]:
    """CPU seconds of a token's first check and of a later one, and of the edge for one segment of 2 MB with its check.

    The gate remembers what it has read: only a token's first check pays for its signature and its parsing.
    """
    media = folder / "media"
    media.mkdir()
    for number in range(4):
        (media / f"{number}.m4s").write_bytes(bytes([number]) * SEGMENT_BYTES)
    firsts, checks, segments = [], [], []
    with edge.python_server("matinee", media) as server:
        database = Database(folder / "data" / "matinee.db")
        keys = KeyFile(folder / "data" / "keys.json", SystemEntropy())
        gate = Gate(keys, SqliteRevocations(database), SystemClock())
        token, path = server.prefix.removeprefix("/t/").split("/", 1)
        for number in range(ROUNDS):
            fresh = [token_of(number * CHECKS + each, keys.signing_key()) for each in range(CHECKS)]
            began = time.process_time()
            for each in fresh:
                gate.admit(each, f"/{path}0.m4s", "127.0.0.1")
            firsts.append((time.process_time() - began) / CHECKS)
            gate.admit(token, f"/{path}0.m4s", "127.0.0.1")
            began = time.process_time()
            for _ in range(CHECKS):
                gate.admit(token, f"/{path}0.m4s", "127.0.0.1")
            checks.append((time.process_time() - began) / CHECKS)
            segments.append(edge.measure(server, SEGMENTS, media, number) * SEGMENT_BYTES / 1e9)
    return statistics.median(firsts), statistics.median(checks), statistics.median(segments)


def measure() -> dict[str, float]:
    """Everything, for programs."""
    with cloudfront_signer() as cloudfront:
        cloudfront()
        rounds = [(signed_a_second(), cloudfront()) for _ in range(ROUNDS)]
    with tempfile.TemporaryDirectory() as folder:
        sessions = sessions_a_second(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        first, check, segment = checks_and_segment(Path(folder))
    return {
        "tokens_a_second": round(statistics.median(ours for ours, _ in rounds)),
        "cloudfront_urls_a_second": round(statistics.median(theirs for _, theirs in rounds)),
        "ratio": round(statistics.median(ours / theirs for ours, theirs in rounds), 1),
        "sessions_a_second": round(sessions),
        "first_check_microseconds": round(first * 1e6, 1),
        "check_microseconds": round(check * 1e6, 1),
        "segment_microseconds": round(segment * 1e6, 1),
        "first_check_share": round(first / segment, 4),
        "check_share": round(check / segment, 4),
    }


def show(found: dict[str, float]) -> None:
    """The same for people."""
    print(f"tokens signed a second of one core: {found['tokens_a_second']:,}")
    print(f"  botocore's CloudFrontSigner, RSA-2048: {found['cloudfront_urls_a_second']:,}; ratio {found['ratio']:.1f}")
    print(f"sessions a second by the API, one client: {found['sessions_a_second']:,}")
    print(f"of {found['segment_microseconds']:.0f} microseconds for a segment of 2 MB:")
    print(f"  a token's first check: {found['first_check_microseconds']:.1f}, {found['first_check_share']:.1%}")
    print(f"  each later one: {found['check_microseconds']:.1f}, {found['check_share']:.1%}")


def main() -> int:
    """Measure, print, and judge when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found = measure()
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)
    shares = max(found["first_check_share"], found["check_share"])
    return 0 if not options.check or (found["ratio"] >= FASTER and shares <= SHARE) else 1


if __name__ == "__main__":
    sys.exit(main())
