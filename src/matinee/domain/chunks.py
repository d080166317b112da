"""How a film is divided: the plan of an encode, and the plan of the instant rendition. Pure; it must not know files."""

from fractions import Fraction

from matinee.domain.ladder import (
    audio_label,
    audio_renditions,
    default_track,
    ladder,
    output_frame_rate,
)
from matinee.domain.media import AudioRendition, AudioStream, Chunk, MediaSettings, Plan, Probe, Rung, VideoStream

# RTP's and MPEG's clock: 1/90000 s keeps any source timestamp within 6 microseconds.
FINE_TIMESCALE = 90_000
# A constant rate's timescale is a multiple of its numerator, so that every frame is a whole number of ticks.
LEAST_TIMESCALE = 10_000
# Longer stretches without a key frame make seeking and starting slow; such a source waits for the ladder.
COPY_KEY_INTERVAL_SECONDS = 10.5
# What every browser decodes; 4:2:2, 4:4:4 and 10-bit profiles are not among it.
COPY_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High", "Progressive High", "Constrained High"})
COPY_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
# A track that begins later than this would leave a hole at the film's start, where players wait for both.
COPY_START_SECONDS = 0.1
COPY_END_SECONDS = 0.5


def plan(probe: Probe, settings: MediaSettings) -> Plan:
    """The whole encode of a source. One chunk covers the film; its length is the film's."""
    rate = output_frame_rate(probe.video, settings) if probe.video else None
    return Plan(
        probe=probe,
        rungs=ladder(probe, settings),
        audio=audio_renditions(probe, settings),
        chunks=(_whole(probe),),
        segment_seconds=settings.segment_seconds,
        gop_seconds=settings.gop_seconds,
        frame_rate=rate,
        timescale=timescale(rate),
        preset=settings.preset,
    )


def instant_plan(probe: Probe, settings: MediaSettings) -> Plan | None:
    """The plan of repackaging the source's own packets; None when browsers could not play them as they are."""
    if probe.damage or not _video_copies(probe.video) or not all(_audio_copies(probe, a) for a in probe.audio):
        return None
    rungs: tuple[Rung, ...] = ()
    if probe.video:
        size = probe.video.width, probe.video.height
        cap = probe.bits_per_second
        rungs = (Rung(name="source", width=size[0], height=size[1], max_bits_per_second=cap, buffer_bits=cap, crf=0),)
    rate = probe.video.frame_rate if probe.video and not probe.video.variable_frame_rate else None
    return Plan(
        probe=probe,
        rungs=rungs,
        audio=tuple(_copied(probe, n) for n in range(len(probe.audio))),
        chunks=(_whole(probe),),
        segment_seconds=settings.segment_seconds,
        gop_seconds=settings.gop_seconds,
        frame_rate=rate,
        timescale=timescale(rate),
        preset=settings.preset,
        copy=True,
    )


def timescale(rate: Fraction | None) -> int:
    """Ticks per second in which every frame of `rate` is a whole number of ticks; fine ones for a variable rate."""
    if rate is None:
        return FINE_TIMESCALE
    return rate.numerator * -(-LEAST_TIMESCALE // rate.numerator)


def _whole(probe: Probe) -> Chunk:
    length = Fraction(probe.duration_seconds).limit_denominator(1_000_000)
    return Chunk(number=1, start_seconds=Fraction(0), length_seconds=length, first_segment=1)


def _video_copies(video: VideoStream | None) -> bool:
    if video is None:
        return True
    return (
        video.codec == "h264"
        and video.profile in COPY_PROFILES
        and video.pixel_format in COPY_PIXEL_FORMATS
        and video.closed_gops
        and video.key_interval_seconds <= COPY_KEY_INTERVAL_SECONDS
        and video.start_seconds <= COPY_START_SECONDS
        and not (video.interlaced or video.hdr or video.rotation_degrees or not video.square_pixels)
    )


def _audio_copies(probe: Probe, track: AudioStream) -> bool:
    ends_early = probe.duration_seconds - track.start_seconds - track.duration_seconds
    return (
        track.codec == "aac"
        and track.profile == "LC"
        and track.channels <= 6
        and track.start_seconds <= COPY_START_SECONDS
        and ends_early <= COPY_END_SECONDS
    )


def _copied(probe: Probe, position: int) -> AudioRendition:
    track = probe.audio[position]
    return AudioRendition(
        name=f"source-audio-{position + 1}",
        stream_index=track.index,
        channels=track.channels,
        sample_rate_hz=track.sample_rate_hz,
        bits_per_second=0,
        language=track.language,
        label=audio_label(probe.audio, position),
        default=position == default_track(probe.audio),
        group="source",
    )
