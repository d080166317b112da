"""ffmpeg and ffprobe for the tests: making clips and judging streams, apart from the code under test."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from matinee.domain import chunks, dash, playlist
from matinee.domain.media import CaptionTrack, Media, MediaSettings, Plan, Probe
from tests.media.place import ENCODER, FFMPEG, FFPROBE, SETTINGS, Place, nothing

__all__ = ["ENCODER", "FFMPEG", "FFPROBE", "SETTINGS", "nothing"]


@dataclass(frozen=True)
class Stream:
    """A finished stream on disk, laid out as in the object store."""

    probe: Probe
    plan: Plan
    media: Media
    version: Path

    @property
    def main(self) -> Path:
        """The multivariant playlist."""
        return self.version / "main.m3u8"

    def of(self, name: str) -> Path:
        """The media playlist of a rendition."""
        return self.version / f"{name}.m3u8"


def make(out: Path, *arguments: str) -> Path:
    """A clip, by ffmpeg."""
    ffmpeg("-y", *arguments, str(out))
    return out


def ffmpeg(*arguments: str) -> str:
    """Runs ffmpeg; what it said at warning level."""
    command = [FFMPEG, "-nostdin", "-hide_banner", "-loglevel", "warning", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr.strip()


def stream_of(source: Path, folder: Path, settings: MediaSettings = SETTINGS, plan: Plan | None = None) -> Stream:
    """The whole way of a film: probe, plan (or the one given), chunks, assembly, playlists."""
    place = Place(folder / "place", settings)
    planned = place.planned(source, plan)
    media = place.ingest(source)
    return written(planned.plan.probe, planned.plan, media, place.media.parents[1])


def instant_of(source: Path, folder: Path) -> Stream:
    """The instant rendition of a film."""
    probe = ENCODER.probe(source)
    plan = chunks.instant_plan(probe, SETTINGS)
    assert plan is not None
    run = folder / "m" / "run_1"
    ENCODER.remux(source, plan, run, nothing)
    return written(probe, plan, ENCODER.measure(run, plan), folder)


def written(probe: Probe, plan: Plan, media: Media, folder: Path, captions: tuple[CaptionTrack, ...] = ()) -> Stream:
    """The playlists of a run, beside its media."""
    version = folder / "v_1"
    version.mkdir(exist_ok=True)
    (version / "main.m3u8").write_text(playlist.multivariant(media, captions))
    (version / "manifest.mpd").write_text(dash.manifest(media, captions, "../m/run_1/"))
    for rendition in media.renditions:
        (version / f"{rendition.name}.m3u8").write_text(playlist.media_playlist(rendition, "../m/run_1/"))
        if rendition.key_frames:
            (version / playlist.iframe_name(rendition)).write_text(playlist.iframe_playlist(rendition, "../m/run_1/"))
    return Stream(probe, plan, media, version)


def complaints(stream: Stream) -> str:
    """What ffmpeg says at warning level when it decodes every rendition of a stream, first to last frame."""
    said = [ffmpeg("-i", str(stream.main), "-map", "0", "-fps_mode", "passthrough", "-f", "null", "-")]
    said += [
        ffmpeg("-i", str(stream.of(rendition.name)), "-fps_mode", "passthrough", "-f", "null", "-")
        for rendition in stream.media.renditions
    ]
    return "\n".join(filter(None, said))


def frame_times(source: Path, which: str = "v:0") -> list[float]:
    """The presentation time of every decoded frame, rising, as ffprobe sees it."""
    command = [FFPROBE, "-v", "error", "-select_streams", which, "-show_entries", "frame=best_effort_timestamp_time"]
    done = subprocess.run(
        [*command, "-of", "json", str(source)], capture_output=True, text=True, timeout=120, check=True
    )
    frames = json.loads(done.stdout)["frames"]
    return sorted(float(f["best_effort_timestamp_time"]) for f in frames if "best_effort_timestamp_time" in f)


def luminances(source: Path, which: str = "0:v:0") -> list[int]:
    """The mean brightness (0 to 255) of every picture, in order."""
    command = [FFMPEG, "-v", "error", "-i", str(source), "-map", which, "-fps_mode", "passthrough"]
    command += ["-vf", "scale=1:1:flags=area,format=gray", "-f", "rawvideo", "-"]
    return list(subprocess.run(command, capture_output=True, timeout=120, check=True).stdout)


def samples(source: Path, which: str = "0:a:0", rate_hz: int = 48_000) -> "memoryview[int]":
    """The sound as signed 16-bit mono samples, from the stream's time zero."""
    # copyts: ffmpeg would otherwise call the first packet zero, priming included.
    command = [FFMPEG, "-v", "error", "-copyts", "-i", str(source), "-map", which]
    command += ["-af", "aresample=async=1:first_pts=0"]
    command += ["-ac", "1", "-ar", str(rate_hz), "-f", "s16le", "-"]
    raw = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout
    return memoryview(raw).cast("h")


def onset_seconds(source: Path, which: str = "0:a:0", threshold: int = 3000) -> float:
    """When the sound first passes the threshold, on the source's own clock."""
    loud = next(n for n, value in enumerate(samples(source, which)) if abs(value) > threshold)
    return loud / 48_000
