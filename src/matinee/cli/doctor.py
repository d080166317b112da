"""`matinee doctor`: is this machine fit to serve, and if not, what to do. It must not change anything.

Every check answers by itself: one that fails does not keep the next from being made.
"""

import os
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from matinee.cli.client import Json, is_this_machine
from matinee.cli.output import say, size_text
from matinee.config import Settings
from matinee.errors import MatineeError
from matinee.wiring import check_encoders, unconfined, web_dir
from matinee.wiring_vitals import MIN_FREE_BYTES

HEALTH_SECONDS = 5.0
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: `sentence` says what was found and, when not `ok` or when it `warns`, what to do."""

    name: str
    ok: bool
    sentence: str
    warns: bool = False

    def as_json(self) -> Json:
        """As `--json` prints it."""
        return {"name": self.name, "ok": self.ok, "warns": self.warns, "sentence": self.sentence}


def examine(settings: Settings) -> list[Check]:
    """Every check, in the order a person would mend them."""
    checks: list[tuple[str, Callable[[Settings], tuple[bool, str]]]] = [
        ("python", _python),
        ("ffmpeg", _ffmpeg),
        ("sandbox", _sandbox),
        ("data directory", _writable),
        ("disk", _disk),
        ("token", _token),
        ("web pages", _pages),
        ("server", _server),
    ]
    return [*(_made(name, check, settings) for name, check in checks), gate(settings.gate_mode, settings.public_assets)]


def gate(mode: str, public: Sequence[str]) -> Check:
    """A warning when films are served without a token."""
    if mode == "log":
        sentence = "films are served without a token, denials only logged: set MATINEE_GATE_MODE (gate_mode) anew."
        return Check(name="gate", ok=True, warns=True, sentence=sentence)
    if public:
        sentence = f"anybody may watch {', '.join(sorted(public))} without a token; every other film is closed."
        return Check(name="gate", ok=True, warns=True, sentence=sentence)
    return Check(name="gate", ok=True, sentence="every film is closed without a token")


def made(name: str, look: Callable[[], str | Check]) -> Check:
    """The check `name`: what `look` found, or why it failed."""
    try:
        found = look()
        return found if isinstance(found, Check) else Check(name=name, ok=True, sentence=found)
    except MatineeError as error:
        return Check(name=name, ok=False, sentence=error.detail)


def print_checks(checks: list[Check]) -> None:
    """A line each."""
    for check in checks:
        mark = "✗" if not check.ok else "!" if check.warns else "✓"
        say(f"{mark} {check.name}: {check.sentence}")


def as_json(checks: list[Check]) -> Json:
    """What `--json` prints."""
    return {"ok": all(check.ok for check in checks), "checks": [check.as_json() for check in checks]}


def _made(name: str, check: Callable[[Settings], tuple[bool, str]], settings: Settings) -> Check:
    try:
        ok, sentence = check(settings)
    except MatineeError as error:
        ok, sentence = False, error.detail
    return Check(name=name, ok=ok, sentence=sentence)


def _python(_: Settings) -> tuple[bool, str]:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        return False, f"{found}; Matinee needs 3.11 or newer: install one and set PYTHON=… for make."
    return True, found


def _ffmpeg(settings: Settings) -> tuple[bool, str]:
    return True, f"{check_encoders(settings)} runs, with what Matinee encodes by; so does ffprobe"


def _sandbox(_: Settings) -> tuple[bool, str]:
    """A system without one is no fault of its own: it serves, and its owner should know."""
    lacking = unconfined()
    if not lacking:
        return True, "ffmpeg reads its film, writes its scratch folder, and reaches no other file, network or process"
    withheld = " and ".join(lacking)
    return True, f"this system cannot keep ffmpeg from {withheld}; ingest files of people you trust (docs/security.md)"


def _writable(settings: Settings) -> tuple[bool, str]:
    folder = _existing(settings.data_dir)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return False, f"{folder} cannot be written to ({error.strerror}); change its owner, or set MATINEE_DATA_DIR."
    made = "" if folder == settings.data_dir else " (made at the first start)"
    return True, f"{settings.data_dir}{made}"


def _disk(settings: Settings) -> tuple[bool, str]:
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    if free < MIN_FREE_BYTES:
        return False, f"{size_text(free)} free; a film needs about three times its size: free some, or move the data."
    return True, f"{size_text(free)} free"


def _token(settings: Settings) -> tuple[bool, str]:
    path = settings.data_dir / "token"
    if settings.token is not None:
        return True, "MATINEE_TOKEN is set"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return True, f"{path} is made at the first start"
    except OSError as error:
        return False, f"{path} cannot be read ({error.strerror}); run this as the user the server runs as."
    if mode & 0o077:
        return False, f"{path} can be read by other users; run: chmod 600 {path}"
    if not os.access(path, os.R_OK):
        return False, f"{path} belongs to somebody else; run this as the user the server runs as."
    return True, f"{path} is yours alone"


def _pages(settings: Settings) -> tuple[bool, str]:
    folder = web_dir(settings)
    if not (folder / "index.html").is_file():
        return False, f"not built in {folder}; run: make setup"
    return True, f"built in {folder}"


def _server(settings: Settings) -> tuple[bool, str]:
    try:
        answer = httpx.get(
            f"{settings.url}/healthz", timeout=HEALTH_SECONDS, trust_env=not is_this_machine(settings.url)
        )
        health = answer.json() if answer.is_success else None
    except httpx.TransportError:
        return _port(settings)
    except ValueError:
        health = None
    if not isinstance(health, dict) or "checks" not in health:
        return False, f"something else answers at {settings.url}; stop it, or set MATINEE_PORT and MATINEE_URL."
    bad = [f"{name} {state}" for name, state in health["checks"].items() if state != "ok"]
    if bad:
        return False, f"Matinee {health['version']} at {settings.url} says: {', '.join(bad)}; see docs/operate.md."
    return True, f"Matinee {health['version']} answers at {settings.url}"


def _port(settings: Settings) -> tuple[bool, str]:
    """Nobody answers: that is well when the server could start here."""
    if not is_this_machine(settings.url):
        return False, f"{settings.url} does not answer; check MATINEE_URL and the network."
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            return False, f"{where} cannot be listened on ({error.strerror}); stop what uses it, or set MATINEE_PORT."
    return True, f"not running; port {settings.port} is free: start it with make run"


def _existing(folder: Path) -> Path:
    """`folder`, or the nearest folder above it that is there already."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder
