"""The instant rendition without a copy: the same probe, the same packets, times and bytes as by reading the film."""

from collections.abc import Callable
from pathlib import Path

import pytest

from matinee.adapters.ffmpeg import probing
from matinee.domain import chunks
from matinee.domain.media import Media, Plan, Probe
from matinee.domain.source_index import SourceIndex
from matinee.ports.encoder import Ranges
from tests.media.indexed_films import AAC, PICTURE, PLAIN, TONE, X264, edited, film_of, sixty_four_bit
from tests.media.tools import ENCODER, SETTINGS, complaints, frame_times, instant_of, make, nothing, written

SURPRISING = {
    "in fragments": ("a.mp4", (*PICTURE, *TONE, *X264, *AAC, "-movflags", "+frag_keyframe+empty_moov")),
    "PCM": ("a.mov", (*PICTURE, *TONE, *X264, "-c:a", "pcm_s16le")),
    "another container": ("a.mkv", (*PICTURE, *TONE, *X264, *AAC)),
}


@pytest.fixture(scope="module", params=PLAIN)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each of the plain films."""
    return film_of(request.param, tmp_path_factory.mktemp("indexed"))


def probe_by_packets(film: Path, monkeypatch: pytest.MonkeyPatch) -> Probe:
    """What is found when every packet is listed."""
    with monkeypatch.context() as patch:
        patch.setattr(probing, "track_times", lambda *_: None)
        return ENCODER.probe(film)


def probe_by_index(film: Path, monkeypatch: pytest.MonkeyPatch) -> Probe:
    """What is found without: asking for packets is an error."""
    with monkeypatch.context() as patch:
        patch.setattr(probing, "_packets", lambda *_: pytest.fail("packets were listed"))
        return ENCODER.probe(film)


def indexed(film: Path) -> tuple[Plan, Media, SourceIndex]:
    """The film's instant rendition by its index."""
    plan = chunks.instant_plan(ENCODER.probe(film), SETTINGS)
    assert plan is not None
    found = ENCODER.index(film, plan)
    assert found is not None
    return plan, found[0], SourceIndex.from_bytes(found[1].to_bytes())


def write(index: SourceIndex, film: Path, folder: Path) -> None:
    """Every file of the index."""
    data = film.read_bytes()
    for name in index.files:
        pieces = index.pieces(name)
        assert pieces is not None
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(
            b"".join(p if isinstance(p, bytes) else data[p.offset : p.offset + p.length] for p in pieces)
        )


def test_the_index_tells_what_the_packets_tell(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert probe_by_index(film, monkeypatch) == probe_by_packets(film, monkeypatch)


def test_segments_are_those_of_the_remux_to_the_byte(film: Path, tmp_path: Path) -> None:
    plan, media, index = indexed(film)
    ENCODER.remux(film, plan, tmp_path / "copied", nothing)
    assert ENCODER.measure(tmp_path / "copied", plan) == media
    write(index, film, tmp_path / "indexed")
    made = sorted(path.relative_to(tmp_path / "indexed") for path in (tmp_path / "indexed").rglob("*.*"))
    assert made == sorted(path.relative_to(tmp_path / "copied") for path in (tmp_path / "copied").rglob("*.*"))
    segments = [name for name in made if name.suffix == ".m4s"]
    assert segments
    for name in segments:
        assert (tmp_path / "indexed" / name).read_bytes() == (tmp_path / "copied" / name).read_bytes(), name


def test_what_is_measured_is_what_the_index_promises(film: Path, tmp_path: Path) -> None:
    plan, media, index = indexed(film)
    write(index, film, tmp_path)
    assert ENCODER.measure(tmp_path, plan) == media


@pytest.mark.parametrize("name", ["B-frames", "QuickTime", "everything begins later", "a variable rate", "a song"])
def test_it_decodes_silently_with_the_times_of_the_remux(tmp_path: Path, name: str) -> None:
    film = film_of(name, tmp_path)
    copied = instant_of(film, tmp_path / "copied")
    plan, media, index = indexed(film)
    write(index, film, tmp_path / "indexed" / "m" / "run_1")
    stream = written(plan.probe, plan, media, tmp_path / "indexed")
    assert complaints(stream) == ""
    for rendition in media.renditions:
        which = "v:0" if rendition.kind == "video" else "a:0"
        assert frame_times(stream.of(rendition.name), which) == frame_times(copied.of(rendition.name), which)


def test_the_index_alone_is_read_and_once(tmp_path: Path) -> None:
    film = film_of("B-frames", tmp_path)
    data, asked = film.read_bytes(), []

    def read(start: int, length: int) -> bytes:
        asked.append(length)
        return data[start : start + length]

    plan = chunks.instant_plan(ENCODER.probe(film), SETTINGS)
    assert plan is not None
    assert ENCODER.index(Ranges(read=read, size_bytes=len(data), name="film.mp4"), plan) is not None
    moov = len(data) - (data.rindex(b"moov") - 4)
    assert sum(asked) < moov + 16 * 5  # and the heads of the boxes beside it


def test_long_offsets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = sixty_four_bit(film_of("B-frames", tmp_path), tmp_path / "long.mp4")
    assert b"co64" in film.read_bytes()
    assert probe_by_index(film, monkeypatch) == probe_by_packets(film, monkeypatch)
    plan, media, index = indexed(film)
    write(index, film, tmp_path / "out")
    assert ENCODER.measure(tmp_path / "out", plan) == media


@pytest.mark.parametrize("name", SURPRISING)
def test_what_the_index_does_not_tell_is_left_to_ffmpeg(tmp_path: Path, name: str) -> None:
    file, arguments = SURPRISING[name]
    film = make(tmp_path / file, *arguments)
    probe = ENCODER.probe(film)
    assert probe.video is not None
    assert probe.video.frame_count == 350
    plan = chunks.instant_plan(probe, SETTINGS)
    assert plan is None or ENCODER.index(film, plan) is None


def cut_begin(data: bytearray, at: int) -> None:
    """The first two seconds are not shown."""
    data[at + 4 : at + 8] = (2 * 12800 + int.from_bytes(data[at + 4 : at + 8], "big")).to_bytes(4, "big")


def cut_end(data: bytearray, at: int) -> None:
    """Only five seconds are shown."""
    data[at : at + 4] = (5000).to_bytes(4, "big")


def slow(data: bytearray, at: int) -> None:
    """At half the speed."""
    data[at + 8 : at + 12] = (0x8000).to_bytes(4, "big")


@pytest.mark.parametrize("change", [cut_begin, cut_end, slow])
def test_an_edit_that_cuts_is_left_to_ffmpeg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[bytearray, int], None]
) -> None:
    film = edited(film_of("B-frames", tmp_path), tmp_path / "edited.mp4", change)
    probe = ENCODER.probe(film)
    assert probe == probe_by_packets(film, monkeypatch)
    plan = chunks.instant_plan(probe, SETTINGS)
    assert plan is None or ENCODER.index(film, plan) is None


@pytest.mark.parametrize("name", ["B-frames", "the index in front"])
def test_a_film_that_is_cut_off_is_damaged_not_indexed(tmp_path: Path, name: str) -> None:
    film = film_of(name, tmp_path)
    if name == "B-frames":  # its index would be gone: let the last media be missing behind it instead
        film = make(tmp_path / "front.mp4", "-i", str(film), "-c", "copy", "-movflags", "+faststart")
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    probe = ENCODER.probe(film)
    assert probe.damage
    assert chunks.instant_plan(probe, SETTINGS) is None


@pytest.mark.parametrize("box", [b"stsz", b"stts", b"stsc", b"stco", b"ctts", b"stss"])
@pytest.mark.parametrize("value", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_crooked_table_is_refused_soon(tmp_path: Path, box: bytes, value: int) -> None:
    film = film_of("only a picture", tmp_path)
    plan = chunks.instant_plan(ENCODER.probe(film), SETTINGS)
    assert plan is not None
    data = bytearray(film.read_bytes())
    at = data.index(box) + 8 + 4 * (box == b"stsz")
    data[at : at + 4] = value.to_bytes(4, "big")
    film.write_bytes(data)
    assert ENCODER.index(film, plan) is None
