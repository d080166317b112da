#!/usr/bin/env python3
"""The edge function: its size, what it costs beside an empty function, and how many bent requests it was tried with.

It must not know the rules. A cost is CPU time (user and system) of an engine's process over many runs less that of one
over none; rounds of an empty function, a bare HMAC and the gate alternate. CloudFront's own unit (compute utilization)
only AWS can print. Needs Node; njs when found; about a minute.

    .venv/bin/python bench/gate.py [--json] [--check] [--tries N]

`--check` exits 1 over 10,240 bytes or 2 MB of memory, and when the twins disagreed or admitted by mistake.
"""

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.edge import campaign  # noqa: E402
from tests.edge.engines import GATE, ask_njs, njs_found, node  # noqa: E402
from tests.vectors.description import CLAIMS, FILE, KEY, OLD, VERSION, VIEWER  # noqa: E402

from matinee.domain.edge_store import KEYS_ENTRY, keys_value  # noqa: E402 - the tests' engines lie beside src
from matinee.domain.token import MAX_PATH, sign  # noqa: E402

MAX_BYTES = 10_240
MAX_KIBIBYTES = 2_048  # CloudFront quotas: "Maximum function memory"
RUNS = {"Node": 10_000, "njs": 1_000}  # njs keeps the memory of every run until its end
EMPTY_RUNS = 10  # times as many: it costs next to nothing
ROUNDS = 5
NOTHING = """
import cf from 'cloudfront';
import crypto from 'crypto';
async function handler(event) { return event.request; }
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of one run; `ratio` is the gate's to an empty function's."""

    engine: str
    request: str
    empty: float
    hmac: float
    gate: float
    ratio: float


def requests() -> dict[str, dict[str, Any]]:
    """A usual request, and the longest one the gate reads to its end; valid now."""
    now = int(time.time())
    usual = replace(CLAIMS, not_before=now - 60, expires_at=now + 3600, session_ends_at=now + 3600)
    longest = replace(usual, viewer="\U0001f600" * 128, ip="2001:db8::/127")
    entries = {KEYS_ENTRY: keys_value({OLD.kid: OLD.secret, KEY.kid: KEY.secret})}
    return {
        "usual": {"uri": f"/t/{sign(usual, KEY)}{FILE}", "address": VIEWER, "entries": entries},
        "longest": {
            "uri": f"/t/{sign(longest, KEY)}{VERSION.ljust(MAX_PATH, 'x')}",
            "address": "2001:db8::1",
            "entries": entries,
        },
    }


def costs(engine: str) -> list[Cost]:
    """What both requests cost in `engine`."""
    found = []
    for name, request in requests().items():
        rounds = [{run: microseconds(engine, request, run) for run in ("empty", "hmac", "gate")} for _ in range(ROUNDS)]
        empty, hmac, gate = (statistics.median(figures[run] for figures in rounds) for run in ("empty", "hmac", "gate"))
        found.append(Cost(engine, name, empty, hmac, gate, gate / empty))
    return found


def microseconds(engine: str, request: dict[str, Any], run: str) -> float:
    """CPU time of one run of `run`."""
    runs = RUNS[engine] * (EMPTY_RUNS if run == "empty" else 1)
    many, none = (_cpu_seconds(engine, request | {"run": run, "runs": count}) for count in (runs, 0))
    return max(many - none, 1e-9) / runs * 1e6


def _cpu_seconds(engine: str, question: dict[str, Any]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    asked, answering = cast("Any", [question]), HERE / "gate_cost.js"
    if engine == "Node":
        with node(answering=answering) as found:
            answer = cast("Any", found.ask(asked))[0]
    else:
        with tempfile.TemporaryDirectory() as folder:
            answer = cast("Any", ask_njs(asked, Path(folder), answering=answering))[0]
    assert answer["admitted"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def njs_kibibytes() -> int:
    """What the function and one run of the longest request add to njs's memory at its peak, over an empty one."""
    question = cast("Any", [requests()["longest"] | {"run": "gate", "runs": 1}])
    with tempfile.TemporaryDirectory() as folder:
        nothing = Path(folder) / "nothing.js"
        nothing.write_text(NOTHING)
        gate, empty = (
            min(cast("Any", ask_njs(question, Path(folder), gate, HERE / "gate_cost.js"))[0]["peak"] for _ in range(5))
            for gate in (GATE, nothing)
        )
    return int(gate - empty)


def measure(tries: int) -> dict[str, Any]:
    """Everything, for programs."""
    found = [cost for engine in ("Node", *(["njs"] if njs_found() else [])) for cost in costs(engine)]
    with node() as edge:
        tried = campaign.run(edge, tries)
    return {
        "bytes": len(GATE.read_bytes()),
        "costs": [asdict(cost) for cost in found],
        "njs_kibibytes": njs_kibibytes() if njs_found() else None,
        "tried": tried.tried,
        "tried_per_second": round(tried.tried / tried.seconds),
        "admitted": tried.admitted,
        "admitted_by_mistake": len(tried.mistakes),
        "disagreements": len(tried.disagreements),
    }


def show(found: dict[str, Any]) -> None:
    """The same for people."""
    print(f"edge/gate.js: {found['bytes']:,} of {MAX_BYTES:,} bytes")
    print(f"{'CPU microseconds a run':24}{'empty':>8}{'HMAC':>8}{'gate':>8}{'gate / empty':>14}")
    for cost in found["costs"]:
        name = f"{cost['engine']}, {cost['request']} request"
        print(f"{name:24}{cost['empty']:8.2f}{cost['hmac']:8.2f}{cost['gate']:8.2f}{cost['ratio']:14.1f}")
    if found["njs_kibibytes"] is not None:
        print(f"memory of the longest request in njs: {found['njs_kibibytes']:,} of {MAX_KIBIBYTES:,} KiB")
    else:
        print("njs was not found: apt-get install njs")
    print(f"{found['tried']:,} bent requests on both twins, {found['tried_per_second']:,} a second:", end=" ")
    print(f"{found['admitted']:,} admitted, {found['admitted_by_mistake']} by mistake,", end=" ")
    print(f"{found['disagreements']} answered differently")


def main() -> int:
    """Measure, print, and judge when asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--tries", type=int, default=100_000)
    options = parser.parse_args()
    found = measure(options.tries)
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        show(found)
    small = found["bytes"] <= MAX_BYTES and (found["njs_kibibytes"] or 0) <= MAX_KIBIBYTES
    kept = small and not found["admitted_by_mistake"] and not found["disagreements"]
    return 0 if kept or not options.check else 1


if __name__ == "__main__":
    sys.exit(main())
