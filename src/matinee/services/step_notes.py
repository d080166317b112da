"""What the steps of a run tell each other through the store, beside plan and results. It must not know what they do.

work/{asset}/{run}/parts.json                    what is to be encoded, as the workflow's map reads it
work/{asset}/{run}/errors/{part}.json            why an encoder failed: the map itself does not pass it on
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from matinee.domain.ids import AssetId, RunId
from matinee.domain.object_keys import work_prefix
from matinee.domain.planned_run import PlannedRun, result_name
from matinee.domain.run import Run, Standing
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore, walk

PARTS = "parts.json"
PICTURES = "pictures"
NOTHING = "nothing"  # stands for an empty list of parts: a map over no item at all is not known to be nothing to do
MOST_ERRORS = 20
# Between these percents of a run its parts are made, nearly all of its time.
PARTS_FROM, PARTS_TO = 8, 96


class StepNotes:
    """The notes of any run."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def write_parts(
        self, planned: PlannedRun, chunks: Iterable[int], pieces: Iterable[int], *, pictures: bool = False
    ) -> str:
        """The list of parts; its key. What an earlier round noted as errors goes.

        The sound comes first, a piece of which takes longest, and then the pictures, which read the film to its end.
        """
        prefix = work_prefix(planned.asset_id, planned.run_id)
        for info in walk(self._store, f"{prefix}errors/"):
            self._store.delete(info.key)
        parts: list[dict[str, object]] = [{"kind": "sound", "number": number} for number in pieces]
        parts += [{"kind": PICTURES, "number": 0}] if pictures else []
        parts += [{"kind": "chunk", "number": number} for number in chunks]
        key = f"{prefix}{PARTS}"
        self._store.put(key, json.dumps(parts or [{"kind": NOTHING, "number": 0}]).encode())
        return key

    def parts_done(self, asset_id: AssetId, run_id: RunId) -> "PartsDone | None":
        """How many of the run's parts are made; None when no list is there or the store does not tell."""
        prefix = work_prefix(asset_id, run_id)
        try:
            parts = json.loads(self._store.get(f"{prefix}{PARTS}"))
            begun_at = self._store.stat(f"{prefix}{PARTS}").modified_at
            there = {info.key for folder in ("chunks/", "sound/") for info in walk(self._store, prefix + folder)}
        except MatineeError:
            return None
        # The list names what was missing when the run was last taken up; the rest was there before.
        wanted = {prefix + result_name(part["kind"], part["number"]) for part in parts if part["kind"] != PICTURES}
        return PartsDone(made=len(there), before=len(there - wanted), all=len(there | wanted), begun_at=begun_at)

    def write_error(self, asset_id: AssetId, run_id: RunId, part: str, error: MatineeError) -> None:
        """Note why this part failed."""
        key = f"{work_prefix(asset_id, run_id)}errors/{part}.json"
        self._store.put(key, json.dumps({"code": error.code, "message": error.detail}).encode())

    def first_error(self, asset_id: AssetId, run_id: RunId) -> MatineeError | None:
        """Why the run's encoders failed: what no further try would change, before what might have passed."""
        found = [
            self._read(info.key)
            for info in islice(walk(self._store, f"{work_prefix(asset_id, run_id)}errors/"), MOST_ERRORS)
        ]
        return min(found, key=lambda error: error.kind.retry, default=None)

    def _read(self, key: str) -> MatineeError:
        note = json.loads(self._store.get(key))
        return MatineeError(ErrorCode(note["code"]), note["message"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsDone:
    """Of `all` parts of a run, `made` lie in the store; `before` of them when the others were begun, at `begun_at`."""

    made: int
    before: int
    all: int
    begun_at: datetime

    @property
    def share(self) -> float:
        """0.0 to 1.0."""
        return self.made / self.all if self.all else 0.0

    def seconds_left(self, now: datetime) -> int | None:
        """At the pace so far, waiting for a function included; None before the first part is there."""
        made = self.made - self.before
        if not made and self.made < self.all:
            return None
        elapsed = max(0.0, (now - self.begun_at).total_seconds())
        return round(elapsed * (self.all - self.made) / made) if made else 0


def counted_standing(store: ObjectStore, clock: Clock, run: Run) -> Standing:
    """How far a run is whose parts are being made, from what lies in the store: encoders write nothing else."""
    done = StepNotes(store).parts_done(run.asset_id, run.id) if run.progress == PARTS_FROM else None
    if done is None:
        return Standing(progress=run.progress, seconds_left=run.seconds_left)
    progress = PARTS_FROM + int(done.share * (PARTS_TO - PARTS_FROM))
    return Standing(progress=progress, seconds_left=done.seconds_left(clock.now()))
