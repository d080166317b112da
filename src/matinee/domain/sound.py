"""How a film's sound is divided, so that several workers can encode it at once and nobody can hear where. Pure.

AAC codes 1,024 samples to a frame, each overlapping the next (ISO/IEC 14496-3, 4.6.11). Frames have numbers like
pictures: frame 0 is the encoder's priming, frame n begins at sample 1,024 (n - 1). A piece is a stretch of numbers
that begins where a segment does; its encoder hears some frames more on both sides, which are thrown away.

    frame     0 ······· 282 ······· 563 ·······
    segment   └ 1 ───── └ 2 ─────── └ 3 ───────
    piece     └ 1 ───────────────── └ 2 ───────
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from matinee.domain.media import AudioRendition, AudioStream, Chunk, Probe

FRAME_SAMPLES = 1024
# An hour of sound takes one thread 50 to 190 s. At five minutes it is ready in 4 to 16 s, before the picture's chunks
# are, and what is encoded twice at the seams is 0.4 %.
PIECE_SECONDS = 300
# No film up to twice that is worth a seam.
WHOLE_SECONDS = 2 * PIECE_SECONDS
# Containers in which every packet's time is exact to the sample; Matroska rounds to a millisecond.
SAMPLE_EXACT = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "wav"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """A piece of one rendition: `count` AAC frames from number `first`, of `film_samples` samples in all."""

    first: int
    count: int
    film_samples: int

    @property
    def last(self) -> bool:
        """Whether the film's sound ends with this piece."""
        return self.first + self.count == frame_count(self.film_samples)


def whole_sound_reason(probe: Probe, renditions: Iterable[AudioRendition]) -> str | None:
    """Why a film's sound must be encoded as one, in a sentence; None when it may be cut."""
    tracks = {track.index: track for track in probe.audio}
    pairs = tuple((rendition, tracks[rendition.stream_index]) for rendition in renditions)
    reasons = (
        (not pairs, "It has no sound."),
        (probe.duration_seconds <= WHOLE_SECONDS, "Its sound is short enough for one worker."),
        (bool(probe.damage), "It is damaged: which samples are there is known only after decoding."),
        (probe.container not in SAMPLE_EXACT, "Its container does not give sound times to the sample."),
        (any(not track.even for _, track in pairs), "Its sound has holes, or frames of different lengths."),
        (any(_resampled(*pair) for pair in pairs), "Its sound is made to another sample rate."),
    )
    return next((sentence for holds, sentence in reasons if holds), None)


def pieces(probe: Probe, renditions: tuple[AudioRendition, ...], segment_seconds: int) -> tuple[Chunk, ...]:
    """The pieces of a film's sound, all of about the same length; one for all where it may not be cut, none without."""
    if not renditions:
        return ()
    length = Fraction(probe.duration_seconds).limit_denominator(1_000_000)
    if whole_sound_reason(probe, renditions) is not None:
        return (Chunk(number=1, start_seconds=Fraction(0), length_seconds=length, first_segment=1),)
    segments = ceil(length / segment_seconds)
    count = ceil(length / PIECE_SECONDS)
    firsts = [-(-segments * n // count) for n in range(count)]
    starts = [Fraction(first * segment_seconds) for first in firsts] + [length]
    return tuple(
        Chunk(
            number=n + 1,
            start_seconds=starts[n],
            length_seconds=starts[n + 1] - starts[n],
            first_segment=firsts[n] + 1,
        )
        for n in range(count)
    )


def frames_of(piece: Chunk, sound: tuple[Chunk, ...], rate_hz: int, duration_seconds: float) -> Frames:
    """The frames of a piece at a sample rate."""
    samples = film_samples(rate_hz, duration_seconds)
    first = _first_frame(piece, rate_hz)
    following = sound[piece.number : piece.number + 1]
    end = _first_frame(following[0], rate_hz) if following else frame_count(samples)
    return Frames(first=first, count=end - first, film_samples=samples)


def film_samples(rate_hz: int, duration_seconds: float) -> int:
    """How many samples the whole film's sound has."""
    return ceil(Fraction(duration_seconds).limit_denominator(1_000_000) * rate_hz)


def frame_count(samples: int) -> int:
    """How many frames code so many samples, the priming among them."""
    return 1 + -(-samples // FRAME_SAMPLES)


def _first_frame(piece: Chunk, rate_hz: int) -> int:
    """The first frame that begins at or after the piece's segment; the priming belongs to the first."""
    return 1 + ceil(piece.start_seconds * rate_hz / FRAME_SAMPLES) if piece.start_seconds else 0


def _resampled(rendition: AudioRendition, track: AudioStream) -> bool:
    return rendition.sample_rate_hz != track.sample_rate_hz
