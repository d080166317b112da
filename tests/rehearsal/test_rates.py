"""Requests to the API's function are counted in the table: by viewer, by caller, by every instance of the function."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from matinee.adapters.local.system_clock import SystemClock
from matinee.lambdas import api
from tests.contracts.emulator import Emulator
from tests.rehearsal.functions import SCOPES, Functions, context, deploy, event

LINK = "/v1/shares/shr_0"


@pytest.fixture
def functions(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """A deployment that takes four requests a minute of each, and where no time goes by on however slow a machine."""
    for name in ("ADDRESS", "CALLER"):
        monkeypatch.setenv(f"MATINEE_{name}_REQUESTS_PER_MINUTE", "4")
    now = datetime.now(UTC)
    monkeypatch.setattr(SystemClock, "now", lambda _: now)
    made = deploy(emulator, tmp_path / "scratch", monkeypatch, lambda: emulator.adapter)
    made.answer("GET", "/healthz", scope=None)  # what follows is the API's function
    return made


def asked(path: str, *, viewer: str = "198.51.100.7", connected: str = "130.176.0.1", scope: str | None = None) -> Any:
    """The whole answer to one viewer's request, by who connected."""
    told = event("GET", path, None, scope)
    told["headers"]["cloudfront-viewer-address"] = f"{viewer}:4711"
    told["requestContext"]["http"]["sourceIp"] = connected
    return api.handler(told, context())


def test_one_viewer_waits_and_no_other_in_whatever_instance(functions: Functions) -> None:
    assert [asked(LINK)["statusCode"] for _ in range(4)] == [404] * 4
    for _ in range(2):
        refused = asked(LINK)
        assert refused["statusCode"] == 429
        assert 1 <= int(refused["headers"]["retry-after"]) <= 15
        api._app.cache_clear()  # another instance of the function, which remembers nobody
    assert asked(LINK, viewer="198.51.100.8")["statusCode"] == 404


def test_who_passes_cloudfront_by_takes_nothing_from_those_who_do_not(functions: Functions) -> None:
    forged = [asked(LINK, connected="203.0.113.9")["statusCode"] for _ in range(6)]
    assert forged == [404] * 4 + [429] * 2
    invented = [asked(LINK, viewer=f"192.0.2.{n}", connected="203.0.113.9")["statusCode"] for n in range(40)]
    assert invented.count(404) in (35, 36)  # ten times one viewer's in all; who was refused first counts in it
    assert asked(LINK)["statusCode"] == 404


def test_a_caller_waits_wherever_they_are(functions: Functions) -> None:
    answers = [asked("/v1/assets", viewer=f"198.51.100.{n}", scope=SCOPES)["statusCode"] for n in range(6)]
    assert answers == [200] * 4 + [429] * 2
