"""The locked dependencies of a target: downloaded once, checked by hash, and unpacked in memory.

It must not know which of them a package takes. Markers are read here, for the target: pip reads them for the machine it
runs on.
"""

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from package.targets import Target

LOGICAL_LINE = re.compile(r"\\\n\s*")
HASH = re.compile(r"--hash=\S+")
# Who installed it and where belongs to an installation; scripts are for a command line.
LEFT_OUT = re.compile(r".*\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)|.*\.data/.*|.*\.pyc")


@dataclass(frozen=True, slots=True)
class Locked:
    """A requirement of a lock file."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        """As registries spell it."""
        return canonicalize_name(self.requirement.name)

    @property
    def line(self) -> str:
        """As pip reads it, the marker having been decided."""
        return " ".join([f"{self.requirement.name}{self.requirement.specifier}", *self.hashes])


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file of a wheel: where it goes, what is in it, and whether it may be run."""

    name: str
    data: bytes
    executable: bool


def locked_for(target: Target, lock: Path) -> list[Locked]:
    """What of `lock` the target needs."""
    found = []
    for line in LOGICAL_LINE.sub(" ", lock.read_text()).splitlines():
        if not line or line.startswith((" ", "#")):
            continue
        requirement = Requirement(line.partition(" --hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate(target.markers):
            found.append(Locked(requirement, tuple(HASH.findall(line))))
    return found


def fetch(target: Target, locked: list[Locked], cache: Path) -> dict[str, Path]:
    """The wheel of each, by name. RuntimeError with pip's own words when one cannot be had."""
    folder = cache / f"{target.machine}-{target.cache_tag}"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = "\n".join(item.line for item in locked) + "\n"
    listed = folder / "requirements.txt"
    if not listed.is_file() or listed.read_text() != wanted:
        for old in folder.glob("*.whl"):
            old.unlink()
        asked = folder / "wanted.txt"
        asked.write_text(wanted)
        _download(target, asked, folder)
        asked.replace(listed)  # last: what was interrupted is fetched anew
    wheels: dict[str, Path] = {}
    for path in sorted(folder.glob("*.whl")):
        wheels[canonicalize_name(path.name.partition("-")[0])] = path
    return {item.name: wheels[item.name] for item in locked}


def files_of(wheel: Path) -> Iterator[WheelFile]:
    """What installing the wheel would put beside the other packages, in order. ValueError for files it may not hold."""
    with zipfile.ZipFile(wheel) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            name = info.filename
            if info.is_dir() or LEFT_OUT.fullmatch(name):
                continue
            if name.startswith("/") or ".." in name.split("/"):
                raise ValueError(f"{wheel.name} holds {name!r}, which leads out of its folder.")
            yield WheelFile(name, archive.read(info), executable=bool(info.external_attr >> 16 & 0o111))


def _download(target: Target, requirements: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", *target.wheel_options]
    command += ["--dest", str(folder), "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"The wheels for {target.name} could not be fetched:\n{done.stderr.strip()[-2000:]}")
