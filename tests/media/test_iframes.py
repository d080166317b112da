"""Scrubbing: every key frame can be had alone, by a range of its segment, and shows at the time that is said."""

import json
import subprocess
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import m3u8
import pytest

from matinee.domain import playlist
from matinee.domain.media import Media, MediaSettings
from matinee.domain.rendition import KeyFrame, Rendition, Segment
from tests.media.test_judges import verdict
from tests.media.tools import FFPROBE, Stream, instant_of, make, stream_of

QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2", "-g", "50")
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=30000/1001:d=20")


@pytest.fixture(scope="module", params=["ladder", "instant"])
def stream(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Stream:
    """Twenty seconds, cut into chunks, or repackaged as they are."""
    folder = tmp_path_factory.mktemp(str(request.param))
    source = make(folder / "a.mp4", *PICTURE, "-f", "lavfi", "-i", "sine=d=20", *QUICK, "-c:a", "aac")
    if request.param == "instant":
        return instant_of(source, folder)
    return stream_of(source, folder, MediaSettings(chunk_seconds=6, rung_heights=()))


def shown(data: bytes, folder: Path) -> list[tuple[float, str]]:
    """The time and type of every picture in a file."""
    path = folder / "one.mp4"
    path.write_bytes(data)
    entries = ["-show_entries", "frame=best_effort_timestamp_time,pict_type", "-of", "json"]
    # It says that the fragment's other samples are not there: nobody asked for them.
    done = subprocess.run([FFPROBE, "-v", "fatal", *entries, str(path)], capture_output=True, check=True, timeout=60)
    return [(float(f["best_effort_timestamp_time"]), f["pict_type"]) for f in json.loads(done.stdout)["frames"]]


def test_every_range_of_the_playlist_is_one_key_frame_at_its_time(stream: Stream, tmp_path: Path) -> None:
    main = m3u8.load(str(stream.main))
    assert len(main.iframe_playlists) == len(stream.media.video) == 1
    listed = stream.version / main.iframe_playlists[0].uri
    keys = m3u8.load(str(listed))
    assert keys.is_i_frames_only
    init = (stream.version / keys.segment_map[0].uri).read_bytes()
    times = [0.0, *accumulate(float(segment.duration) for segment in keys.segments)]
    for segment, at in zip(keys.segments, times, strict=False):
        size, offset = map(int, str(segment.byterange).split("@"))
        data = (stream.version / str(segment.uri)).read_bytes()[offset : offset + size]
        assert len(data) == size
        pictures = shown(init + data, tmp_path)
        assert [kind for _, kind in pictures] == ["I"]
        assert pictures[0][0] == pytest.approx(at, abs=0.002)
    assert times[-1] == pytest.approx(stream.media.video[0].duration_seconds, abs=0.001)
    assert len(keys.segments) == (12 if stream.plan.copy else 10)


def test_readers_that_are_not_ours_find_one_key_frame_in_every_range(stream: Stream) -> None:
    rendition = stream.media.video[0]
    found = verdict(stream.version)["keys"]
    assert [read["segments"] for read in found] == [len(rendition.key_frames)]
    assert found[0]["seconds"] == pytest.approx(rendition.duration_seconds, abs=0.001)


def test_what_was_stored_before_key_frames_were_noted_has_no_such_playlist(stream: Stream) -> None:
    document = stream.media.to_json()
    for rendition in document["renditions"]:
        rendition["segments"] = [segment[:2] for segment in rendition["segments"]]
    old = Media.from_json(json.loads(json.dumps(document)))
    assert "I-FRAME" not in playlist.multivariant(old, ())
    assert Media.from_json(json.loads(json.dumps(stream.media.to_json()))) == stream.media


def test_the_rate_of_key_frames_is_theirs_alone() -> None:
    keys = (KeyFrame(100, 1000, 50), KeyFrame(5000, 3000, 50))
    rendition = Rendition(
        name="v",
        kind="video",
        codecs="avc1.64001f",
        timescale=25,
        start_ticks=0,
        frame_count=100,
        segments=(Segment(100, 90_000, keys),),
        width=320,
        height=180,
        frame_rate=Fraction(25),
    )
    line = next(
        text for text in playlist.multivariant(Media(renditions=(rendition,)), ()).splitlines() if "I-FRAME" in text
    )
    assert line == (
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=12000,AVERAGE-BANDWIDTH=8000,CODECS="avc1.64001f",RESOLUTION=320x180,'
        'URI="v-iframes.m3u8"'
    )
