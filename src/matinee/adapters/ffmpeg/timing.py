"""What the packets of a file say about time: true start and length, constant or variable rate, where it can be cut.

It must not know how packets are read. Container headers guess at these; damaged files lie about them.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, repeat
from operator import mul, sub

# Containers that keep milliseconds (Matroska, FLV, WMV) round each timestamp by up to one.
GRID_TOLERANCE_SECONDS = 0.0011
# Two roundings to a microsecond.
EVEN_SECONDS = 2e-6
# Every so many times are looked at before all of them.
PREVIEW = 64
# The rates that films, television, telephones and screens have, for files whose header names none of them.
USUAL_RATES = tuple(
    Fraction(n, d)
    for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
) + tuple(Fraction(n) for n in (1, 5, 10, 12, 15, 20, 100, 120))


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketTimes:
    """One stream's packets in file order; times in ticks of `ticks_per_second` (`missing` counts those without one).

    `sizes` are their bytes, of each or of several together.
    Times that are a `range` cost nothing to judge, however many there are. `rising` are they in rising order, for
    pictures in closed groups that somebody has sorted already (`closed_order`).
    """

    shown: Sequence[int]
    keys: Sequence[int]
    last_duration: int
    count: int
    missing: int
    sizes: Sequence[int]
    ticks_per_second: int = 1_000_000
    rising: Sequence[int] | None = None

    @property
    def size_bytes(self) -> int:
        """The bytes of all of them."""
        return sum(self.sizes)

    @property
    def in_order(self) -> Sequence[int]:
        """The times in rising order."""
        return _rising(self.shown) if self.rising is None else self.rising

    @property
    def ends_microseconds(self) -> tuple[int, int]:
        """The earliest and the latest time, of at least one."""
        if self.rising is not None or isinstance(self.shown, range):
            times = self.shown if self.rising is None else self.rising
            return self.microseconds(times[0]), self.microseconds(times[-1])
        return self.microseconds(min(self.shown)), self.microseconds(max(self.shown))

    @property
    def first_seconds(self) -> float:
        """When the first of them shows."""
        return self.ends_microseconds[0] / 1e6 if self.shown else 0.0

    def end_seconds(self, duration: float) -> float:
        """When the last of them ends, given how long one lasts where the packet does not say."""
        if not self.shown:
            return self.count * duration
        return self.ends_microseconds[1] / 1e6 + (self.microseconds(self.last_duration) / 1e6 or duration)

    def microseconds(self, ticks: int) -> int:
        """As exact as tools print times."""
        return round(ticks * (1e6 / self.ticks_per_second))


def closed_order(shown: Sequence[int], keys: Sequence[int]) -> Sequence[int] | None:
    """`shown` in rising order, group by group; None unless each shows whole after the one before, its key first."""
    if not keys or keys[0] != 0:
        return None
    if isinstance(shown, range):
        return shown
    times, rising = list(shown), list[int]()
    for first, end in zip(keys, (*keys[1:], len(times)), strict=True):
        group = sorted(times[first:end])
        if group[0] < times[first] or (rising and group[0] <= rising[-1]):
            return None
        rising += group
    return _even(rising)


def _rising(shown: Sequence[int]) -> Sequence[int]:
    return shown if isinstance(shown, range) else _even(sorted(shown))


def _even(rising: list[int]) -> Sequence[int]:
    """The same as a `range`, when it is one, else as a column."""
    length, steps = rising[-1] - rising[0] if rising else 0, len(rising) - 1
    if length > 0 and not length % steps:
        grid = range(rising[0], rising[-1] + length // steps, length // steps)
        if rising == list(grid):
            return grid
    return array("q", rising)


def evenly_spaced(times: PacketTimes, sample_rate_hz: int) -> bool:
    """Whether every packet is the same whole number of samples long and begins exactly where the last one ended."""
    if times.missing or len(times.shown) < 2:
        return False
    length = times.microseconds(times.shown[-1]) - times.microseconds(times.shown[0])
    samples = round(length * sample_rate_hz / (len(times.shown) - 1) / 1e6)
    # Times are rounded to a microsecond; a sample is ten times as long and more.
    return samples > 0 and _on_grid(times, times.shown, samples / sample_rate_hz, EVEN_SECONDS)


def _on_grid(times: PacketTimes, stamps: Sequence[int], step_seconds: float, tolerance_seconds: float) -> bool:
    """Whether none of them is further than the tolerance from the grid that begins with the first."""
    step, tolerance = step_seconds * times.ticks_per_second, tolerance_seconds * times.ticks_per_second
    if isinstance(stamps, range):
        return abs(stamps[-1] - stamps[0] - (len(stamps) - 1) * step) <= tolerance
    for every in (PREVIEW, 1):  # what is off is so nearly everywhere
        # A film has hundreds of thousands: without a step of Python for each.
        grid = map(mul, range(0, len(stamps), every), repeat(step))
        strays: array[float] = array("d", map(sub, stamps[::every], grid))
        if max(strays) - stamps[0] > tolerance or stamps[0] - min(strays) > tolerance:
            return False
    return True


def constant_rate(times: PacketTimes, declared: tuple[Fraction, ...]) -> Fraction | None:
    """The rate at which every frame, the first to the last, sits on its grid; None when there is no such rate."""
    if len(times.shown) < 2:
        # A single picture has no rate but how long it stands.
        alone = times.microseconds(times.last_duration)
        return Fraction(1_000_000, alone).limit_denominator(1001) if alone else None
    first, last = times.ends_microseconds
    length = last - first
    if length <= 0:
        return None
    measured = Fraction((len(times.shown) - 1) * 1_000_000, length)
    stamps: Sequence[int] | None = None
    for rate in dict.fromkeys((*declared, *USUAL_RATES)):
        # The whole film may drift by a tolerance only, so most candidates fall at once.
        if abs(float(measured / rate) - 1) * length > 3e6 * GRID_TOLERANCE_SECONDS:
            continue
        stamps = stamps or times.in_order
        if _on_grid(times, stamps, 1 / float(rate), GRID_TOLERANCE_SECONDS):
            return rate
    return None


def mean_rate(times: PacketTimes, declared: tuple[Fraction, ...]) -> Fraction:
    """Frames a second on average, for a variable rate; the header's word where the packets have none."""
    first, last = times.ends_microseconds if len(times.shown) > 1 else (0, 0)
    if last > first:
        return Fraction((len(times.shown) - 1) / ((last - first) / 1e6)).limit_denominator(1001)
    return declared[0] if declared else Fraction(25)


def key_interval_seconds(times: PacketTimes) -> float:
    """The longest stretch that begins with a key frame and has no other, up to the end."""
    if not times.keys or not times.shown or times.missing:
        return float("inf")
    stamps = [times.microseconds(times.shown[k]) for k in times.keys] + [times.ends_microseconds[1]]
    return max(b - a for a, b in pairwise(stamps)) / 1e6 if len(stamps) > 1 else 0.0


def closed_groups(times: PacketTimes) -> bool:
    """True when nothing after a key frame shows before it and nothing before it shows after it."""
    if times.missing:
        return False
    return times.rising is not None or closed_order(times.shown, times.keys) is not None
