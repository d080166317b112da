"""Which encoders an ffmpeg must have: those of the codecs that are asked for."""

from pathlib import Path

import pytest

from matinee.adapters.ffmpeg.tools import Tools, encoder_version, find_tools
from matinee.errors import ErrorCode, MatineeError


def test_the_packaged_one_encodes_every_codec() -> None:
    assert encoder_version(find_tools(), ("h264", "hevc", "av1"))


def test_one_without_an_encoder_will_do_until_that_codec_is_asked_for(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho ffmpeg version 8 Copyright; echo ' V....D libx264 x'; echo ' A....D aac x'\n")
    program.chmod(0o755)
    tools = Tools(program, program)
    assert encoder_version(tools, ("h264",)) == "8"
    with pytest.raises(MatineeError, match="libsvtav1") as refused:
        encoder_version(tools, ("h264", "av1"))
    assert refused.value.code is ErrorCode.SETTING_INVALID
