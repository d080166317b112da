"""The workflow's steps over AWS: what the functions with ffmpeg are made of. It must not decide anything."""

import tempfile
from pathlib import Path

from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.tools import find_tools
from matinee.config import Settings
from matinee.policies import workflow_media_settings
from matinee.services.instant import Instant
from matinee.services.just_in_time import JustInTime
from matinee.services.publishing import Publishing
from matinee.services.run_moves import RunMoves
from matinee.services.steps import Steps
from matinee.services.workflow import Workflow
from matinee.wiring_aws import open_adapters, open_spending


def scratch() -> Path:
    """A function's own disk, below /tmp: nobody else is there (Lambda Developer Guide, "Ephemeral storage")."""
    return Path(tempfile.gettempdir()) / "matinee"


def open_workflow(settings: Settings) -> Workflow:
    """The steps. Raises `setting_invalid`."""
    adapters, tools = open_adapters(settings), find_tools(settings.ffmpeg, settings.ffprobe)
    store, catalog, clock = adapters.store, adapters.catalog, adapters.clock
    encoder = FfmpegEncoder(
        ffmpeg=str(tools.ffmpeg),
        ffprobe=str(tools.ffprobe),
        stall_seconds=settings.ffmpeg_stall_seconds,
        niceness=0,  # nobody is served beside it
    )
    publishing = Publishing(store, catalog, clock)
    steps = Steps(store, encoder, workflow_media_settings(settings))
    just_in_time = JustInTime(store, encoder, publishing)
    instant = Instant(store, encoder, publishing, just_in_time, steps)
    moves = RunMoves(store, catalog, steps, open_spending(settings, adapters), clock)
    return Workflow(store, catalog, moves, steps, publishing, instant, clock)
