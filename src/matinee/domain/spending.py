"""What the ingest of one film costs, what of it may be spent, and why a run waits for a person. Pure.

Everything follows from the probe, before anything is planned or made. Money is list prices of AWS (`domain.prices`);
on one machine it is what the same film would cost there.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from math import ceil

from matinee.domain.asset import AssetError
from matinee.domain.estimate import SOUND_CPU_SECONDS, USD_PER_CPU_SECOND, picture_cpu_seconds
from matinee.domain.ladder import audio_renditions, ladder, output_frame_rate
from matinee.domain.media import AudioStream, Color, MediaSettings, Probe, VideoStream
from matinee.domain.prices import PRICES
from matinee.errors import ErrorCode, MatineeError

# What the renditions of a film are taken to need of their caps: about what the wilder ones do, 43 to 51 %
# (docs/cost.md). On average films need a quarter, but it is asked of one.
SHARE_OF_CAPS = 0.46
# Beside its chunks a run has steps of its own, each entered and left (terraform/workflow.asl.json).
STEPS, TRANSITIONS_A_TASK = 16, 2
GB = 1e9
HOUR, MINUTE = 3600, 60
LONGEST_SECONDS = 7 * 24 * HOUR  # what an ingest takes, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one ingest: `usd` once, for encoding, workflow and writing; then `usd_a_month` for what is stored."""

    seconds: float
    cpu_seconds: float
    usd: float
    stored_gb: float
    usd_a_month: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What may be spent without asking. 0: as much as is wanted."""

    minutes_a_month: int = 0
    hours_stored: int = 0
    usd_a_film: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What runs were let go on for in a month (`month`: "2026-11", in UTC)."""

    month: str
    runs: int = 0
    seconds: int = 0
    micro_usd: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A film as it is described before anybody has it; without a picture it is a sound."""

    duration_seconds: float
    width: int | None = None
    height: int | None = None
    frame_rate: float = 30.0
    size_bytes: int = 0

    def __post_init__(self) -> None:
        """A shape is built valid or not at all."""
        sides = [each for each in (self.width, self.height) if each is not None]
        if len(sides) == 1 or not all(1 <= each <= 1 << 16 for each in sides):
            raise MatineeError(ErrorCode.FIELD_INVALID, "'width' and 'height' go together; each takes 1 to 65536.")
        if not 0 < self.duration_seconds <= LONGEST_SECONDS:
            sentence = f"'duration_seconds' is {self.duration_seconds:g}; it takes more than 0, a week at most."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
        if not 0 < self.frame_rate <= 1000:
            sentence = f"'frame_rate' is {self.frame_rate:g}; it takes more than 0, 1000 at most."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)

    def probe(self) -> Probe:
        """What a probe of such a film would find, as far as the cost follows from it."""
        length = self.duration_seconds
        sound = AudioStream(
            index=1, codec="aac", profile="LC", channels=2, layout="stereo", sample_rate_hz=48_000, language=None,
            title=None, default=True, start_seconds=0.0, duration_seconds=length,
        )  # fmt: skip
        return Probe(
            container="mp4", size_bytes=self.size_bytes, duration_seconds=length, start_seconds=0.0,
            video=self._picture(), audio=(sound,),
        )  # fmt: skip

    def _picture(self) -> VideoStream | None:
        if self.width is None or self.height is None:
            return None
        rate = Fraction(self.frame_rate).limit_denominator(1001)
        return VideoStream(
            index=0, codec="h264", profile="High", pixel_format="yuv420p", width=self.width, height=self.height,
            display_width=self.width, display_height=self.height, rotation_degrees=0, frame_rate=rate,
            variable_frame_rate=False, frame_count=round(self.duration_seconds * rate), start_seconds=0.0,
            duration_seconds=self.duration_seconds, key_interval_seconds=2.0, closed_gops=True, interlaced=False,
            color=Color(),
        )  # fmt: skip


def film_cost(probe: Probe, settings: MediaSettings) -> Cost:
    """What ingesting the source into the ladder of `settings` costs, estimated."""
    length = probe.duration_seconds
    rungs, audio = ladder(probe, settings), audio_renditions(probe, settings)
    rate = (output_frame_rate(probe.video, settings) or probe.video.frame_rate) if probe.video else Fraction(0)
    cpu = picture_cpu_seconds(length * float(rate), rungs) + length * SOUND_CPU_SECONDS * len(audio)
    tasks = ceil(length / settings.chunk_seconds) + STEPS
    writes = ceil(length / settings.segment_seconds) * (len(rungs) + len(audio)) + tasks
    bits = sum(rung.max_bits_per_second for rung in rungs) * SHARE_OF_CAPS + sum(each.bits_per_second for each in audio)
    stored = (probe.size_bytes + bits / 8 * length) / GB
    once = cpu * USD_PER_CPU_SECOND + tasks * TRANSITIONS_A_TASK * PRICES["transitions"].last
    return Cost(
        seconds=round(length, 3),
        cpu_seconds=round(cpu, 1),
        usd=round(once + writes * PRICES["puts"].last, 6),
        stored_gb=round(stored, 6),
        usd_a_month=round(stored * PRICES["storage"].last, 6),
    )


def wanted(settings: MediaSettings, codecs: Iterable[str]) -> MediaSettings:
    """`settings` with the codecs a film is to have; none: as they are."""
    asked = tuple(codec for codec in ("h264", "hevc", "av1") if codec in codecs or codec == "h264")
    return replace(settings, codecs=asked) if set(codecs) else settings  # type: ignore[arg-type]  # of the three names


def month_of(at: datetime) -> str:
    """The month a run is counted in, in UTC: "2026-11"."""
    return f"{at:%Y-%m}"


def over_cost(cost: Cost, allowed: Allowance) -> AssetError | None:
    """Why a film of this cost waits for a person; None where it need not."""
    if not allowed.usd_a_film or cost.usd <= allowed.usd_a_film:
        return None
    told = f"Its ingest costs about ${cost.usd:,.2f} (prices of AWS); ${allowed.usd_a_film:,.2f} a film are allowed."
    return _waits(ErrorCode.LIMIT_COST, told, "MATINEE_LIMIT_USD_A_FILM (limit_usd_a_film)")


def over_stored(stored_seconds: float, allowed: Allowance) -> AssetError | None:
    """Why a library of this length, the film included, takes no more without a person."""
    if not allowed.hours_stored or stored_seconds <= allowed.hours_stored * HOUR:
        return None
    told = f"With it the library has {stored_seconds / HOUR:,.1f} hours; {allowed.hours_stored:,} are allowed."
    return _waits(ErrorCode.LIMIT_STORED, told, "MATINEE_LIMIT_HOURS_STORED (limit_hours_stored)")


def over_minutes(cost: Cost, spent: Spent, allowed: Allowance) -> AssetError | None:
    """Why a film is too long for what is left of the month."""
    if not allowed.minutes_a_month or spent.seconds + whole_seconds(cost) <= allowed.minutes_a_month * MINUTE:
        return None
    told = (
        f"It has {cost.seconds / MINUTE:,.1f} minutes; {spent.seconds / MINUTE:,.1f} of the {allowed.minutes_a_month:,}"
        f" allowed are encoded in {spent.month}."
    )
    return _waits(ErrorCode.LIMIT_MINUTES, told, "MATINEE_LIMIT_MINUTES_A_MONTH (limit_minutes_a_month)")


def whole_seconds(cost: Cost) -> int:
    """What a month is charged for the film, in whole seconds."""
    return ceil(cost.seconds)


def micro_usd(cost: Cost) -> int:
    """The same in millionths of a dollar."""
    return round(cost.usd * 1e6)


def _waits(code: ErrorCode, told: str, setting: str) -> AssetError:
    sentence = f"{told} Approve it (matinee approve), cancel it, or raise {setting}; nothing is spent meanwhile."
    return AssetError(code=code, message=sentence)
