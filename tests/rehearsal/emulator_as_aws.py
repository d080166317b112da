"""Starts the emulator with CloudFront, API Gateway and Lambda as the deployment needs them. It must not know Matinee.

Run by the emulator's Python; with what `tests/contracts/mended_emulator.py` mends besides.

* A CloudFront function's module `cloudfront` exists, over the KeyValueStore that the function is associated with.
* An origin group is asked: the second member when the first answers one of the group's codes, or not at all
  (CloudFront Developer Guide, "Optimize high availability with CloudFront origin failover"). A test has an origin
  refuse its request by the header `x-rehearsal-away`: a bucket and what it answers, `BUCKET 503` or `BUCKET nothing`.
* The viewer's address is told to functions and to origins that ask for it. A test chooses address and time of its
  request by the headers `x-rehearsal-address` and `x-rehearsal-now`; none of the three goes further.
* An API's endpoint is https://ID.execute-api.…, as AWS says it, without a port; as an origin it is the emulator's own.
* A request counts as sent over TLS, which the emulator's port does not speak, unless it says `X-Forwarded-Proto: http`.
* A Lambda function's files keep the modes they have in the zip, and are unpacked once for all its environments. Each
  environment has a /tmp of its own.
* Every decision of IAM is noted, in `decisions.jsonl` where the emulator was started.
* An alarm looks at the one metric that has its dimensions (CloudWatch User Guide, "Dimensions"), not at all of a name.
* An error of a Lambda function is called what its class is called (Lambda Developer Guide, "Errors in Python").
"""

import asyncio
import contextvars
import hashlib
import inspect
import json
import os
import runpy
import shutil
import subprocess
import tempfile
import threading
import zipfile
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import cloudfront_js, iam_evaluator, lambda_runtime
from ministack.services import apigateway, cloudfront, cloudfront_keyvaluestore, cloudwatch, lambda_svc

TESTS = Path(__file__).parents[1]
MODULE = (TESTS / "edge" / "modules" / "cloudfront").read_text().replace("export default cf;", "return cf;")
GATEWAY = ("127.0.0.1", int(os.environ["GATEWAY_PORT"]))
PROTOCOL = b"x-forwarded-proto"
NOW, ADDRESS, AWAY = "x-rehearsal-now", "x-rehearsal-address", "x-rehearsal-away"

# --- CloudFront functions -------------------------------------------------------------------------------------------

asked_time: contextvars.ContextVar[int | None] = contextvars.ContextVar("asked_time", default=None)
asked_away: contextvars.ContextVar[str] = contextvars.ContextVar("asked_away", default="")
handle_viewer_request = cloudfront.handle_viewer_request


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    """`text` with each of these, which occurs once, put in place of the other."""
    for old, new in pairs:
        assert text.count(old) == 1, f"the emulator has changed: {old}"
        text = text.replace(old, new)
    return text


def function_worker(script: str) -> str:
    """The worker with the module in it; its entries and its time are set anew by each request."""
    entries = "Object.assign(_ALLOWED_MODULES.cloudfront, { entries: req.entries, reads: [] });"
    clock = "Date.now = () => (req.now === null ? realNow() : req.now * 1000);"
    return "const realNow = Date.now;\n" + replaced(
        script,
        ("buffer: bufferModule };", f"buffer: bufferModule, cloudfront: (function () {{\n{MODULE}\n}})() }};"),
        ("const { code, event } = req;", f"const {{ code, event }} = req; {entries} {clock}"),
    )


def entries_of(function_arn: str) -> dict[str, str]:
    """What the store of the published function holds."""
    name = function_arn.rsplit("/", 1)[-1]
    stores = cloudfront._function_view(cloudfront._functions[name], "LIVE").get("kvs_arns", [])
    found = cloudfront_keyvaluestore._stores.get(stores[0]) if stores else None
    return dict(found["items"]) if found else {}


async def run_function(function_arn: str, event: dict[str, Any]) -> Any:
    """The function's answer; CloudFront says 503 when it has none."""
    code = cloudfront.live_function_code(function_arn)
    if code is None:
        raise cloudfront.CloudFrontFunctionError(f"{function_arn} was not published")
    asked = {"code": code.decode(), "event": event, "entries": entries_of(function_arn), "now": asked_time.get()}
    answer = await asyncio.to_thread(cloudfront_js._pool.call, asked)
    if answer["status"] == "error":
        raise cloudfront.CloudFrontFunctionError(answer.get("message", ""))
    return answer["value"]


async def viewer_request(dist: Any, method: str, path: str, *rest: Any) -> Any:
    """As the emulator does it, at the time and from the address that the test asks for."""
    raw_uri, raw_query, headers, body, query, *address = rest
    headers = dict(headers)
    now, viewer = headers.pop(NOW, None), headers.pop(ADDRESS, None) or (address[0] if address else "127.0.0.1")
    headers["cloudfront-viewer-address"] = f"{viewer}:40000"
    asked_time.set(int(now) if now else None)
    asked_away.set(headers.pop(AWAY, ""))
    return await handle_viewer_request(dist, method, path, raw_uri, raw_query, headers, body, query, viewer)


# --- origin groups ---------------------------------------------------------------------------------------------------

FAILING_OVER = {"GET", "HEAD", "OPTIONS"}  # the guide: other methods are the first member's alone
dataplane_config = cloudfront.parse_distribution_dataplane_config
fetch_from_origin = cloudfront._fetch_from_origin


def with_groups(dist: Any) -> dict[str, Any]:
    """The distribution with each group as an origin: the first member, that knows both and when to go on."""
    parsed: dict[str, Any] = dataplane_config(dist)
    for group in items_of(cloudfront._dist_config_el(dist), "OriginGroups"):
        members = [parsed["origins"][cloudfront._text(each, "OriginId")] for each in items_of(group, "Members")]
        codes = items_of(cloudfront._find(group, "FailoverCriteria"), "StatusCodes")
        either = {"members": members, "failing": {int(code.text) for code in codes}}
        parsed["origins"][cloudfront._text(group, "Id")] = members[0] | either
    return parsed


def items_of(element: Any, name: str) -> list[Any]:
    """What the list `name` of an element holds."""
    found = cloudfront._find(element, name)
    items = cloudfront._find(found, "Items") if found is not None else None
    return [] if items is None else list(items)


async def from_either(origin: dict[str, Any], method: str, *rest: Any) -> Any:
    """The answer of the origin, or of the group's second member."""
    if "members" not in origin or method not in FAILING_OVER:
        return await from_one(origin, method, *rest)
    first, second = origin["members"]
    try:
        answer = await from_one(first, method, *rest)
    except (cloudfront.OriginTimeout, cloudfront.OriginUnreachable):
        return await from_one(second, method, *rest)
    return await from_one(second, method, *rest) if answer[0] in origin["failing"] else answer


async def from_one(origin: dict[str, Any], method: str, *rest: Any) -> Any:
    """What the origin answers, unless the test has it refuse."""
    bucket, _, said = asked_away.get().partition(" ")
    if not bucket or not origin["domain_name"].startswith(f"{bucket}."):
        return await fetch_from_origin(origin, method, *rest)
    if said.isdigit():
        return int(said), "", {}, b"refused"
    raise cloudfront.OriginUnreachable


# --- API Gateway, and what lies before everything --------------------------------------------------------------------

connect_target = cloudfront._origin_connect_target
create_api = apigateway._create_api
application = app.app


def origin_target(origin: dict[str, Any], viewer_is_https: bool) -> Any:
    """The emulator itself for an API's host."""
    if ".execute-api." in origin["domain_name"]:
        return (*GATEWAY, False)
    return connect_target(origin, viewer_is_https)


def created_api(data: dict[str, Any]) -> Any:
    """With the endpoint as AWS writes it."""
    status, headers, body = create_api(data)
    found = json.loads(body)
    if "apiId" in found:
        endpoint = f"https://{found['apiId']}.execute-api.localhost"
        apigateway._apis[found["apiId"]]["apiEndpoint"] = found["apiEndpoint"] = endpoint
    return status, headers, json.dumps(found).encode()


async def over_tls(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The emulator, told that nobody could listen on the way."""
    headers = list(scope.get("headers", []))
    if scope["type"] == "http" and not any(name == PROTOCOL for name, _ in headers):
        scope = {**scope, "headers": [*headers, (PROTOCOL, b"https")]}
    await application(scope, receive, send)


# --- Lambda ---------------------------------------------------------------------------------------------------------

UNPACKED = Path(tempfile.mkdtemp(prefix="unpacked-"))
raised = threading.local()
unpacking = threading.Lock()
invoke = lambda_runtime.Worker.invoke
execute = lambda_svc._execute_function_warm


def unpack(archive: zipfile.ZipFile, target: str) -> None:
    """Its files at `target`, each with its mode; links to those of the first time."""
    assert archive.filename
    kept = UNPACKED / hashlib.sha256(Path(archive.filename).read_bytes()).hexdigest()
    with unpacking:
        if not kept.exists():
            unpacked = kept.with_suffix(".part")
            for entry in archive.infolist():
                place = Path(archive.extract(entry, unpacked))
                if entry.external_attr >> 16:
                    place.chmod((entry.external_attr >> 16) & 0o777)
            unpacked.rename(kept)
    shutil.copytree(kept, target, copy_function=os.link, dirs_exist_ok=True)


class Processes:
    """The module `subprocess` as the emulator's Lambda uses it."""

    def __getattr__(self, name: str) -> Any:
        """Everything else is as it was."""
        return getattr(subprocess, name)

    @staticmethod
    def Popen(command: list[str], **given: Any) -> Any:  # noqa: N802 - the module's own name
        """A process whose temporary files lie beside its code."""
        if code := given.get("cwd"):
            own = Path(code).with_name("tmp")
            own.mkdir(exist_ok=True)
            given["env"] = {**given["env"], "TMPDIR": str(own)}
        return subprocess.Popen(command, **given)


def invoked(worker: Any, *given: Any, **named: Any) -> Any:
    """The answer; the name of the error is kept for `executed`, on the same thread."""
    answer = invoke(worker, *given, **named)
    raised.name = answer.get("errorType")
    return answer


def executed(*given: Any) -> Any:
    """The answer, with the error's own name."""
    raised.name = None
    answer = execute(*given)
    if raised.name and answer.get("error"):
        answer["body"]["errorType"] = raised.name
    return answer


# --- what roles do --------------------------------------------------------------------------------------------------

DECISIONS = Path("decisions.jsonl").absolute()
evaluate = iam_evaluator.evaluate
noted: set[str] = set()


def decided(context: Any, *policies: Any) -> Any:
    """The decision; each is noted once, and anew when somebody took the notes away."""
    result = evaluate(context, *policies)
    decision = {"principal": context.principal_arn, "action": context.action, "decision": result.decision}
    line = json.dumps(decision | {"statement": result.matched_sid})
    if not DECISIONS.exists():
        noted.clear()
    if line not in noted:
        noted.add(line)
        with DECISIONS.open("a") as notes:
            notes.write(line + "\n")
    return result


# --- alarms ---------------------------------------------------------------------------------------------------------

BY_DIMENSIONS = replaced(
    inspect.getsource(cloudwatch._evaluate_alarm),
    ("(k_ns, k_mn, _)", "(k_ns, k_mn, k_of)"),
    ("k_mn == mn:", "k_mn == mn and k_of == _dims_key({d['Name']: d['Value'] for d in alarm['Dimensions']}):"),
)

exec(BY_DIMENSIONS, vars(cloudwatch))  # noqa: S102 - the emulator's own text, in its own module
iam_evaluator.evaluate = decided
cloudfront_js._pool.script = function_worker(cloudfront_js._pool.script)
cloudfront._run_function = run_function
cloudfront._origin_connect_target = origin_target
cloudfront.handle_viewer_request = viewer_request
cloudfront.parse_distribution_dataplane_config = with_groups
cloudfront._fetch_from_origin = from_either
apigateway._create_api = created_api
app.app = over_tls
lambda_runtime.zipfile.ZipFile.extractall = unpack
lambda_runtime._PYTHON_WORKER_SCRIPT = replaced(
    lambda_runtime._PYTHON_WORKER_SCRIPT,
    ('"error": str(e), "trace"', '"error": str(e), "errorType": type(e).__name__, "trace"'),
)
lambda_runtime.Worker.invoke = invoked
lambda_runtime.subprocess = Processes()
lambda_svc._execute_function_warm = executed
runpy.run_path(str(TESTS / "contracts" / "mended_emulator.py"), run_name="__main__")
