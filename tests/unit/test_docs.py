"""Docs that cannot rot: generated pages are current, links lead somewhere, every decision is short."""

import re
from pathlib import Path

import pytest
from docs.generate import pages

from matinee.cli import chain, chain_account

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#]+)")
SETUPS = (".venv", ".emulator", ".checkov", ".cache")
MARKDOWN = [p for p in ROOT.rglob("*.md") if not {"node_modules", "data", *SETUPS} & set(p.parts)]


@pytest.mark.parametrize("name", ["openapi.json", "http-api.md", "configuration.md", "cli.md"])
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == pages()[name], "run `make docs` and commit what changed"


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("name", ["deploy-aws.md", "start-local.md"])
def test_what_a_page_has_one_type_uses_no_variable_it_did_not_set(name: str) -> None:
    known: set[str] = set()
    for line in (line for line in (ROOT / "docs" / name).read_text().splitlines() if line.startswith("    ")):
        assert set(re.findall(r"\$\{?([A-Za-z_]+)", line)) <= known, line
        known |= set(re.findall(r"\b([A-Z_]+)=", line))


def test_what_only_aws_can_prove_is_a_step_of_the_doctor_or_says_how_to_see_it() -> None:
    table = (ROOT / "docs" / "limits.md").read_text().partition("| only AWS can prove | seen by |")[2]
    rows = [line.strip("| ").split(" | ") for line in table.partition("\n\n")[0].splitlines()[2:]]
    assert {len(row) for row in rows} == {3}
    named: set[tuple[str, str]] = set()
    for _, proves, seen in rows:
        steps, _, by_hand = seen.partition("Not by doctor: ")
        named |= (here := set(re.findall(r"step `([^`]+)`(\*?)", steps)))
        assert here or len(by_hand) > 40, proves
    assert named <= {(name, "") for name in chain.STEPS} | {(name, "*") for name in chain_account.STEPS}
    assert {name for name, star in named if star} == set(chain_account.STEPS)


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda path: path.name)
def test_a_decision_is_at_most_sixty_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 60


PROMISES = (ROOT / "docs" / "security.md").read_text().partition("\n## ")[0].splitlines()
ROWS = [line.strip("| ").split(" | ") for line in PROMISES if line.startswith("| ")][1:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_what_is_promised_is_shown_by_tests_that_are_there(row: list[str]) -> None:
    assert len(row) == 2, "a promise, and what shows it"
    shown = [name for name in re.findall(r"`([^`]+)`", row[1]) if "/" in name]
    assert shown, "no test is named"
    assert any(name.endswith("/") or name.startswith(("contracts/", "unit/")) or "test_" in name for name in shown)
    for name in shown:
        path, _, test = name.partition("::")
        assert (ROOT / "tests" / path).exists(), name
        assert not test or f"def {test}(" in (ROOT / "tests" / path).read_text(), name


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    index = (ROOT / "docs" / "README.md").read_text()
    for path in sorted((ROOT / "docs").glob("*.md")):
        assert path.name == "README.md" or path.name in readme + index, path.name
