"""What every `IngestQueue` must do. Give `open_queue`: a picklable call that opens the same, at first empty, queue."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from matinee.errors import ErrorCode
from matinee.ports.ingest import IngestQueue, Lease
from tests.contracts.children import claim_all, in_processes, in_threads, start_all
from tests.contracts.samples import NOON, later, raises, run_id


def claimed(queue: IngestQueue, worker: str = "w1", *, at: float = 0, seconds: int = 60) -> Lease:
    """A lease that must be had."""
    lease = queue.claim(worker, now=later(at), lease_seconds=seconds)
    assert lease is not None
    return lease


class IngestQueueContract:
    """The obligations of `ports.ingest`."""

    @pytest.fixture
    def open_queue(self, tmp_path: Path) -> Callable[[], IngestQueue]:
        """Opens the queue under test; picklable."""
        raise NotImplementedError

    @pytest.fixture
    def queue(self, open_queue: Callable[[], IngestQueue]) -> IngestQueue:
        """The queue under test."""
        return open_queue()

    def test_an_empty_queue_gives_nothing(self, queue: IngestQueue) -> None:
        assert queue.claim("w1", now=NOON, lease_seconds=60) is None
        assert queue.waiting() == ()

    def test_a_started_run_is_claimed_once(self, queue: IngestQueue) -> None:
        assert queue.start(run_id("a"), now=NOON)
        lease = claimed(queue)
        assert (lease.run_id, lease.worker, lease.crashes) == (run_id("a"), "w1", 0)
        assert queue.claim("w2", now=NOON, lease_seconds=60) is None

    def test_starting_twice_is_once_also_while_it_is_worked_on(self, queue: IngestQueue) -> None:
        assert queue.start(run_id("a"), now=NOON)
        assert not queue.start(run_id("a"), now=later(1))
        lease = claimed(queue)
        assert not queue.start(run_id("a"), now=later(2))
        queue.finish(lease)
        assert queue.waiting() == ()

    def test_a_start_survives_the_process(self, open_queue: Callable[[], IngestQueue]) -> None:
        open_queue().start(run_id("a"), now=NOON)
        assert open_queue().waiting() == (run_id("a"),)

    def test_a_finished_run_may_be_started_again_under_a_higher_fence(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        first = claimed(queue)
        queue.finish(first)
        assert queue.start(run_id("a"), now=NOON)
        assert claimed(queue).fence > first.fence
        with raises(ErrorCode.RUN_SUPERSEDED):
            queue.finish(first)

    def test_the_run_that_waits_longest_comes_first(self, queue: IngestQueue) -> None:
        for name, seconds in (("c", 3), ("a", 1), ("b", 2), ("d", 3)):
            queue.start(run_id(name), now=later(seconds))
        got = [claimed(queue, at=10).run_id for _ in range(4)]
        assert got == [run_id(name) for name in "abcd"]

    def test_a_run_is_not_claimed_before_its_time(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=later(5))
        assert queue.claim("w1", now=later(4.999), lease_seconds=60) is None
        assert claimed(queue, at=5).run_id == run_id("a")

    def test_a_released_run_waits_until_its_time_and_lets_others_pass(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        queue.start(run_id("b"), now=later(1))
        queue.release(claimed(queue), not_before=later(30))
        assert claimed(queue, at=2).run_id == run_id("b")
        assert queue.claim("w1", now=later(29), lease_seconds=60) is None
        again = claimed(queue, at=30)
        assert (again.run_id, again.crashes) == (run_id("a"), 0)

    def test_fences_grow_with_every_claim(self, queue: IngestQueue) -> None:
        fences = []
        for turn in range(5):
            queue.start(run_id(turn), now=NOON)
            queue.start(run_id("again"), now=NOON)
            for _ in range(2):
                lease = claimed(queue)
                fences.append(lease.fence)
                queue.finish(lease)
        assert all(later > earlier for earlier, later in pairwise(fences))

    def test_a_lease_that_ran_out_is_taken_over_without_a_crash(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        first = claimed(queue, "w1", seconds=60)
        assert queue.claim("w2", now=later(59.9), lease_seconds=60) is None
        second = claimed(queue, "w2", at=60)
        assert (second.run_id, second.crashes) == (run_id("a"), 0)
        assert second.fence > first.fence

    def test_a_lease_is_extended_from_now(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        lease = claimed(queue, seconds=60)
        queue.extend(lease, now=later(50), lease_seconds=60)
        assert queue.claim("w2", now=later(109), lease_seconds=60) is None
        assert claimed(queue, "w2", at=110).run_id == run_id("a")

    def test_a_lease_that_ran_out_and_nobody_took_is_still_good(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        lease = claimed(queue, seconds=60)
        queue.extend(lease, now=later(500), lease_seconds=60)
        assert queue.claim("w2", now=later(501), lease_seconds=60) is None
        queue.finish(lease)

    @pytest.mark.parametrize("lost", ["taken over", "finished", "released", "worker died", "released at start"])
    def test_whoever_lost_the_run_is_told_and_changes_nothing(self, queue: IngestQueue, lost: str) -> None:
        queue.start(run_id("a"), now=NOON)
        lease = claimed(queue, "w1", seconds=60)
        if lost == "taken over":
            claimed(queue, "w2", at=60, seconds=10_000)
        elif lost == "finished":
            queue.finish(lease)
        elif lost == "released":
            queue.release(lease, not_before=later(5000))
        elif lost == "worker died":
            queue.worker_died("w1")
        else:
            queue.release_all()
        before = queue.waiting()
        calls: tuple[Callable[[], None], ...] = (
            lambda: queue.extend(lease, now=later(61), lease_seconds=60),
            lambda: queue.finish(lease),
            lambda: queue.release(lease, not_before=NOON),
            lambda: queue.crashed(lease, not_before=NOON),
            lambda: queue.absolve(lease),
        )
        for call in calls:
            with raises(ErrorCode.RUN_SUPERSEDED):
                call()
        assert queue.waiting() == before
        if lost in ("taken over", "released"):
            assert queue.claim("w3", now=later(100), lease_seconds=60) is None

    def test_the_same_worker_that_claims_again_has_lost_its_old_lease(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        first = claimed(queue, "w1", seconds=60)
        second = claimed(queue, "w1", at=60)
        with raises(ErrorCode.RUN_SUPERSEDED):
            queue.finish(first)
        queue.finish(second)

    def test_a_lease_made_up_opens_nothing(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        lease = claimed(queue)
        for wrong in (
            replace(lease, worker="w2"),
            replace(lease, fence=lease.fence + 1),
            replace(lease, run_id=run_id("b")),
        ):
            with raises(ErrorCode.RUN_SUPERSEDED):
                queue.finish(wrong)
        queue.finish(lease)

    def test_the_runs_of_a_dead_worker_wait_again_at_once_with_a_crash_more(self, queue: IngestQueue) -> None:
        for name, seconds in (("a", 0), ("b", 1), ("c", 2), ("d", 3)):
            queue.start(run_id(name), now=later(seconds))
        claimed(queue, "w1", at=9, seconds=10_000)
        other = claimed(queue, "w2", at=9, seconds=10_000)
        claimed(queue, "w1", at=9, seconds=10_000)
        assert queue.worker_died("w1") == (run_id("a"), run_id("c"))
        assert queue.worker_died("w1") == ()
        again = [claimed(queue, "w3", at=10) for _ in range(3)]
        assert [(lease.run_id, lease.crashes) for lease in again] == [
            (run_id("a"), 1),
            (run_id("c"), 1),
            (run_id("d"), 0),
        ]
        queue.finish(other)

    def test_of_a_dead_workers_runs_those_that_crashed_before_take_the_blame(self, queue: IngestQueue) -> None:
        queue.start(run_id("suspect"), now=NOON)
        claimed(queue, "w1")
        queue.worker_died("w1")
        suspect = claimed(queue, "w1", seconds=10_000)
        assert suspect.crashes == 1
        queue.start(run_id("innocent"), now=later(1))
        claimed(queue, "w1", at=2, seconds=10_000)
        assert set(queue.worker_died("w1")) == {run_id("suspect"), run_id("innocent")}
        again = [claimed(queue, "w1", at=3) for _ in range(2)]
        assert {(lease.run_id, lease.crashes) for lease in again} == {(run_id("suspect"), 2), (run_id("innocent"), 0)}

    def test_a_run_whose_work_went_on_is_absolved_and_still_held(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        claimed(queue, "w1")
        queue.worker_died("w1")
        lease = claimed(queue, "w1")
        queue.absolve(lease)
        assert queue.claim("w2", now=NOON, lease_seconds=60) is None
        queue.release(lease, not_before=NOON)
        assert claimed(queue).crashes == 0

    def test_a_run_that_crashed_by_itself_waits_until_its_time_with_a_crash_more(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        queue.crashed(claimed(queue), not_before=later(30))
        assert queue.claim("w1", now=later(29), lease_seconds=60) is None
        assert claimed(queue, at=30).crashes == 1

    def test_crashes_add_up_and_are_gone_with_the_run(self, queue: IngestQueue) -> None:
        queue.start(run_id("a"), now=NOON)
        for crashes in range(4):
            assert claimed(queue).crashes == crashes
            queue.worker_died("w1")
        lease = claimed(queue)
        queue.release(lease, not_before=NOON)
        lease = claimed(queue)
        assert lease.crashes == 4
        queue.finish(lease)
        queue.start(run_id("a"), now=NOON)
        assert claimed(queue).crashes == 0

    def test_at_start_every_leased_run_waits_again_and_no_crash_is_counted(self, queue: IngestQueue) -> None:
        for name in "abc":
            queue.start(run_id(name), now=NOON)
        queue.release(claimed(queue), not_before=later(5000))
        claimed(queue, "w1", seconds=10_000)
        claimed(queue, "w2", seconds=10_000)
        assert queue.release_all() == 2
        assert queue.release_all() == 0
        again = [claimed(queue, "w3", at=1, seconds=10_000) for _ in range(2)]
        assert {(lease.run_id, lease.crashes) for lease in again} == {(run_id("b"), 0), (run_id("c"), 0)}
        assert queue.claim("w3", now=later(4999), lease_seconds=60) is None

    def test_what_is_in_the_queue_is_told_oldest_first_leased_or_not(self, queue: IngestQueue) -> None:
        for name in "cab":
            queue.start(run_id(name), now=NOON)
        claimed(queue)
        assert queue.waiting() == tuple(run_id(name) for name in "cab")

    def test_threads_share_the_runs_and_none_gets_one_twice(self, queue: IngestQueue) -> None:
        for number in range(40):
            queue.start(run_id(number), now=NOON)
        leases = in_threads(lambda number: claimed(queue, f"w{number % 8}"), range(40))
        assert {lease.run_id for lease in leases} == {run_id(number) for number in range(40)}
        assert len({lease.fence for lease in leases}) == 40

    def test_processes_share_the_runs_and_none_gets_one_twice(
        self, open_queue: Callable[[], IngestQueue], pool: ProcessPoolExecutor
    ) -> None:
        runs = [run_id(number) for number in range(120)]
        assert sum(in_processes(pool, start_all, [(open_queue, runs, NOON)] * 4)) == 120
        shares = in_processes(pool, claim_all, [(open_queue, f"w{number}", NOON) for number in range(4)])
        assert sorted(run for share in shares for run in share) == sorted(runs)
        assert open_queue().waiting() == ()
