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
EVEN_MICROSECONDS = 2
# The rates that films, television, telephones and screens have, for files whose header names none of them.
USUAL_RATES = tuple(
    Fraction(n, d)
    for n, d in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
) + tuple(Fraction(n) for n in (1, 5, 10, 12, 15, 20, 100, 120))


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketTimes:
    """One stream's packets in file order; times in microseconds (`missing` counts those without one)."""

    shown: "array[int]"
    keys: tuple[int, ...]
    last_duration: int
    count: int
    missing: int
    size_bytes: int

    @property
    def first_seconds(self) -> float:
        """When the first of them shows."""
        return min(self.shown) / 1e6 if self.shown else 0.0

    def end_seconds(self, duration: float) -> float:
        """When the last of them ends, given how long one lasts where the packet does not say."""
        if not self.shown:
            return self.count * duration
        return max(self.shown) / 1e6 + (self.last_duration / 1e6 or duration)


def evenly_spaced(times: PacketTimes, sample_rate_hz: int) -> bool:
    """Whether every packet is the same whole number of samples long and begins exactly where the last one ended."""
    if times.missing or len(times.shown) < 2:
        return False
    first, count = times.shown[0], len(times.shown)
    samples = round((times.shown[-1] - first) * sample_rate_hz / (count - 1) / 1e6)
    step = samples * 1e6 / sample_rate_hz
    # Times are rounded to a microsecond; a sample is ten times as long and more.
    return samples > 0 and _furthest(times.shown, step) <= EVEN_MICROSECONDS


def _furthest(stamps: Sequence[int], step: float) -> float:
    """How far any of them is from the grid that begins with the first."""
    # A film has hundreds of thousands: without a step of Python for each.
    strays: array[float] = array("d", map(sub, stamps, map(mul, range(len(stamps)), repeat(step))))
    return max(max(strays) - stamps[0], stamps[0] - min(strays))


def constant_rate(times: PacketTimes, declared: tuple[Fraction, ...]) -> Fraction | None:
    """The rate at which every frame, the first to the last, sits on its grid; None when there is no such rate."""
    stamps = sorted(times.shown)
    if len(stamps) < 2:
        # A single picture has no rate but how long it stands.
        return Fraction(1_000_000, times.last_duration).limit_denominator(1001) if times.last_duration else None
    length = stamps[-1] - stamps[0]
    if length <= 0:
        return None
    measured = Fraction((len(stamps) - 1) * 1_000_000, length)
    for rate in dict.fromkeys((*declared, *USUAL_RATES)):
        # The whole film may drift by a tolerance only, so most candidates fall at once.
        if abs(float(measured / rate) - 1) * length > 3e6 * GRID_TOLERANCE_SECONDS:
            continue
        step = 1e6 / float(rate)
        if _furthest(stamps, step) <= 1e6 * GRID_TOLERANCE_SECONDS:
            return rate
    return None


def mean_rate(times: PacketTimes, declared: tuple[Fraction, ...]) -> Fraction:
    """Frames a second on average, for a variable rate; the header's word where the packets have none."""
    length = (max(times.shown) - min(times.shown)) / 1e6 if len(times.shown) > 1 else 0.0
    if length > 0:
        return Fraction((len(times.shown) - 1) / length).limit_denominator(1001)
    return declared[0] if declared else Fraction(25)


def key_interval_seconds(times: PacketTimes) -> float:
    """The longest stretch that begins with a key frame and has no other, up to the end."""
    if not times.keys or not times.shown or times.missing:
        return float("inf")
    stamps = [times.shown[k] for k in times.keys] + [max(times.shown)]
    return max(b - a for a, b in pairwise(stamps)) / 1e6 if len(stamps) > 1 else 0.0


def closed_groups(times: PacketTimes) -> bool:
    """True when nothing after a key frame shows before it and nothing before it shows after it."""
    if times.missing or not times.keys or times.keys[0] != 0:
        return False
    ends = (*times.keys[1:], len(times.shown))
    latest = -(1 << 62)
    for first, end in zip(times.keys, ends, strict=True):
        group = times.shown[first:end]
        if min(group) < times.shown[first] or times.shown[first] <= latest:
            return False
        latest = max(group)
    return True
