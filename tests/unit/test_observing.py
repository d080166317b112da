"""What leaves a function beside its answer: log lines, metrics, and traces where somebody listens."""

import json
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FUNCTION = """
from types import SimpleNamespace
from matinee.lambdas.observing import count, observed, tracer

def act(event, context):
    import logging
    tracer().put_annotation("run_id", event["run_id"])
    logging.getLogger("matinee.services.runs").info("run queued", extra={"run": event["run_id"]})
    if event["run_id"] == "run_2":
        raise ValueError("https://bucket/?X-Amz-Signature=hidden")
    count("RunsReady")
    return {"url": "https://bucket/?X-Amz-Signature=hidden"}

handler = observed(act, correlation="run_id")
context = SimpleNamespace(function_name="f", memory_limit_in_mb=1, invoked_function_arn="a", aws_request_id="r")
assert handler({"run_id": "run_1"}, context)["url"].endswith("hidden")
try:
    handler({"run_id": "run_2"}, context)
except ValueError:
    print("raised on")
"""


def said_by(environment: dict[str, str]) -> list[str]:
    """What the function above writes, line by line."""
    plain = {"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin", **environment}
    command = [sys.executable, "-c", FUNCTION]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=plain)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_line_of_the_house_is_json_with_the_id_that_joins_it_to_others() -> None:
    lines = said_by({})
    assert lines[-1] == "raised on"
    found = [json.loads(line) for line in lines[:-1]]
    queued = next(line for line in found if line.get("message") == "run queued")
    assert (queued["run"], queued["correlation_id"], queued["name"]) == ("run_1", "run_1", "matinee.services.runs")
    (counted,) = (line for line in found if "RunsReady" in line)
    assert counted["RunsReady"] == [1.0]
    assert counted["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Matinee"


def test_a_trace_names_the_run_and_holds_no_answer_and_no_error() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(20)
        said_by({
            "LAMBDA_TASK_ROOT": "/var/task",
            "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
        })  # fmt: skip
        sent = [daemon.recv(65_536).decode() for _ in range(2)]
    assert '"run_id": "run_1"' in sent[0].replace('":"', '": "')
    assert "ValueError" in sent[1]
    assert "hidden" not in "".join(sent)


def test_without_anybody_who_listens_for_traces_everything_goes_on() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    for trace in ("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1", ""):
        lines = said_by({
            "LAMBDA_TASK_ROOT": "/var/task",
            "_X_AMZN_TRACE_ID": trace,
            "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{port}",
        })  # fmt: skip
        assert lines[-1] == "raised on"
