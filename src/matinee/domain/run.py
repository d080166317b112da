"""A run: one ingest of an asset, with what a person waiting for it wants to know. It must not know who works on it.

    queued ──▶ running ──▶ done
      ▲ ▲         ├──────▶ failed
      │ └─────────┤  (a worker died, or an error that may pass)
      ├─ paused ◀─┤  (also from queued; finished chunks stay)
      └─ waiting ◀┘  (a limit: until a person approves it, or there is room again)
    queued, running, paused, waiting ──▶ cancelled

`approved` runs are not asked about limits again.

Moves name where they come from: one made too late, to a run that is paused or over, leaves it as it is. Only `done` is
written over a pause that came when everything was published already.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from matinee.domain.asset import AssetError
from matinee.domain.ids import AssetId, RunId
from matinee.domain.spending import Cost


class RunState(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a run is: percent, and how long it still takes; None while nobody can know."""

    progress: int = 0
    seconds_left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One ingest. `progress` is 0 to 100; `step` is the step of DESIGN's pipeline under way; `tries` counts
    tries that ended in an error which may pass (a worker that was killed is not one). `seconds_left` is how long it was
    thought to take when it was last heard of, None while nobody can know. `waits_for` says which limit it waits at.
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
    seconds_left: int | None = None
    cost: Cost | None = None
    waits_for: AssetError | None = None
    approved: bool = False
    revision: int = 1

    @property
    def wanted(self) -> bool:
        """Whether somebody is to work on it."""
        return self.state in (RunState.QUEUED, RunState.RUNNING)

    @property
    def playable_after_seconds(self) -> float | None:
        """From the end of the upload, when it was queued, until its asset could be watched through it."""
        return None if self.playable_at is None else round((self.playable_at - self.created_at).total_seconds(), 3)

    def running(self, at: datetime) -> Self:
        """A worker took it."""
        return replace(self, state=RunState.RUNNING, started_at=self.started_at or at) if self.wanted else self

    def tried(self) -> Self:
        """A try ended in an error that may pass."""
        return replace(self, state=RunState.QUEUED, tries=self.tries + 1, seconds_left=None) if self.wanted else self

    def paused(self) -> Self:
        """Nobody works on it until it is resumed."""
        return replace(self, state=RunState.PAUSED, seconds_left=None) if self.wanted else self

    def resumed(self) -> Self:
        """It waits for a worker again."""
        return replace(self, state=RunState.QUEUED) if self.state is RunState.PAUSED else self

    def priced(self, cost: Cost) -> Self:
        """It was probed, so its cost is known."""
        return replace(self, cost=cost)

    def waiting(self, reason: AssetError) -> Self:
        """Nobody works on it until a person approves it, or there is room for it."""
        if not self.wanted:
            return self
        return replace(self, state=RunState.WAITING, step="waiting", waits_for=reason, seconds_left=None)

    def asked_again(self) -> Self:
        """There may be room for it: whoever takes it next decides."""
        return replace(self, state=RunState.QUEUED, waits_for=None) if self.state is RunState.WAITING else self

    def let_go_on(self) -> Self:
        """No limit holds it: there was room, or a person approved it."""
        return replace(self.asked_again(), approved=True)

    def cancelled(self, at: datetime) -> Self:
        """Nobody wants it any more."""
        if not self.wanted and self.state not in (RunState.PAUSED, RunState.WAITING):
            return self
        moved = replace(self, state=RunState.CANCELLED, step="cancelled", finished_at=at, seconds_left=None)
        return replace(moved, waits_for=None)

    def at_step(self, step: str, progress: int, seconds_left: int | None) -> Self:
        """Further on; progress never goes back, so a repeated step does not worry anyone."""
        progress = max(self.progress, min(100, progress))
        return replace(self, step=step, progress=progress, seconds_left=seconds_left)

    def playable(self, at: datetime) -> Self:
        """Something can be watched."""
        return replace(self, playable_at=self.playable_at or at)

    def done(self, at: datetime) -> Self:
        """Published whole."""
        moved = replace(self, state=RunState.DONE, step="done", progress=100, finished_at=at, error=None)
        return replace(moved, playable_at=self.playable_at or at, seconds_left=None)

    def failed(self, error: AssetError, at: datetime) -> Self:
        """Ended without a result."""
        return replace(self, state=RunState.FAILED, step="failed", finished_at=at, error=error, seconds_left=None)
