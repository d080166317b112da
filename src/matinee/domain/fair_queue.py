"""Whose task comes next, so that every run gets the same share. Pure; it must not know encoders, threads or clocks.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM '96). A flow (a run) has a tag: the work it has had so far, as
virtual time. The task of the lowest tag goes next, and its weight is added to the tag. Virtual time is the tag of the
task that went last; a flow that arrives begins there: it neither pays for what others had before nor is paid for it.

    two flows that both wait      the work each was given differs by no more than one task of each
    a flow that arrives           every other flow is served once, at most, before it
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True)
class _Flow(Generic[Item]):
    tag: float = 0.0
    waiting: deque[tuple[float, Item]] = field(default_factory=deque)


class FairQueue(Generic[Item]):
    """Tasks of many flows; each flow's own come in the order they were pushed."""

    def __init__(self) -> None:
        self._flows: dict[str, _Flow[Item]] = {}
        self._virtual_time = 0.0

    def push(self, flow: str, weight: float, item: Item) -> None:
        """Have `item` wait. `weight` is the work it takes, above nothing, in the same unit for every flow."""
        if not weight > 0:
            raise ValueError(f"a task takes some work, not {weight}")
        entry = self._flows.setdefault(flow, _Flow())
        if not entry.waiting:
            entry.tag = max(entry.tag, self._virtual_time)
        entry.waiting.append((weight, item))

    def pop(self, wanted: Callable[[Item], bool] = lambda _: True) -> Item | None:
        """The next item; None when none waits. One that is not `wanted` any more is dropped and costs nothing."""
        while (flow := self._next()) is not None:
            weight, item = flow.waiting.popleft()
            if wanted(item):
                self._serve(flow, weight)
                return item
        self._flows.clear()  # nobody waits, so nobody is owed
        return None

    def _next(self) -> _Flow[Item] | None:
        backlogged = (flow for flow in self._flows.values() if flow.waiting)
        return min(backlogged, key=lambda flow: flow.tag, default=None)

    def _serve(self, flow: _Flow[Item], weight: float) -> None:
        self._virtual_time = flow.tag
        flow.tag += weight
        # A flow that has run dry is remembered while it is ahead: coming back, it must not be served as if it were new.
        over = [name for name, old in self._flows.items() if not old.waiting and old.tag <= self._virtual_time]
        for name in over:
            del self._flows[name]
