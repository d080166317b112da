"""The playlists' texts, read back by an independent reader (m3u8) and by hand."""

import json
import xml.etree.ElementTree as ET
from fractions import Fraction

import m3u8
import pytest

from matinee.domain import dash, playlist
from matinee.domain.chunks import plan
from matinee.domain.language import language_tag
from matinee.domain.media import CaptionTrack, Media
from matinee.domain.rendition import Rendition, Segment
from matinee.domain.whole import check_whole
from matinee.errors import ErrorCode, MatineeError
from tests.unit.test_ladder import SETTINGS, audio, film, video

BASE = "../m/run_1/"
MPD = "{urn:mpeg:dash:schema:mpd:2011}"


def picture(name: str, height: int, size: int) -> Rendition:
    """A video rendition of 6 + 6 + 1 seconds; the second segment has half the bytes of the first."""
    return Rendition(
        name=name,
        kind="video",
        codecs="avc1.64001f",
        timescale=30_000,
        start_ticks=0,
        frame_count=390,
        segments=(Segment(180_180, size), Segment(180_180, size // 2), Segment(30_030, size // 10)),
        width=height * 16 // 9,
        height=height,
        frame_rate=Fraction(30000, 1001),
    )


def sound(name: str, group: str, channels: int, language: str | None, *, default: bool = False) -> Rendition:
    """An audio rendition."""
    return Rendition(
        name=name,
        kind="audio",
        codecs="mp4a.40.2",
        timescale=48_000,
        start_ticks=0,
        frame_count=610,
        segments=(Segment(288_768, 96_000), Segment(287_744, 96_000), Segment(48_128, 16_000)),
        channels=channels,
        sample_rate_hz=48_000,
        language=language,
        label=language or "Audio",
        default=default,
        group=group,
    )


SURROUND = Media(
    renditions=(
        picture("720p", 720, 2_000_000),
        picture("360p", 360, 500_000),
        sound("audio-1-stereo", "stereo", 2, "de", default=True),
        sound("audio-2-stereo", "stereo", 2, "en"),
        sound("audio-1-6ch", "surround", 6, "de", default=True),
    )
)
SILENT = Media(renditions=(picture("720p", 720, 2_000_000),))
SONG = Media(renditions=(sound("audio-1-stereo", "stereo", 2, None, default=True),))
CAPTIONS = (CaptionTrack(language="de", label='Deutsch "gut"', default=True), CaptionTrack(language="ar", label="عربي"))


def test_every_group_has_every_language_once() -> None:
    read = m3u8.loads(playlist.multivariant(SURROUND, ()))
    heard = [(m.group_id, m.language, m.channels, m.uri) for m in read.media if m.type == "AUDIO"]
    assert heard == [
        ("stereo", "de", "2", "audio-1-stereo.m3u8"),
        ("stereo", "en", "2", "audio-2-stereo.m3u8"),
        ("surround", "de", "6", "audio-1-6ch.m3u8"),
        ("surround", "en", "2", "audio-2-stereo.m3u8"),
    ]
    variants = [(p.uri, p.stream_info.audio) for p in read.playlists]
    assert variants == [
        ("720p.m3u8", "stereo"),
        ("360p.m3u8", "stereo"),
        ("720p.m3u8", "surround"),
        ("360p.m3u8", "surround"),
    ]


def test_a_variant_says_what_a_player_must_know() -> None:
    first = m3u8.loads(playlist.multivariant(SURROUND, CAPTIONS)).playlists[0].stream_info
    assert first.codecs == "avc1.64001f,mp4a.40.2"
    assert first.resolution == (1280, 720)
    assert first.frame_rate == 29.97
    assert first.subtitles == "subs"
    # The peak over stretches of 3 to 9 seconds: the first segment alone, and the loudest track of the group.
    assert first.bandwidth == -(-2_000_000 * 8 * 30_000 // 180_180) + max(r.bandwidth for r in SURROUND.audio)
    assert first.average_bandwidth < first.bandwidth


def test_a_silent_film_has_no_group() -> None:
    text = playlist.multivariant(SILENT, ())
    assert "AUDIO" not in text
    assert 'CODECS="avc1.64001f"' in text


def test_a_song_is_its_own_variant() -> None:
    text = playlist.multivariant(SONG, ())
    assert "EXT-X-MEDIA" not in text
    assert m3u8.loads(text).playlists[0].uri == "audio-1-stereo.m3u8"
    assert 'CODECS="mp4a.40.2"' in text


def test_a_song_in_two_languages_has_a_group() -> None:
    two = Media(renditions=(*SONG.renditions, sound("audio-2-stereo", "stereo", 2, "en")))
    read = m3u8.loads(playlist.multivariant(two, ()))
    assert len(read.media) == 2
    assert [p.uri for p in read.playlists] == ["audio-1-stereo.m3u8"]


def test_captions_have_playlists_of_their_own() -> None:
    read = m3u8.loads(playlist.multivariant(SILENT, CAPTIONS))
    assert [(m.language, m.uri, m.name, m.default) for m in read.media] == [
        ("de", "captions/de.m3u8", "Deutsch 'gut'", "YES"),
        ("ar", "captions/ar.m3u8", "عربي", "NO"),
    ]
    text = m3u8.loads(playlist.caption_playlist(CAPTIONS[0], 13.013))
    assert [s.uri for s in text.segments] == ["de.vtt"]
    assert text.target_duration == 13


def test_a_media_playlist_is_whole_and_relative() -> None:
    text = playlist.media_playlist(SURROUND.video[0], BASE)
    read = m3u8.loads(text)
    assert read.is_endlist
    assert read.playlist_type == "vod"
    assert read.is_independent_segments
    assert read.target_duration == 6
    assert read.segment_map[0].uri == "../m/run_1/720p/init.mp4"
    assert [s.uri for s in read.segments][:2] == ["../m/run_1/720p/seg-00001.m4s", "../m/run_1/720p/seg-00002.m4s"]
    assert sum(s.duration for s in read.segments) == pytest.approx(13.013, abs=1e-5)
    assert all(s.duration < read.target_duration + 0.5 for s in read.segments)


def test_the_manifest_counts_the_same_segments() -> None:
    root = ET.fromstring(dash.manifest(SURROUND, CAPTIONS, BASE))  # noqa: S314 - our own text
    sets = root.findall(f".//{MPD}AdaptationSet")
    assert [s.get("contentType") for s in sets] == ["video", "audio", "audio", "audio", "text", "text"]
    timeline = sets[0].findall(f".//{MPD}S")
    assert [(s.get("t"), s.get("d"), s.get("r")) for s in timeline] == [("0", "180180", "1"), (None, "30030", None)]
    template = sets[0].find(f"{MPD}SegmentTemplate")
    assert template is not None
    assert template.get("media") == "../m/run_1/$RepresentationID$/seg-$Number%05d$.m4s"


def test_media_survive_as_json() -> None:
    assert Media.from_json(json.loads(json.dumps(SURROUND.to_json()))) == SURROUND


def test_a_document_of_an_unknown_format_is_not_guessed_at() -> None:
    document = SURROUND.to_json()
    document["format"] = 2
    with pytest.raises(ValueError, match="format 2"):
        Media.from_json(document)


def test_rungs_with_other_boundaries_are_not_whole() -> None:
    made = plan(film(video(1280, 720)), SETTINGS)
    names = [r.name for r in made.rungs]
    rungs = [picture(name, 360, 1000) for name in names]
    short = Rendition.from_json({**rungs[-1].to_json(), "segments": [[180_180, 9], [210_210, 9]]})
    check_whole(Media(renditions=tuple(rungs)), made)
    with pytest.raises(MatineeError) as refused:
        check_whole(Media(renditions=(*rungs[:-1], short)), made)
    assert refused.value.code is ErrorCode.OUTPUT_INCOMPLETE


def test_a_rendition_that_ends_early_is_not_whole() -> None:
    made = plan(film(None, audio(0)), SETTINGS)
    short = Rendition.from_json({**SONG.audio[0].to_json(), "segments": [[48_000, 9]]})
    with pytest.raises(MatineeError, match=r"last 9\.00 seconds are missing"):
        check_whole(Media(renditions=(short,)), made)


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        ("ger", "de"),
        ("deu", "de"),
        ("EN", "en"),
        ("yue", "yue"),
        ("pt-BR", "pt-BR"),
        ("zh_Hant", "zh-Hant"),
        ("und", None),
        ("", None),
        (None, None),
        ("x" * 9, None),
    ],
)
def test_language_tags(said: str | None, tag: str | None) -> None:
    assert language_tag(said) == tag
