"""The films of this suite, put into one server once. Short, small and slow: the page is tested, not the encoder."""

import subprocess
from pathlib import Path

from matinee.adapters.ffmpeg.tools import find_tools
from tests.system.clips import make_clip
from tests.system.server import Server

SHORT_SECONDS = 8
SHORT_FRAMES = SHORT_SECONDS * 25
LONG_SECONDS = 96  # several times what a player loads ahead
SEAM_SECONDS = 255  # twenty-one chunks of 12 s and a rest
SEAM_RATE = 5
CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:04.000\nGood evening.\n\n00:04.000 --> 00:08.000\nGood night.\n"
ARABIC = "WEBVTT\n\n00:00.000 --> 00:08.000\n\u0645\u0633\u0627\u0621 \u0627\u0644\u062e\u064a\u0631!\n"
CHAPTERS = [
    {"start_seconds": 0, "title": "A quiet beginning"},
    {"start_seconds": 32, "title": "What the rain <brought>"},
    {"start_seconds": 64, "title": "Home"},
]


class Films:
    """Assets by what they are. Each is uploaded at the start and waited for when a test asks for it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        clips = {
            "short": make_clip(folder / "A short evening.mp4", seconds=SHORT_SECONDS, size="854x480"),
            "counted": make_clip(folder / "A counted evening.mp4", seconds=SHORT_SECONDS, size="854x480"),
            "text": _text(folder / "A letter.mp4"),
            "sound": _sound(folder / "Only sound.m4a"),
            "portrait": make_clip(folder / "Upright.mp4", seconds=3, size="360x640", rate="12"),
            "seams": make_clip(folder / "Seams.mp4", seconds=SEAM_SECONDS, size="320x180", rate=str(SEAM_RATE)),
            "long": make_clip(folder / "A long evening.mp4", seconds=LONG_SECONDS, size="640x480", rate="5"),
        }
        self.clips = clips
        self._ids = {name: server.upload(path) for name, path in clips.items()}

    @property
    def short(self) -> str:
        """Eight seconds in two qualities, with sound and English captions."""
        asset = self._ready("short")
        if not self._server.asset(asset)["captions"]:
            with self._server.client() as http:
                http.put(f"/v1/assets/{asset}/captions/en", content=CAPTIONS).raise_for_status()
        return asset

    @property
    def counted(self) -> str:
        """As the short one, watched by the tests of insight alone: they count its views."""
        return self._ready("counted")

    @property
    def long(self) -> str:
        """More than any player loads ahead, in two qualities."""
        return self._ready("long")

    @property
    def chaptered(self) -> str:
        """The long film, in three chapters, with captions in English and Arabic."""
        asset = self._ready("long")
        if not self._server.asset(asset)["chapters"]:
            with self._server.client() as http:
                http.patch(f"/v1/assets/{asset}", json={"chapters": CHAPTERS}).raise_for_status()
                for language, text in (("en", CAPTIONS), ("ar", ARABIC)):
                    http.put(f"/v1/assets/{asset}/captions/{language}", content=text.encode()).raise_for_status()
        return asset

    @property
    def seams(self) -> str:
        """More than twenty chunks."""
        return self._ready("seams")

    @property
    def portrait(self) -> str:
        """Higher than wide."""
        return self._ready("portrait")

    @property
    def sound(self) -> str:
        """Sound without a picture."""
        return self._ready("sound")

    @property
    def text(self) -> str:
        """A text file that claims to be a film: failed."""
        asset = self._ids["text"]
        assert self._server.settled(asset)["status"] == "failed"
        return asset

    def another(self, title: str) -> str:
        """A film of its own, for a test that changes or deletes it."""
        asset = self._server.upload(self.clips["portrait"], title=title)
        assert self._server.settled(asset)["status"] == "ready"
        return asset

    def _ready(self, name: str) -> str:
        settled = self._server.settled(self._ids[name])
        assert settled["status"] == "ready", settled["error"]
        return self._ids[name]


def _text(path: Path) -> Path:
    path.write_text("Dear viewer, this is a letter and not a film.\n" * 40)
    return path


def _sound(path: Path) -> Path:
    start = [str(find_tools().ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000:duration=5", "-c:a", "aac"]
    subprocess.run([*start, *tone, str(path)], check=True, timeout=60)
    return path
