"""Which renditions a source deserves. It must not know any encoder: pure arithmetic on the probe.

A rung's class is the height of the 16:9 box the picture fits, so a 1920x800 film and a 1080x1920 phone clip are both
"1080p" and take about the bits of one. docs/media.md has the reason of every number.
"""

from fractions import Fraction
from math import ceil
from typing import Literal

from matinee.domain.media import AudioRendition, AudioStream, Codec, MediaSettings, Probe, Rung, VideoStream

# A lower rung closer than this to the source's own class costs an encode and saves a viewer nothing.
WORTHWHILE_STEP = Fraction(4, 5)
# The cap grows with pixels^0.75: each doubling of the picture's area repeats some of its detail.
PIXEL_EXPONENT = 0.75
FULL_HD_PIXELS = 1920 * 1080
# Twice the frames take about 1.5 times the bits: neighbours resemble each other more.
FRAME_RATE_EXPONENT = 0.585
LEAST_BITS_PER_SECOND = 150_000
# 1.5 seconds of the cap: a 6 s segment can pass the cap by a quarter at most, and one hard cut still fits.
BUFFER_SECONDS = Fraction(3, 2)
AAC_SAMPLE_RATES = (44_100, 48_000)
# Where the encoders' own scales show the same picture (bench/ladders.py), counted from that of H.264.
CRF_STEPS: dict[Codec, int] = {"h264": 0, "hevc": 3, "av1": 18}
# The bits they need for it: with the cap of H.264, what a fast scene saves would be spent again on the same picture.
CAP_SHARES: dict[Codec, Fraction] = {"h264": Fraction(1), "hevc": Fraction(3, 4), "av1": Fraction(2, 3)}
# Below this, other codecs save less than a player's change between them is worth, and their encoders want 64 pixels.
LEAST_OTHER_CODEC_HEIGHT = 360
LEAST_OTHER_CODEC_SIDE = 64


def ladder(probe: Probe, settings: MediaSettings) -> tuple[Rung, ...]:
    """The video rungs, best first: the source's own size, then every standard size clearly below it.

    H.264 has all of them; each further codec comes after it with the same sizes, the smallest left out.
    """
    if probe.video is None:
        return ()
    own = picture_class(probe.video.display_width, probe.video.display_height)
    top = min(own, settings.max_height)
    lower = [h for h in sorted(settings.rung_heights, reverse=True) if h <= top * WORTHWHILE_STEP]
    rungs = [_rung(probe.video, height, settings, codec) for codec in settings.codecs for height in [top, *lower]]
    return tuple(rung for rung in rungs if rung.codec == "h264" or _large_enough(rung))


def picture_class(width: int, height: int) -> int:
    """The height of the 16:9 box (lying for landscape, standing for portrait) that holds the picture.

    Rounded down, since an even 854x480 is meant to be 480p.
    """
    short, long = sorted((width, height))
    return max(short, long * 9 // 16)


def output_frame_rate(video: VideoStream, settings: MediaSettings) -> Fraction | None:
    """The constant rate to encode at; None where every source timestamp is kept.

    A rate above the maximum is divided by a whole number, so that the frames that stay are the source's own, evenly.
    """
    rate = video.frame_rate
    if video.variable_frame_rate and rate <= settings.max_frame_rate:
        return None
    return rate / ceil(rate / settings.max_frame_rate)


def audio_renditions(probe: Probe, settings: MediaSettings) -> tuple[AudioRendition, ...]:
    """Stereo for every track, and beside it the original channels (up to 5.1) where there are more than two."""
    stereo = [_audio(probe, n, settings, "stereo") for n in range(len(probe.audio))]
    if not any(track.channels > 2 for track in probe.audio):
        return tuple(stereo)
    # A group holds every language once, so a track without surround stands in the surround group in stereo;
    # the playlist does that. Here only what must be encoded is listed.
    surround = [_audio(probe, n, settings, "surround") for n, track in enumerate(probe.audio) if track.channels > 2]
    return (*stereo, *surround)


def _rung(video: VideoStream, height: int, settings: MediaSettings, codec: Codec) -> Rung:
    own = picture_class(video.display_width, video.display_height)
    share = min(Fraction(1), Fraction(height, own))
    width, tall = _even(video.display_width * share, share), _even(video.display_height * share, share)
    rate = output_frame_rate(video, settings) or video.frame_rate
    cap = settings.full_hd_bits_per_second * (width * tall / FULL_HD_PIXELS) ** PIXEL_EXPONENT
    cap *= (max(float(rate), 15.0) / 30) ** FRAME_RATE_EXPONENT
    cap_bits = max(LEAST_BITS_PER_SECOND, round(cap * float(CAP_SHARES[codec]), -4))
    return Rung(
        name=f"{height}p" if codec == "h264" else f"{height}p-{codec}",
        width=width,
        height=tall,
        max_bits_per_second=int(cap_bits),
        buffer_bits=int(cap_bits * BUFFER_SECONDS),
        crf=settings.crf + CRF_STEPS[codec],
        codec=codec,
    )


def _large_enough(rung: Rung) -> bool:
    return (
        picture_class(rung.width, rung.height) >= LEAST_OTHER_CODEC_HEIGHT
        and min(rung.width, rung.height) >= LEAST_OTHER_CODEC_SIDE
    )


def _even(length: Fraction, share: Fraction) -> int:
    """An even side (4:2:0 halves both): the nearest one, and at the source's own size never a larger one."""
    return max(2, int(length) // 2 * 2 if share == 1 else round(length / 2) * 2)


def _audio(
    probe: Probe, position: int, settings: MediaSettings, group: Literal["stereo", "surround"]
) -> AudioRendition:
    track = probe.audio[position]
    # AAC's channel configurations of 1 to 6 channels play everywhere; seven and more are folded into 5.1.
    channels = 2 if group == "stereo" else min(track.channels, 6)
    bits = settings.stereo_bits_per_second
    if group == "surround":
        bits = settings.surround_bits_per_second * channels // 6
    return AudioRendition(
        name=f"audio-{position + 1}-{'stereo' if channels == 2 else f'{channels}ch'}",
        stream_index=track.index,
        channels=channels,
        sample_rate_hz=track.sample_rate_hz if track.sample_rate_hz in AAC_SAMPLE_RATES else 48_000,
        bits_per_second=bits,
        language=track.language,
        label=audio_label(probe.audio, position),
        default=position == default_track(probe.audio),
        group=group,
    )


def default_track(tracks: tuple[AudioStream, ...]) -> int:
    """The position of the track that plays when nobody chooses: the marked one, else the first."""
    return next((n for n, track in enumerate(tracks) if track.default), 0)


def audio_label(tracks: tuple[AudioStream, ...], position: int) -> str:
    """What a menu shows: the title, else the language, else "Audio"; numbered where two would be the same."""
    labels = [track.title or track.language or "Audio" for track in tracks]
    # A quotation mark or a line break cannot stand in an HLS quoted-string (RFC 8216, 4.2).
    labels = [" ".join(label.replace('"', "'").split()) or "Audio" for label in labels]
    own = labels[position]
    if labels.count(own) == 1:
        return own
    return f"{own} {labels[: position + 1].count(own)}"
