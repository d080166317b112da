"""Runs waiting for work and the workers' hold on them. It must not know processes, SQLite or Step Functions.

    start ──▶ waiting ──claim──▶ leased ──finish──▶ gone
                 ▲                  │
                 └──release─────────┘   (also when a lease runs out, or its worker is known to be dead)

A worker may hold many runs, so its death does not say whose fault it was. Those that had crashed before take the blame,
or, when there is none, all of them: a worker therefore begins with one such run alone, and has it absolved (`absolve`)
once its work goes on. What kills its workers is soon the only one that is blamed.

A lease carries a `fence`, a number that grows with every claim: whoever holds an older one has lost the run and is
told so (`run_superseded`), so that a worker that was asleep cannot work against its successor.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from matinee.domain.ids import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A worker's hold on a run. `crashes` counts deaths of holders that may be its fault, since its work went on."""

    run_id: RunId
    worker: str
    fence: int
    crashes: int


class IngestStarter(Protocol):
    """What the services need: that a run will be worked on."""

    def start(self, run_id: RunId, *, now: datetime) -> bool:
        """Have the run worked on, durably. False when it is already waiting or leased: twice is once."""
        ...


class IngestQueue(IngestStarter, Protocol):
    """What workers of our own need beside; on AWS, Step Functions does this."""

    def claim(self, worker: str, *, now: datetime, lease_seconds: int) -> Lease | None:
        """The run that waits longest and may start now, or one whose lease ran out; None when there is nothing.

        A lease that ran out counts no crash: its holder may only have been asleep, as the whole machine may.
        """
        ...

    def extend(self, lease: Lease, *, now: datetime, lease_seconds: int) -> None:
        """Still at it. Raises `run_superseded` when another worker holds the run or it is gone."""
        ...

    def finish(self, lease: Lease) -> None:
        """The run ended, well or badly; it leaves the queue. Raises `run_superseded`."""
        ...

    def release(self, lease: Lease, *, not_before: datetime) -> None:
        """Give the run back, to be claimed from `not_before` on. Raises `run_superseded`."""
        ...

    def crashed(self, lease: Lease, *, not_before: datetime) -> None:
        """Give the run back as `release` does, with one crash more: nobody foresaw why it ended."""
        ...

    def absolve(self, lease: Lease) -> None:
        """The run's work went on: its crashes are forgotten. Raises `run_superseded`."""
        ...

    def worker_died(self, worker: str) -> tuple[RunId, ...]:
        """The worker's runs wait again at once, before all others; which they were.

        Those among them that have crashed before get one crash more; when there is none, every one of them does.
        """
        ...

    def release_all(self) -> int:
        """At start, when no worker can be alive: every leased run waits again, no crash counted; how many."""
        ...

    def waiting(self) -> tuple[RunId, ...]:
        """Every run in the queue, leased or not, oldest first."""
        ...
