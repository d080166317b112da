"""The ladder: which renditions a source deserves."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.ladder import audio_renditions, ladder, output_frame_rate, picture_class
from matinee.domain.media import AudioStream, Codec, Color, MediaSettings, Probe, VideoStream

SETTINGS = MediaSettings()


def video(width: int, height: int, rate: Fraction = Fraction(30), *, variable: bool = False) -> VideoStream:
    """A picture of that size."""
    return VideoStream(
        index=0,
        codec="h264",
        profile="High",
        pixel_format="yuv420p",
        width=width,
        height=height,
        display_width=width,
        display_height=height,
        rotation_degrees=0,
        frame_rate=rate,
        variable_frame_rate=variable,
        frame_count=300,
        start_seconds=0,
        duration_seconds=10,
        key_interval_seconds=2,
        closed_gops=True,
        interlaced=False,
        color=Color(),
    )


def audio(index: int, channels: int = 2, language: str | None = None) -> AudioStream:
    """A track of so many channels."""
    return AudioStream(
        index=index,
        codec="aac",
        profile="LC",
        channels=channels,
        layout=None,
        sample_rate_hz=48_000,
        language=language,
        title=None,
        default=False,
        start_seconds=0,
        duration_seconds=10,
    )


def film(picture: VideoStream | None, *tracks: AudioStream) -> Probe:
    """A film of ten seconds."""
    return Probe(
        container="mp4", size_bytes=10_000_000, duration_seconds=10, start_seconds=0, video=picture, audio=tracks
    )


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1920, 1080), ["1080p 1920x1080", "720p 1280x720", "480p 854x480", "360p 640x360"]),
        ((1080, 1920), ["1080p 1080x1920", "720p 720x1280", "480p 480x854", "360p 360x640"]),
        ((1920, 800), ["1080p 1920x800", "720p 1280x534", "480p 854x356", "360p 640x266"]),
        ((640, 480), ["480p 640x480", "360p 480x360"]),
        ((854, 480), ["480p 854x480", "360p 640x360"]),
        ((720, 576), ["576p 720x576", "360p 450x360"]),
        ((480, 270), ["270p 480x270"]),
        ((7680, 4320), ["2160p 3840x2160", "1440p 2560x1440", "1080p 1920x1080", "720p 1280x720"]),
        ((321, 181), ["181p 320x180"]),
        ((1, 1), ["1p 2x2"]),
    ],
)
def test_rungs_by_size(size: tuple[int, int], wanted: list[str]) -> None:
    made = [f"{r.name} {r.width}x{r.height}" for r in ladder(film(video(*size)), SETTINGS)]
    assert made[: len(wanted)] == wanted


@given(st.integers(2, 8192), st.integers(2, 8192))
def test_no_rung_is_larger_than_the_source_or_odd_or_named_twice(width: int, height: int) -> None:
    rungs = ladder(film(video(width, height)), SETTINGS)
    assert rungs
    assert all(r.width <= width and r.height <= height for r in rungs)
    assert all(r.width % 2 == 0 and r.height % 2 == 0 for r in rungs)
    assert len({r.name for r in rungs}) == len(rungs)
    assert max(picture_class(r.width, r.height) for r in rungs) <= SETTINGS.max_height + 1


@given(st.integers(64, 4096), st.integers(64, 4096))
def test_lower_rungs_have_lower_caps(width: int, height: int) -> None:
    caps = [r.max_bits_per_second for r in ladder(film(video(width, height)), SETTINGS)]
    assert caps == sorted(caps, reverse=True)


def test_a_song_has_no_rung() -> None:
    assert ladder(film(None, audio(0)), SETTINGS) == ()


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [("24000/1001", "24000/1001"), ("60", "60"), ("120", "60"), ("240", "60"), ("100", "50"), ("144", "48")],
)
def test_rates_above_sixty_are_divided_evenly(rate: str, wanted: str) -> None:
    assert output_frame_rate(video(640, 360, Fraction(rate)), SETTINGS) == Fraction(wanted)


def test_a_variable_rate_is_kept_unless_it_is_too_fast() -> None:
    assert output_frame_rate(video(640, 360, variable=True), SETTINGS) is None
    assert output_frame_rate(video(640, 360, Fraction(110), variable=True), SETTINGS) == 55


def test_stereo_always_and_surround_beside_it() -> None:
    made = audio_renditions(film(None, audio(1, 6, "de"), audio(2, 1, "en"), audio(3, 8, "fr")), SETTINGS)
    assert [(a.name, a.channels, a.group) for a in made] == [
        ("audio-1-stereo", 2, "stereo"),
        ("audio-2-stereo", 2, "stereo"),
        ("audio-3-stereo", 2, "stereo"),
        ("audio-1-6ch", 6, "surround"),
        ("audio-3-6ch", 6, "surround"),
    ]
    assert [a.default for a in made] == [True, False, False, True, False]


def test_two_tracks_of_one_language_have_two_labels() -> None:
    made = audio_renditions(film(None, audio(1, 2, "de"), audio(2, 2, "de")), SETTINGS)
    assert [a.label for a in made] == ["de 1", "de 2"]


def test_a_title_cannot_break_a_playlist() -> None:
    odd = replace(audio(1), title='Director"s\ncut')
    assert audio_renditions(film(None, odd), SETTINGS)[0].label == "Director's cut"


THREE = MediaSettings(codecs=("h264", "hevc", "av1"))


def test_every_further_codec_has_the_same_sizes_behind_those_of_h264() -> None:
    plain, rungs = ladder(film(video(1920, 1080)), SETTINGS), ladder(film(video(1920, 1080)), THREE)
    assert rungs[: len(plain)] == plain
    assert [r.name for r in rungs[len(plain) :]] == [f"{r.name}-{codec}" for codec in ("hevc", "av1") for r in plain]
    for codec in ("hevc", "av1"):
        sizes = [(r.width, r.height) for r in rungs if r.codec == codec]
        assert sizes == [(r.width, r.height) for r in plain]


def test_a_codec_that_needs_fewer_bits_has_a_lower_cap() -> None:
    caps = {r.name: r.max_bits_per_second for r in ladder(film(video(1920, 1080)), THREE)}
    assert caps["1080p"] == 6_000_000
    assert caps["1080p-hevc"] == 4_500_000
    assert caps["1080p-av1"] == 4_000_000


@pytest.mark.parametrize(("width", "height"), [(320, 180), (4000, 40)])
def test_a_picture_too_small_for_them_has_no_other_codecs(width: int, height: int) -> None:
    assert {r.codec for r in ladder(film(video(width, height)), THREE)} == {"h264"}


@pytest.mark.parametrize("codecs", [(), ("av1",), ("av1", "h264"), ("h264", "hevc", "hevc")])
def test_codecs_begin_with_the_one_that_plays_everywhere(codecs: tuple[Codec, ...]) -> None:
    with pytest.raises(ValueError, match="h264"):
        MediaSettings(codecs=codecs)
