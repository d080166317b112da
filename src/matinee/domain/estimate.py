"""What a chunk will cost: CPU seconds, money, time left. Pure; it must not know what encodes, nor where.

One constant carries it: x264 "veryfast" takes 5.9 CPU seconds for a second of film at 30 frames in 1080, 720, 480 and
360 lines, which together are 109 million pixels (docs/media.md, "Measured"): 0.054 CPU seconds for a million pixels
made. CPU seconds are those of one core as measured; money is that core's price on AWS. Estimates are shares to divide
time by, and a first guess of the time left, which the run's own pace then corrects.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from matinee.domain.media import Chunk, Codec, Plan, Rung
from matinee.domain.pictures import interval_seconds

CPU_SECONDS_PER_MEGAPIXEL = 0.054
# How much longer a codec's encoder takes than x264 (docs/configuration.md, `MATINEE_CODECS`).
CODEC_FACTORS: dict[Codec, float] = {"h264": 1.0, "hevc": 4.0, "av1": 2.0}
# A second of one AAC rendition: an hour took one thread 51 to 190 s.
SOUND_CPU_SECONDS = 0.03
# Lambda on arm64: $0.0000133334 a GB-second, and 1,769 MB are one core. A core there is taken to be as fast as here.
USD_PER_CPU_SECOND = 0.0000133334 * 1769 / 1024
# How long the estimate holds against the pace measured: after so many seconds each counts half.
TRUST_SECONDS = 10.0
# A key frame decoded, shrunk and measured, a million pixels of it; and what a program takes to begin.
PICTURE_CPU_SECONDS_PER_MEGAPIXEL = 0.02
PICTURES_CPU_SECONDS = 0.5
LEAST_CPU_SECONDS = 0.001  # a chunk of one small frame is work too: queues share time by what it weighs


def estimated(plan: Plan) -> Plan:
    """The plan with the estimates of its chunks and of the pieces of its sound written in."""
    video = plan.probe.video
    rate = plan.frame_rate or (video.frame_rate if video else Fraction(0))
    per_sound_second = SOUND_CPU_SECONDS * len(plan.audio)
    return replace(
        plan,
        chunks=tuple(_priced(chunk, _picture_seconds(chunk, plan.rungs, rate)) for chunk in plan.chunks),
        sound=tuple(_priced(piece, float(piece.length_seconds) * per_sound_second) for piece in plan.sound),
    )


def cpu_seconds(chunks: Iterable[Chunk]) -> float:
    """What several take together; by their lengths, where a plan of an earlier version has no estimates."""
    return sum(weight(chunk) for chunk in chunks)


def weight(chunk: Chunk) -> float:
    """What one takes: its estimate, more than nothing."""
    return max(chunk.cpu_seconds or float(chunk.length_seconds), LEAST_CPU_SECONDS)


def whole_cpu_seconds(plan: Plan) -> float:
    """What the whole plan takes."""
    return cpu_seconds(plan.chunks if plan.rungs else ()) + cpu_seconds(plan.sound)


def pictures_cpu_seconds(plan: Plan) -> float:
    """What the storyboard and the posters take; nothing of a sound."""
    video = plan.probe.video
    if video is None:
        return 0.0
    tiles = plan.probe.duration_seconds / interval_seconds(plan.probe.duration_seconds)
    return PICTURES_CPU_SECONDS + tiles * video.width * video.height / 1e6 * PICTURE_CPU_SECONDS_PER_MEGAPIXEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A run's progress so far: `began_share` of its `cpu_seconds` were done at `began_at`, with so many encoders."""

    cpu_seconds: float
    encoders: int
    began_at: datetime
    began_share: float

    def seconds_left(self, share: float, now: datetime) -> int:
        """How long the rest takes: at first as if each encoder had a core to itself, then at the pace so far."""
        elapsed = max(0.0, (now - self.began_at).total_seconds())
        done = max(0.0, share - self.began_share) * self.cpu_seconds
        pace = (done + TRUST_SECONDS * self.encoders) / (elapsed + TRUST_SECONDS)
        return round((1.0 - min(1.0, share)) * self.cpu_seconds / pace)


def picture_cpu_seconds(frames: float, rungs: Iterable[Rung]) -> float:
    """What so many pictures take in every rung."""
    pixels = sum(rung.width * rung.height * CODEC_FACTORS[rung.codec] for rung in rungs)
    return frames * pixels * CPU_SECONDS_PER_MEGAPIXEL / 1e6


def _picture_seconds(chunk: Chunk, rungs: Iterable[Rung], rate: Fraction) -> float:
    frames = chunk.frame_count if chunk.frame_count is not None else float(chunk.length_seconds * rate)
    return picture_cpu_seconds(frames, rungs)


def _priced(chunk: Chunk, seconds: float) -> Chunk:
    return replace(chunk, cpu_seconds=round(seconds, 3), usd=round(seconds * USD_PER_CPU_SECOND, 8))
