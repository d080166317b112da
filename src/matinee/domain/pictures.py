"""A film's small pictures: the storyboard over its seek bar, and those that may stand for it (posters).

It must not know how pictures are made. A storyboard is a few sheets of tiles beside the media, and a WebVTT file in
each version that says which tile belongs to which stretch of the film.

    streams/{asset}/m/{run}/pictures/sheet-1.jpg …  poster-1.jpg …     made once per run
    streams/{asset}/m/{run}/pictures.json                              this value; written last: then all are there
    streams/{asset}/{version}/storyboard.vtt  poster.jpg               of one version
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import sqrt

from matinee.domain.chapters import stamp

# A tile for every so many seconds: the first of these that needs no more than `MOST_TILES`. On a bar of a thousand
# pixels that is one for every three or four, finer than anybody can point.
INTERVALS_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
MOST_TILES = 300
COLUMNS, ROWS = 5, 5  # a sheet is about 100 kB: little to wait for, few to ask for
TILE_PIXELS = 192  # the longer side; sharp enough for a picture of that size on a phone's dense screen
MOST_CANDIDATES = 6
SECONDS_PER_CANDIDATE = 2
# The beginning and the end of films are titles, fades and credits.
EDGE_SHARE = 0.04
TYPICAL_BLUR = 4.0  # blurdetect's width of edges in a picture that is in focus


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was measured in one picture: its moment in the film, luma (0 to 255), colour, and the width of its edges.

    `dark` and `bright` are the luma under and over which a tenth of the picture lies. `blur` is larger for softer
    pictures; infinite where there is no edge at all.
    """

    at_seconds: float
    luma: float
    dark: float
    bright: float
    saturation: float
    blur: float

    @property
    def score(self) -> float:
        """How well it would stand for the film, 0.0 to 1.0: well lit, with contrast, sharp, colourful."""
        light = max(0.0, 1.0 - abs(self.luma - 118.0) / 118.0)
        contrast = min(1.0, max(0.0, self.bright - self.dark) / 140.0)
        sharp = min(1.0, TYPICAL_BLUR / max(self.blur, 0.1))
        colour = min(1.0, self.saturation / 60.0)
        return round(sqrt(light) * contrast * sharp * (0.75 + 0.25 * colour), 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A picture that may become the poster, `poster-{number}.jpg`. The one with the best score is, by itself."""

    number: int
    at_seconds: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Storyboard:
    """Sheets of `columns` by `rows` tiles; tile n, row by row and sheet by sheet, was seen at `times[n]`."""

    tile_width: int
    tile_height: int
    columns: int
    rows: int
    times: tuple[float, ...]

    @property
    def sheet_count(self) -> int:
        """How many sheets there are."""
        return -(-len(self.times) // (self.columns * self.rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What was made of one run's source; nothing of it for a sound."""

    storyboard: Storyboard | None = None
    candidates: tuple[Candidate, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The candidate that stands for the film while nobody has chosen."""
        return max(self.candidates, key=lambda one: one.score, default=None)

    def chosen(self, number: int | None) -> Candidate | None:
        """Candidate `number`, else the best."""
        return next((one for one in self.candidates if one.number == number), self.best)

    def to_json(self) -> str:
        """The document that tells that all pictures are there."""
        return json.dumps({"format": 1} | asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: bytes | str) -> "Pictures":
        """The value `to_json` was called on. ValueError when this version does not know its format."""
        document = json.loads(text)
        if document["format"] != 1:
            raise ValueError(f"pictures of format {document['format']} are not known to this version")
        board = document["storyboard"]
        return cls(
            storyboard=None if board is None else Storyboard(**board | {"times": tuple(board["times"])}),
            candidates=tuple(Candidate(**one) for one in document["candidates"]),
        )


def sheet_name(number: int) -> str:
    """The name of a sheet, from 1, below the run's media."""
    return f"pictures/sheet-{number}.jpg"


def candidate_name(number: int) -> str:
    """The name of a candidate's picture, below the run's media."""
    return f"pictures/poster-{number}.jpg"


def interval_seconds(duration_seconds: float) -> int:
    """How far apart the tiles of a film are to be."""
    fitting = (step for step in INTERVALS_SECONDS if duration_seconds / step <= MOST_TILES)
    return next(fitting, -(-int(duration_seconds) // MOST_TILES))


def tile_size(display_width: int, display_height: int) -> tuple[int, int]:
    """A tile of the film's shape, in even pixels."""
    part = TILE_PIXELS / max(display_width, display_height)
    return _even(display_width * part), _even(display_height * part)


def candidate_moments(looks: Sequence[Look], duration_seconds: float) -> tuple[float, ...]:
    """When to take the candidates: the best look of each of a few equal stretches, in the film's order."""
    count = max(1, min(MOST_CANDIDATES, int(duration_seconds / SECONDS_PER_CANDIDATE)))
    begin, length = duration_seconds * EDGE_SHARE, duration_seconds * (1 - 2 * EDGE_SHARE) / count
    moments: list[float] = []
    for stretch in range(count):
        low = begin + stretch * length
        within = [look for look in looks if low <= look.at_seconds < low + length]
        if within:
            moments.append(max(within, key=lambda look: look.score).at_seconds)
    return tuple(moments) or tuple(look.at_seconds for look in looks[:1])


def storyboard_webvtt(board: Storyboard, base: str, duration_seconds: float) -> str:
    """Which tile belongs to which stretch. `base` leads from the version to the run's media."""
    ends = [*board.times[1:], max(duration_seconds, board.times[-1] + 0.001)]
    cues: list[str] = []
    for at, (time, end) in enumerate(zip(board.times, ends, strict=True)):
        sheet, place = divmod(at, board.columns * board.rows)
        row, column = divmod(place, board.columns)
        box = f"{column * board.tile_width},{row * board.tile_height},{board.tile_width},{board.tile_height}"
        start = 0.0 if at == 0 else time  # the first stands for all before it
        cues.append(f"{stamp(start)} --> {stamp(end)}\n{base}{sheet_name(sheet + 1)}#xywh={box}\n")
    return "\n".join(["WEBVTT\n", *cues])


def _even(pixels: float) -> int:
    return max(2, round(pixels / 2) * 2)
