"""A run: one ingest of an asset, with what a person waiting for it wants to know. It must not know who works on it.

queued ──▶ running ──▶ done
   ▲          ├──────▶ failed
   └──────────┘  (a worker died, or an error that may pass)
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from matinee.domain.asset import AssetError
from matinee.domain.ids import AssetId, RunId


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One ingest. `progress` is 0 to 100; `step` is the step of DESIGN's pipeline under way; `tries` counts
    tries that ended in an error which may pass (a worker that was killed is not one).
    """

    id: RunId
    asset_id: AssetId
    source_key: str
    attempt: int
    state: RunState
    created_at: datetime
    step: str = "queued"
    progress: int = 0
    tries: int = 0
    started_at: datetime | None = None
    playable_at: datetime | None = None
    finished_at: datetime | None = None
    error: AssetError | None = None
    revision: int = 1

    def running(self, at: datetime) -> Self:
        """A worker took it."""
        return replace(self, state=RunState.RUNNING, started_at=self.started_at or at)

    def tried(self) -> Self:
        """A try ended in an error that may pass."""
        return replace(self, state=RunState.QUEUED, tries=self.tries + 1)

    def at_step(self, step: str, progress: int) -> Self:
        """Further on; progress never goes back, so a repeated step does not worry anyone."""
        return replace(self, step=step, progress=max(self.progress, min(100, progress)))

    def playable(self, at: datetime) -> Self:
        """Something can be watched."""
        return replace(self, playable_at=self.playable_at or at)

    def done(self, at: datetime) -> Self:
        """Published whole."""
        return replace(self, state=RunState.DONE, step="done", progress=100, finished_at=at, error=None)

    def failed(self, error: AssetError, at: datetime) -> Self:
        """Ended without a result."""
        return replace(self, state=RunState.FAILED, step="failed", finished_at=at, error=error)
