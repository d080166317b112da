"""What must stay true of every plan, without an account: `terraform validate`, `terraform test`, and routes that agree.

The invariants themselves are terraform/tests/invariants.tftest.hcl; its provider is mocked.
"""

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any  # a state machine as JSON

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from matinee.http.routes import assets, objects, playback, uploads
from matinee.services.access import Scope
from tests.needs import need
from tests.rehearsal.terraform import ROOT, Terraform, program

ROUTE = re.compile(r'^\s+"((?:GET|POST|PUT|PATCH|DELETE) /\S+)"\s+= local\.(\w+)$', re.MULTILINE)
VARIABLE = re.compile(r'^variable "(\w+)" \{\n(?:.*\n)*?  default\s+= (.*)$', re.MULTILINE)
ROUTERS = (objects.router, uploads.router, assets.router, playback.router)
SCOPES = {"read": "assets:read", "write": "assets:write", "issue": "playback:issue"}


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
    (web / "index.html").write_text("nothing")
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
    functions = re.findall(r"module\.(\w+)(?:\.name|\[\*\]\.name)", text)
    named = re.findall(r"^\s+([a-z-]+)\s+= \{ space", text, re.MULTILINE)
    assert len(functions) == 8
    assert len(named) == 7
    alarms = [*named, *(f"errors-{name.replace('_', '-')}" for name in functions), "throttled-…"]
    assert [name for name in alarms if f"`{name}`" not in page] == []


def test_every_state_that_does_something_is_caught() -> None:
    text = (ROOT / "terraform" / "workflow.asl.json").read_text().replace("${at_once}", "400")
    uncaught = [
        name
        for name, state in json.loads(text)["States"].items()
        if state["Type"] in {"Task", "Parallel", "Map"}
        and not any(catch["ErrorEquals"] == ["States.ALL"] for catch in state.get("Catch", []))
    ]
    assert uncaught == []


def test_every_task_is_tried_again_with_jitter() -> None:
    text = (ROOT / "terraform" / "workflow.asl.json").read_text().replace("${at_once}", "400")
    tasks = list(tasks_of(json.loads(text)))
    assert len(tasks) == 6
    assert all(retry["JitterStrategy"] == "FULL" for task in tasks for retry in task["Retry"])
    assert all("TransientStepError" in task["Retry"][0]["ErrorEquals"] for task in tasks)


def tasks_of(machine: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every task of a machine, those of its inner machines too."""
    for state in machine["States"].values():
        if state["Type"] == "Task":
            yield state
        for inner in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from tasks_of(inner)


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
