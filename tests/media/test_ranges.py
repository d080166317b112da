"""A source that is read where it lies, by ranges: the same results, and only what is needed of the bytes."""

import http.client
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from matinee.adapters.ffmpeg.inputs import opened
from matinee.adapters.ffmpeg.range_server import serve_ranges
from matinee.domain import chunks
from matinee.domain.media import MediaSettings
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Ranges
from tests.media.tools import ENCODER, make, nothing

SHORT = MediaSettings(chunk_seconds=6, rung_heights=())
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=60")
# A source far richer than what is made of it: reading it is the cost.
RICH = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "5", "-pix_fmt", "yuv420p", "-g", "50")


@dataclass
class Store:
    """Keeps one file and counts what is read of it."""

    path: Path
    read_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ranges(self) -> Ranges:
        """The file as a source."""
        return Ranges(read=self.read, size_bytes=self.path.stat().st_size, name=self.path.name)

    def read(self, start: int, length: int) -> bytes:
        """A range of it."""
        with self.path.open("rb") as file:
            file.seek(start)
            data = file.read(length)
        with self.lock:
            self.read_bytes += len(data)
        return data


@pytest.fixture(scope="module", params=["a.mp4", "a.mkv"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of film."""
    return make(tmp_path_factory.mktemp("film") / str(request.param), *PICTURE, *RICH)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_film_read_by_ranges_is_probed_as_its_file_is(film: Path) -> None:
    assert ENCODER.probe(Store(film).ranges) == ENCODER.probe(film)


def test_a_chunk_read_by_ranges_has_the_bytes_of_the_one_read_from_the_file(tmp_path: Path, film: Path) -> None:
    plan = chunks.plan(ENCODER.probe(film), SHORT)
    chunk = plan.chunks[len(plan.chunks) // 2]
    ENCODER.encode_chunk(film, plan, chunk, tmp_path / "file", nothing)
    ENCODER.encode_chunk(Store(film).ranges, plan, chunk, tmp_path / "ranges", nothing)
    assert files(tmp_path / "ranges") == files(tmp_path / "file")


def test_a_chunk_reads_little_more_than_its_stretch(tmp_path: Path, film: Path) -> None:
    plan, store = chunks.plan(ENCODER.probe(film), SHORT), Store(film)
    ENCODER.encode_chunk(store.ranges, plan, plan.chunks[-2], tmp_path, nothing)
    # A tenth of the film, its index, and what was sent ahead when ffmpeg hung up.
    assert store.read_bytes < film.stat().st_size / 3


def test_a_range_that_cannot_be_read_ends_the_step_and_leaves_nothing(tmp_path: Path, film: Path) -> None:
    plan = chunks.plan(ENCODER.probe(film), SHORT)
    half = film.stat().st_size // 2

    def until_half(start: int, length: int) -> bytes:
        if start + length > half:
            raise MatineeError(ErrorCode.STORE_UNAVAILABLE, "The store does not answer.")
        return Store(film).read(start, length)

    source = Ranges(read=until_half, size_bytes=film.stat().st_size, name=film.name)
    with pytest.raises(MatineeError) as raised:
        ENCODER.encode_chunk(source, plan, plan.chunks[-1], tmp_path, nothing)
    assert raised.value.code is ErrorCode.STORE_UNAVAILABLE
    assert files(tmp_path) == {}


def test_only_loopback_and_only_the_secret_path_is_answered(film: Path) -> None:
    with serve_ranges(Store(film).ranges) as served:
        address = urlsplit(served.address)
        assert address.hostname == "127.0.0.1"
        for path, expected in ((address.path, 206), ("/", 404), ("/source.mp4", 404), (address.path + "x", 404)):
            connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=10)
            connection.request("GET", path, headers={"Range": "bytes=2-5"})
            answer = connection.getresponse()
            assert (answer.status, answer.read() if expected == 206 else b"") == (
                expected,
                film.read_bytes()[2:6] if expected == 206 else b"",
            )
            connection.close()


def test_a_file_is_given_to_the_tools_without_any_network_and_ranges_without_any_file(film: Path) -> None:
    with opened(film) as given:
        assert given.protocols == "file"
    with opened(Store(film).ranges) as given:
        assert given.protocols == "http,tcp"
        assert given.address.startswith("http://127.0.0.1:")
