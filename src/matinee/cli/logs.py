"""Logs as one JSON line per event, on stderr. It must not know what is logged; a test searches them for secrets."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

# What JSON leaves as it is, and a terminal or a reader of lines does not: C1 controls, other ends of lines, directions.
UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# What the standard library puts on every record; the rest was given with `extra`.
STANDARD = frozenset(vars(logging.makeLogRecord({})))


class JsonLines(logging.Formatter):
    """One record, one line."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; what cannot be JSON is shown as text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "where": record.name,
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(line, default=str, ensure_ascii=False))


def configure_logs(level: str) -> None:
    """Log `level` and above as JSON lines; libraries' chatter below warning stays out.

    `auto` leaves a person at a terminal with warnings only, so that the sign-in line is what they see.
    """
    if level == "auto":
        level = "warning" if sys.stderr.isatty() else "info"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("matinee").setLevel(level.upper())
