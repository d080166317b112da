"""What a machine is thought to bear."""

import os
from pathlib import Path

import pytest

from matinee.config import Settings
from matinee.policies import media_settings
from matinee.wiring import encoder_bytes, encoders_at_once

GIB = 1024**3


@pytest.fixture
def eight_gib(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of sixteen cores and little memory for them."""
    answers = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 8 * GIB // 4096}
    monkeypatch.setattr(os, "sysconf", answers.__getitem__)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)))


@pytest.mark.usefixtures("eight_gib")
def test_further_codecs_take_memory_and_so_fewer_encoders_run_at_once() -> None:
    plain = Settings(data_dir=Path("data"))
    both = Settings(data_dir=Path("data"), codecs=("h264", "av1"))
    assert encoders_at_once(plain) == 5
    assert encoders_at_once(both) == 1
    assert encoder_bytes(both) < 8 * GIB


def test_the_codecs_asked_for_are_those_that_are_made() -> None:
    assert media_settings(Settings(codecs=("h264", "hevc"))).codecs == ("h264", "hevc")
