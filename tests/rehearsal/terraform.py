"""Terraform as the suites call it: on a copy of the deployment's files, with the provider of this machine.

It must not know what is deployed. The provider comes from where `TF_CLI_CONFIG_FILE` says, else from a mirror on this
machine (a folder that holds registry.terraform.io/hashicorp/aws), else from the registry.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any  # what Terraform prints as JSON

ROOT = Path(__file__).parents[2]
PROVIDER = Path("registry.terraform.io/hashicorp/aws")
# Where people and distributions keep mirrors (Terraform CLI documentation, "Implied local mirror directories").
PLACES = ("~/.terraform.d/plugins", "~/.local/share/terraform/plugins", "/usr/local/share/terraform/plugins",
          "/usr/share/terraform/plugins", "/opt/*")  # fmt: skip
SECONDS = 600


class TerraformError(Exception):
    """A command failed; the text is what it said."""


@cache
def program() -> str | None:
    """Terraform on this machine."""
    return shutil.which("terraform")


@cache
def mirror() -> Path | None:
    """A folder of this machine that has the provider; None when the registry has to be asked."""
    for place in PLACES:
        pattern = Path(place).expanduser()
        for found in sorted(pattern.parent.glob(pattern.name)):
            if (found / PROVIDER).is_dir():
                return found
    return None


class Terraform:
    """The deployment's files in a folder of their own, with its own state."""

    def __init__(self, folder: Path, environment: Mapping[str, str], variables: Mapping[str, str]) -> None:
        """Copies the files to `folder`. `environment` is all a command sees beside PATH and HOME."""
        binary = program()
        assert binary is not None
        self._binary = binary
        self.folder = folder / "terraform"
        shutil.copytree(ROOT / "terraform", self.folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        shutil.copytree(ROOT / "edge", folder / "edge")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        }
        self._environment |= _provider_settings(folder) | dict(environment)
        self._variables = [f"-var={name}={value}" for name, value in variables.items()]
        self._state: dict[str, Any] | None = None

    def init(self) -> None:
        """Fetch the provider."""
        self._run("init", "-backend=false")

    def validate(self) -> None:
        """Types and references."""
        self._run("validate")

    def formatted(self) -> bool:
        """Whether every file looks as `terraform fmt` writes it."""
        return self._call("fmt", "-check", "-recursive").returncode == 0

    def test(self) -> str:
        """`terraform test`, and what it said."""
        return self._run("test", *self._variables)

    def plan(self) -> str:
        """What a plan says. Raises `TerraformError` when it cannot be made."""
        return self._run("plan", "-input=false", "-lock=false", *self._variables)

    def changes(self) -> set[tuple[str, str]]:
        """What a plan would change: each resource without its key, and the attribute or what happens to the whole."""
        self._run("plan", "-input=false", "-out=changes", *self._variables)
        plan = json.loads(self._run("show", "-json", "changes"))
        found: set[tuple[str, str]] = set()
        for each in plan["resource_changes"]:
            before, after = each["change"]["before"] or {}, each["change"]["after"] or {}
            address = each["address"].partition("[")[0]
            if each["change"]["actions"] == ["update"]:
                found |= {(address, name) for name in {**before, **after} if before.get(name) != after.get(name)}
            elif each["change"]["actions"] not in (["no-op"], ["read"]):
                found.add((address, " ".join(each["change"]["actions"])))
        return found

    def apply(self, **changed: str) -> None:
        """Make it so; `changed` are variables given for this and only this."""
        self._state = None
        more = [f"-var={name}={value}" for name, value in changed.items()]
        self._run("apply", "-auto-approve", "-input=false", *self._variables, *more)

    def adopt(self, address: str, name: str) -> None:
        """Let go of what stands behind `address`, and take what has this name for it."""
        self._state = None
        self._run("state", "rm", address)
        self._run("import", "-input=false", *self._variables, address, name)

    def destroy(self) -> None:
        """Take it all away, as the state knows it; looking at everything once more first takes a fifth of the time."""
        self._state = None
        self._run("destroy", "-auto-approve", "-input=false", "-refresh=false", *self._variables)

    def outputs(self) -> dict[str, Any]:
        """Every output's value."""
        return {name: each["value"] for name, each in json.loads(self._run("output", "-json")).items()}

    def state(self) -> dict[str, Any]:
        """`terraform show -json`: every resource as it is. Read once after each change: it takes seconds."""
        if self._state is None:
            self._state = json.loads(self._run("show", "-json"))
        assert self._state is not None
        return self._state

    def _run(self, *arguments: str) -> str:
        done = self._call(*arguments)
        if done.returncode != 0:
            raise TerraformError(f"terraform {arguments[0]}:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
        return done.stdout

    def _call(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [self._binary, arguments[0], *([] if arguments[0] == "fmt" else ["-no-color"]), *arguments[1:]]
        if arguments[0] in {"output", "show", "state"}:
            command.remove("-no-color")
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False,
            timeout=SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip


def _provider_settings(folder: Path) -> dict[str, str]:
    given, found = os.environ.get("TF_CLI_CONFIG_FILE", ""), mirror()
    if Path(given).is_file():
        return {"TF_CLI_CONFIG_FILE": given}
    if found is None:
        return {}
    path = folder / "terraform.rc"
    path.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{found}"\n  }}\n}}\n')
    return {"TF_CLI_CONFIG_FILE": str(path)}
