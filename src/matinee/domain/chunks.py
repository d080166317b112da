"""How a film is divided: the plan of an encode, and the plan of the instant rendition. Pure; it must not know files."""

from fractions import Fraction

from matinee.domain.cutting import cut, picture_grid, timescale, whole_film, whole_reason
from matinee.domain.estimate import estimated
from matinee.domain.ladder import (
    audio_label,
    audio_renditions,
    default_track,
    ladder,
    output_frame_rate,
)
from matinee.domain.media import AudioRendition, AudioStream, Chunk, MediaSettings, Plan, Probe, Rung, VideoStream
from matinee.domain.sound import pieces, whole_sound_reason

# A segment is at least a group of pictures, and is fetched as a whole: with longer ones a start takes as long as the
# ladder may, and a live view of the seek bar is none.
COPY_KEY_INTERVAL_SECONDS = 60.5
# What every browser decodes; 4:2:2, 4:4:4 and 10-bit profiles are not among it.
COPY_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High", "Progressive High", "Constrained High"})
COPY_PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
# A track that begins later than this would leave a hole at the film's start, where players wait for both.
COPY_START_SECONDS = 0.1
COPY_END_SECONDS = 0.5


def plan(probe: Probe, settings: MediaSettings) -> Plan:
    """The whole encode of a source: many chunks where it may be cut, else one, and then with the reason."""
    rate = output_frame_rate(probe.video, settings) if probe.video else None
    reason = whole_reason(probe, rate, settings)
    stretches: tuple[Chunk, ...] = (whole_film(probe),)
    start = Fraction(0)
    if reason is None and probe.video is not None and rate is not None:
        grid = picture_grid(probe.video, rate)
        stretches, start = cut(probe, grid, settings), grid.start_seconds
    audio = audio_renditions(probe, settings)
    made = Plan(
        probe=probe,
        rungs=ladder(probe, settings),
        audio=audio,
        chunks=stretches,
        segment_seconds=settings.segment_seconds,
        gop_seconds=settings.gop_seconds,
        frame_rate=rate,
        timescale=timescale(rate),
        preset=settings.preset,
        picture_start_seconds=start,
        whole_reason=reason,
        sound=pieces(probe, audio, settings.segment_seconds),
        sound_reason=whole_sound_reason(probe, audio),
    )
    return estimated(made)


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
        chunks=(whole_film(probe),),
        segment_seconds=settings.segment_seconds,
        gop_seconds=settings.gop_seconds,
        frame_rate=rate,
        timescale=timescale(rate),
        preset=settings.preset,
        copy=True,
        whole_reason="Nothing is encoded.",
    )


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
