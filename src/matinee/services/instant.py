"""The instant rendition of a run: something to watch within a second, when the source's own packets will do.

It must not know runs' states, nor how it is published. It is indexed where the source's own index allows
(`just_in_time`: no packet is copied, however long the film). Another container is copied into an MP4, which is indexed;
what cannot be indexed is remuxed into files.
"""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from matinee.domain import chunks
from matinee.domain.ids import instant_run_id
from matinee.domain.media import Media, Plan, Probe
from matinee.domain.object_keys import media_prefix
from matinee.domain.run import Run
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Encoder, Progress
from matinee.ports.object_store import ObjectStore
from matinee.services.just_in_time import JustInTime
from matinee.services.publishing import POSTER, Publishing
from matinee.services.steps import Steps

log = logging.getLogger(__name__)

COPY_NAME = "copy.mp4"  # below the rendition's own prefix, so that it goes with it


class Instant:
    """Instant renditions, made."""

    def __init__(
        self,
        store: ObjectStore,
        encoder: Encoder,
        publishing: Publishing,
        just_in_time: JustInTime,
        steps: Steps,
    ) -> None:
        self._store = store
        self._encoder = encoder
        self._publishing = publishing
        self.just_in_time = just_in_time
        self._steps = steps

    def make(self, run: Run, probe: Probe, scratch: Path, progress: Progress) -> Media | None:
        """The rendition of the run's source, whole and servable; None when browsers could not play it as it is.

        Made at most once, wherever an earlier try was interrupted. `progress` may raise to stop the work.
        """
        return self._once(
            run,
            probe,
            lambda plan: (
                self._indexed(run, plan)
                or self._copied(run, plan, scratch / "instant-copy", progress)
                or self._remuxed(run, plan, scratch / "instant", progress)
            ),
        )

    def remux(self, run: Run, probe: Probe, scratch: Path, progress: Progress) -> Media | None:
        """The rendition as files of its own, for a store that is read without us; otherwise as `make`."""
        return self._once(run, probe, lambda plan: self._remuxed(run, plan, scratch / "instant", progress))

    def index(self, run: Run, probe: Probe) -> bool | None:
        """Whether the rendition is indexed, its files to be written out by `JustInTime.make_all`.

        False when `make` would copy it; None when there is none to be had.
        """
        plan = chunks.instant_plan(probe, self._steps.settings)
        if plan is None:
            return None
        return self._indexed(run, plan) is not None

    def poster(self, run: Run, probe: Probe, scratch: Path) -> bool:
        """Put the rendition's picture beside it; False when there is none to be had."""
        folder = scratch / "instant-poster"
        try:
            with self._steps.source(run.source_key) as source:
                picture = self._encoder.poster(source, probe, folder)
        except MatineeError as error:
            if error.code is not ErrorCode.ENCODE_FAILED:
                raise
            return False  # the ladder makes its own
        if picture is None:
            return False
        key = media_prefix(run.asset_id, instant_run_id(run.id)) + POSTER
        self._store.put_file(key, picture, content_type="image/jpeg")
        shutil.rmtree(folder, ignore_errors=True)
        return True

    def _once(self, run: Run, probe: Probe, made: Callable[[Plan], Media | None]) -> Media | None:
        plan = chunks.instant_plan(probe, self._steps.settings)
        if plan is None:
            return None
        return self._publishing.load_media(run.asset_id, instant_run_id(run.id)) or made(plan)

    def _indexed(self, run: Run, plan: Plan) -> Media | None:
        with self._steps.source(run.source_key) as source:
            return self.just_in_time.index(run.asset_id, instant_run_id(run.id), run.source_key, source, plan)

    def _copied(self, run: Run, plan: Plan, folder: Path, progress: Progress) -> Media | None:
        """Indexed over a copy of the source's packets in an MP4; None when that cannot be done."""
        media_run = instant_run_id(run.id)
        key = media_prefix(run.asset_id, media_run) + COPY_NAME
        try:
            with self._steps.source(run.source_key) as source:
                copy = self._encoder.copy(source, plan, folder, progress)
            own = chunks.instant_plan(self._encoder.probe(copy), self._steps.settings)
            if own is None or len(own.audio) != len(plan.audio):
                return None
            # What the tracks are called is the source's; where they lie is the copy's.
            pairs = zip(plan.audio, own.audio, strict=True)
            audio = tuple(replace(named, stream_index=laid.stream_index) for named, laid in pairs)
            self._store.put_file(key, copy, content_type="video/mp4")
            with self._steps.source(key) as source:
                media = self.just_in_time.index(run.asset_id, media_run, key, source, replace(own, audio=audio))
        except MatineeError as error:
            if error.kind.retry:
                raise
            log.info("no copy to index", extra={"run": run.id, "asset": run.asset_id, "code": error.code})
            media = None
        if media is None:
            self._store.delete(key)
        return media

    def _remuxed(self, run: Run, plan: Plan, folder: Path, progress: Progress) -> Media | None:
        def make() -> None:
            with self._steps.source(run.source_key) as source:
                self._encoder.remux(source, plan, folder, progress)

        try:
            media = self._measured(folder, plan, make)
        except MatineeError as error:
            if error.code not in (ErrorCode.ENCODE_FAILED, ErrorCode.OUTPUT_INCOMPLETE):
                raise
            # The ladder decodes and can mend what a repackaged stream cannot: no reason to fail the run.
            log.info("no instant rendition", extra={"run": run.id, "asset": run.asset_id, "code": error.code})
            return None
        progress(1.0)
        self._publishing.store_media(run.asset_id, instant_run_id(run.id), folder, media)
        return media

    def _measured(self, folder: Path, plan: Plan, make: Callable[[], None]) -> Media:
        """The media of `make`. Noted before the first file moves away, since what has moved cannot be measured."""
        note = folder.with_suffix(".json")
        if note.exists():
            return Media.from_json(json.loads(note.read_text()))
        make()
        media = self._encoder.measure(folder, plan)
        unfinished = note.with_suffix(".tmp")
        unfinished.write_text(json.dumps(media.to_json()))
        unfinished.replace(note)
        return media
