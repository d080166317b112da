"""The commands as a shell meets them, without a server: help, errors, exit codes, and what is loaded for them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from matinee.cli import reference
from matinee.errors import KINDS


def matinee(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """One call, as from a shell whose data directory is empty and whose server is away."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
    away = {"MATINEE_URL": "http://127.0.0.1:1", "MATINEE_TOKEN": "a-token-of-some-length"}
    own = {"MATINEE_DATA_DIR": str(folder / "data"), "MATINEE_STATE_DIR": str(folder / "state")}
    return subprocess.run(
        [sys.executable, "-m", "matinee", *arguments],
        env=inherited | away | own | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command_and_hides_the_servers_own(tmp_path: Path) -> None:
    done = matinee("--help", folder=tmp_path)
    assert done.returncode == 0
    for command in (
        "serve",
        "upload",
        "list",
        "show",
        "play",
        "link",
        "revoke",
        "delete",
        "captions",
        "keys",
        "share",
        "token",
        "doctor",
    ):
        assert f"  {command} " in done.stdout
    assert "worker" not in done.stdout


def test_help_says_of_every_command_in_a_line_what_it_does(tmp_path: Path) -> None:
    cut = {}
    for group in ("", "captions", "keys", "webhooks", "share", "migrate"):
        listed = matinee(*group.split(), "--help", folder=tmp_path, COLUMNS="80").stdout.partition("Commands:\n")[2]
        assert listed, group
        cut[group] = [line for line in listed.splitlines() if line.endswith("...")]
    assert not any(cut.values()), cut


def test_help_loads_nothing_that_only_commands_need() -> None:
    code = (
        "import sys; from matinee.cli import main; import typer; typer.main.get_command(main.app)\n"
        "heavy = {'httpx', 'fastapi', 'uvicorn', 'sqlite3', 'matinee.wiring', 'rich.progress'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_a_server_that_is_away_is_a_sentence_and_exit_code_7(tmp_path: Path) -> None:
    done = matinee("list", folder=tmp_path)
    assert done.returncode == 7
    assert "make run" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_with_json_an_error_is_an_object_on_stdout(tmp_path: Path) -> None:
    done = matinee("show", "ast_1", "--json", folder=tmp_path)
    assert done.returncode == 7
    assert json.loads(done.stdout)["error"]["code"] == "server_unreachable"
    assert done.stderr == ""


def test_without_a_token_it_says_where_to_take_one_from(tmp_path: Path) -> None:
    done = matinee("list", folder=tmp_path, MATINEE_TOKEN="")
    assert done.returncode == 4
    assert "MATINEE_TOKEN" in done.stderr


def test_the_token_is_printed_alone_for_other_programs(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "token").write_text("this-machine's-own-token\n")
    assert matinee("token", folder=tmp_path, MATINEE_TOKEN="").stdout == "this-machine's-own-token\n"
    assert json.loads(matinee("token", "--json", folder=tmp_path).stdout)["token"] == "a-token-of-some-length"
    away = matinee("token", folder=tmp_path, MATINEE_TOKEN="", MATINEE_URL="https://films.example.org")
    assert (away.returncode, away.stdout) == (4, "")
    assert "matinee login" in away.stderr


def test_a_misspelt_setting_is_named(tmp_path: Path) -> None:
    done = matinee("list", folder=tmp_path, MATINEE_TOKNE="x")
    assert done.returncode == 6
    assert "MATINEE_TOKNE" in done.stderr


def test_wrong_usage_is_exit_code_2(tmp_path: Path) -> None:
    assert matinee("upload", "no such film.mp4", folder=tmp_path).returncode == 2
    assert matinee("show", folder=tmp_path).returncode == 2


def test_an_upload_gives_up_resumably_when_the_server_stays_away(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"film")
    done = matinee("upload", str(tmp_path / "film.mp4"), "--retry-seconds", "1", folder=tmp_path)
    assert done.returncode == 7
    assert "run the same command again" in done.stderr


def test_deleting_without_a_terminal_needs_yes(tmp_path: Path) -> None:
    done = matinee("delete", "ast_1", folder=tmp_path)
    assert done.returncode == 6
    assert "--yes" in done.stderr


def test_a_password_without_a_terminal_is_piped_in(tmp_path: Path) -> None:
    done = matinee("share", "make", "ast_1", "--password", folder=tmp_path)
    assert done.returncode == 6
    assert "pipe it in" in done.stderr
    assert "Warning" not in done.stderr


def test_keys_of_another_machine_are_not_rotated_here(tmp_path: Path) -> None:
    done = matinee("keys", "rotate", folder=tmp_path, MATINEE_URL="https://films.example.org")
    assert done.returncode == 6
    assert "schedule" in done.stderr
    assert not (tmp_path / "data").exists()


def test_keys_are_not_made_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert matinee("keys", "rotate", folder=tmp_path).returncode == 6
    assert not (tmp_path / "data").exists()


def test_the_doctor_finds_a_readable_token_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "token").write_text("a-token-of-some-length")
    (tmp_path / "data" / "token").chmod(0o644)
    done = matinee("doctor", "--json", folder=tmp_path, MATINEE_TOKEN="", MATINEE_PORT="0")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert not report["ok"]
    found = {check["name"]: check for check in report["checks"]}
    assert "chmod 600" in found["token"]["sentence"]
    assert found["ffmpeg"]["ok"]
    assert found["server"]["ok"]


def test_the_doctor_finds_an_ffmpeg_that_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "ffmpeg").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "ffmpeg").chmod(0o755)
    done = matinee("doctor", "--json", folder=tmp_path, MATINEE_FFMPEG=str(tmp_path / "ffmpeg"), MATINEE_PORT="0")
    found = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert not found["ffmpeg"]["ok"]


def test_the_doctor_changes_nothing(tmp_path: Path) -> None:
    matinee("doctor", folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_alone_is_not_enough_for_the_doctor(tmp_path: Path) -> None:
    assert matinee("doctor", "--bucket", "films", folder=tmp_path).returncode == 2


def test_another_bucket_than_a_deployments_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    done = matinee("doctor", "--url", "http://127.0.0.1:1", "--bucket", "films", folder=tmp_path)
    assert (done.returncode, done.stdout) == (6, "")
    assert "s3_bucket_name" in done.stderr


def test_without_what_speaks_to_aws_it_says_how_to_install_it(tmp_path: Path) -> None:
    away = "import sys; sys.modules['boto3'] = None; from matinee.cli.main import run; run()"
    asked = ["doctor", "--url", "http://127.0.0.1:1", "--bucket", "films"]
    done = subprocess.run([sys.executable, "-c", away, *asked], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (6, "")
    assert "boto3 is not installed" in done.stderr
    assert "pip install" in done.stderr


def test_the_page_of_commands_explains_every_error_and_exit_code() -> None:
    page = reference.document()
    for code, kind in KINDS.items():
        assert f"`{code}`" in page
        assert f"| {kind.exit_code} |" in page


@pytest.mark.parametrize("words", ["upload FILE…", "captions add ID LANG FILE", "keys rotate", "revoke SESSION"])
def test_the_page_of_commands_shows_how_to_call_them(words: str) -> None:
    assert f"    matinee {words}" in reference.document()


def test_a_migration_without_names_region_or_library_says_what_to_set(tmp_path: Path) -> None:
    away = {
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    names = ("--bucket", "films", "--table", "films")
    assert "There is no library in" in matinee("migrate", "to-aws", *names, folder=tmp_path, **away).stderr
    assert "MATINEE_BUCKET" in matinee("migrate", "from-aws", folder=tmp_path, **away).stderr
    assert "AWS_DEFAULT_REGION is not set" in matinee("migrate", "from-aws", *names, folder=tmp_path, **away).stderr
    done = matinee("migrate", "from-aws", *names, folder=tmp_path, AWS_DEFAULT_REGION="eu-central-1", **away)
    assert (done.returncode, "no AWS credentials" in done.stderr) == (6, True)
    assert not (tmp_path / "data").exists()
