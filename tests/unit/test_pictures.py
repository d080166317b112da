"""Storyboards, posters and chapters as values and texts."""

from math import inf

import pytest

from matinee.domain.chapters import Chapter, chapters_webvtt, check_chapters, found_chapters
from matinee.domain.jpeg import MAX_PICTURE_BYTES, plain_jpeg
from matinee.domain.pictures import (
    MOST_TILES,
    Candidate,
    Look,
    Pictures,
    Storyboard,
    candidate_moments,
    interval_seconds,
    storyboard_webvtt,
    tile_size,
)
from matinee.errors import ErrorCode, MatineeError

BOARD = Storyboard(tile_width=192, tile_height=108, columns=2, rows=2, times=(0.5, 10.0, 20.0, 30.0, 40.0))


def look(at: float, *, luma: float = 120, blur: float = 3, spread: float = 160) -> Look:
    """A good picture, but for what is given."""
    return Look(at_seconds=at, luma=luma, dark=luma - spread / 2, bright=luma + spread / 2, saturation=40, blur=blur)


@pytest.mark.parametrize(("minutes", "seconds"), [(0.1, 1), (5, 1), (10, 2), (50, 10), (150, 30), (60 * 24 * 30, 8640)])
def test_tiles_stand_closer_in_shorter_films_and_are_never_too_many(minutes: float, seconds: int) -> None:
    assert interval_seconds(minutes * 60) == seconds
    assert minutes * 60 / seconds <= MOST_TILES


@pytest.mark.parametrize(
    ("shape", "tile"), [((1920, 1080), (192, 108)), ((360, 640), (108, 192)), ((4000, 2), (192, 2))]
)
def test_a_tile_has_the_films_shape(shape: tuple[int, int], tile: tuple[int, int]) -> None:
    assert tile_size(*shape) == tile


def test_a_storyboard_says_which_tile_of_which_sheet_belongs_to_which_stretch() -> None:
    text = storyboard_webvtt(BOARD, "../m/run_1/", 44.25)
    assert text.startswith(
        "WEBVTT\n\n00:00:00.000 --> 00:00:10.000\n../m/run_1/pictures/sheet-1.jpg#xywh=0,0,192,108\n\n"
    )
    assert "00:00:30.000 --> 00:00:40.000\n../m/run_1/pictures/sheet-1.jpg#xywh=192,108,192,108\n" in text
    assert text.endswith("00:00:40.000 --> 00:00:44.250\n../m/run_1/pictures/sheet-2.jpg#xywh=0,0,192,108\n")
    assert BOARD.sheet_count == 2


def test_pictures_written_down_are_read_back_the_same() -> None:
    pictures = Pictures(storyboard=BOARD, candidates=(Candidate(number=1, at_seconds=2.5, score=0.5),))
    assert Pictures.from_json(pictures.to_json()) == pictures
    assert Pictures.from_json(Pictures().to_json()) == Pictures()


@pytest.mark.parametrize(
    "worse",
    [look(1, luma=8, spread=10), look(1, luma=245, spread=16), look(1, blur=12), look(1, spread=12), look(1, blur=inf)],
)
def test_a_dark_glaring_soft_or_empty_picture_scores_less(worse: Look) -> None:
    assert worse.score < look(1).score / 2


def test_candidates_are_spread_over_the_film_each_the_best_of_its_stretch() -> None:
    looks = [look(float(at), blur=3 if at % 10 == 5 else 9) for at in range(60)]
    assert candidate_moments(looks, 60.0) == (5.0, 15.0, 25.0, 35.0, 45.0, 55.0)


def test_a_film_with_one_key_frame_has_one_candidate() -> None:
    assert candidate_moments([look(0.0)], 8.0) == (0.0,)


def test_the_best_candidate_stands_for_the_film_until_another_is_chosen() -> None:
    two = tuple(Candidate(number=number, at_seconds=number, score=score) for number, score in ((1, 0.2), (2, 0.7)))
    assert Pictures(candidates=two).chosen(None) == two[1]
    assert Pictures(candidates=two).chosen(1) == two[0]
    assert Pictures(candidates=two).chosen(9) == two[1]
    assert Pictures().chosen(1) is None


def test_chapters_become_a_text_track() -> None:
    text = chapters_webvtt((Chapter(start_seconds=0, title="A & B"), Chapter(start_seconds=61.5, title="<i>C")), 3600.0)
    assert text == ("WEBVTT\n\n00:00:00.000 --> 00:01:01.500\nA &amp; B\n\n00:01:01.500 --> 01:00:00.000\n&lt;i&gt;C\n")


@pytest.mark.parametrize(
    "starts", [(5.0, 5.0), (5.0, 4.0), (-1.0,), (60.0,)], ids=["twice", "backwards", "before", "past the end"]
)
def test_chapters_out_of_order_or_out_of_the_film_are_refused(starts: tuple[float, ...]) -> None:
    with pytest.raises(MatineeError) as refused:
        check_chapters(tuple(Chapter(start_seconds=start, title="One") for start in starts), 60.0)
    assert refused.value.code is ErrorCode.FIELD_INVALID


def test_what_a_file_says_of_chapters_is_put_in_order_and_named() -> None:
    said = [
        Chapter(start_seconds=30, title=" \x00 "),
        Chapter(start_seconds=-0.02, title="In\ntro"),
        Chapter(start_seconds=99, title="x"),
    ]
    assert found_chapters(said, 60.0) == (
        Chapter(start_seconds=0.0, title="In tro"),
        Chapter(start_seconds=30, title="Chapter 2"),
    )
    assert found_chapters(said[:1], 60.0) == ()


def segment(marker: int, body: bytes) -> bytes:
    """A JPEG segment."""
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


FRAME = segment(0xC0, b"\x08" + (90).to_bytes(2, "big") + (160).to_bytes(2, "big") + b"\x01")
PICTURE = segment(0xDA, b"scan") + b"data\xff\xd9"


def test_a_picture_loses_what_it_tells_beside_the_picture() -> None:
    sent = (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF")
        + segment(0xE1, b"Exif: 48.2 N")
        + segment(0xFE, b"by me")
        + FRAME
        + PICTURE
    )
    assert plain_jpeg(sent) == b"\xff\xd8" + segment(0xE0, b"JFIF") + FRAME + PICTURE


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\x89PNG\r\n",
        b"\xff\xd8" + PICTURE,
        b"\xff\xd8" + FRAME + PICTURE[:-2],
        b"\xff\xd8" + segment(0xC0, b"\x08\xff\xff\xff\xff\x01") + PICTURE,
        b"\xff\xd8" + FRAME + b"\x00" * MAX_PICTURE_BYTES + PICTURE,
    ],
    ids=["empty", "png", "no frame", "cut off", "too wide", "too large"],
)
def test_what_is_no_sensible_jpeg_is_refused(sent: bytes) -> None:
    with pytest.raises(MatineeError) as refused:
        plain_jpeg(sent)
    assert refused.value.code is ErrorCode.FIELD_INVALID
