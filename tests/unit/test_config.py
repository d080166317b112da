"""Settings: every one is read, checked and documented; a misspelt one stops the start."""

import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from matinee.config import MAX_PUBLIC_ASSETS, Settings, load, require
from matinee.domain.leniency import MAX_PUBLIC
from matinee.errors import ErrorCode, MatineeError

ROOT = Path(__file__).parents[2]


def test_without_any_variable_the_defaults_suit_one_machine() -> None:
    settings = load({})
    assert (settings.host, settings.port, settings.demo, settings.token) == ("127.0.0.1", 8000, True, None)
    assert settings.data_dir == Path("data").absolute()


def test_variables_are_read() -> None:
    given = {
        "MATINEE_PORT": "0",
        "MATINEE_DATA_DIR": "/srv/x",
        "MATINEE_DEMO": "0",
        "MATINEE_TRUSTED_PROXIES": "::1, 10.0.0.1",
    }
    settings = load(given)
    assert (settings.port, settings.data_dir, settings.demo) == (0, Path("/srv/x"), False)
    assert settings.trusted_proxies == ("::1", "10.0.0.1")


def test_an_empty_variable_is_an_unset_one() -> None:
    assert load({"MATINEE_TOKEN": ""}).token is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MATINEE_PORT", "http"),
        ("MATINEE_PORT", "65536"),
        ("MATINEE_PORT", "-1"),
        ("MATINEE_HOST", "example.org"),
        ("MATINEE_TOKEN", "short"),
        ("MATINEE_TOKEN", "with spaces in the middle"),
        ("MATINEE_DEMO", "yes"),
        ("MATINEE_TRUSTED_PROXIES", "*"),
        ("MATINEE_TRUSTED_PROXIES", "0.0.0.0/0"),
        ("MATINEE_TRUSTED_PROXIES", "proxy.example.org"),
        ("MATINEE_PUBLIC_URL", "films.example.org"),
        ("MATINEE_PUBLIC_URL", "https://films.example.org/cinema"),
        ("MATINEE_LOG_LEVEL", "loud"),
        ("MATINEE_SESSION_SECONDS", "1"),
        ("MATINEE_DATA_DIRECTORY", "/srv"),
        ("MATINEE_DATA_DIR", "~nobody-of-that-name/data"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(MatineeError, match=name) as caught:
        load({name: value})
    assert caught.value.code is ErrorCode.SETTING_INVALID


def test_a_refused_token_is_not_shown() -> None:
    with pytest.raises(MatineeError) as caught:
        load({"MATINEE_TOKEN": "secret"})
    assert "secret" not in caught.value.detail


def test_a_public_address_with_a_path_is_refused_with_the_reason() -> None:
    with pytest.raises(MatineeError, match="without a path"):
        load({"MATINEE_PUBLIC_URL": "https://example.org/cinema/"})


def test_a_slash_after_the_public_address_is_no_path() -> None:
    assert load({"MATINEE_PUBLIC_URL": "https://films.example.org/"}).public_url == "https://films.example.org"


@pytest.mark.parametrize(
    ("given", "codecs"),
    [("", ("h264",)), ("av1", ("h264", "av1")), ("av1, hevc,h264", ("h264", "hevc", "av1"))],
)
def test_h264_is_always_among_the_codecs_and_first(given: str, codecs: tuple[str, ...]) -> None:
    assert load({"MATINEE_CODECS": given}).codecs == codecs


def test_what_a_deployment_must_set_is_named_when_it_is_missing() -> None:
    settings = load({"MATINEE_BUCKET": "films"})
    with pytest.raises(MatineeError) as raised:
        require(settings, "bucket", "table", "state_machine_arn")
    assert raised.value.code is ErrorCode.SETTING_INVALID
    assert raised.value.detail.startswith("MATINEE_TABLE, MATINEE_STATE_MACHINE_ARN ")
    require(settings, "bucket")


@pytest.mark.parametrize("given", ["matinee", "arn:aws:states"])
def test_an_arn_is_taken_as_one(given: str) -> None:
    assert load({"MATINEE_SECRET_ARN": ""}).secret_arn is None
    with pytest.raises(MatineeError):
        load({"MATINEE_SECRET_ARN": given})


def test_as_many_films_may_be_public_as_the_edge_can_be_told_of() -> None:
    assert MAX_PUBLIC_ASSETS == MAX_PUBLIC
    films = ",".join(f"ast_{number:020}" for number in range(MAX_PUBLIC + 1))
    for wrong in (films, "ast_1", "trailer", "ast_0123456789ABCDEFGHJK"):
        with pytest.raises(MatineeError):
            load({"MATINEE_PUBLIC_ASSETS": wrong})
    assert len(load({"MATINEE_PUBLIC_ASSETS": films.rpartition(",")[0]}).public_assets) == MAX_PUBLIC


# Of a setting that Terraform hands on: its least and its most, as each side has it.
BOUND = re.compile(r"var\.(\w+) >= (\d+) && var\.\1 <= (\d+)( && floor\(var\.\1\) == var\.\1)?")


def test_terraform_refuses_the_numbers_that_the_program_would() -> None:
    files = {path.name: path.read_text() for path in (ROOT / "terraform").glob("*.tf")}
    handed = set(re.findall(r"MATINEE_\w+\s*=\s*var\.(\w+)$", "\n".join(files.values()), re.MULTILINE))
    told = {name: (int(low), int(high), bool(whole)) for name, low, high, whole in BOUND.findall(files["variables.tf"])}
    ours = {item.name: bounds for item in fields(Settings) if (bounds := _bounds(item.metadata["parse"])) is not None}
    assert len(handed & ours.keys()) > 15
    assert {name: told.get(name) for name in handed & ours.keys()} == {
        name: ours[name] for name in handed & ours.keys()
    }


def _bounds(parse: Callable[[str], object]) -> tuple[int, int, bool] | None:
    """Least, most, and whether it is whole, of a setting that is a number."""
    kept = inspect.getclosurevars(parse).nonlocals
    if {"low", "high"} <= kept.keys():
        return kept["low"], kept["high"], True
    return (0, int(kept["most"]), False) if "most" in kept else None
