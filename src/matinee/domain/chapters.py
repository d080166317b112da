"""Chapters: where each begins and what it is called, and their WebVTT. It must not know who wrote them down."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from matinee.errors import ErrorCode, MatineeError

MAX_CHAPTERS = 500
MAX_CHAPTER_TITLE = 200
LEAST_CHAPTER_SECONDS = 0.001  # what WebVTT can tell apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of a film, from `start_seconds` to where the next one begins."""

    start_seconds: float
    title: str


def check_chapters(chapters: tuple[Chapter, ...], duration_seconds: float | None) -> tuple[Chapter, ...]:
    """`chapters` when a player can show them. Raises `field_invalid`."""
    if len(chapters) > MAX_CHAPTERS:
        raise _invalid(f"takes up to {MAX_CHAPTERS} chapters; these are {len(chapters)}")
    for chapter in chapters:
        if not _is_title(chapter.title):
            raise _invalid(f"needs titles of 1 to {MAX_CHAPTER_TITLE} printable characters")
        if chapter.start_seconds < 0:
            raise _invalid("cannot begin before the film does")
        if duration_seconds is not None and chapter.start_seconds >= duration_seconds:
            raise _invalid(f"has one at {chapter.start_seconds:g} s, past the film's end at {duration_seconds:g} s")
    if any(other.start_seconds - one.start_seconds < LEAST_CHAPTER_SECONDS for one, other in pairwise(chapters)):
        raise _invalid("must be in the film's order, each beginning after the one before")
    return chapters


def found_chapters(found: Iterable[Chapter], duration_seconds: float) -> tuple[Chapter, ...]:
    """What a source file says, as far as it makes sense: strangers' programs write all kinds of things."""
    usable: list[Chapter] = []
    for number, chapter in enumerate(sorted(found, key=lambda one: one.start_seconds), start=1):
        start = round(max(0.0, chapter.start_seconds), 3)
        title = " ".join("".join(c if c.isprintable() else " " for c in chapter.title).split())[:MAX_CHAPTER_TITLE]
        if start < duration_seconds and not (usable and start - usable[-1].start_seconds < LEAST_CHAPTER_SECONDS):
            usable.append(Chapter(start_seconds=start, title=title.strip() or f"Chapter {number}"))
    # One chapter is the film: cameras and editors write that, and it tells nobody anything.
    return tuple(usable[:MAX_CHAPTERS]) if len(usable) > 1 else ()


def chapters_webvtt(chapters: tuple[Chapter, ...], duration_seconds: float) -> str:
    """The chapters as a WebVTT file of kind `chapters` (W3C WebVTT, 1.3)."""
    ends = [*(chapter.start_seconds for chapter in chapters[1:]), duration_seconds]
    cues = [
        f"{stamp(chapter.start_seconds)} --> {stamp(max(end, chapter.start_seconds + LEAST_CHAPTER_SECONDS))}\n"
        f"{_escaped(chapter.title)}\n"
        for chapter, end in zip(chapters, ends, strict=True)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def stamp(seconds: float) -> str:
    """A WebVTT timestamp (W3C WebVTT, 4.2.1)."""
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def _is_title(title: str) -> bool:
    return bool(title.strip()) and len(title) <= MAX_CHAPTER_TITLE and all(ord(letter) >= 32 for letter in title)


def _escaped(title: str) -> str:
    return title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _invalid(what: str) -> MatineeError:
    return MatineeError(ErrorCode.FIELD_INVALID, f"'chapters' {what}.")
