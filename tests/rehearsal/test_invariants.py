"""What must stay true of every plan, without an account: `terraform validate`, `terraform test`, and routes that agree.

The invariants themselves are terraform/tests/invariants.tftest.hcl; its provider is mocked.
"""

import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any  # a state machine as JSON

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from matinee.domain.bill import ALARMS
from matinee.http import routes
from matinee.services.access import Scope
from tests.needs import need
from tests.rehearsal.terraform import ROOT, Terraform, program

ROUTE = re.compile(r'^\s+"((?:GET|POST|PUT|PATCH|DELETE) /\S+)"\s+= local\.(\w+)$', re.MULTILINE)
VARIABLE = re.compile(r'^variable "(\w+)" \{\n(?:.*\n)*?  default\s+= (.*)$', re.MULTILINE)
# What a plan makes, and how the diagram calls it; SETTINGS are of those.
PARTS = {
    "aws_apigatewayv2_api": "API Gateway",
    "aws_apigatewayv2_authorizer": "JWT authorizer",
    "aws_cloudfront_distribution": "CloudFront",
    "aws_cloudfront_function": "gate (function)",
    "aws_cloudfront_key_value_store": "KeyValueStore",
    "aws_cloudfront_origin_access_control": "origin access control",
    "aws_cloudwatch_event_rule": "EventBridge",
    "aws_cloudwatch_dashboard": "dashboard",
    "aws_cloudwatch_metric_alarm": "CloudWatch alarms",
    "aws_cognito_user_pool": "Cognito",
    "aws_dynamodb_table": "DynamoDB",
    "aws_lambda_function": "Lambda",
    "aws_s3_bucket": "S3",
    "aws_scheduler_schedule": "EventBridge Scheduler",
    "aws_secretsmanager_secret": "Secrets Manager",
    "aws_sfn_state_machine": "Step Functions",
    "aws_sns_topic": "SNS",
    "aws_sqs_queue": "SQS",
    "aws_budgets_budget": "budget",
}
SETTINGS = {
    "aws_apigatewayv2_integration",
    "aws_apigatewayv2_route",
    "aws_apigatewayv2_stage",
    "aws_cloudfront_cache_policy",
    "aws_cloudfront_origin_request_policy",
    "aws_cloudfront_response_headers_policy",
    "aws_cloudwatch_event_target",
    "aws_cloudwatch_log_group",
    "aws_cognito_resource_server",
    "aws_cognito_user_group",
    "aws_cognito_user_pool_client",
    "aws_cognito_user_pool_domain",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_invocation",
    "aws_lambda_permission",
    "aws_s3_bucket_cors_configuration",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_replication_configuration",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_s3_object",
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_sqs_queue_policy",
}
ROUTERS = [import_module(f"{routes.__name__}.{each.name}").router for each in iter_modules(routes.__path__)]
SCOPES = {
    "read": "assets:read",
    "write": "assets:write",
    "issue": "playback:issue",
    "delegate": "playback:delegate",
    "audit": "audit:read",
    "insight": "insight:read",
    "approve": "spending:approve",
}


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """The deployment with packages and pages that hold nothing."""
    need(program(), "Terraform is not on this machine")
    folder = tmp_path_factory.mktemp("invariants")
    packages, web = folder / "packages", folder / "web"
    for place in (packages, web):
        place.mkdir()
    for name in ("api", "ingest"):
        (packages / f"{name}.zip").write_bytes(b"nothing")
    for name in ("index.html", "index.html.br", "index.html.gz"):
        (web / name).write_text("nothing")
    made = Terraform(folder, {"AWS_REGION": "eu-central-1"}, {"package_dir": str(packages), "web_dir": str(web)})
    made.init()
    return made


def test_every_file_is_formatted_and_valid(terraform: Terraform) -> None:
    assert terraform.formatted()
    terraform.validate()


@pytest.mark.timeout(300)
def test_the_invariants_hold(terraform: Terraform) -> None:
    assert "0 failed" in terraform.test()


def test_the_gateway_asks_for_the_scope_the_api_does() -> None:
    text = (ROOT / "terraform" / "api.tf").read_text()
    gateway = {route: SCOPES[scope] for route, scope in ROUTE.findall(text)}
    assert gateway == dict(guarded_routes())


def test_what_the_gateway_leaves_open_is_open_in_the_api() -> None:
    text = (ROOT / "terraform" / "api.tf").read_text()
    found = re.search(r"open_routes = toset\((\[.*\])\)", text)
    assert found is not None
    opened = set(json.loads(found[1])) - {"GET /openapi.json"}  # the document, which FastAPI itself answers
    assert opened == {route for route, scopes in all_routes() if not scopes}


def test_every_setting_is_in_the_example_with_its_default() -> None:
    told = (ROOT / "terraform" / "example.tfvars").read_text()
    variables = VARIABLE.findall((ROOT / "terraform" / "variables.tf").read_text())
    assert len(variables) > 20
    assert [name for name, default in variables if f"\n# {name} = {default}\n" not in told] == []


def test_every_alarm_has_its_page() -> None:
    text = (ROOT / "terraform" / "alarms.tf").read_text()
    page = (ROOT / "docs" / "operate.md").read_text().partition("\n## Alarms\n")[2]
    functions = set(re.findall(r"module\.(\w+)(?:\.name|\[\*\]\.name)", text))
    named = re.findall(r"^\s+([a-z-]+)\s+= \{ space", text, re.MULTILINE)
    assert len(functions) == 10
    assert len(named) + 2 * len(functions) == ALARMS, "the bill names another number"
    alarms = [*named, *(f"errors-{name.replace('_', '-')}" for name in functions), "throttled-…"]
    alarms += ["budget"] * text.count('resource "aws_budgets_budget"')
    assert "budget" in alarms, "it tells the same topic"
    assert [name for name in alarms if f"\n| `{name}`" not in page and f", `{name}`" not in page] == []


def test_the_diagram_shows_every_part_of_the_plan() -> None:
    files = [*(ROOT / "terraform").glob("*.tf"), *(ROOT / "terraform" / "modules").rglob("*.tf")]
    made = {name for path in files for name in re.findall(r'^resource "(aws_\w+)"', path.read_text(), re.MULTILINE)}
    page = (ROOT / "docs" / "architecture.md").read_text()
    diagram = page.partition("\n## AWS\n")[2].partition("\n### ")[0]
    assert made - SETTINGS - PARTS.keys() == set()
    assert PARTS.keys() - made == set()
    assert [part for part, word in PARTS.items() if word not in diagram] == []
    named = r'^module "\w+" \{\n  source = "./modules/function"\n(?:.*\n)*?  name +?= "\$\{var.name\}-([a-z-]+)"$'
    functions = {name for path in files for name in re.findall(named, path.read_text(), re.MULTILINE)}
    assert len(functions) == 10
    assert [name for name in functions if not re.search(rf"(?<![\w-]){name}(?![\w-])", diagram)] == []
    delivery = (ROOT / "terraform" / "delivery.tf").read_text()
    patterns = set(re.findall(r'"(/[^" ]*)"', "\n".join(behaviours(delivery))))
    assert {"/t/*", "/v1/*", "/healthz"} < patterns
    assert [each for each in patterns if not re.search(rf"(?<!\S){re.escape(each)}(?!\S)", diagram)] == []


def test_every_part_of_the_plan_has_a_row_on_its_failure() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page.partition("\n### When something fails\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| ")]
    assert [part for part, word in PARTS.items() if not any(word in row[0] for row in rows)] == []
    assert [
        row[0] for row in rows if len(row) != 5 or any(not cell.strip() or cell.strip() == "AWS" for cell in row)
    ] == []


def behaviours(delivery: str) -> list[str]:
    """What delivery.tf says of the paths of its cache behaviours."""
    given = re.findall(r"^    path_pattern +?= .*$", delivery, re.MULTILINE)
    listed = re.findall(r'dynamic "ordered_cache_behavior" \{\n    for_each = (.*)$', delivery, re.MULTILINE)
    assert len(given) == len(listed) == 1
    return [*given, *listed]


# Inside of a map or of the parallel state, whose failure is the state's own: the one around it catches.
CAUGHT_AROUND = {
    "CopySome": "CopyForNow, its map, catches",
    "EncodeEvery": "without it there is no film: Make catches, and TellWhatFailed says why",
    "EncodeOne": "EncodeEvery, its map, is caught by Make",
}


def test_every_state_that_does_something_is_caught() -> None:
    uncaught = {
        name
        for name, state in states_of(workflow())
        if state["Type"] in {"Task", "Parallel", "Map"}
        and not any(catch["ErrorEquals"] == ["States.ALL"] for catch in state.get("Catch", []))
    }
    assert uncaught == CAUGHT_AROUND.keys()


def test_every_task_is_tried_again_with_jitter() -> None:
    tasks = [state for _, state in states_of(workflow()) if state["Type"] == "Task"]
    assert len(tasks) == 6
    for task in tasks:
        throttled, broken = task["Retry"]
        assert throttled["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
        assert "TransientStepError" in broken["ErrorEquals"]
        assert {throttled["JitterStrategy"], broken["JitterStrategy"]} == {"FULL"}
        # A function that is wanted more often than the account may run it is waited for, as long as films encode.
        assert 4 * 3600 < mean_wait_seconds(throttled) < workflow()["TimeoutSeconds"]
        assert mean_wait_seconds(broken) < 120


def mean_wait_seconds(retry: dict[str, Any]) -> float:
    """How long a retrier waits in all, on average: with full jitter, half of each delay."""
    first, rate, longest = (float(retry[name]) for name in ("IntervalSeconds", "BackoffRate", "MaxDelaySeconds"))
    return sum(min(longest, first * rate ** min(tried, 64)) for tried in range(retry["MaxAttempts"])) / 2


def workflow() -> dict[str, Any]:
    """The state machine, with any number where Terraform puts one."""
    text = (ROOT / "terraform" / "workflow.asl.json").read_text()
    machine: dict[str, Any] = json.loads(re.sub(r"(?<=: )\$\{\w+\}", "400", text))
    return machine


def states_of(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state of a machine by name, those of its inner machines too."""
    for name, state in machine["States"].items():
        yield name, state
        for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from states_of(inner)


def guarded_routes() -> Iterator[tuple[str, str]]:
    """Each route of version 1 that asks for a scope, with it."""
    for route, scopes in all_routes():
        for scope in scopes:
            yield route, scope


def all_routes() -> Iterator[tuple[str, list[Scope]]]:
    """The API's routes but for `GET /`, which on AWS is a function of its own."""
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, APIRoute) and route.include_in_schema and route.path != "/":
            for method in route.methods or ():
                yield f"{method} {route.path}", list(scopes_of(route.dependant))


def scopes_of(dependant: Dependant) -> Iterator[Scope]:
    """What a route's dependencies ask for."""
    for each in dependant.dependencies:
        if each.call is not None and inspect.isfunction(each.call):
            asked = inspect.getclosurevars(each.call).nonlocals.get("scope")
            if isinstance(asked, Scope):
                yield asked
        yield from scopes_of(each)
