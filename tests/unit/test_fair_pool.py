"""Fairness between runs: whom the encoders serve next, and the threads that do."""

from concurrent.futures import CancelledError, Future, wait
from threading import Event, Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.fair_queue import FairQueue
from matinee.domain.ids import RunId
from matinee.services.fair_pool import FairPool

WEIGHTS = st.floats(0.001, 100.0)
FILM, CLIP = RunId("run_film"), RunId("run_clip")
PATIENCE_SECONDS = 20

Task = tuple[str, float]


def pushed(flows: dict[str, list[float]]) -> FairQueue[Task]:
    """A queue with these tasks, flow after flow."""
    queue: FairQueue[Task] = FairQueue()
    for flow, weights in flows.items():
        for weight in weights:
            queue.push(flow, weight, (flow, weight))
    return queue


def served(queue: FairQueue[Task]) -> list[Task]:
    """Everything that waits, in the order it is served."""
    found = []
    while (task := queue.pop()) is not None:
        found.append(task)
    return found


def test_tasks_of_one_flow_come_as_they_were_pushed() -> None:
    assert served(pushed({"a": [3.0, 1.0, 2.0]})) == [("a", 3.0), ("a", 1.0), ("a", 2.0)]


def test_an_empty_queue_serves_nothing() -> None:
    assert FairQueue[Task]().pop() is None


def test_a_task_without_work_is_refused() -> None:
    with pytest.raises(ValueError, match="takes some work"):
        FairQueue[Task]().push("a", 0.0, ("a", 0.0))


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(WEIGHTS, min_size=1, max_size=20), min_size=2))
def test_nothing_starves_and_nothing_is_served_twice(flows: dict[str, list[float]]) -> None:
    order = served(pushed(flows))
    assert {flow: [weight for name, weight in order if name == flow] for flow in flows} == flows


@given(st.dictionaries(st.sampled_from("abcd"), st.lists(WEIGHTS, min_size=1, max_size=30), min_size=2))
def test_flows_that_wait_have_had_the_same_within_one_task(flows: dict[str, list[float]]) -> None:
    queue, had = pushed(flows), dict.fromkeys(flows, 0.0)
    left = {flow: len(weights) for flow, weights in flows.items()}
    while all(left.values()):
        task = queue.pop()
        assert task is not None
        had[task[0]] += task[1]
        left[task[0]] -= 1
        assert max(had.values()) - min(had.values()) <= max(map(max, flows.values())) + 1e-6


@given(
    st.lists(WEIGHTS, min_size=2, max_size=30), st.lists(WEIGHTS, min_size=1, max_size=10), st.integers(0, 29), WEIGHTS
)
def test_a_flow_that_arrives_waits_for_one_task_of_each_other(
    film: list[float], other: list[float], already: int, clip: float
) -> None:
    queue = pushed({"film": film, "other": other})
    for _ in range(already):
        queue.pop()
    queue.push("clip", clip, ("clip", clip))
    before = served(queue)
    names = [name for name, _ in before[: before.index(("clip", clip))]]
    assert names.count("film") <= 1
    assert names.count("other") <= 1


@given(st.lists(WEIGHTS, min_size=40, max_size=40), st.integers(1, 20))
def test_a_flow_is_not_paid_for_the_time_before_it_came(film: list[float], already: int) -> None:
    queue = pushed({"film": [1.0] * 60})
    for _ in range(already):
        queue.pop()
    for weight in film:
        queue.push("late", min(weight, 1.0), ("late", min(weight, 1.0)))
    had = {"film": 0.0, "late": 0.0}
    for _ in range(30):
        task = queue.pop()
        assert task is not None
        had[task[0]] += task[1]
        assert abs(had["film"] - had["late"]) <= 2.0 + 1e-6


def test_a_flow_that_sends_one_task_at_a_time_gets_no_more_than_its_share() -> None:
    queue = pushed({"film": [1.0] * 100})
    had = {"film": 0, "sly": 0}
    queue.push("sly", 10.0, ("sly", 10.0))
    for _ in range(44):
        task = queue.pop()
        assert task is not None
        had[task[0]] += 1
        if task[0] == "sly":
            queue.push("sly", 10.0, ("sly", 10.0))
    assert had == {"film": 40, "sly": 4}


def test_a_task_nobody_wants_any_more_costs_its_flow_nothing() -> None:
    queue = pushed({"a": [5.0, 1.0], "b": [1.0, 1.0]})
    order = []
    while (task := queue.pop(lambda task: task != ("a", 5.0))) is not None:
        order.append(task[0])
    assert sorted(order[:2]) == ["a", "b"]


class Gate:
    """Work that waits until it may end, and tells how much of it ran at once."""

    def __init__(self) -> None:
        self.open = Event()
        self.order: list[str] = []
        self.most = 0
        self._now = 0
        self._lock = Lock()

    def work(self, name: str) -> None:
        """One task."""
        with self._lock:
            self.order.append(name)
            self._now += 1
            self.most = max(self.most, self._now)
        self.open.wait(PATIENCE_SECONDS)
        with self._lock:
            self._now -= 1


def ended(futures: list["Future[None]"]) -> None:
    """Wait for all of them."""
    assert not wait(futures, PATIENCE_SECONDS).not_done


def test_a_pool_runs_no_more_than_so_many_tasks_at_once() -> None:
    pool, gate = FairPool(3), Gate()
    futures = [pool.submit(FILM, 1.0, lambda: gate.work("film")) for _ in range(12)]
    gate.open.set()
    ended(futures)
    assert 1 <= gate.most <= 3


def test_a_clip_that_comes_later_is_served_between_the_films_tasks() -> None:
    pool, gate, begun = FairPool(1), Gate(), Event()

    def first() -> None:
        begun.set()
        gate.work("film")

    futures = [pool.submit(FILM, 1.0, first)]
    assert begun.wait(PATIENCE_SECONDS)
    futures += [pool.submit(FILM, 1.0, lambda: gate.work("film")) for _ in range(20)]
    futures += [pool.submit(CLIP, 1.0, lambda: gate.work("clip")) for _ in range(2)]
    gate.open.set()
    ended(futures)
    assert gate.order.index("clip") == 1
    assert gate.order[:5].count("clip") == 2


def test_every_task_ends_however_many_come_at_once() -> None:
    pool = FairPool(4)
    for _ in range(50):
        ended([pool.submit(RunId(f"run_{n}"), 1.0, lambda: None) for n in range(8)])


def test_what_a_task_raises_reaches_whoever_waits_and_the_pool_goes_on() -> None:
    pool = FairPool(1)

    def broken() -> None:
        raise CancelledError

    failed = pool.submit(FILM, 1.0, broken)
    ended([failed, pool.submit(FILM, 1.0, lambda: None)])
    assert isinstance(failed.exception(), CancelledError)


def test_a_task_cancelled_while_it_waits_is_never_begun() -> None:
    pool, gate = FairPool(1), Gate()
    first = pool.submit(FILM, 1.0, lambda: gate.work("first"))
    second = pool.submit(FILM, 1.0, lambda: gate.work("second"))
    third = pool.submit(FILM, 1.0, lambda: gate.work("third"))
    assert second.cancel()
    gate.open.set()
    ended([first, third])
    assert gate.order == ["first", "third"]
