"""How long things are kept can be set on AWS as on one machine: Terraform gives it to the functions."""

from dataclasses import fields
from pathlib import Path

import pytest

from matinee.config import PREFIX, Settings

FOLDER = Path(__file__).parents[2] / "terraform"
TEXT = "".join(path.read_text() for path in sorted(FOLDER.glob("*.tf")))
LIVES = [
    item.name
    for item in fields(Settings)
    if item.name.endswith(("_days", "_hours", "_minutes")) or (item.name.startswith("link_") and "_ttl" in item.name)
]


@pytest.mark.parametrize("name", LIVES)
def test_every_life_is_a_variable_and_in_a_function_s_environment(name: str) -> None:
    assert f'variable "{name}"' in TEXT
    assert any(line.split() == [f"{PREFIX}{name.upper()}", "=", f"var.{name}"] for line in TEXT.splitlines())
