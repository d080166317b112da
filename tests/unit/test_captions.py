"""Captions: what people's tools write goes in, WebVTT that browsers read comes out."""

import re
import tracemalloc
from contextlib import suppress

import pysubs2
import pytest

from matinee.domain.captions import check_language, label_of
from matinee.errors import ErrorCode, MatineeError
from matinee.services.captions import MAX_CAPTION_BYTES, to_webvtt

SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}Hello, <i>world</i>\r\n\r\n"
    "2\r\n00:00:03,000 --> 00:00:04,000\r\nß é 漢\r\n"
)
VTT = "WEBVTT\n\n00:01.000 --> 00:02.500 line:0\nHello\n"
STYLE = ",Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,{},0,0,100,100,0,0,1,2,2,2,10,10,10,1\n"
ASS_HEAD = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\n"
    f"Style: Default{STYLE.format(0)}Style: Aside{STYLE.format(-1)}\n[Events]\n"
)
ASS = ASS_HEAD + "".join(
    f"{kind}: 0,0:00:0{at}.00,0:00:0{at}.50,{style},,0,0,0,,{text}\n"
    for at, (kind, style, text) in enumerate(
        [
            ("Dialogue", "Default", r"Hello {\i1}wor{\i0}ld\Nand, after a comma, more"),
            ("Dialogue", "Aside", r"set so {\i0}not{\r} again"),
            ("Comment", "Default", "for the translator"),
            ("Dialogue", "Default", r"{\p1}m 0 0 l 100 0 100 100{\p0}"),
            ("Dialogue", "Default", r"{\pos(320,40)\fad(200,200)}at the\htop {\b1\u1}of{\u0} it"),
        ]
    )
)
HOSTILE = [  # a piece that some reader takes long over, or keeps much of, when it comes by the thousand
    *("{", "{\\", "{\\b1}x", "<", "<i", "< ", "<font color=", "-->", "[a", "1\n", "\n \n", "0", ":", "\n1 ", "&"),
    *("<i>", "{\\i1}", "\\N", "00:00:00,000 --> ", "x,", "00:00:01,000 --> 00:00:02,000\n"),
]


def test_srt_becomes_webvtt_without_its_style_codes() -> None:
    text = to_webvtt(SRT.encode()).decode()
    assert text.startswith("WEBVTT\n")
    assert "00:00:01.000 --> 00:00:02.500" in text or "00:01.000 --> 00:02.500" in text
    assert "<i>world</i>" in text
    assert "an8" not in text
    assert "ß é 漢" in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    assert "ß é 漢" in to_webvtt(SRT.encode(encoding)).decode()


def test_what_windows_editors_write_is_read() -> None:
    assert "ß é" in to_webvtt(SRT.replace("漢", "").encode("cp1252")).decode()


def test_webvtt_passes_with_its_positions() -> None:
    assert to_webvtt(VTT.encode()) == VTT.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\x00\x01\x02",
        b"WEBVTT\n",
        b"WEBVTT\n\nnot a time --> at all\nx\n",
        b"\xff\xd8\xff\xe0" * 100,
        b"x" * (MAX_CAPTION_BYTES + 1),
    ],
)
def test_what_is_no_caption_file_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(MatineeError, match="caption file") as caught:
        to_webvtt(data)
    assert caught.value.code is ErrorCode.CAPTION_INVALID


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("pt-br", "pt-BR"),
        ("ZH-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("gsw", "gsw"),
    ],
)
def test_language_tags_take_their_recommended_form(given: str, tag: str) -> None:
    assert check_language(given) == tag


@pytest.mark.parametrize(
    "given", ["", "e", "english language", "en_US", "../en", "en/..", "en.vtt", "e\u0301n", "en-", "x" * 80]
)
def test_what_is_no_language_tag_is_refused(given: str) -> None:
    with pytest.raises(MatineeError):
        check_language(given)


def test_a_menu_shows_languages_by_their_own_names() -> None:
    assert [label_of(tag) for tag in ("de", "pt-BR", "tlh")] == ["Deutsch", "Português (BR)", "tlh"]


@pytest.mark.parametrize(
    "text",
    [
        SRT.replace("\r", ""),
        "00:00:03,000 --> 00:00:04,000\nthe later\n00:00:01,00 --> 00:00:02,5 X1:10\nfirst <i>one\ntwo</i> three\n",
        "1\n00:00:01,000 --> 00:00:02,000\n12\n\n2\n00:00:03,000 --> 00:00:04,000\na\n\n\n \nb\n\n3\n"
        "00:00:05,000 --> 00:00:06,000\n<b>a</b> <font color='red'>r<u>e</u>d</font> {b\n",
        ASS,
    ],
)
def test_another_reader_finds_the_same_captions(text: str) -> None:
    theirs = pysubs2.SSAFile.from_string(text, format_="ass" if text == ASS else "srt").to_string("vtt")
    ours = to_webvtt(text.encode()).decode()
    assert _words(ours) == _words(theirs)


def _words(webvtt: str) -> list[str]:
    """A file's words and marks; which of two equal marks begins anew says nothing."""
    return re.sub(r"<(.)></\1>|</(.)><\2>", "", webvtt).split()


def test_what_webvtt_would_take_for_a_mark_stays_text() -> None:
    said = to_webvtt(ASS_HEAD.encode() + b"Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,a < b --> <script>x\n")
    assert b"a &lt; b --&gt; &lt;script>x" in said
    assert b"script" not in to_webvtt(b"1\n00:00:01,000 --> 00:00:02,000\n<script>x</script>\n")


@pytest.mark.timeout(120)  # they take seconds; what is read over and over would take hours
@pytest.mark.parametrize(
    "head",
    [
        "1\n00:00:01,000 --> 00:00:02,000\n",
        ASS_HEAD,
        ASS_HEAD + "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,",
        "WEBVTT\n\n00:00.000 --> 00:01.000\n",
        "WEBVTT\n\nSTYLE\n",
    ],
)
def test_no_caption_file_takes_longer_or_more_memory_than_its_length(head: str) -> None:
    tracemalloc.start()
    for piece in HOSTILE:
        data = (head + piece * (300_000 // len(piece))).encode()
        with suppress(MatineeError):
            to_webvtt(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 300 * 1024 * 1024
