"""Everything that reads what a stranger wrote, with what strangers write: each reads it, or refuses it in its own way.

A parser is a strategy and a function that takes what it draws; the function raises `MatineeError` (or what its promise
names) to refuse, AssertionError when it read something wrongly, and anything else is the bug looked for.
"""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import m3u8
import webvtt
from hypothesis import note
from hypothesis import strategies as st

from matinee import config
from matinee.adapters import key_cursor, place_cursor, webhook_cursor
from matinee.adapters.ffmpeg import boxes, measuring, movie, probing
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.system_clock import SystemClock
from matinee.domain import chapters, jpeg, outbound, pictures, playlist, session, share_link, token
from matinee.domain.audit import network_of
from matinee.domain.captions import check_language, label_of
from matinee.domain.ids import AssetId, SessionId, ShareId
from matinee.domain.language import language_tag
from matinee.domain.media import CaptionTrack, Media
from matinee.domain.object_keys import INDEX_NAME, check_key, check_plain_key
from matinee.domain.rate import neighbourhood
from matinee.domain.source_index import SourceIndex
from matinee.errors import ErrorCode, MatineeError
from matinee.http import bare_link, delivery, ranges, strict_json
from matinee.http.routes import shared_pages
from matinee.policies import webhook_networks
from matinee.ports.encoder import Ranges
from matinee.ports.link_source import SignedRequest
from matinee.ports.object_store import ObjectInfo
from matinee.services.captions import to_webvtt
from matinee.services.publishing import MEDIA_DOCUMENT
from tests.fuzz.world import World

KEY = token.SigningKey("key_00000000000000000000", bytes(range(32)))
NOW = 1_800_000_000
Drawn: TypeAlias = st.SearchStrategy[dict[str, Any]]
DEEP = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True, slots=True)
class Parser:
    """What is drawn, what reads it, and how it may refuse besides `MatineeError`."""

    drawn: st.SearchStrategy[Any]
    read: Callable[[Any], object]
    refuses: tuple[type[Exception], ...] = ()

    def tried(self, given: Any) -> None:
        """Raises unless it was read or refused."""
        note(repr(given))
        with suppress(MatineeError, *self.refuses):
            self.read(given)


def spelled(alphabet: str, *words: str, longest: int = 12) -> st.SearchStrategy[str]:
    """Text of words that mean something there, and of letters between them."""
    pieces = st.sampled_from(words) | st.text(alphabet=alphabet, max_size=4) | st.text(max_size=2)
    return st.lists(pieces, max_size=longest).map("".join)


@st.composite
def bent(draw: st.DrawFn, whole: bytes) -> bytes:
    """`whole`, with bytes changed, doubled and left out."""
    found = bytearray(whole)
    for _ in range(draw(st.integers(1, 6))):
        if not found:
            break
        at = draw(st.integers(0, len(found) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                found[at] = draw(st.integers(0, 255))
            case 1:
                found[at : at + 4] = draw(st.sampled_from([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\1"]))
            case 2:
                del found[at : at + draw(st.integers(1, 64))]
            case 3:
                found[at:at] = found[at : at + draw(st.integers(1, 64))]
            case _:
                del found[at:]
    return bytes(found)


def _token() -> str:
    claims = token.Claims(
        session_id=SessionId("ses_00000000000000000000"),
        viewer="ada",
        path=token.path_of(AssetId("ast_00000000000000000000")),
        not_before=NOW - 60,
        expires_at=NOW + 3600,
        session_ends_at=NOW + 86_400,
    )
    return token.sign(claims, KEY)


def _read_token(given: tuple[str, str, str]) -> None:
    text, path, address = given
    claims = token.read(text, {KEY.kid: KEY.secret})
    token.check(claims, path=path, address=address, now=NOW, revoked=lambda _: False)


def _admitted_path(path: str) -> None:
    if token.is_media_path(path):
        assert path.startswith("/")
        assert not {"", ".", ".."} & set(path[1:].split("/")), path


def _captions(data: bytes) -> None:
    found = to_webvtt(data)
    assert found.decode().startswith("WEBVTT")
    assert webvtt.from_buffer(io.BytesIO(found)).captions


def _playlists(given: tuple[Media, str, str]) -> None:
    media, label, language = given
    text = playlist.multivariant(media, [CaptionTrack(language=check_language(language), label=label)])
    read = m3u8.loads(text)
    assert len(read.playlists) == len(media.video), text
    assert [each.name for each in read.media if each.type == "SUBTITLES"] != [], text


def _movie(data: bytes) -> None:
    source = Ranges(read=lambda start, length: data[start : start + length], size_bytes=len(data), name="film.mp4")
    for track in movie.read_movie(source).tracks:
        with suppress(boxes.BoxError):
            track.read()


def _webhook_address(given: tuple[str, str]) -> None:
    url, networks = given
    allowed = webhook_networks(config.load({"MATINEE_WEBHOOK_ALLOW_CIDRS": networks}))
    assert outbound.check_url(url, allowed) == url


def _settings(given: tuple[str, str]) -> None:
    config.load(dict([given]))


def _site(text: str) -> None:
    site = share_link.site_of(text)
    share_link.ShareLink(
        id=ShareId("shr_1"), asset_id=AssetId("ast_1"), created_at=_at(0), ends_at=_at(9), sites=(site,)
    )
    assert not set(site) & set(" ;,'\"\n\r"), site


def _chapters(given: list[tuple[float, str]]) -> None:
    named = tuple(chapters.Chapter(start_seconds=start, title=title) for start, title in given)
    _read_chapters(chapters.found_chapters(named, 3600.0))
    _read_chapters(chapters.check_chapters(named, 3600.0))


def _read_chapters(found: tuple[chapters.Chapter, ...]) -> None:
    if found:
        read = webvtt.from_buffer(io.BytesIO(chapters.chapters_webvtt(found, 3600.0).encode())).captions
        assert len(read) == len(found)


def _storyboard(times: list[float]) -> None:
    board = pictures.Storyboard(tile_width=160, tile_height=90, columns=5, rows=5, times=tuple(sorted(times)))
    text = pictures.storyboard_webvtt(board, "../m/run_1/", 3600.0)
    read = webvtt.from_buffer(io.BytesIO(text.encode())).captions
    assert len(read) == len(times)
    assert all("#xywh=" in cue.text for cue in read)


def _ranges(headers: dict[str, str]) -> None:
    info = ObjectInfo(key="k", size_bytes=1000, etag="abc", content_type=None, modified_at=_at(0))
    found = ranges.select(info, headers)
    assert found.status in (200, 206, 304, 416)
    assert 0 <= found.offset <= found.offset + found.count <= 1000


def _bare_link(query: str) -> None:
    answer = bare_link.answer_link({"rawQueryString": query}, None, lambda key, _: _signed(key))
    assert answer["statusCode"] < 500
    json.loads(answer["body"])


def _signed(key: str) -> SignedRequest:
    return SignedRequest(method="GET", url=f"/{check_plain_key(key)}", headers={}, expires_at=_at(1))


def _signed_links(given: tuple[str, str]) -> None:
    path, query = given
    signer = LinkSigner(b"k" * 32, lambda: "", SystemClock())
    fields = delivery.query_of({"query_string": query.encode("utf-8", "replace")})
    for admit in (signer.admit_get, signer.admit_part):
        try:
            admit(path, fields)
        except MatineeError as error:
            assert error.code in (ErrorCode.LINK_INVALID, ErrorCode.LINK_EXPIRED)  # noqa: PT017 - and nothing else
        else:
            raise AssertionError("a link that nobody signed was admitted")


def _cursors(text: str) -> None:
    for read in (
        lambda: place_cursor.read_place_cursor(text, "assets"),
        lambda: webhook_cursor.read_place_cursor(text),
        lambda: key_cursor.read_key_cursor(text, "streams/"),
    ):
        with suppress(MatineeError):
            read()


def _addresses(text: str) -> None:
    network_of(text)
    neighbourhood(text)
    token.address_within(text, text)
    assert token.address_within("192.0.2.1", session.canonical_network(text)) in (True, False)


def _languages(text: str) -> None:
    tag = language_tag(text)
    assert tag is None or tag.replace("-", "").isalnum()
    assert label_of(check_language(text))


def _share_addresses(text: str) -> None:
    shared_pages._share_of(text, "https://films.example.org")


def _jpeg(data: bytes) -> None:
    assert jpeg.plain_jpeg(data).startswith(b"\xff\xd8")


def _packets(listing: str) -> None:
    for times in probing.packet_times(listing).values():
        assert times.count >= len(times.shown)


def _probe(document: dict[str, Any]) -> None:
    """As ffprobe answers, and packets as it lists them: one a stream at least, or it is no stream."""
    listing = "\n".join(f"{n},{at}.0,0.04,100,K__" for n in range(4) for at in range(3))
    usable = [each for each in document["streams"] if probing._decodable(each)]
    if usable:
        found = probing._probe_document(document, 1000, usable, probing.packet_times(listing))
        assert found.duration_seconds >= 0


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(NOW + seconds, UTC)


# --- what is drawn --------------------------------------------------------------------------------------------------

MEDIA_TOKENS = st.one_of(
    bent(_token().encode()).map(lambda data: data.decode("latin-1")), spelled("eyJ.-_=", "eyJ", ".", "=="), st.text()
)
PATHS = spelled("/.%ast_0", "/", "..", "%2e", "//", "/ast_00000000000000000000/", "\\", "\x00", "main.m3u8")
ADDRESSES = spelled(":.0123456789abcdef/", "::", "192.0.2.1", "::ffff:", "%eth0", "/24", "2001:db8", "255.255.0.0")
SUBTITLES = spelled(
    "0123456789:.,->\n\r\t <>/&{}\\",
    *("WEBVTT\n\n", "00:00:01,000 --> 00:00:02,000\n", "00:01.000 --> 00:02.000\n", "\n\n", "1\n", "NOTE\n", "STYLE\n"),
    *("{\\an8}", "<b>", "<i", "[Script Info]\n", "[Events]\n", "Format: Start, End, Text\n", "Dialogue: "),
    *("0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Hello", "REGION\n", "--> ", "99:99:99.999 --> 00:00:00.000\n"),
    longest=30,
)
NUMBERS = st.sampled_from(["N/A", "0", "-1", "1.5", "25/1", "0/0", "1:1", "0:1", "inf", "nan", "", "1e99"])
LOOSE = NUMBERS | st.integers(-2, 2**40) | st.none() | st.text(max_size=6)
STREAM: Drawn = st.fixed_dictionaries(
    {"index": st.integers(0, 3), "codec_type": st.sampled_from(["video", "audio", "data", "subtitle"])},
    optional={
        "codec_name": st.sampled_from(["h264", "aac", "unknown", "mjpeg", "hevc"]),
        "width": st.integers(-1, 9000),
        "height": st.integers(-1, 9000),
        "channels": st.integers(-1, 300),
        "sample_rate": st.sampled_from(["48000", "0", "1", "768000"]),
        "sample_aspect_ratio": LOOSE,
        "r_frame_rate": LOOSE,
        "avg_frame_rate": LOOSE,
        "start_time": NUMBERS,
        "pix_fmt": st.text(max_size=8) | st.sampled_from(["yuv420p", "yuv420p10le", "gray"]),
        "color_transfer": st.sampled_from(["smpte2084", "unknown", "bt709"]),
        "disposition": st.dictionaries(
            st.sampled_from(["default", "attached_pic", "timed_thumbnails"]), st.integers(0, 1)
        ),
        "tags": st.dictionaries(st.sampled_from(["language", "title", "rotate"]), st.text(max_size=8)),
        "side_data_list": st.lists(st.fixed_dictionaries({}, optional={"rotation": LOOSE}), max_size=2),
        "level": st.integers(-99, 200),
        "profile": st.text(max_size=8),
        "bits_per_raw_sample": LOOSE,
    },
)
FORMAT: Drawn = st.fixed_dictionaries(
    {}, optional={"format_name": st.text(max_size=9), "duration": NUMBERS, "start_time": NUMBERS}
)
CHAPTER: Drawn = st.fixed_dictionaries(
    {}, optional={"start_time": NUMBERS, "tags": st.dictionaries(st.text(max_size=5), st.text())}
)
PROBES: Drawn = st.fixed_dictionaries(
    {
        "streams": st.lists(STREAM, max_size=4, unique_by=lambda stream: stream["index"]),
        "format": FORMAT,
    },
    optional={
        "chapters": st.lists(CHAPTER),
    },
)
TIMES = st.sampled_from(["N/A", "0.000000", "-1.500000", "3", "1e3", "99999.999999"])
PACKET = st.tuples(
    st.integers(0, 3).map(str),
    TIMES,
    TIMES,
    st.sampled_from(["100", "N/A", "0"]),
    st.sampled_from(["K__", "_D_", "__C"]),
)
# As ffprobe lists packets, cut off where it was ended.
LISTINGS = st.builds(
    lambda lines, end: "\n".join(map(",".join, lines))[: end or None],
    st.lists(PACKET, max_size=12),
    st.integers(0, 200),
)
URLS = spelled(
    "abc.:/@?#[]0123456789%",
    *("https://", "http://", "example.org", "127.0.0.1", "[::1]", "0x7f.1", "@", "#", "\\", "169.254.169.254", ":0"),
    *("/s/", "/embed/", "shr_8ndg2t3ke8pntzyk19wh", "films.example.org", ":99999", "xn--", "https://[", "//]"),
)
NETWORKS = spelled("0123456789./,:abcdef ", "10.0.0.0/8", ",", "::1/128", "127.0.0.1/32", "/33", " ")
SETTINGS = st.tuples(
    st.sampled_from(sorted(config.PREFIX + name.upper() for name in config.Settings.__slots__)),
    st.one_of(
        st.text(max_size=40), NETWORKS, URLS, st.integers().map(str), st.sampled_from(["log", "av1,hevc", "0", "1"])
    ),
)
HEADERS = st.dictionaries(
    st.sampled_from(["range", "if-range", "if-none-match", "if-modified-since"]),
    spelled('bytes=-0123456789, "W/', "bytes=", "0-", "-5", "5-3", '"abc"', "W/", "*", "Thu, 26 Nov 2026 16:00 GMT"),
)
TAGS = spelled(
    "abcdefghijklmnopqrstuvwxyz-ABC0123456789_", "en", "-", "pt-BR", "zh-Hant", "eng", "und", "x-", "sl-rozaj"
)
JSON = st.binary(max_size=40) | spelled('{}[]",:0123456789.eE+-\\u \n', '"a":', "NaN", "\\ud800", "[[[[").map(
    str.encode
)
PICTURE = b"\xff\xd8\xff\xe0\0\4ab\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0\xff\xda\0\2\0\xff\xd9"
CHAPTERS = st.lists(st.tuples(st.floats(-10, 4000), st.text(max_size=30)), max_size=6)
QUERIES = spelled(
    "abc=&%+0123456789",
    "key=",
    "ttl=",
    "&",
    "%ff",
    "%00",
    "streams/",
    "-5",
    "1e9",
    "9" * 30,
    "9" * 5000,
    "9" * 400 + ".0",
    "%2e%2e/",
)


def parsers(world: World) -> dict[str, Parser]:
    """By the name of what they read."""
    film = (world.root / "film.mp4").read_bytes()
    media, index, init = (_made(world, name) for name in (MEDIA_DOCUMENT, INDEX_NAME, "init.mp4"))
    playlists = st.tuples(st.just(Media.from_json(json.loads(media))), st.text(min_size=1, max_size=40), TAGS)
    return {
        "playback tokens": Parser(st.tuples(MEDIA_TOKENS, PATHS, ADDRESSES), _read_token),
        "media paths": Parser(PATHS, _admitted_path),
        "captions": Parser(SUBTITLES.map(str.encode) | st.binary(max_size=200), _captions),
        "playlists": Parser(playlists, _playlists),
        "MP4 boxes": Parser(bent(film), _movie, (boxes.BoxError,)),
        "indexes": Parser(bent(index), SourceIndex.from_bytes, (ValueError, KeyError, TypeError, IndexError)),
        "init segments": Parser(bent(init), measuring.read_init, (boxes.BoxError,)),
        "probe output": Parser(PROBES, _probe),
        "packet listings": Parser(LISTINGS, _packets),
        "webhook addresses": Parser(st.tuples(URLS, NETWORKS), _webhook_address),
        "settings": Parser(SETTINGS, _settings),
        "sites of share links": Parser(URLS | st.text(), _site),
        "share links": Parser(URLS | st.text(), _share_addresses),
        "chapters": Parser(CHAPTERS, _chapters),
        "storyboards": Parser(st.lists(st.floats(0, 3599), min_size=1, max_size=30, unique=True), _storyboard),
        "ranges": Parser(HEADERS, _ranges),
        "bare links": Parser(QUERIES, _bare_link),
        "signed links": Parser(st.tuples(PATHS, QUERIES), _signed_links),
        "cursors": Parser(st.text(max_size=60) | spelled("MTIzNDU2Nzg5MCBhc3RfMQ-_=", "MTIz"), _cursors),
        "addresses": Parser(ADDRESSES | st.text(max_size=40), _addresses),
        "languages": Parser(TAGS | st.text(max_size=12), _languages),
        "keys": Parser(PATHS | st.text(), check_key),
        "pictures": Parser(bent(PICTURE), _jpeg),
        "JSON": Parser(JSON | DEEP.map(lambda value: json.dumps(value).encode()), strict_json.read),
    }


def _made(world: World, name: str) -> bytes:
    """A file of that name of what was made of the world's film."""
    return next((world.root / "data" / "objects" / "streams").rglob(name)).read_bytes()
