"""A film encoded in chunks by many workers: nobody can tell where it was cut."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from matinee.adapters.ffmpeg.boxes import children, need
from matinee.domain import chunks
from matinee.domain.media import MediaSettings
from tests.media.tools import ENCODER, FFMPEG, Stream, complaints, frame_times, make, nothing, stream_of

PICTURE = ("-f", "lavfi", "-i")
QUICK = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
# Chunks of one segment: the most seams a film can have. One rung, nearly lossless: pictures can be told apart.
SHORT = MediaSettings(chunk_seconds=6, rung_heights=(), crf=6, full_hd_bits_per_second=200_000_000)


def numbered(rate: str, seconds: float, size: str = "96x54") -> tuple[str, ...]:
    """A film in which every picture says its number in sixteen black or white tiles, over a moving pattern."""
    width, height = (int(side) for side in size.split("x"))
    tile = f"255*mod(floor(N/pow(2,floor(X/{width / 16:g}))),2)"
    bits = f"geq=lum='if(lt(Y,{height // 2}),{tile},lum(X,Y))':cb='cb(X,Y)':cr='cr(X,Y)'"
    return (*PICTURE, f"testsrc2=s={size}:r={rate}:d={seconds},{bits}")


def numbers(source: Path) -> list[int]:
    """The number every decoded picture says, in order."""
    command = [FFMPEG, "-v", "error", "-i", str(source), "-map", "0:v:0", "-fps_mode", "passthrough"]
    command += ["-vf", "crop=iw:ih/2:0:0,scale=16:1:flags=area,format=gray", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout
    rows = [raw[at : at + 16] for at in range(0, len(raw), 16)]
    return [sum(1 << bit for bit, light in enumerate(row) if light > 127) for row in rows]


def seamless(stream: Stream, count: int) -> None:
    """Every picture once, in order, a frame apart through every seam, and nothing to complain of."""
    assert len(stream.plan.chunks) > 1, stream.plan.whole_reason
    top = stream.media.video[0]
    assert numbers(stream.of(top.name)) == list(range(count))
    assert top.frame_count == count
    rate = stream.plan.frame_rate
    assert rate is not None
    first = float(stream.plan.picture_start_seconds)
    wanted = [0.0, *(first + n / float(rate) for n in range(1, count))]
    assert frame_times(stream.of(top.name)) == pytest.approx(wanted, abs=0.00002)
    assert complaints(stream) == ""


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60", "10"])
def test_no_picture_is_lost_or_doubled_at_a_seam(tmp_path: Path, rate: str) -> None:
    source = make(tmp_path / "a.mp4", *numbered(rate, 19), *QUICK, "-bf", "2", "-g", "19")
    seamless(stream_of(source, tmp_path, SHORT), -(-19 * Fraction(rate) // 1))


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("a.mkv", (*QUICK, "-g", "100")),
        ("a.mkv", (*QUICK, "-x264-params", "open-gop=1:bframes=3:keyint=30:min-keyint=30:b-pyramid=normal")),
        ("a.mp4", (*QUICK, "-x264-params", "bframes=16:ref=16:b-pyramid=normal:keyint=60")),
        ("a.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "open-gop=1:keyint=40:log-level=0")),
        ("a.mp4", ("-c:v", "mpeg4", "-q:v", "2", "-bf", "2", "-g", "150")),
        ("a.mov", ("-c:v", "mjpeg", "-q:v", "2")),
        ("a.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-g", "90")),
    ],
)
def test_no_picture_is_lost_whatever_the_source_is_coded_in(tmp_path: Path, name: str, flags: tuple[str, ...]) -> None:
    source = make(tmp_path / name, *numbered("30000/1001", 20), *flags)
    seamless(stream_of(source, tmp_path, SHORT), 600)


def test_no_picture_is_lost_behind_an_edit_list(tmp_path: Path) -> None:
    whole = make(tmp_path / "whole.mp4", *numbered("25", 25), *QUICK, "-bf", "2", "-g", "100")
    source = make(tmp_path / "a.mp4", "-ss", "1.3", "-i", str(whole), "-c", "copy")
    stream = stream_of(source, tmp_path, SHORT)
    assert len(stream.plan.chunks) > 1
    given = numbers(source)
    assert numbers(stream.of("54p")) == given
    assert complaints(stream) == ""


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_no_picture_is_lost_where_everything_begins_late(tmp_path: Path, name: str) -> None:
    late = ("-itsoffset", "10", *numbered("25", 20), "-itsoffset", "10", *PICTURE, "sine=d=20")
    webm = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-c:a", "libopus")
    source = make(tmp_path / name, *late, *(webm if name == "a.webm" else (*QUICK, "-g", "40")))
    seamless(stream_of(source, tmp_path, SHORT), 500)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_picture_that_begins_later_than_its_sound_stays_in_step_through_every_seam(tmp_path: Path, name: str) -> None:
    source = make(
        tmp_path / name,
        *("-itsoffset", "0.5", *numbered("25", 20), *PICTURE, "sine=d=20.5"),
        *("-map", "0:v", "-map", "1:a", *QUICK, "-g", "50", "-c:a", "aac"),
    )
    stream = stream_of(source, tmp_path, SHORT)
    assert abs(float(stream.plan.picture_start_seconds) - 0.5) < 0.03
    seamless(stream, 500)


def test_every_second_picture_of_a_fast_film_stays_evenly(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *numbered("120", 14), *QUICK, "-g", "240")
    stream = stream_of(source, tmp_path, SHORT)
    assert len(stream.plan.chunks) == 3
    assert {b - a for a, b in pairwise(numbers(stream.of("54p")))} == {2}


def test_an_interlaced_film_is_cut_too(tmp_path: Path) -> None:
    flags = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-b:v", "2M", "-field_order", "tt")
    source = make(tmp_path / "a.mkv", *PICTURE, "testsrc2=s=352x288:r=50:d=14,interlace", *flags)
    stream = stream_of(source, tmp_path, SHORT)
    assert stream.probe.video is not None
    assert stream.probe.video.interlaced
    assert len(stream.plan.chunks) == 3
    assert stream.media.video[0].frame_count == 350
    assert complaints(stream) == ""


def test_a_film_in_chunks_looks_like_the_film_encoded_as_one(tmp_path: Path) -> None:
    source = make(tmp_path / "a.mp4", *PICTURE, "testsrc2=s=320x180:r=25:d=25", *QUICK, "-g", "50")
    probe = ENCODER.probe(source)
    settings = MediaSettings(chunk_seconds=6, rung_heights=())
    cut = stream_of(source, tmp_path / "cut", settings)
    plain = replace(chunks.plan(replace(probe, exact_seek=False), settings), probe=probe)
    whole = stream_of(source, tmp_path / "whole", settings, plain)
    assert len(cut.plan.chunks) > 1
    assert [s.duration_ticks for s in cut.media.video[0].segments] == [
        s.duration_ticks for s in whole.media.video[0].segments
    ]
    assert abs(cut.media.size_bytes / whole.media.size_bytes - 1) < 0.05


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-five seconds in two rungs."""
    return make(
        tmp_path_factory.mktemp("film") / "a.mp4",
        *PICTURE,
        "testsrc2=s=854x480:r=30000/1001:d=25",
        *QUICK,
        "-bf",
        "2",
        "-g",
        "60",
    )


CHUNKED = MediaSettings(chunk_seconds=6, rung_heights=(360,))


def test_chunks_whose_average_is_above_the_cap_still_share_one_init(tmp_path: Path) -> None:
    noise = "testsrc2=s=192x108:r=25:d=18,noise=alls=60:allf=t"
    source = make(tmp_path / "a.mp4", *PICTURE, noise, *QUICK, "-qp", "20")
    capped = MediaSettings(chunk_seconds=6, rung_heights=(), crf=6, full_hd_bits_per_second=6_000_000)
    stream = stream_of(source, tmp_path, capped)
    top, cap = stream.media.video[0], stream.plan.rungs[0].max_bits_per_second
    assert top.segments[0].size_bytes * 8 / 6 > cap
    assert len({segment.size_bytes for segment in top.segments}) > 1


def test_every_chunk_has_the_same_init_and_goes_on_where_the_last_one_ended(tmp_path: Path, film: Path) -> None:
    plan = chunks.plan(ENCODER.probe(film), CHUNKED)
    for chunk in reversed(plan.chunks):
        ENCODER.encode_chunk(film, plan, chunk, tmp_path, nothing)
    for rung in plan.rungs:
        assert len({p.read_bytes() for p in (tmp_path / "chunks").glob(f"*/{rung.name}/init.mp4")}) == 1
    for chunk in plan.chunks:
        first = tmp_path / "chunks" / str(chunk.number) / "480p" / f"seg-{chunk.first_segment:05d}.m4s"
        moof = next(b.payload for b in children(first.read_bytes()) if b.kind == b"moof")
        decoded = int.from_bytes(need(moof, b"traf", b"tfdt").body, "big")
        assert decoded == chunk.start_seconds * plan.timescale
        assert int.from_bytes(need(moof, b"mfhd").body, "big") == chunk.first_segment * 1000


def test_the_same_chunk_twice_is_the_same_bytes(tmp_path: Path, film: Path) -> None:
    plan = chunks.plan(ENCODER.probe(film), CHUNKED)
    for name in ("one", "two"):
        ENCODER.encode_chunk(film, plan, plan.chunks[1], tmp_path / name, nothing)
    made = {name: contents(tmp_path / name) for name in ("one", "two")}
    assert made["one"] == made["two"]
    assert len(made["one"]) == 2 * (1 + 1)


def test_a_finished_chunk_is_left_alone(tmp_path: Path, film: Path) -> None:
    plan = chunks.plan(ENCODER.probe(film), CHUNKED)
    ENCODER.encode_chunk(film, plan, plan.chunks[1], tmp_path, nothing)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    ENCODER.encode_chunk(film, plan, plan.chunks[1], tmp_path, nothing)
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
