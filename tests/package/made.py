"""The zips for this machine and this Python, made once for every suite. It must not know what they do."""

import fcntl
from pathlib import Path

from package.build import ROOT, build
from package.targets import target_named

from tests.needs import need

PACKAGES = ROOT / "dist" / "rehearsal"


def rehearsal_packages() -> Path:
    """Where they are, as `make package TARGET=rehearsal` makes them; made again when older than what they hold.

    Several suites ask at once: the first makes them, the others wait.
    """
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with (PACKAGES / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = PACKAGES / "packages.json"
        sources = [path for folder in ("src", "package", "requirements") for path in (ROOT / folder).rglob("*.*")]
        newest = max(path.stat().st_mtime for path in sources if "__pycache__" not in path.parts)
        if not made.exists() or made.stat().st_mtime < newest:
            try:
                build(target_named("rehearsal"), PACKAGES)
            except RuntimeError as error:
                need(None, str(error))
    return PACKAGES
