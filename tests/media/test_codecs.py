"""HEVC and AV1 beside H.264: the same film at the same times, cut in the same places, by the same workers."""

import json
import subprocess
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import m3u8
import pytest

from matinee.domain.media import Codec, MediaSettings
from tests.media.test_chunks import contents, numbered, numbers
from tests.media.test_judges import agree, verdict
from tests.media.tools import ENCODER, FFPROBE, Stream, ffmpeg, frame_times, make, nothing, stream_of

ALL: tuple[Codec, ...] = ("h264", "hevc", "av1")
SETTINGS = MediaSettings(chunk_seconds=6, rung_heights=(), codecs=ALL)
NAMES = ("360p", "360p-hevc", "360p-av1")
SOURCE = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-crf", "12", "-g", "50")
FRAMES = 156


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirteen seconds whose pictures say their number, with sound."""
    folder = tmp_path_factory.mktemp("film")
    sound = ("-f", "lavfi", "-i", "sine=d=13.013", "-c:a", "aac")
    return make(folder / "a.mp4", *numbered("12000/1001", 13.01, "640x360"), *sound, *SOURCE)


@pytest.fixture(scope="module")
def stream(film: Path, tmp_path_factory: pytest.TempPathFactory) -> Stream:
    """The film in three codecs, in chunks of one segment."""
    return stream_of(film, tmp_path_factory.mktemp("stream"), SETTINGS)


def joined(stream: Stream, name: str) -> Path:
    """A rendition as one file."""
    folder = stream.version.parent / "m" / "run_1" / name
    whole = stream.version / f"{name}.mp4"
    whole.write_bytes(b"".join(p.read_bytes() for p in [folder / "init.mp4", *sorted(folder.glob("seg-*"))]))
    return whole


def packets(stream: Stream, name: str) -> list[dict[str, str]]:
    """Every sample as ffprobe reads it, in decode order; nothing is decoded."""
    command = [FFPROBE, "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,flags", "-of", "json"]
    done = subprocess.run([*command, str(joined(stream, name))], capture_output=True, check=True, timeout=60)
    found: list[dict[str, str]] = json.loads(done.stdout)["packets"]
    return found


def test_every_codec_makes_the_same_rungs(stream: Stream) -> None:
    assert len(stream.plan.chunks) == 3
    assert [r.name for r in stream.media.video] == list(NAMES)
    assert {(r.width, r.height, r.frame_rate) for r in stream.media.video} == {(640, 360, stream.plan.frame_rate)}


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_there_once_a_frame_apart_through_every_seam(stream: Stream, name: str) -> None:
    times = sorted(float(p["pts_time"]) for p in packets(stream, name))
    assert times == pytest.approx([n * 1001 / 12000 for n in range(FRAMES)], abs=0.00002)


@pytest.mark.parametrize("name", NAMES)
def test_key_frames_lie_where_those_of_every_other_codec_do(stream: Stream, name: str) -> None:
    keys = [round(float(p["pts_time"]) * 12000 / 1001) for p in packets(stream, name) if p["flags"].startswith("K")]
    assert keys == [0, 24, 48, 72, 96, 120, 144]


@pytest.mark.parametrize("name", ["360p", "360p-hevc"])
def test_every_picture_is_decoded_once_and_in_order(stream: Stream, name: str) -> None:
    """AV1 is decoded by a browser (tests/browser/test_codecs.py): the packaged ffmpeg has no decoder for it."""
    assert numbers(stream.of(name)) == list(range(FRAMES))
    assert len(frame_times(stream.of(name))) == FRAMES
    assert ffmpeg("-i", str(stream.of(name)), "-f", "null", "-") == ""


def test_the_same_chunk_twice_is_the_same_bytes_in_every_codec(film: Path, stream: Stream, tmp_path: Path) -> None:
    chunk = stream.plan.chunks[1]
    folders = [ENCODER.encode_chunk(film, stream.plan, chunk, tmp_path / name, nothing) for name in ("one", "two")]
    made = [contents(folder) for folder in folders]
    assert made[0] == made[1]
    assert len(made[0]) == len(NAMES) * 2


@pytest.mark.parametrize(("name", "mark"), [("360p-hevc", b"x265 (build"), ("360p-av1", b"SVT-AV1")])
def test_nothing_in_a_stream_says_which_version_made_it(stream: Stream, name: str, mark: bytes) -> None:
    data = joined(stream, name).read_bytes()
    assert mark not in data
    assert b"options:" not in data


@pytest.mark.parametrize(
    ("name", "begin", "codec"),
    [("360p", "avc1.64001", "h264"), ("360p-hevc", "hvc1.1.6.L", "hevc"), ("360p-av1", "av01.0.0", "av1")],
)
def test_a_codec_string_says_what_a_reader_finds(stream: Stream, name: str, begin: str, codec: str) -> None:
    said = next(r.codecs for r in stream.media.video if r.name == name)
    assert said.startswith(begin)
    entries = ["-show_entries", "stream=codec_name,codec_tag_string,level", "-of", "json"]
    done = subprocess.run(
        [FFPROBE, "-v", "error", *entries, str(joined(stream, name))], capture_output=True, check=True
    )
    found = json.loads(done.stdout)["streams"][0]
    assert (found["codec_name"], found["codec_tag_string"]) == (codec, said[:4])
    parts = said.split(".")
    levels = {"h264": said[-2:], "hevc": parts[-2][1:], "av1": parts[2] if codec == "av1" else ""}
    level = int(levels[codec], 16) if codec == "h264" else int(levels[codec].rstrip("MH"))
    assert level == found["level"]


def test_judges_agree_on_three_codecs(stream: Stream) -> None:
    agree(stream)
    assert [keys["segments"] for keys in verdict(stream.version)["keys"]] == [7, 7, 7]


def test_playlists_list_what_plays_everywhere_first(stream: Stream) -> None:
    main = m3u8.load(str(stream.main))
    names = [entry.uri.removesuffix(".m3u8") for entry in main.playlists]
    assert names == list(NAMES)
    for entry, rendition in zip(main.playlists, stream.media.video, strict=True):
        assert entry.stream_info.codecs.split(",") == [rendition.codecs, "mp4a.40.2"]


def test_the_manifest_has_a_set_for_every_codec(stream: Stream) -> None:
    space = "{urn:mpeg:dash:schema:mpd:2011}"
    root = ET.fromstring((stream.version / "manifest.mpd").read_text())  # noqa: S314 - our own text
    sets = root.findall(f".//{space}AdaptationSet")
    pictures = [found for found in sets if found.get("contentType") == "video"]
    members = [[r.get("codecs") for r in found.findall(f"{space}Representation")] for found in pictures]
    assert members == [[r.codecs] for r in stream.media.video]


def test_a_varying_rate_keeps_its_times_in_every_codec(tmp_path: Path) -> None:
    uneven = "testsrc2=s=640x360:r=30:d=7,select='not(mod(n,3))+gt(random(1),0.6)'"
    source = make(tmp_path / "a.mkv", "-f", "lavfi", "-i", uneven, "-fps_mode", "vfr", *SOURCE)
    made = stream_of(source, tmp_path, SETTINGS)
    assert not made.plan.cut
    times = {name: sorted(float(p["pts_time"]) for p in packets(made, name)) for name in NAMES}
    assert times["360p"] == times["360p-hevc"] == times["360p-av1"]
    assert len({round(b - a, 4) for a, b in pairwise(times["360p"])}) > 1
