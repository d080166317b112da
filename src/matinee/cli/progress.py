"""Progress on the terminal while long work goes on. It must not know what the work is.

Bars go to stderr, and only when that is a terminal; without one, a line when something begins and ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from matinee.cli.output import shown


class Display:
    """The terminal of one call."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    def notice(self, text: str) -> None:
        """A line, above the bar when there is one."""
        self._console.print(shown(text), markup=False)

    @contextmanager
    def sending(self, name: str, *, total_bytes: int, held_bytes: int) -> Iterator[Callable[[int], None]]:
        """A bar of bytes with rate and time left; what comes back adds bytes, or takes some away."""
        columns = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with self._bar(*columns) as progress:
            task = progress.add_task(shown(name), total=total_bytes, completed=held_bytes)
            yield lambda count: progress.advance(task, count)

    @contextmanager
    def ingesting(self, name: str) -> Iterator[Callable[[int, str], None]]:
        """A bar of percent; what comes back takes the percentage reached, and words on what is left."""
        with self._bar(TaskProgressColumn(), TextColumn("{task.fields[left]}", markup=False)) as progress:
            task = progress.add_task(shown(name), total=100, left="")
            yield lambda percent, left: progress.update(task, completed=percent, left=left)

    @contextmanager
    def moving(self, name: str) -> Iterator[Callable[[int, int, str], None]]:
        """A bar of titles; what comes back takes how many there are, how many are done, and words on what came."""
        with self._bar(MofNCompleteColumn(), TextColumn("{task.fields[came]}", markup=False)) as progress:
            task = progress.add_task(shown(name), total=None, came="")
            yield lambda total, done, came: progress.update(task, total=total or None, completed=done, came=came)

    def _bar(self, *columns: ProgressColumn) -> Progress:
        name = TextColumn("{task.description}", markup=False)
        quiet = not self._console.is_terminal
        return Progress(name, BarColumn(), *columns, console=self._console, disable=quiet, transient=True)
