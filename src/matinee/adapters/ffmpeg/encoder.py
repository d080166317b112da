"""The encoder port with ffmpeg. It must not decide what to make: the plan does.

Every step writes below `out/.making-{step}` and moves each finished folder into place by rename: a folder under its
final name is whole, and a step that finds all of its folders there has nothing to do. A chunk's folder holds every
rung's stretch (`out/chunks/{number}/{rung}/…`).
"""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from errno import ENOSPC
from fractions import Fraction
from pathlib import Path

from matinee.adapters.ffmpeg import commands
from matinee.adapters.ffmpeg.boxes import BoxError
from matinee.adapters.ffmpeg.codecs import REORDERED_FRAMES
from matinee.adapters.ffmpeg.formats import INDEXED
from matinee.adapters.ffmpeg.indexing import index_source
from matinee.adapters.ffmpeg.inputs import Input, opened
from matinee.adapters.ffmpeg.measuring import measure_rendition, measure_stretch
from matinee.adapters.ffmpeg.pictures import make_pictures
from matinee.adapters.ffmpeg.probing import probe_source
from matinee.adapters.ffmpeg.process import Limits, run, watch
from matinee.adapters.ffmpeg.samples import read_track
from matinee.adapters.ffmpeg.segments import SoundPiece, Stretch, write_rendition, write_sound, write_stretch
from matinee.domain.assembly import ChunkResult
from matinee.domain.media import Chunk, Media, Plan, Probe
from matinee.domain.pictures import Pictures
from matinee.domain.sound import FRAME_SAMPLES, frame_count
from matinee.domain.source_index import SourceIndex
from matinee.domain.whole import check_whole
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Progress, Source

log = logging.getLogger(__name__)

# An encode slower than this against the film's length has gone wrong: 4K at veryfast on half a core is 40 x.
SLOWEST_ENCODE_FACTOR = 120
LEAST_LIMIT_SECONDS = 600.0
POSTER_SECONDS = 120.0
# Key frames of a film that is read to its end over a network, and fits into the time a function has.
PICTURES_SECONDS = 480.0
POSTER_BYTES = PICTURES_BYTES = 256 * 1024 * 1024
# 100 Mbit/s: five times the rate of the top rung of 4K.
MOST_BYTES_PER_SECOND = 12_500_000
LEAST_FILE_BYTES = 1024**3
# ffmpeg's part of a step's progress; cutting takes the rest.
ENCODE_SHARE = 0.97

CHUNKS, SOUND = "chunks", "sound"

Command = Callable[[dict[str, Path]], list[str]]
Packager = Callable[[Path, Path], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FfmpegEncoder:
    """`Encoder` with the two programs at the given paths."""

    ffmpeg: str
    ffprobe: str
    stall_seconds: float = 120.0
    # Encoding steps back for serving viewers on the same machine.
    niceness: int = 10
    memory_bytes: int | None = None

    def probe(self, source: Source) -> Probe:
        """See `ports.encoder.Encoder.probe`."""
        return probe_source(self.ffprobe, source)

    def encode_chunk(self, source: Source, plan: Plan, chunk: Chunk, out: Path, progress: Progress) -> Path:
        """See `ports.encoder.Encoder.encode_chunk`."""
        final = out / CHUNKS / str(chunk.number)
        if final.is_dir():
            progress(1.0)
            return final
        rising = _rising(progress, float(chunk.length_seconds))
        with _making(out, f"video-{chunk.number}") as folder, opened(source) as given:
            self._encode_stretch(given, plan, chunk, folder, rising)
            final.parent.mkdir(exist_ok=True)
            folder.replace(final)
        progress(1.0)
        return final

    def encode_sound(self, source: Source, plan: Plan, piece: Chunk, out: Path, progress: Progress) -> Path:
        """See `ports.encoder.Encoder.encode_sound`."""
        names = [rendition.name for rendition in plan.audio]
        if len(plan.sound) == 1:
            self._make("audio", names, commands.audio_command, source, plan, out, progress)
            return out
        final = out / SOUND / str(piece.number)
        if not final.is_dir():
            rising = _rising(progress, float(piece.length_seconds))
            with _making(out, f"sound-{piece.number}") as folder, opened(source) as given:

                def command(files: dict[str, Path]) -> list[str]:
                    return commands.sound_command(self.ffmpeg, given, plan, piece, files)

                self._run(command, names, folder, given, plan, rising, _sound_packager(plan, piece))
                final.parent.mkdir(exist_ok=True)
                folder.replace(final)
        progress(1.0)
        return final

    def measure_chunk(self, folder: Path, chunk: Chunk, plan: Plan) -> ChunkResult:
        """See `ports.encoder.Encoder.measure_chunk`."""
        made = [folder / name for name in plan.names if (folder / name).is_dir()]
        stretches = tuple(measure_stretch(rendition, plan, chunk.first_segment) for rendition in made)
        return ChunkResult(number=chunk.number, stretches=stretches)

    def index(self, source: Source, plan: Plan) -> tuple[Media, SourceIndex] | None:
        """See `ports.encoder.Encoder.index`."""
        if plan.probe.container not in INDEXED:
            return None
        try:
            return index_source(source, plan)
        except BoxError as surprise:
            log.info("not indexed, but copied: %s", surprise)
            return None

    def copy(self, source: Source, plan: Plan, out: Path, progress: Progress) -> Path:
        """See `ports.encoder.Encoder.copy`."""
        final = out / "copy.mp4"
        if final.exists():
            return final
        rising = _rising(progress, plan.probe.duration_seconds)
        with _making(out, "copy") as folder, opened(source) as given:
            made = folder / final.name
            watch(
                commands.one_file_command(self.ffmpeg, given, plan, made),
                self._film_limits(given, folder, plan.probe),
                rising,
            )
            made.replace(final)
        return final

    def remux(self, source: Source, plan: Plan, out: Path, progress: Progress) -> None:
        """See `ports.encoder.Encoder.remux`."""
        self._make("source", list(plan.names), commands.copy_command, source, plan, out, progress)

    def poster(self, source: Source, probe: Probe, out: Path) -> Path | None:
        """See `ports.encoder.Encoder.poster`."""
        final = out / "poster.jpg"
        if final.exists() or (probe.video is None and probe.cover_index is None):
            return final if final.exists() else None
        with _making(out, "poster") as folder, opened(source) as given:
            made = folder / "poster.jpg"
            limits = self._limits(given, folder, POSTER_SECONDS, POSTER_BYTES)
            # A tenth into the film is past titles; where nothing can be decoded there, the beginning.
            for at_seconds in (probe.duration_seconds / 10, 0.0):
                run(commands.poster_command(self.ffmpeg, given, probe, at_seconds, made), limits)
                if made.exists() and made.stat().st_size:
                    made.replace(final)
                    return final
        return None

    def pictures(self, source: Source, probe: Probe, out: Path, progress: Progress) -> Pictures:
        """See `ports.encoder.Encoder.pictures`."""
        shutil.rmtree(out / "pictures", ignore_errors=True)  # cheaper to make again than to tell whether they are whole
        with _making(out, "pictures") as folder, opened(source) as given:
            limits = self._limits(given, folder, PICTURES_SECONDS, PICTURES_BYTES)
            limits = replace(limits, stall_seconds=PICTURES_SECONDS)  # it tells of nothing before a tile is full
            try:
                made = make_pictures(self.ffmpeg, given, probe, folder, limits, lambda: progress(0.5))
            except (OSError, ValueError) as odd:
                sentence = f"ffmpeg left no pictures of {given.name} that could be used ({odd})."
                raise MatineeError(ErrorCode.ENCODE_FAILED, sentence) from odd
            (folder / "pictures").replace(out / "pictures")
        progress(1.0)
        return made

    def _limits(self, source: Input, folder: Path, seconds: float, file_bytes: int) -> Limits:
        """What ffmpeg may take and reach when it reads `source` and writes below `folder`."""
        return Limits(
            time_limit_seconds=seconds,
            stall_seconds=min(seconds, self.stall_seconds),
            niceness=self.niceness,
            cell=source.cell(folder),
            file_bytes=file_bytes,
            memory_bytes=self.memory_bytes,
        )

    def _film_limits(self, source: Input, folder: Path, probe: Probe) -> Limits:
        """What a program may take that goes through the film, or a part of it."""
        seconds = LEAST_LIMIT_SECONDS + probe.duration_seconds * SLOWEST_ENCODE_FACTOR
        return self._limits(source, folder, seconds, _most_bytes(probe))

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

    def _encode_stretch(
        self, source: Input, plan: Plan, chunk: Chunk, folder: Path, on_time: Callable[[float], None]
    ) -> None:
        names = [rung.name for rung in plan.rungs]
        if not plan.cut:

            def whole(files: dict[str, Path]) -> list[str]:
                return commands.video_command(self.ffmpeg, source, plan, files)

            self._run(whole, names, folder, source, plan, on_time, _whole_packager(plan))
            return
        package = _stretch_packager(plan, chunk)
        start = commands.pre_roll_start_seconds(plan, chunk)

        def from_there(files: dict[str, Path]) -> list[str]:
            return commands.chunk_command(self.ffmpeg, source, plan, chunk, start, files)

        def from_the_beginning(files: dict[str, Path]) -> list[str]:
            return commands.chunk_command(self.ffmpeg, source, plan, chunk, 0.0, files)

        try:
            self._run(from_there, names, folder, source, plan, on_time, package)
        except MatineeError as error:
            if error.code is not ErrorCode.SOURCE_UNREADABLE or not start:
                raise
            # Not a picture could be decoded from there on: the ones before may stand in for them.
            log.warning("chunk %d of %s is read from the beginning", chunk.number, source.name)
            self._run(from_the_beginning, names, folder, source, plan, on_time, package)

    def _make(
        self,
        step: str,
        names: list[str],
        command: Callable[[str, Input, Plan, dict[str, Path]], list[str]],
        source: Source,
        plan: Plan,
        out: Path,
        progress: Progress,
    ) -> None:
        if all((out / name).is_dir() for name in names):
            progress(1.0)
            return
        rising = _rising(progress, plan.probe.duration_seconds)
        with _making(out, step) as folder, opened(source) as given:
            self._run(
                lambda files: command(self.ffmpeg, given, plan, files),
                names,
                folder,
                given,
                plan,
                rising,
                _whole_packager(plan),
            )
            _publish(folder, out, names)
        progress(1.0)

    def _run(
        self,
        command: Command,
        names: list[str],
        folder: Path,
        source: Input,
        plan: Plan,
        on_time: Callable[[float], None],
        package: Packager,
    ) -> None:
        """ffmpeg once over `source`, then each of its files as a rendition's folder beside it."""
        limits = self._film_limits(source, folder, plan.probe)
        files = {name: folder / f"{name}.mp4" for name in names}
        words = watch(command(files), limits, on_time)
        log.debug("%s done: %s", folder.name, words or "no words")
        for name, file in files.items():
            _packaged(file, folder / name, plan, package)


def _most_bytes(probe: Probe) -> int:
    """What a rendition's file may grow to: no ladder of ours comes near, and a copy is as large as its source."""
    return LEAST_FILE_BYTES + 2 * probe.size_bytes + int(probe.duration_seconds * MOST_BYTES_PER_SECOND)


def _whole_packager(plan: Plan) -> Packager:
    end = Fraction(plan.probe.duration_seconds)
    return lambda file, folder: write_rendition(read_track(file), file, folder, plan.segment_seconds, end)


def _stretch_packager(plan: Plan, chunk: Chunk) -> Packager:
    stretches = {rung.name: _stretch(plan, chunk, REORDERED_FRAMES[rung.codec]) for rung in plan.rungs}

    def package(file: Path, folder: Path) -> None:
        write_stretch(read_track(file), file, folder, plan.segment_seconds, stretches[folder.name])

    return package


def _sound_packager(plan: Plan, piece: Chunk) -> Packager:
    renditions = {rendition.name: rendition for rendition in plan.audio}

    def package(file: Path, folder: Path) -> None:
        frames = commands.sound_frames(plan, piece, renditions[folder.name])
        sound = SoundPiece(
            first_segment=piece.first_segment,
            margin=commands.sound_margin(frames),
            first=frames.first,
            count=frames.count,
            film_ticks=frame_count(frames.film_samples) * FRAME_SAMPLES,
            bits_per_second=renditions[folder.name].bits_per_second,
        )
        write_sound(read_track(file), file, folder, plan.segment_seconds, sound)

    return package


def _stretch(plan: Plan, chunk: Chunk, reordered: int) -> Stretch:
    """The plan's fractions in ticks; all of them are whole."""
    if plan.frame_rate is None or chunk.frame_count is None:
        raise ValueError("only a film of constant rate is cut")
    step = plan.timescale / plan.frame_rate
    return Stretch(
        first_segment=chunk.first_segment,
        start=int(plan.picture_start_seconds * plan.timescale + chunk.first_frame * step),
        step=int(step),
        count=chunk.frame_count,
        keys=chunk.key_frames,
        end=int((chunk.start_seconds + chunk.length_seconds) * plan.timescale),
        duration=int(plan.picture_end_seconds * plan.timescale),
        lead=int(reordered * step),
    )


def _packaged(file: Path, folder: Path, plan: Plan, package: Packager) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # of a first try of the same chunk
    folder.mkdir()
    try:
        package(file, folder)
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
