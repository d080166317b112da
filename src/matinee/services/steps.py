"""The steps of an ingest: each takes the object store, a run's plan and a number, and may run anywhere, twice.

    plan ─▶ work/{asset}/{run}/plan.json
    chunk n, piece n of the sound ─▶ segments in streams/{asset}/m/{run}/{rendition}/, then their result in work/…
    pictures ─▶ streams/{asset}/m/{run}/pictures/, then pictures.json beside it
    assemble ─▶ Media, from the results alone

It must not know who calls it: the workers of one machine and AWS's functions are the same to it. A step whose result
lies in the store has nothing to do; one that was killed leaves objects nobody is sent to, which its repetition replaces
by the same bytes. `scratch` is a folder of the caller's, on a disk that takes a chunk; a step leaves nothing in it.
"""

import hashlib
import logging
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from matinee.domain import assembly, chunks
from matinee.domain.assembly import ChunkResult
from matinee.domain.content_types import content_type_of
from matinee.domain.ids import AssetId, RunId
from matinee.domain.media import Chunk, Codec, Media, MediaSettings, Probe
from matinee.domain.object_keys import media_prefix, work_prefix
from matinee.domain.pictures import Pictures
from matinee.domain.planned_run import PlannedRun, plan_key
from matinee.domain.run import Run
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Encoder, Progress, Ranges, Source
from matinee.ports.object_store import ObjectStore, tag_of, walk

log = logging.getLogger(__name__)

JSON = content_type_of("plan.json")
POSTER = "poster.jpg"
PICTURES_DOCUMENT = "pictures.json"
READERS = 16
SUM_CHECKED = "sum-checked"
READ_BYTES = 4 * 1024 * 1024


class Steps:
    """An ingest, step by step."""

    def __init__(self, store: ObjectStore, encoder: Encoder, settings: MediaSettings) -> None:
        self._store = store
        self._encoder = encoder
        self._settings = settings

    @property
    def settings(self) -> MediaSettings:
        """What plans are made by."""
        return self._settings

    def planned(self, asset_id: AssetId, run_id: RunId) -> PlannedRun | None:
        """The run's plan, None when it has none yet (or one of another version of Matinee, which is then dropped)."""
        try:
            text = self._store.get(plan_key(asset_id, run_id))
        except MatineeError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                return None
            raise
        try:
            return PlannedRun.from_json(text)
        except (ValueError, KeyError):
            self.forget(asset_id, run_id)
            return None

    def probe(self, source_key: str) -> Probe:
        """What the source is. Raises what `Encoder.probe` raises."""
        with self.source(source_key) as source:
            return self._encoder.probe(source)

    def plan(self, run: Run, probe: Probe, codecs: tuple[Codec, ...] = ()) -> PlannedRun:
        """The run's plan, made now; results of an earlier one are dropped, since they might not join with new ones.

        `codecs` are those the asset is to have; none: what the settings say.
        """
        self.forget(run.asset_id, run.id)
        plan = chunks.plan(probe, replace(self._settings, codecs=codecs) if codecs else self._settings)
        planned = PlannedRun(asset_id=run.asset_id, run_id=run.id, source_key=run.source_key, plan=plan)
        self._store.put(planned.key, planned.to_json().encode(), content_type=JSON)
        return planned

    def check_sum(self, planned: PlannedRun, announced: str, alive: Callable[[], None]) -> None:
        """The whole source's SHA-256 against the one its publisher announced. Raises `checksum_mismatch`.

        S3 keeps none for an object made of parts. A source that was found right is not read again for this plan.
        """
        done = work_prefix(planned.asset_id, planned.run_id) + SUM_CHECKED
        if tag_of(self._store, done) is not None:
            return
        digest, at = hashlib.sha256(), 0
        size = self._store.stat(planned.source_key).size_bytes
        while at < size:
            data = self._store.get(planned.source_key, start=at, length=READ_BYTES)
            digest.update(data)
            at += len(data)
            alive()
        if digest.hexdigest() != announced:
            sentence = "The uploaded file differs from the one announced (SHA-256); upload it again."
            raise MatineeError(ErrorCode.CHECKSUM_MISMATCH, sentence)
        self._store.put(done, b"")

    def encode_chunk(self, planned: PlannedRun, number: int, scratch: Path, progress: Progress) -> None:
        """Every rung of chunk `number` (from 1), in the store."""
        plan, chunk = planned.plan, planned.plan.chunks[number - 1]

        def make(source: Source, out: Path) -> Path:
            return self._encoder.encode_chunk(source, plan, chunk, out, progress)

        self._made(planned, planned.chunk_key(number), chunk, scratch / f"chunk-{number}", make)

    def encode_sound(self, planned: PlannedRun, number: int, scratch: Path, progress: Progress) -> None:
        """Every audio rendition of piece `number` (from 1) of the sound, in the store."""
        plan, piece = planned.plan, planned.plan.sound[number - 1]

        def make(source: Source, out: Path) -> Path:
            return self._encoder.encode_sound(source, plan, piece, out, progress)

        self._made(planned, planned.sound_key(number), piece, scratch / f"sound-{number}", make)

    def missing(self, planned: PlannedRun) -> tuple[list[int], list[int]]:
        """The numbers of the chunks, and of the pieces of the sound, that have no result yet."""
        there = {info.key for info in walk(self._store, work_prefix(planned.asset_id, planned.run_id))}
        video = [c.number for c in planned.plan.chunks] if planned.plan.rungs else []
        return (
            [number for number in video if planned.chunk_key(number) not in there],
            [piece.number for piece in planned.plan.sound if planned.sound_key(piece.number) not in there],
        )

    def assemble(self, planned: PlannedRun) -> Media:
        """The film's media, joined from what the chunks left and checked to be whole.

        Raises `output_incomplete`; every result is dropped then, so that a next try makes the chunks anew.
        """
        plan = planned.plan
        try:
            video = self._results([planned.chunk_key(chunk.number) for chunk in plan.chunks] if plan.rungs else [])
            sound = self._results([planned.sound_key(piece.number) for piece in plan.sound])
            media = assembly.assembled(plan, video, sound)
            self._check_stored(planned, media)
        except MatineeError as error:
            if error.code is ErrorCode.OUTPUT_INCOMPLETE:
                self.forget(planned.asset_id, planned.run_id)
            raise
        return media

    def _check_stored(self, planned: PlannedRun, media: Media) -> None:
        """Every segment lies where players will look, whole: what was measured is not always what arrived."""
        prefix = media_prefix(planned.asset_id, planned.run_id)
        stored = {info.key.removeprefix(prefix): info.size_bytes for info in walk(self._store, prefix)}
        for rendition in media.renditions:
            if not stored.get(rendition.init_uri):
                raise _not_stored(rendition.init_uri)
            for number, segment in enumerate(rendition.segments, start=1):
                if stored.get(rendition.segment_uri(number)) != segment.size_bytes:
                    raise _not_stored(rendition.segment_uri(number))

    def lacks_pictures(self, planned: PlannedRun) -> bool:
        """Whether the run's film has pictures to be made, and they are not in the store."""
        return planned.plan.probe.video is not None and tag_of(self._store, _pictures_key(planned)) is None

    def pictures(self, planned: PlannedRun, scratch: Path, progress: Progress) -> None:
        """Storyboard and posters, in the store. A film of which none can be made goes without, and plays."""
        if not self.lacks_pictures(planned):
            return
        prefix = media_prefix(planned.asset_id, planned.run_id)
        with _emptied(scratch / "pictures") as out, self.source(planned.source_key) as source:
            try:
                made = self._encoder.pictures(source, planned.plan.probe, out, progress)
            except MatineeError as error:
                if error.code not in (ErrorCode.ENCODE_FAILED, ErrorCode.SOURCE_UNREADABLE):
                    raise
                log.warning("no storyboard", extra={"asset": planned.asset_id, "code": error.code})
                made = Pictures()
            for path in sorted((out / "pictures").glob("*.jpg")):
                self._store.put_file(f"{prefix}pictures/{path.name}", path, content_type=content_type_of(path.name))
        self._store.put(_pictures_key(planned), made.to_json().encode(), content_type=JSON)

    def poster(self, planned: PlannedRun, scratch: Path) -> None:
        """The picture of what has no candidates, in the store: a sound's cover, a film with hardly a key frame."""
        if self._has_candidates(planned):
            return
        key = media_prefix(planned.asset_id, planned.run_id) + POSTER
        if tag_of(self._store, key) is not None:
            return
        with _emptied(scratch / "poster") as out, self.source(planned.source_key) as source:
            made = self._encoder.poster(source, planned.plan.probe, out)
            if made is not None:
                self._store.put_file(key, made, content_type=content_type_of(POSTER))

    def _has_candidates(self, planned: PlannedRun) -> bool:
        if self.lacks_pictures(planned) or planned.plan.probe.video is None:
            return False
        return bool(Pictures.from_json(self._store.get(_pictures_key(planned))).candidates)

    def forget(self, asset_id: AssetId, run_id: RunId) -> None:
        """Drop the plan and every result, the plan first: without it, no result counts."""
        prefix = work_prefix(asset_id, run_id)
        for part in ("plan.json", "parts.json", "chunks/", "sound/", "errors/", SUM_CHECKED):
            for info in walk(self._store, prefix + part):
                self._store.delete(info.key)

    @contextmanager
    def source(self, key: str) -> Iterator[Source]:
        """The source: the store's own file where it has one, else read by ranges. Raises `source_missing`."""
        try:
            info = self._store.stat(key)
            path = self._store.own_file(key)
        except MatineeError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                sentence = "The original file is gone from the store; upload it again."
                raise MatineeError(ErrorCode.SOURCE_MISSING, sentence) from error
            raise
        yield path or Ranges(read=partial(self._read, key), size_bytes=info.size_bytes, name=PurePosixPath(key).name)

    def _read(self, key: str, start: int, length: int) -> bytes:
        return self._store.get(key, start=start, length=length)

    def _made(
        self, planned: PlannedRun, key: str, chunk: Chunk, scratch: Path, make: Callable[[Source, Path], Path]
    ) -> None:
        """The segments of what `make` leaves in the folder it returns, then the result under `key`."""
        if tag_of(self._store, key) is not None:
            return
        with _emptied(scratch) as out, self.source(planned.source_key) as source:
            folder = make(source, out)
            result = self._encoder.measure_chunk(folder, chunk, planned.plan)
            prefix = media_prefix(planned.asset_id, planned.run_id)
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                # Every chunk has the same init segment; the results say whether that was true.
                relative = path.relative_to(folder).as_posix()
                self._store.put_file(prefix + relative, path, content_type=content_type_of(path.name))
        self._store.put(key, result.to_json().encode(), content_type=JSON)

    def _results(self, keys: list[str]) -> list[ChunkResult]:
        """Several at a time: hours of film have hundreds, and a distant store answers each after some 20 ms."""
        with ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="result") as pool:
            return list(pool.map(self._result, keys))

    def _result(self, key: str) -> ChunkResult:
        try:
            return ChunkResult.from_json(self._store.get(key))
        except MatineeError as error:
            if error.code is not ErrorCode.OBJECT_NOT_FOUND:
                raise
            sentence = f"{PurePosixPath(key).name} of the run's results is missing. Ingest the asset again."
            raise MatineeError(ErrorCode.OUTPUT_INCOMPLETE, sentence) from error


def _pictures_key(planned: PlannedRun) -> str:
    return media_prefix(planned.asset_id, planned.run_id) + PICTURES_DOCUMENT


def _not_stored(name: str) -> MatineeError:
    sentence = f"{name} is not in the store as it was made. It is made again at the next try."
    return MatineeError(ErrorCode.OUTPUT_INCOMPLETE, sentence)


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """An empty folder, gone afterwards; what a killed earlier try left is thrown away."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
