"""The encoder port with ffmpeg. It must not decide what to make: the plan does.

Every step writes below `out/.making-{step}` and moves each finished rendition folder into place by rename: a folder
under its final name is whole, and a step that finds all of its folders there has nothing to do.
"""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from fractions import Fraction
from pathlib import Path

from matinee.adapters.ffmpeg import commands
from matinee.adapters.ffmpeg.boxes import BoxError
from matinee.adapters.ffmpeg.measuring import measure_rendition
from matinee.adapters.ffmpeg.probing import probe_file
from matinee.adapters.ffmpeg.process import Limits, run, watch
from matinee.adapters.ffmpeg.samples import read_track
from matinee.adapters.ffmpeg.segments import write_rendition
from matinee.domain.media import Chunk, Media, Plan, Probe
from matinee.domain.whole import check_whole
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Progress

log = logging.getLogger(__name__)

# An encode slower than this against the film's length has gone wrong: 4K at veryfast on half a core is 40 x.
SLOWEST_ENCODE_FACTOR = 120
LEAST_LIMIT_SECONDS = 600.0
POSTER_SECONDS = 120.0
# ffmpeg's part of a step's progress; cutting takes the rest.
ENCODE_SHARE = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class FfmpegEncoder:
    """`Encoder` with the two programs at the given paths."""

    ffmpeg: str
    ffprobe: str
    stall_seconds: float = 120.0
    # Encoding steps back for serving viewers on the same machine.
    niceness: int = 10

    def probe(self, source: Path) -> Probe:
        """See `ports.encoder.Encoder.probe`."""
        return probe_file(self.ffprobe, source)

    def encode_chunk(self, source: Path, plan: Plan, chunk: Chunk, out: Path, progress: Progress) -> None:
        """See `ports.encoder.Encoder.encode_chunk`."""
        names = [rung.name for rung in plan.rungs]
        self._make(f"video-{chunk.number}", names, commands.video_command, source, plan, out, progress)

    def encode_audio(self, source: Path, plan: Plan, out: Path, progress: Progress) -> None:
        """See `ports.encoder.Encoder.encode_audio`."""
        names = [rendition.name for rendition in plan.audio]
        self._make("audio", names, commands.audio_command, source, plan, out, progress)

    def remux(self, source: Path, plan: Plan, out: Path, progress: Progress) -> None:
        """See `ports.encoder.Encoder.remux`."""
        self._make("source", list(plan.names), commands.copy_command, source, plan, out, progress)

    def poster(self, source: Path, probe: Probe, out: Path) -> Path | None:
        """See `ports.encoder.Encoder.poster`."""
        final = out / "poster.jpg"
        if final.exists() or (probe.video is None and probe.cover_index is None):
            return final if final.exists() else None
        limits = Limits(time_limit_seconds=POSTER_SECONDS, stall_seconds=POSTER_SECONDS, niceness=self.niceness)
        with _making(out, "poster") as folder:
            made = folder / "poster.jpg"
            # A tenth into the film is past titles; where nothing can be decoded there, the beginning.
            for at_seconds in (probe.duration_seconds / 10, 0.0):
                run(commands.poster_command(self.ffmpeg, source, probe, at_seconds, made), limits)
                if made.exists() and made.stat().st_size:
                    made.replace(final)
                    return final
        return None

    def measure(self, out: Path, plan: Plan) -> Media:
        """See `ports.encoder.Encoder.measure`."""
        try:
            media = Media(renditions=tuple(measure_rendition(out / name, plan) for name in plan.names))
            check_whole(media, plan)
        except MatineeError:
            # A folder under its final name passes for whole: left there, every later try would stop here again.
            for name in plan.names:
                shutil.rmtree(out / name, ignore_errors=True)
            raise
        return media

    def _make(
        self,
        step: str,
        names: list[str],
        command: Callable[[str, Path, Plan, dict[str, Path]], list[str]],
        source: Path,
        plan: Plan,
        out: Path,
        progress: Progress,
    ) -> None:
        if all((out / name).is_dir() for name in names):
            progress(1.0)
            return
        duration = plan.probe.duration_seconds
        limits = Limits(
            time_limit_seconds=LEAST_LIMIT_SECONDS + duration * SLOWEST_ENCODE_FACTOR,
            stall_seconds=self.stall_seconds,
            niceness=self.niceness,
        )
        with _making(out, step) as folder:
            files = {name: folder / f"{name}.mp4" for name in names}
            words = watch(command(self.ffmpeg, source, plan, files), limits, _rising(progress, duration))
            for name, file in files.items():
                _cut(file, folder / name, plan)
            log.debug("%s of %s done: %s", step, source.name, words or "no words")
            _publish(folder, out, names)
        progress(1.0)


def _cut(file: Path, folder: Path, plan: Plan) -> None:
    folder.mkdir()
    film_end = Fraction(plan.probe.duration_seconds)
    try:
        write_rendition(read_track(file), folder, plan.segment_seconds, 1, film_end)
    except OSError as full:
        raise _disk(full) from full
    except BoxError as unusable:
        # The encoder ended well, so it is the source: it cannot be cut as it is, or nothing in it can be decoded.
        # Only the first may be tried another way.
        code = ErrorCode.ENCODE_FAILED if plan.copy else ErrorCode.SOURCE_UNREADABLE
        raise MatineeError(
            code,
            f"Nothing in the file could be decoded for {folder.name} ({unusable}). "
            "Export the film again or upload the original file.",
        ) from unusable
    file.unlink()


def _disk(problem: OSError) -> MatineeError:
    return MatineeError(
        ErrorCode.STORE_FULL if problem.errno == ENOSPC else ErrorCode.STORE_UNAVAILABLE,
        f"Segments could not be written ({problem.strerror}). Free some space; the run then goes on by itself.",
    )


def _publish(folder: Path, out: Path, names: Iterable[str]) -> None:
    for name in names:
        if not (out / name).exists():
            (folder / name).replace(out / name)


@contextmanager
def _making(out: Path, step: str) -> Iterator[Path]:
    """An empty folder of this step's own, gone afterwards; what a killed earlier try left is thrown away."""
    folder = out / f".making-{step}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rising(progress: Progress, duration_seconds: float) -> Callable[[float], None]:
    """ffmpeg's position as a share that never falls."""
    highest = 0.0

    def report(position_seconds: float) -> None:
        nonlocal highest
        share = min(1.0, position_seconds / duration_seconds) * ENCODE_SHARE
        if share > highest:
            highest = share
            progress(share)

    return report
