"""The bytecode of a target's Python. It must not know what is compiled.

Without it, each cold start compiles every module it imports, twice as slow as reading what was compiled. Bytecode is
of one minor version of Python, so a Python of that version makes it, whatever machine it is for. It is not compared
with its source when it is read (PEP 552, "unchecked"): both come out of the same zip.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from package.targets import Target

VARIABLE = "PACKAGE_PYTHON"  # the Python to compile with, when it is not found
ROOT = "/var/task"  # where Lambda unpacks a function: what tracebacks name
VERSION = "import sys; print(sys.implementation.cache_tag)"


def compile_tree(folder: Path, target: Target) -> None:
    """A `.pyc` beside every module below `folder`. RuntimeError when one cannot be compiled.

    One process, one order, no hash seed: the same sources become the same bytes.
    """
    command = [python_for(target), "-m", "compileall", "-q", "-f", "-j", "1", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(folder), "-p", ROOT, str(folder)]
    plain = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env=plain)
    if done.returncode:
        raise RuntimeError(f"Something cannot be compiled:\n{(done.stdout + done.stderr)[-2000:]}")


def python_for(target: Target) -> str:
    """A Python of the target's version. RuntimeError saying how to come by one."""
    given = os.environ.get(VARIABLE)
    name = f"python{target.version}"
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        *([given] if given else []),
        sys.executable,
        *([found] if (found := shutil.which(name)) else []),
        *sorted(map(str, versions.glob(f"{target.version}.*/bin/python"))),
        *_known_to_uv(target),
    ]
    for candidate in candidates:
        if _says(candidate, ["-c", VERSION]) == target.cache_tag:
            return candidate
    sentence = (
        f"The bytecode for Lambda's {name} is made by a Python {target.version}, and none was found. Install one "
        f"(`uv python install {target.version}`, or your system's package {name}), or set {VARIABLE} to its path."
    )
    raise RuntimeError(sentence)


def _known_to_uv(target: Target) -> list[str]:
    uv = shutil.which("uv")
    found = _says(uv, ["python", "find", "--no-python-downloads", target.version]) if uv else ""
    return [found] if found else []


def _says(program: str, arguments: list[str]) -> str:
    """What it prints; nothing when it does not run."""
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
