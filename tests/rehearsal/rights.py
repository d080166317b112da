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


def for_everything(found: list[Right]) -> set[str]:
    """Actions that are allowed on `*`, and wildcards among the actions themselves."""
    allowed = [right for right in found if right.effect == "Allow"]
    anything = {action for right in allowed if "*" in right.resources for action in right.actions}
    return anything | {action for right in allowed for action in right.actions if "*" in action}


def with_a_reason() -> set[str]:
    """The actions docs/iam.md gives a reason for under "Rights for `*`"."""
    page = (ROOT / "docs" / "iam.md").read_text()
    table = page.partition("## Rights for `*`")[2].partition("\n## ")[0]
    return set(STATED.findall(table))


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
    page = (ROOT / "docs" / "iam.md").read_text()
    table = page.partition("## Granted, though an ordinary day does without")[2].partition("\n## ")[0]
    return {
        Use(f"matinee-{role}", action)
        for row in table.splitlines()
        if row.startswith("| `")
        for role in ROLE.findall(row.split("|")[1])
        for action in STATED.findall(row.split("|")[2])
    }
