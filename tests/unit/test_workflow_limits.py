"""Which films a function of fifteen minutes can encode."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from matinee.config import Settings
from matinee.domain.chunks import plan
from matinee.domain.media import Color, Probe
from matinee.domain.shares import shares
from matinee.errors import ErrorCode, MatineeError
from matinee.policies import media_settings, workflow_media_settings
from matinee.services.workflow import MOST_SHARES, SHARE_BYTES, check_length
from tests.unit.test_cutting import long_film

ROOT = Path(__file__).parents[2]
SETTINGS = workflow_media_settings(Settings())


def ultra_hd(seconds: int) -> Probe:
    """A 4K film of 60 pictures a second that may be cut."""
    small = long_film(60 * seconds, rate=Fraction(60))
    assert small.video is not None
    return replace(small, video=replace(small.video, width=3840, height=2160, display_width=3840, display_height=2160))


def varying(source: Probe) -> Probe:
    """The same with a frame rate that varies, so that it cannot be cut."""
    assert source.video is not None
    return replace(source, video=replace(source.video, variable_frame_rate=True))


def test_a_film_that_is_cut_may_be_as_long_as_it_likes() -> None:
    check_length(plan(ultra_hd(7200), SETTINGS))


def test_high_dynamic_range_in_4k_is_cut_short_enough() -> None:
    source = ultra_hd(600)
    assert source.video is not None
    bright = replace(source, video=replace(source.video, color=Color(transfer="smpte2084")))
    check_length(plan(bright, SETTINGS))
    with pytest.raises(MatineeError, match="ask for fewer codecs"):
        check_length(plan(bright, media_settings(Settings())))


def test_a_film_that_cannot_be_cut_must_be_short_and_the_sentence_says_why() -> None:
    check_length(plan(varying(ultra_hd(40)), SETTINGS))
    with pytest.raises(MatineeError) as caught:
        check_length(plan(varying(ultra_hd(80)), SETTINGS))
    assert caught.value.code is ErrorCode.SOURCE_UNSUPPORTED
    assert caught.value.detail.startswith("Its frame rate varies")


def test_a_codec_that_takes_too_long_for_a_chunk_is_refused_before_it_costs() -> None:
    slow = workflow_media_settings(Settings(codecs=("h264", "hevc", "av1")))
    with pytest.raises(MatineeError, match="ask for fewer codecs"):
        check_length(plan(ultra_hd(600), slow))


@pytest.mark.parametrize("seconds", [600, 3600])
@pytest.mark.parametrize("closed", [True, False])
def test_rare_key_frames_are_named_and_not_the_codecs(seconds: int, closed: bool) -> None:
    source = ultra_hd(seconds)
    assert source.video is not None
    rare = replace(source, video=replace(source.video, key_interval_seconds=500.0, closed_gops=closed))
    with pytest.raises(MatineeError, match=r"Its key frames are 500 s apart.*one every few seconds") as caught:
        check_length(plan(rare, SETTINGS))
    assert caught.value.code is ErrorCode.SOURCE_UNSUPPORTED


def test_the_parts_of_any_film_fit_into_the_input_of_a_state() -> None:
    parts = shares([SHARE_BYTES] * 1_000_000, SHARE_BYTES, MOST_SHARES)
    assert len(parts) == MOST_SHARES
    document = json.dumps([{"first": first, "last": last} for first, last in parts])
    assert len(document) < 256 * 1024 / 2  # half of it, for what else the state holds


def test_as_many_shares_at_most_are_made_as_run_at_once() -> None:
    variables = (ROOT / "terraform" / "variables.tf").read_text()
    assert f"var.copy_at_once <= {MOST_SHARES} " in variables
