"""Intact films of every shape: what comes out is what went in, decodes silently, and keeps its time."""

import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from matinee.domain.media import MediaSettings
from tests.media.tools import (
    ENCODER,
    complaints,
    ffmpeg,
    frame_times,
    luminances,
    make,
    onset_seconds,
    stream_of,
)

PICTURE = ("-f", "lavfi", "-i")
QUICK = ("-c:v", "libx264", "-preset", "ultrafast")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=3")


def test_a_film_comes_out_with_every_frame_at_its_time(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=640x360:r=25:d=13", *TONE, *QUICK, "-c:a", "aac")
    stream = stream_of(source, tmp_path)
    assert [r.name for r in stream.media.video] == ["360p"]
    assert complaints(stream) == ""
    made, given = frame_times(stream.of("360p")), frame_times(source)
    assert len(made) == len(given)
    assert max(abs(a - b) for a, b in zip(made, given, strict=True)) < 0.001
    assert [s.duration_ticks for s in stream.media.video[0].segments] == [60_000, 60_000, 10_000]


def test_every_rung_has_the_same_boundaries_and_every_segment_begins_with_a_key_frame(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=1280x720:r=24000/1001:d=7", *QUICK)
    stream = stream_of(source, tmp_path)
    assert [r.name for r in stream.media.video] == ["720p", "480p", "360p"]
    boundaries = {tuple(s.duration_ticks for s in r.segments) for r in stream.media.video}
    assert boundaries == {(144_144, 24_024)}
    assert complaints(stream) == ""
    assert {r.frame_rate for r in stream.media.video} == {Fraction(24000, 1001)}


def test_key_frames_stand_every_two_seconds(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=25:d=7", *QUICK)
    stream = stream_of(source, tmp_path)
    report = ffmpeg_keys(stream.of("90p"))
    assert report == [0.0, 2.0, 4.0, 6.0]


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30", "50", "60000/1001", "60", "15", "10", "1"])
def test_a_constant_rate_stays_what_it_is(tmp_path: Path, rate: str) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, f"testsrc2=s=160x90:r={rate}:d=4", *QUICK)
    stream = stream_of(source, tmp_path)
    assert stream.plan.frame_rate == Fraction(rate)
    assert stream.probe.video is not None
    assert stream.media.video[0].frame_count == stream.probe.video.frame_count
    assert complaints(stream) == ""


def test_matroskas_rounded_milliseconds_are_still_a_constant_rate(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mkv", *PICTURE, "testsrc2=s=160x90:r=30000/1001:d=5", *QUICK)
    stream = stream_of(source, tmp_path)
    assert stream.plan.frame_rate == Fraction(30000, 1001)
    assert len(frame_times(stream.of("90p"))) == len(frame_times(source))


def test_a_hundred_and_twenty_frames_a_second_are_halved(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=120:d=2", *QUICK)
    stream = stream_of(source, tmp_path)
    assert stream.media.video[0].frame_rate == 60
    assert stream.media.video[0].frame_count in (120, 121)


def test_a_variable_rate_keeps_every_timestamp(tmp_path: Path) -> None:
    uneven = "testsrc2=s=320x180:r=60:d=7,select='not(mod(n,3))+gt(random(1),0.6)'"
    source = make(tmp_path / "a.mp4", *PICTURE, uneven, "-fps_mode", "vfr", *QUICK, "-video_track_timescale", "90000")
    stream = stream_of(source, tmp_path)
    assert stream.plan.frame_rate is None
    made, given = frame_times(stream.of("180p")), frame_times(source)
    assert len(made) == len(given)
    assert max(abs(a - b) for a, b in zip(made, given, strict=True)) < 0.001
    assert complaints(stream) == ""


def test_a_variable_rate_with_a_long_pause_has_one_key_frame_after_it(tmp_path: Path) -> None:
    pausing = "testsrc2=s=160x90:r=10:d=20,select='lt(t,2.5)+gt(t,15)'"
    source = make(tmp_path / "a.mkv", *PICTURE, pausing, "-fps_mode", "vfr", *QUICK)
    stream = stream_of(source, tmp_path)
    keys = ffmpeg_keys(stream.of("90p"))
    assert len(keys) <= 6
    made, given = frame_times(stream.of("90p")), frame_times(source)
    assert max(abs(a - b) for a, b in zip(made, given, strict=True)) < 0.001


def test_a_phone_clip_stands_upright(tmp_path: Path) -> None:
    flat = make(tmp_path / "flat.mp4", *PICTURE, "testsrc2=s=640x360:r=25:d=1", *QUICK)
    source = make(tmp_path / "a.mp4", "-display_rotation", "90", "-i", str(flat), "-c", "copy")
    stream = stream_of(source, tmp_path)
    assert stream.probe.video is not None
    assert stream.probe.video.rotation_degrees % 180 == 90
    assert [(r.width, r.height) for r in stream.media.video] == [(360, 640)]


def test_the_right_side_is_up_after_rotation(tmp_path: Path) -> None:
    """White on top as seen: a quarter turn must be done once, not left out and not twice."""
    half = "color=black:s=320x180:r=25:d=1,drawbox=w=160:h=180:color=white:t=fill"
    flat = make(tmp_path / "flat.mp4", *PICTURE, half, *QUICK)
    source = make(tmp_path / "a.mp4", "-display_rotation", "90", "-i", str(flat), "-c", "copy")
    stream = stream_of(source, tmp_path)
    name = stream.media.video[0].name
    for crop, bright in (("crop=iw:ih/2:0:0", False), ("crop=iw:ih/2:0:ih/2", True)):
        out = make(tmp_path / f"{bright}.mp4", "-i", str(stream.of(name)), "-vf", crop, *QUICK)
        shown = make(tmp_path / f"{bright}-source.mp4", "-i", str(source), "-vf", crop, *QUICK)
        assert (luminances(out)[0] > 128) == (luminances(shown)[0] > 128) == bright


@pytest.mark.parametrize(
    ("size", "aspect", "wanted"),
    [
        ("720x576", "64/45", (1024, 576)),
        ("720x480", "8/9", (640, 480)),
        ("321x181", "1", (320, 180)),
        ("1080x1920", "1", (1080, 1920)),
        ("16x16", "1", (16, 16)),
        ("1920x800", "1", (1920, 800)),
    ],
)
def test_the_top_rung_is_what_the_source_shows(tmp_path: Path, size: str, aspect: str, wanted: tuple[int, int]) -> None:
    picture = f"testsrc2=s={size}:r=10:d=0.5,setsar={aspect}"
    source = make(tmp_path / "a.mkv", *PICTURE, picture, *QUICK, "-pix_fmt", "yuv444p")
    stream = stream_of(source, tmp_path)
    top = stream.media.video[0]
    assert (top.width, top.height) == wanted
    shapes = {round(r.width / r.height, 1) for r in stream.media.video if r.width and r.height}
    assert len(shapes) == 1


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_is_brought_to_an_ordinary_screen(tmp_path: Path, transfer: str) -> None:
    marks = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc", "-pix_fmt", "yuv420p10le")
    params = f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc"
    picture = f"gradients=s=320x180:r=10:d=1:c0=black:c1=white:x0=0:x1=319:y0=90:y1=90:speed=0.00001,{params}"
    source = make(tmp_path / "a.mp4", *PICTURE, picture, "-c:v", "libx265", "-preset", "ultrafast", *marks)
    stream = stream_of(source, tmp_path)
    assert stream.probe.video is not None
    assert stream.probe.video.hdr
    shown = ffmpeg("-loglevel", "info", "-i", str(stream.of("180p")), "-f", "null", "-")
    assert re.search(r"Video: h264.*yuv420p\(tv, bt709", shown)
    bright = luminances(stream.of("180p"))[0]
    assert 40 < bright < 220


def test_ten_bits_become_eight(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=25:d=1", *QUICK, "-pix_fmt", "yuv420p10le")
    stream = stream_of(source, tmp_path)
    assert stream.media.video[0].codecs.startswith("avc1.6400")
    assert complaints(stream) == ""


def test_interlaced_television_is_deinterlaced_frame_for_frame(tmp_path: Path) -> None:
    picture = "testsrc2=s=352x288:r=50:d=2,interlace"
    flags = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "2M", "-field_order", "tt")
    source = make(tmp_path / "a.mpg", *PICTURE, picture, *flags)
    stream = stream_of(source, tmp_path)
    assert stream.probe.video is not None
    assert stream.probe.video.interlaced
    assert abs(stream.media.video[0].frame_count - stream.probe.video.frame_count) <= 1
    assert complaints(stream) == ""


def test_one_frame_is_a_film(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=25:d=1", "-frames:v", "1", *QUICK)
    stream = stream_of(source, tmp_path)
    assert stream.media.video[0].frame_count == 1
    assert complaints(stream) == ""


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("a.mpg", ("-c:v", "mpeg2video", "-c:a", "mp2")),
        ("a.avi", ("-c:v", "mpeg4", "-c:a", "libmp3lame")),
        ("a.wmv", ("-c:v", "wmv2", "-c:a", "aac", "-f", "asf")),
        ("a.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")),
        ("b.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus")),
        ("a.mkv", ("-c:v", "libx265", "-preset", "ultrafast", "-c:a", "flac")),
        ("a.ts", (*QUICK, "-bf", "2", "-c:a", "aac")),
        ("a.flv", ("-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100")),
        ("a.mov", ("-c:v", "prores_ks", "-c:a", "pcm_s16le")),
        ("b.mov", ("-c:v", "mjpeg", "-c:a", "pcm_s24le")),
        ("a.mp4", ("-c:v", "mpeg4", "-c:a", "ac3")),
    ],
)
def test_a_film_of_any_usual_format_keeps_frames_and_length(tmp_path: Path, name: str, flags: tuple[str, ...]) -> None:
    source = make(tmp_path / name, *PICTURE, "testsrc2=s=320x180:r=25:d=3", *TONE, *flags)
    stream = stream_of(source, tmp_path)
    video = stream.media.video[0]
    assert abs(video.frame_count - 75) <= 1
    assert abs(video.duration_seconds - stream.probe.duration_seconds) < 0.1
    assert abs(stream.media.audio[0].duration_seconds - 3) < 0.1
    assert complaints(stream) == ""


@pytest.mark.parametrize("name", ["a.ts", "a.mpg", "a.mkv", "a.mp4", "a.flv"])
def test_picture_and_sound_stay_together_when_one_begins_later(tmp_path: Path, name: str) -> None:
    """A flash and a beep at one moment, in tracks that begin half a second apart and at no round time."""
    flash = "color=black:s=160x90:r=25:d=3,drawbox=w=iw:h=ih:color=white:t=fill:enable='between(t,1.5,1.7)'"
    beep = "sine=frequency=1000:sample_rate=48000:duration=4,volume='if(between(t,2,2.2),8,0)':eval=frame"
    zero = 0 if name == "a.mpg" else 10
    source = make(
        tmp_path / name,
        *(
            "-itsoffset",
            f"{zero}.5",
            *PICTURE,
            flash,
            "-itsoffset",
            f"{zero}",
            *PICTURE,
            beep,
            "-map",
            "0:v",
            "-map",
            "1:a",
        ),
        *("-c:v", "libx264" if name != "a.mpg" else "mpeg2video", "-c:a", "aac" if name != "a.mpg" else "mp2"),
        *("-ar", "44100" if name == "a.flv" else "48000"),
    )
    stream = stream_of(source, tmp_path)
    given = first_bright(source) - onset_seconds(source)
    made = first_bright(stream.of("90p")) - onset_seconds(stream.of("audio-1-stereo"))
    assert abs(made - given) < 0.003
    assert frame_times(stream.of("90p"))[0] == 0
    assert complaints(stream) == ""


def test_sound_is_where_it_was_to_the_millisecond(tmp_path: Path) -> None:
    """AAC's priming is skipped, not played: 21 ms late is what a wrong edit list sounds like."""
    beep = "sine=frequency=1000:sample_rate=48000:duration=2,volume='if(gte(t,1),8,0)':eval=frame"
    source = make(tmp_path / "a.wav", *PICTURE, beep)
    stream = stream_of(source, tmp_path)
    assert abs(onset_seconds(stream.of("audio-1-stereo")) - onset_seconds(source)) < 0.002
    assert complaints(stream) == ""


def test_a_track_that_ends_early_is_filled_to_the_films_end(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=25:d=9", *TONE, *QUICK, "-c:a", "aac")
    stream = stream_of(source, tmp_path)
    assert abs(stream.media.audio[0].duration_seconds - 9) < 0.1


def test_the_last_picture_stands_while_the_sound_goes_on(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=25:d=1", *TONE, *QUICK, "-c:a", "aac")
    stream = stream_of(source, tmp_path)
    assert stream.media.video[0].frame_count == 25
    assert abs(stream.media.video[0].duration_seconds - 3) < 0.1


def test_a_picture_far_shorter_than_the_sound_still_has_segments_to_the_end(tmp_path: Path) -> None:
    long_tone = (*PICTURE, "sine=duration=20")
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=25:d=1", *long_tone, *QUICK, "-c:a", "aac")
    stream = stream_of(source, tmp_path)
    assert len(stream.media.video[0].segments) == 4
    assert abs(stream.media.video[0].duration_seconds - 20) < 0.1


def test_surround_stays_beside_stereo_and_languages_are_kept(tmp_path: Path) -> None:
    surround = "anoisesrc=d=2:r=48000:a=0.1,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"
    source = make(
        tmp_path / "a.mkv",
        *(*PICTURE, "testsrc2=s=160x90:r=25:d=2", *PICTURE, surround, *PICTURE, "sine=d=2"),
        *("-map", "0:v", "-map", "1:a", "-map", "2:a", *QUICK, "-c:a:0", "ac3", "-c:a:1", "libmp3lame"),
        *("-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=eng", "-metadata:s:a:1", "title=Comment"),
    )
    stream = stream_of(source, tmp_path)
    heard = [(r.name, r.channels, r.language, r.group) for r in stream.media.audio]
    assert heard == [
        ("audio-1-stereo", 2, "de", "stereo"),
        ("audio-2-stereo", 2, "en", "stereo"),
        ("audio-1-6ch", 6, "de", "surround"),
    ]
    assert complaints(stream) == ""


def test_an_album_with_a_cover_is_audio(tmp_path: Path) -> None:
    cover = make(tmp_path / "cover.jpg", *PICTURE, "testsrc2=s=300x300", "-frames:v", "1")
    source = make(
        tmp_path / "a.m4a",
        *("-i", str(cover), *TONE, "-map", "0", "-map", "1", "-c:v", "copy", "-c:a", "aac"),
        *("-disposition:v:0", "attached_pic"),
    )
    stream = stream_of(source, tmp_path)
    assert stream.probe.kind == "audio"
    assert stream.probe.cover_index is not None
    assert [r.name for r in stream.media.renditions] == ["audio-1-stereo"]
    assert complaints(stream) == ""


def test_streams_of_data_and_text_are_passed_over(tmp_path: Path) -> None:
    text = tmp_path / "a.srt"
    text.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    source = make(
        tmp_path / "a.mkv",
        *(
            *PICTURE,
            "testsrc2=s=160x90:r=25:d=2",
            *TONE,
            "-i",
            str(text),
            "-map",
            "0",
            "-map",
            "1",
            "-map",
            "2",
            *QUICK,
        ),
    )
    stream = stream_of(source, tmp_path)
    assert len(stream.media.renditions) == 2


def test_the_caps_hold(tmp_path: Path) -> None:
    source = make(
        tmp_path / "a.mkv", *PICTURE, "nullsrc=s=320x180:r=25:d=7,geq=random(1)*255:128:128", *QUICK, "-qp", "0"
    )
    stream = stream_of(source, tmp_path, MediaSettings(rung_heights=()))
    rung = stream.plan.rungs[0]
    assert stream.media.video[0].bandwidth <= rung.max_bits_per_second * 1.3


def test_encoding_twice_gives_the_same_bytes_and_the_second_time_does_nothing(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=160x90:r=25:d=3", *TONE, *QUICK, "-c:a", "aac")
    first = stream_of(source, tmp_path / "one")
    again = stream_of(source, tmp_path / "one")
    other = stream_of(source, tmp_path / "two")
    assert first.media == again.media == other.media
    names = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one" / "m").rglob("*.m*"))
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)


def first_bright(source: Path) -> float:
    """When the first white picture shows."""
    return next(at for at, light in zip(frame_times(source), luminances(source), strict=True) if light > 128)


def ffmpeg_keys(playlist: Path) -> list[float]:
    """The times of the key frames of a stream."""
    times = frame_times_of_keys(playlist)
    assert all(b > a for a, b in pairwise(times))
    return times


def frame_times_of_keys(playlist: Path) -> list[float]:
    """As ffmpeg shows them when it decodes nothing else."""
    said = ffmpeg(
        *("-loglevel", "info", "-skip_frame", "nokey", "-i", str(playlist), "-fps_mode", "passthrough"),
        *("-vf", "showinfo", "-f", "null", "-"),
    )
    return [round(float(t), 3) for t in re.findall(r"pts_time:([0-9.]+)", said)]


@pytest.mark.parametrize("pixels", ["yuvj420p", "rgb24", "yuv422p", "gray"])
def test_white_is_white_and_grey_is_grey_whatever_the_source_counts_in(tmp_path: Path, pixels: str) -> None:
    codec = ("-c:v", "mjpeg", "-q:v", "2") if pixels == "yuvj420p" else ("-c:v", "ffv1")
    for color, light in (("white", 255), ("gray", 128)):
        source = make(
            tmp_path / f"{color}.mkv", *PICTURE, f"color={color}:s=160x90:r=10:d=1", *codec, "-pix_fmt", pixels
        )
        stream = stream_of(source, tmp_path / color)
        assert abs(luminances(stream.of("90p"))[3] - light) < 5


def test_a_cover_is_the_poster_of_a_song(tmp_path: Path) -> None:
    cover = make(tmp_path / "cover.jpg", *PICTURE, "testsrc2=s=301x299", "-frames:v", "1")
    source = make(tmp_path / "a.mp3", "-i", str(cover), *TONE, "-map", "0", "-map", "1", "-c:v", "copy")
    poster = ENCODER.poster(source, ENCODER.probe(source), tmp_path / "run")
    assert poster is not None
    assert poster.read_bytes().startswith(b"\xff\xd8")


def test_a_song_without_a_cover_has_no_poster(tmp_path: Path) -> None:
    source = make(tmp_path / "a.wav", *TONE)
    assert ENCODER.poster(source, ENCODER.probe(source), tmp_path / "run") is None
