"""A tool that is missing: a reason on a developer's machine, a failure in CI."""

import pytest

from tests.needs import need


def test_what_is_there_is_given_back() -> None:
    assert need("/usr/bin/tool", "no tool") == "/usr/bin/tool"


def test_what_is_missing_skips_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no tool"):
        need(None, "no tool")


def test_what_is_missing_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no tool"):
        need(None, "no tool")
