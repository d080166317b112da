"""SRT and ASS captions, as people's tools write them, made WebVTT. It must not know where they come from.

A file comes from anybody, so what is read takes a time and a memory in step with its length, whatever is in it: every
pattern below stops at the next mark of its kind, and styles are kept while a caption is read, not worked out anew for
each piece of it. (pysubs2, which did this before, took gigabytes for 200 kB of style codes.)

What WebVTT has too is kept: italics and underlines. Colours, places and drawings go.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

STAMP = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?", re.ASCII)
CODES = re.compile(r"\{[^{}]*\}")  # ASS, and SRT that was made of it
TAGS = re.compile(r"\{[^{}]*\}|<[^<>]*>")
CODE = re.compile(r"\\(?:([iup])([0-9])|(r))", re.ASCII)
TAG = re.compile(r"< *(/?) *([A-Za-z])[^<>]*>", re.ASCII)
BREAKS = re.compile(r"\n+")

EVENT_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
STYLE_FIELDS = (
    *("name", "fontname", "fontsize", "primarycolour", "secondarycolour", "outlinecolour", "backcolour"),
    *("bold", "italic", "underline"),
)


@dataclass(frozen=True, slots=True)
class Caption:
    """What is on the screen from one moment to another, in milliseconds, marked up for WebVTT."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a piece of a caption is set."""

    italic: bool = False
    underline: bool = False


def read_srt(text: str) -> tuple[Caption, ...]:
    """The captions of an SRT file whose lines end in newlines; none when it is something else."""
    captions = []
    for (start, end), lines in _srt_blocks(text.split("\n")):
        body = _srt_body(lines)
        marked = _marked_up("\n".join(body), TAGS, Look())
        if marked is not None:
            captions.append(Caption(start, end, marked))
    return tuple(captions)


def read_ass(text: str) -> tuple[Caption, ...]:
    """The captions of an ASS file whose lines end in newlines. Raises `ValueError` when a time is none."""
    styles: dict[str, Look] = {}
    fields: tuple[str, ...] = EVENT_FIELDS
    section, captions = "", []
    for line in map(str.strip, text.split("\n")):
        kind, _, rest = line.partition(":")
        if line.startswith("["):
            section = line[:40].lower()
        elif kind == "Format" and section.startswith("[events]"):
            fields = tuple(name.strip().lower() for name in rest.split(","))
        elif kind == "Style":
            style = dict(zip(STYLE_FIELDS, rest.strip().split(",", len(STYLE_FIELDS)), strict=False))
            on = {name for name in ("italic", "underline") if style.get(name, "0").strip() != "0"}
            styles[style["name"]] = Look("italic" in on, "underline" in on)
        elif kind == "Dialogue":
            told = dict(zip(fields, rest.strip().split(",", len(fields) - 1), strict=False))
            marked = _marked_up(told.get("text", ""), CODES, styles.get(told.get("style", ""), Look()))
            if marked is not None:
                captions.append(Caption(_moment(told.get("start", "")), _moment(told.get("end", "")), marked))
    return tuple(captions)


def webvtt_of(captions: Iterable[Caption]) -> str:
    """A WebVTT file of them, in the order they begin."""
    cues = [
        f"{number}\n{_stamp(each.start)} --> {_stamp(each.end)}\n{each.text}\n"
        for number, each in enumerate(sorted(captions, key=lambda each: each.start), 1)
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _srt_blocks(lines: list[str]) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """Each pair of times with the lines up to the next, the next caption's number among them."""
    times: tuple[int, int] | None = None
    block: list[str] = []
    for line in lines:
        stamps = STAMP.findall(line) if "->" in line else []
        if len(stamps) != 2:
            block.append(line)
            continue
        if times is not None:
            yield times, block
        times, block = (_milliseconds(stamps[0]), _milliseconds(stamps[1])), []
    if times is not None:
        yield times, block


def _srt_body(lines: list[str]) -> list[str]:
    """A caption's own lines: none that is blank, nor the next one's number, which stands apart or after others."""
    said = [line.strip() for line in lines if line.strip()]
    if said and said[-1].isdecimal() and (len(said) > 1 or not lines[0].strip()):
        said.pop()
    return said


def _marked_up(text: str, marks: re.Pattern[str], own: Look) -> str | None:
    """`text` with its marks as WebVTT has them; None for what is no text but a drawing."""
    parts, look, at = [], own, 0
    for mark in marks.finditer(text):
        parts.append((look, text[at : mark.start()]))
        at = mark.end()
        changed = _after_code(look, own, mark[0]) if mark[0][0] == "{" else _after_tag(look, mark[0])
        if changed is None:
            return None
        look = changed
    parts.append((look, text[at:]))
    whole = [(look, "".join(piece for _, piece in pieces)) for look, pieces in groupby(parts, key=lambda part: part[0])]
    return BREAKS.sub("\n", "".join(_set(look, piece) for look, piece in whole if piece)).strip()


def _set(look: Look, text: str) -> str:
    plain = text.replace("\\h", " ").replace("\\n", "\n").replace("\\N", "\n")
    plain = plain.replace("<", "&lt;").replace("-->", "--&gt;")
    if look.italic:
        plain = f"<i>{plain}</i>"
    return f"<u>{plain}</u>" if look.underline else plain


def _after_code(look: Look, own: Look, codes: str) -> Look | None:
    """What ASS's override codes make of it; None when a drawing begins."""
    for code in CODE.finditer(codes):
        letter, on = code[1], code[2] != "0"
        if letter == "p" and on:
            return None
        if letter == "i":
            look = Look(on, look.underline)
        elif letter == "u":
            look = Look(look.italic, on)
        elif code[3]:
            look = own
    return look


def _after_tag(look: Look, text: str) -> Look:
    tag = TAG.match(text)
    name = "" if tag is None else tag[0].strip("< />").lower()
    if name == "i":
        return Look(tag is not None and not tag[1], look.underline)
    return Look(look.italic, tag is not None and not tag[1]) if name == "u" else look


def _moment(text: str) -> int:
    told = text.strip()
    found = STAMP.match(told.removeprefix("-"))
    if found is None:
        raise ValueError(f"{told[:40]!r} is no time")
    return 0 if told.startswith("-") else _milliseconds(found.groups(""))


def _milliseconds(parts: tuple[str, ...]) -> int:
    hours, minutes, seconds, fraction = parts
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0") or 0)


def _stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
