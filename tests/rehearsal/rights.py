"""What the applied state lets whom do, read from `terraform show -json`. It must not know what is needed."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # Terraform's JSON

from tests.rehearsal.terraform import ROOT

STATED = re.compile(r"`([a-z0-9-]+:[A-Za-z]+)`")
ROLE = re.compile(r"`([a-z-]+)`")
ASSUMED = re.compile(r":(?:assumed-role|role)/([^/]+)")
POLICY_FIELDS = {
    "aws_iam_role_policy": "policy",
    "aws_s3_bucket_policy": "policy",
    "aws_sqs_queue_policy": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_iam_role": "assume_role_policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """One statement of a policy in force."""

    where: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    conditions: tuple[str, ...]
    tests: tuple[tuple[str, str], ...] = ()  # each condition with each value it takes


def rights(state: Mapping[str, Any]) -> list[Right]:
    """Every statement of every policy."""
    return [
        _right(where, statement)
        for where, policy in policies(state).items()
        for statement in _listed(json.loads(policy)["Statement"])
    ]


def policies(state: Mapping[str, Any]) -> dict[str, str]:
    """Every policy as it was rendered, by its address; a role's own is who may take it."""
    return {
        each["address"]: each["values"][field]
        for each in resources(state["values"]["root_module"])
        if (field := POLICY_FIELDS.get(each["type"])) and each["mode"] == "managed"
    }


def resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every resource of a module and of those within it."""
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from resources(child)


def for_everything(state: Mapping[str, Any]) -> set["Use"]:
    """Actions that a role, or anything else with a policy, may do to `*`, and wildcards among actions."""
    roles = {
        each["address"]: each["values"]["role"]
        for each in resources(state["values"]["root_module"])
        if each["type"] == "aws_iam_role_policy" and each["mode"] == "managed"
    }
    return {
        Use(roles.get(right.where, right.where), action)
        for right in rights(state)
        if right.effect == "Allow"
        for action in right.actions
        if "*" in right.resources or "*" in action
    }


def with_a_reason() -> set["Use"]:
    """The actions docs/iam.md gives a reason for under "Rights for `*`", role by role."""
    return _stated("## Rights for `*`")


def of_services(state: Mapping[str, Any]) -> dict[str, dict[str, set[str]]]:
    """What the roles that no function has may do: to which resources, by role and action."""
    found: dict[str, dict[str, set[str]]] = {}
    everything = list(resources(state["values"]["root_module"]))
    functions = {each["values"]["function_name"] for each in everything if each["type"] == "aws_lambda_function"}
    for each in everything:
        if each["type"] != "aws_iam_role_policy" or each["values"]["role"] in functions:
            continue
        for statement in _listed(json.loads(each["values"]["policy"])["Statement"]):
            assert statement["Effect"] == "Allow"
            for action in _listed(statement["Action"]):
                actions = found.setdefault(each["values"]["role"], {})
                actions.setdefault(action, set()).update(_listed(statement["Resource"]))
    return found


def services(state: Mapping[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """Which services of AWS may do anything here, each with the conditions: for whom it must act.

    ("", "") stands for none.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for right in rights(state):
        if right.effect == "Allow":
            for principal in right.principals:
                found.setdefault(principal, set()).update(right.tests or [("", "")])
    for each in resources(state["values"]["root_module"]):
        if each["type"] == "aws_lambda_permission":
            found.setdefault(each["values"]["principal"], set()).add(("aws:SourceArn", each["values"]["source_arn"]))
    return found


def open_to_anybody(found: list[Right]) -> list[Right]:
    """Allowed to everybody, or to a service without saying for whom it acts."""
    allowed = [right for right in found if right.effect == "Allow" and right.principals]
    return [right for right in allowed if "*" in right.principals or not (right.conditions or _trust(right))]


def _trust(right: Right) -> bool:
    return right.actions == ("sts:AssumeRole",)


def _right(where: str, statement: Mapping[str, Any]) -> Right:
    return Right(
        where=where,
        effect=statement["Effect"],
        actions=tuple(_listed(statement["Action"])),
        resources=tuple(_listed(statement.get("Resource", []))),
        principals=tuple(_principals(statement.get("Principal", {}))),
        conditions=tuple(name for test in statement.get("Condition", {}).values() for name in test),
        tests=tuple(
            (name, value)
            for test in statement.get("Condition", {}).values()
            for name, values in test.items()
            for value in _listed(values)
        ),
    )


def _principals(given: object) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, dict):
        for each in given.values():
            yield from _listed(each)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A role and an action of it."""

    role: str
    action: str


def granted(state: Mapping[str, Any]) -> set[Use]:
    """What the functions' roles may do."""
    policies = [
        each["values"]
        for each in resources(state["values"]["root_module"])
        if each["type"] == "aws_iam_role_policy" and each["mode"] == "managed"
    ]
    functions = {
        each["values"]["function_name"]
        for each in resources(state["values"]["root_module"])
        if each["type"] == "aws_lambda_function"
    }
    return {
        Use(policy["role"], action)
        for policy in policies
        if policy["role"] in functions
        for statement in _listed(json.loads(policy["policy"])["Statement"])
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
    }


def used(decisions: Path) -> set[Use]:
    """What they did, and were allowed to, by the emulator's record."""
    found = set()
    for line in decisions.read_text().splitlines():
        decision = json.loads(line)
        assumed = ASSUMED.search(decision["principal"])
        if assumed and decision["decision"] == "Allow":
            found.add(Use(assumed[1], decision["action"]))
    return found


def needed_on_other_days() -> set[Use]:
    """What docs/iam.md says the rehearsal does not come to."""
    return _stated("## Granted, though an ordinary day does without")


def _stated(heading: str) -> set[Use]:
    """The actions of a table of docs/iam.md, each with each role of its row."""
    table = (ROOT / "docs" / "iam.md").read_text().partition(heading)[2].partition("\n## ")[0]
    return {
        Use(f"matinee-{role}", action)
        for row in table.splitlines()
        if row.startswith("| `")
        for role in ROLE.findall(row.split("|")[1])
        for action in STATED.findall(row.split("|")[2])
    }
