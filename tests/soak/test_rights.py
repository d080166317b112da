"""Least privilege from the other side: each right of each function is taken away, and something must stop working.

One live deployment; each statement's actions one by one. What nothing missed must be the table of docs/iam.md, "Rights
that nothing here misses", no more and no less.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.needs import need
from tests.rehearsal.deployment import VARIABLES, Deployment, deployed
from tests.rehearsal.rights import ASSUMED, ROLE, STATED, resources
from tests.rehearsal.terraform import ROOT
from tests.soak.rights_scenarios import PIECES
from tests.soak.stage import Stage, open_stage
from tests.system.clips import make_clip

HEADING = "## Rights that nothing here misses"
ROW = re.compile(r"^\| `", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """An action that one statement of a function's role allows."""

    function: str
    statement: str
    action: str


@pytest.fixture(scope="module")
def stage(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One deployment for all, with the rights that are granted by choice."""
    clip = make_clip(tmp_path_factory.mktemp("clips") / "film.mp4", seconds=1)
    variables = {name: value for name, value in VARIABLES.items() if name != "replica_region"}
    with deployed(packages, tmp_path_factory.mktemp("deployment"), variables | {"purge_deleted": "true"}) as found:
        yield open_stage(need(found, "it needs Terraform and the AWS emulator: make .emulator/.stamp"), clip)


@pytest.mark.soak
@pytest.mark.timeout(5400)
def test_every_right_is_missed_when_it_is_taken_away(stage: Stage) -> None:
    roles = policies(stage.deployment)
    grants = {grant for name, policy in roles.items() for grant in granted(name, policy)}
    needing: dict[Grant, list[Any]] = {}
    seconds: dict[Any, float] = {}
    for piece in PIECES:
        began = time.monotonic()
        used = recorded(stage, piece, roles)
        seconds[piece] = time.monotonic() - began
        for grant in grants:
            if any(allows(grant, use) for use in used):
                needing.setdefault(grant, []).append(piece)
    missed: dict[Grant, str] = {}
    for grant in sorted(grants):
        for piece in sorted(needing.get(grant, []), key=seconds.__getitem__):
            with without(stage.deployment, roles, grant):
                why = failure(stage, piece)
            if why is not None:
                missed[grant] = f"{piece.__name__}: {why}"
                break
        print(
            f"{grant.function:13} {grant.statement:9} {grant.action:46} {missed.get(grant, 'nothing misses it')[:150]}"
        )
    for piece in PIECES:
        assert failure(stage, piece) is None, f"{piece.__name__} fails though every right is given back"
    assert {(each.function, each.action) for each in grants - missed.keys()} == stated()
    print(f"{len(missed)} of {len(grants)} grants are missed when they are taken away")


def policies(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """The document of each function's role policies, by role and policy."""
    found = [
        each["values"]
        for each in resources(deployment.terraform.state()["values"]["root_module"])
        if each["type"] == "aws_iam_role_policy" and each["mode"] == "managed"
    ]
    lambdas = deployment.root.session().client("lambda", endpoint_url=deployment.root.url)
    functions = {each["FunctionName"] for each in lambdas.list_functions()["Functions"]}
    return {f"{each['role']} {each['name']}": json.loads(each["policy"]) for each in found if each["role"] in functions}


def granted(name: str, policy: Mapping[str, Any]) -> Iterator[Grant]:
    """Each action of each statement."""
    role, _, policy_name = name.partition(" ")
    for statement in listed(policy["Statement"]):
        for action in listed(statement["Action"]) if statement["Effect"] == "Allow" else []:
            yield Grant(role.removeprefix("matinee-"), statement.get("Sid", policy_name), action)


def recorded(stage: Stage, piece: Any, roles: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str]]:
    """What the functions' roles were allowed to do while the piece went well, with functions that remember nothing."""
    for name in roles:
        begin_anew(stage.deployment, name.partition(" ")[0])
    notes = stage.deployment.log.with_name("decisions.jsonl")
    notes.unlink(missing_ok=True)
    piece(stage)
    return [use for line in notes.read_text().splitlines() if (use := json.loads(line))["decision"] == "Allow"]


def allows(grant: Grant, use: Mapping[str, str]) -> bool:
    """Whether it was this statement that allowed it."""
    role = ASSUMED.search(use["principal"])
    told = use["statement"] or grant.statement
    return role is not None and (role[1], told, use["action"]) == (
        f"matinee-{grant.function}",
        grant.statement,
        grant.action,
    )


@contextmanager
def without(deployment: Deployment, roles: Mapping[str, Mapping[str, Any]], grant: Grant) -> Iterator[None]:
    """The role may not do it, in that statement, for as long as the block lasts; its function begins anew."""
    (name,) = [name for name, policy in roles.items() if grant in granted(name, policy)]
    put(deployment, name, less(name, roles[name], grant))
    try:
        yield
    finally:
        put(deployment, name, roles[name])


def less(name: str, policy: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
    """The policy without that."""
    statements = []
    for statement in listed(policy["Statement"]):
        if statement["Effect"] == "Allow":
            kept = [each.action for each in granted(name, {"Statement": statement}) if each != grant]
            statements += [{**statement, "Action": kept}] if kept else []
        else:
            statements.append(statement)
    return {**policy, "Statement": statements}


def listed(value: Any) -> list[Any]:
    """One of something, or several."""
    return value if isinstance(value, list) else [value]


def put(deployment: Deployment, name: str, policy: Mapping[str, Any]) -> None:
    """Give the role that policy, and have its function forget what it has read."""
    role, _, policy_name = name.partition(" ")
    session, url = deployment.root.session(), deployment.root.url
    iam = session.client("iam", endpoint_url=url)
    if policy["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=policy_name, PolicyDocument=json.dumps(policy))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=policy_name)
    begin_anew(deployment, role)


def begin_anew(deployment: Deployment, function: str) -> None:
    """Its next call finds a fresh environment: a change of its memory ends those that are there, even to the same."""
    client = deployment.root.session().client("lambda", endpoint_url=deployment.root.url)
    memory = client.get_function_configuration(FunctionName=function)["MemorySize"]
    client.update_function_configuration(FunctionName=function, MemorySize=memory)


def failure(stage: Stage, piece: Any) -> str | None:
    """What the piece failed with; None when it went well."""
    try:
        piece(stage)
    except Exception as error:  # noqa: BLE001 - whatever it is, it did not work
        return " ".join(f"{type(error).__name__}: {error}".split())
    return None


def stated() -> set[tuple[str, str]]:
    """What docs/iam.md says nothing misses."""
    table = (ROOT / "docs" / "iam.md").read_text().partition(HEADING)[2].partition("\n## ")[0]
    return {
        (function, action)
        for row in table.splitlines()
        if ROW.match(row)
        for function in ROLE.findall(row.split("|")[1])
        for action in STATED.findall(row.split("|")[2])
    }
