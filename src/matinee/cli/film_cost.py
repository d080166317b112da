"""`matinee cost FILE`: what the ingest of one film costs before it is sent. It must not know prices or limits.

The file is looked at here; the server, which has codecs and limits, says what it would cost there.
"""

from pathlib import Path

from matinee.cli.client import Api, Json
from matinee.cli.library import cost_text
from matinee.cli.output import counted, dollars, duration_text, hint, print_fields
from matinee.config import Settings
from matinee.errors import ErrorCode, MatineeError
from matinee.wiring import probe_file


def ask(api: Api, settings: Settings, film: Path, codecs: str) -> Json:
    """The server's answer for the film. Raises `field_invalid` where there is no such file."""
    if not film.is_file():
        raise MatineeError(ErrorCode.FIELD_INVALID, f"{film} is no file; name a film on this machine.")
    probe = probe_file(settings, film)
    video = probe.video
    return api.get(
        "/v1/cost",
        duration_seconds=round(probe.duration_seconds, 3),
        width=video.display_width if video else None,
        height=video.display_height if video else None,
        frame_rate=round(float(video.frame_rate), 3) if video else None,
        size_bytes=probe.size_bytes,
        codecs=codecs,
    )


def print_film(answer: Json) -> None:
    """What the film costs, and the month so far."""
    film = answer["film"]
    print_fields(
        [
            ("film", f"{duration_text(film['seconds'])}, {film['stored_gb']:,.2f} GB with every rendition"),
            ("costs", cost_text(film)),
            ("takes", f"about {duration_text(film['cpu_seconds'])} of one processor core"),
            (
                "this month",
                f"{answer['minutes']:,.1f} minutes in {counted(answer['runs'], 'ingest')}, {dollars(answer['usd'])}",
            ),
        ]
    )
    hint(answer["waits"]["message"] if answer["waits"] else "No limit would hold it.")
