"""What a person reads on the terminal and a program reads as JSON. It must not know where the values come from.

Results go to stdout, everything else to stderr. Text from outside (titles, file names) is shown without control
characters: a title must not be able to write to the terminal.
"""

import json
import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
GAP = "  "
MIN_COLUMN = 12
CENT = 0.01
LEAST_DOLLARS = 0.0001


def print_json(value: Mapping[str, object]) -> None:
    """`value` as indented JSON on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=not _writes_unicode()))


def say(text: str) -> None:
    """A line on stdout."""
    print(shown(text))


def hint(text: str) -> None:
    """A line beside the result, on stderr."""
    print(shown(text), file=sys.stderr)


def shown(text: str) -> str:
    """`text` as a terminal may have it: control and unencodable characters replaced."""
    clean = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return clean.encode(encoding, "replace").decode(encoding)


def size_text(size_bytes: int | None) -> str:
    """Bytes in units of 1,000, as disks are sold: `1.4 GB`."""
    if size_bytes is None:
        return "-"
    value, unit = float(size_bytes), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 0 if unit == 0 or value >= 99.95 else 1
    return f"{value:.{digits}f} {UNITS[unit]}"


def counted(count: int, noun: str) -> str:
    """`1 file`, `2 files`; of nouns that take an s."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def dollars(amount: float) -> str:
    """An amount as the pages tell it: `$0.49`, under a cent `$0.0021`, and `< $0.0001` for what is next to nothing."""
    if 0 < amount < LEAST_DOLLARS:
        return f"< ${LEAST_DOLLARS:.4f}"
    return f"${amount:,.4f}" if 0 < amount < CENT else f"${amount:,.2f}"


def duration_text(seconds: float | None) -> str:
    """`1:02:03` or `4:05`, rounded to whole seconds."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def age_text(created_at: str, now: datetime) -> str:
    """How long ago an RFC 3339 time was: `now`, `5 min`, `3 h`, `12 d`."""
    seconds = (now - moment(created_at)).total_seconds()
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def moment(text: str) -> datetime:
    """The time an RFC 3339 text names."""
    return datetime.fromisoformat(text)


def local_time(text: str) -> str:
    """An RFC 3339 time as the clock on this wall shows it."""
    return moment(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, give_way: int) -> None:
    """Columns under `head`; on a terminal, column `give_way` is cut so that a row is a line. Piped, nothing is cut."""
    cells = [[shown(cell) for cell in row] for row in (head, *rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(head))]
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns - sum(widths) - len(GAP) * (len(head) - 1)
        widths[give_way] = max(MIN_COLUMN, widths[give_way] + min(0, room))
    for row in cells:
        print(GAP.join(_fitted(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip())


def print_fields(fields: Sequence[tuple[str, str]]) -> None:
    """Names and values, one a line, values aligned."""
    width = max(len(name) for name, _ in fields) + len(GAP)
    for name, value in fields:
        print(f"{name:<{width}}{shown(value)}")


def _fitted(text: str, width: int) -> str:
    if _width(text) > width:
        while _width(text) > width - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns of a terminal: two for the wide characters of Unicode Annex 11, none for combining marks."""
    marks = sum(1 for c in text if unicodedata.combining(c))
    return len(text) - marks + sum(1 for c in text if unicodedata.east_asian_width(c) in "WF")


def _writes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
