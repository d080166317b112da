"""Captions: what people's tools write goes in, WebVTT that browsers read comes out."""

import pytest

from matinee.domain.captions import check_language, label_of
from matinee.errors import ErrorCode, MatineeError
from matinee.services.captions import MAX_CAPTION_BYTES, to_webvtt

SRT = (
    "1\r\n00:00:01,000 --> 00:00:02,500\r\n{\\an8}Hello, <i>world</i>\r\n\r\n"
    "2\r\n00:00:03,000 --> 00:00:04,000\r\nß é 漢\r\n"
)
VTT = "WEBVTT\n\n00:01.000 --> 00:02.500 line:0\nHello\n"


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
