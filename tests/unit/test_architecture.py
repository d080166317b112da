"""House rules a machine can hold: which layer imports which, lengths, no shell, no environment but in config."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "matinee"
MODULES = sorted(SOURCE.rglob("*.py"))

# What each layer may import of Matinee. `wiring` (and `wiring_…`) alone may import adapters; entry points wiring.
EVERYONE = {"errors", "__init__"}
ALLOWED = {
    "errors": set(),
    "config": {"errors"},
    "domain": {"domain", "errors"},
    "ports": {"ports", "domain", "errors"},
    "services": {"services", "ports", "domain", "errors"},
    "adapters": {"adapters", "ports", "domain", "errors"},
    "http": {"http", "services", "ports", "domain", "errors", "__init__"},
    "policies": {"services", "domain", "config"},
    "wiring": {"wiring", "adapters", "http", "services", "ports", "domain", "errors", "config", "policies"},
    "cli": {"cli", "wiring", "http", "services", "ports", "domain", "errors", "config", "__init__"},
    "lambdas": {"lambdas", "wiring", "http", "services", "ports", "domain", "errors", "config"},
    "__init__": set(),
    "__main__": {"cli"},
}

# domain holds no I/O: nothing of the standard library that reads, sends, waits or asks the time.
NO_IO = {
    "asyncio",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "time",
    "threading",
    "urllib.request",
}

# Longer than 400 lines, each with its reason.
LONG: dict[str, str] = {"config.py": "one table: every setting is a row of it"}


def layer_of(path: Path) -> str:
    """The layer a module belongs to: its folder's or its own name."""
    return _layer(path.relative_to(SOURCE).parts[0].removesuffix(".py"))


def _layer(name: str) -> str:
    return "wiring" if name.startswith("wiring_") else name


def imports_of(path: Path) -> Iterator[str]:
    """Every module `path` imports, at any depth of the code."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (
                (f"{node.module}.{name.name}" for name in node.names) if node.module == "matinee" else [node.module]
            )


def layers_imported(path: Path) -> set[str]:
    """The layers of Matinee that `path` imports."""
    found = set()
    for name in imports_of(path):
        if name.startswith("matinee."):
            part = name.split(".")[1]
            found.add("__init__" if part == "__version__" else _layer(part))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_one_way(path: Path) -> None:
    assert layers_imported(path) <= ALLOWED[layer_of(path)]


@pytest.mark.parametrize("path", [p for p in MODULES if layer_of(p) == "domain"], ids=lambda path: path.name)
def test_the_domain_does_no_io(path: Path) -> None:
    assert not NO_IO & set(imports_of(path))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 400 or str(path.relative_to(SOURCE)) in LONG
    assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_function_is_over_sixty_lines(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_shell_and_no_environment_but_in_config(path: Path) -> None:
    text = path.read_text()
    assert "shell=True" not in text
    assert "os.system" not in text
    if layer_of(path) != "config":
        assert "os.environ" not in text
        assert "getenv" not in text


def test_importing_does_nothing() -> None:
    names = [".".join(("matinee", *p.relative_to(SOURCE).with_suffix("").parts)) for p in MODULES]
    wanted = [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]
    code = (
        # urllib3, under boto3, binds a socket of ::1 while it is imported, to learn whether there is IPv6: not ours.
        "import importlib, sys, threading, urllib3\n"
        "def hook(event, args):\n"
        "    if event in ('socket.bind', 'socket.connect', 'sqlite3.connect', 'subprocess.Popen', 'os.mkdir'):\n"
        "        raise SystemExit(f'{event} while importing')\n"
        "sys.addaudithook(hook)\n"
        f"[importlib.import_module(name) for name in {wanted!r}]\n"
        "assert threading.active_count() == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
