"""The ingest of a run by steps that share nothing but store and catalog, as a workflow of functions calls them.

    prepare ─▶ (held by a limit: the workflow ends, a person's approval begins another)
            ─▶ ┬ instant_part (stretches of files, at once) ─▶ show_instant      playable
               └ encode (chunks, pieces of sound, pictures; hundreds at once)
            ─▶ finish                                                            ready
    whatever goes wrong ─▶ fail

It must not know which workflow calls it. Each step may run twice, also at the same time, and looks first whether the
run is still wanted. The same work by one worker is `services.ingest`.
"""

import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from matinee.domain import estimate
from matinee.domain.asset import Asset, Status
from matinee.domain.cutting import ONE_CHUNK, SHORT_HDR_CHUNK_SECONDS
from matinee.domain.ids import RunId, instant_run_id
from matinee.domain.media import Chunk, MediaSettings, Plan, VideoStream
from matinee.domain.planned_run import PlannedRun
from matinee.domain.run import Run, RunState
from matinee.domain.shares import shares
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.ports.object_store import ObjectStore
from matinee.services.instant import Instant
from matinee.services.publishing import Publishing
from matinee.services.run_moves import RunMoves, superseded
from matinee.services.step_errors import STALLED, UNFORESEEN, reason_of, step_error
from matinee.services.step_notes import NOTHING, PARTS_FROM, PARTS_TO, PICTURES, StepNotes
from matinee.services.steps import Steps

log = logging.getLogger(__name__)

Answer = dict[str, object]

# What one function writes out of the instant rendition: two seconds of work, less than its start takes. They are a
# Distributed Map's items, given in the state's input (256 KiB at most: some thousand), as many at most as run at once
# (`copy_at_once`): a second round would take longer than larger shares. 900 leave a hundred of an account's functions.
SHARE_BYTES = 96 * 1024 * 1024
MOST_SHARES = 900
# A source that is copied lies in the function's own storage twice for a moment, and that ends at 10 GB.
COPIED_BYTES = 4_000_000_000
# Fifteen minutes of a film's largest rung, which has a thread to itself and takes half of a ladder's time or a little
# more (on 3,008 MB, 1.7 cores), and a third as much again, since it is an estimate.
LONGEST_PART_CPU_SECONDS = 2100.0
LEAST_SECONDS_LEFT = 20.0  # what is needed to say why, before the function is ended
# What the workflow chooses by, once a run is probed.
WAITS, GOES_ON = "waits", "goes_on"
LOOK_SECONDS = 5.0  # how soon a step hears that nobody wants its run


def _always() -> float:
    """For a caller whose time does not end."""
    return float("inf")


class Workflow:
    """The steps of runs."""

    def __init__(
        self,
        store: ObjectStore,
        catalog: Catalog,
        moves: RunMoves,
        steps: Steps,
        publishing: Publishing,
        instant: Instant,
        clock: Clock,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._steps = steps
        self._moves = moves
        self._notes = StepNotes(store)
        self._publishing = publishing
        self._instant = instant
        self._just_in_time = instant.just_in_time
        self._clock = clock

    def perform(
        self, event: Mapping[str, object], scratch: Path, seconds_left: Callable[[], float] = _always
    ) -> Answer:
        """The step that `event` names, in the folder `scratch` of its own; what the next step is given.

        `seconds_left` is how long the caller will wait. Raises one of `step_errors`.
        """
        run_id = RunId(str(event["run_id"]))
        shutil.rmtree(scratch, ignore_errors=True)  # of a step that was killed in this very place
        scratch.mkdir(parents=True)
        try:
            return self._perform(run_id, event, scratch, seconds_left)
        except Exception as error:
            # An entry point: logged once. What nobody foresaw is tried again, as on one machine.
            known = error if isinstance(error, MatineeError) else MatineeError(ErrorCode.INTERNAL, UNFORESEEN)
            told = {"run": run_id, "step": event["step"], "code": known.code}
            log.warning("step ended", extra=told, exc_info=None if known is error else error)
            if event["step"] == "encode" and known.code is not ErrorCode.RUN_SUPERSEDED:
                self._note(run_id, event, known)
            raise step_error(known) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def prepare(self, run_id: RunId, most_shares: int = MOST_SHARES) -> Answer:
        """Probe, look at the limits, and plan; what there is to do, in parts. A run that waits ends its workflow.

        The instant rendition is at most `most_shares` parts.
        """
        taken = self._moves.take(run_id)
        if taken is None:
            raise superseded(self._catalog.get_run(run_id))
        run = self._moves.go_on(taken, lambda r: r.at_step("probe", 0, None))
        asset = self._moves.process(run)
        planned = self._steps.planned(run.asset_id, run_id)
        probe = planned.plan.probe if planned else self._steps.probe(run.source_key)
        asset = self._moves.note_probe(run, probe)
        run = self._moves.admit(run, probe)
        if run.state is RunState.WAITING:
            return {"run_id": run_id, "outcome": WAITS}
        planned = planned or self._steps.plan(run, probe, asset.codecs)
        check_length(planned.plan)
        instant = [
            {"first": first, "last": last} for first, last in self._instant_parts(run, asset, planned, most_shares)
        ]
        whole = self._publishing.load_media(run.asset_id, run_id) is not None
        pictures = not whole and self._steps.lacks_pictures(planned)
        key = self._notes.write_parts(
            planned, *(([], []) if whole else self._steps.missing(planned)), pictures=pictures
        )
        self._moves.go_on(run, lambda r: r.at_step("video" if planned.plan.rungs else "audio", PARTS_FROM, None))
        return {
            "run_id": run_id,
            "outcome": GOES_ON,
            "asset_id": run.asset_id,
            "parts": {"bucket": self._store.name, "key": key},
            "instant_parts": instant,
        }

    def instant_part(self, run_id: RunId, first: int, last: int, scratch: Path, alive: Callable[[], None]) -> Answer:
        """The files from `first` to `last` of the instant rendition; all of it when it has to be copied."""
        run = self._wanted(run_id)
        media_run = instant_run_id(run_id)
        if self._just_in_time.sizes(run.asset_id, media_run):
            self._just_in_time.make_all(run.asset_id, media_run, first=first, last=last, alive=alive)
        else:
            self._instant.remux(run, self._plan(run).plan.probe, scratch, lambda _: alive())
        return {}

    def show_instant(self, run_id: RunId, scratch: Path) -> Answer:
        """Publish the instant rendition, when there is one, and then its picture: nobody waits for that to watch."""
        run = self._wanted(run_id)
        asset, media_run = self._moves.check(run), instant_run_id(run_id)
        media = self._publishing.load_media(asset.id, media_run)
        if media is None or (asset.version is not None and asset.media_run != media_run):
            return {}
        asset = self._publishing.publish(asset.id, run_id, media_run, media, Status.PLAYABLE)
        self._moves.playable(run)
        if not asset.has_poster and self._instant.poster(run, self._plan(run).plan.probe, scratch):
            self._publishing.publish_poster(asset.id, run_id, media_run, media)
        return {}

    def encode(self, run_id: RunId, kind: str, number: int, scratch: Path, alive: Callable[[], None]) -> Answer:
        """One chunk of the film, one piece of its sound, or its small pictures. It writes nothing but objects."""
        if kind == NOTHING:
            return {}
        run = self._wanted(run_id)
        planned = self._plan(run)
        make = self._steps.encode_chunk if kind == "chunk" else self._steps.encode_sound
        try:
            if kind == PICTURES:
                self._steps.pictures(planned, scratch, lambda _: alive())
                return {}
            make(planned, number, scratch, lambda _: alive())
        except MatineeError as error:
            if self._moves.is_over(run):  # a deletion takes the source away under the encoder
                raise superseded(run) from error
            raise
        return {}

    def finish(self, run_id: RunId, scratch: Path, alive: Callable[[], None]) -> Answer:
        """Check the announced sum, join and verify what was encoded, and publish it."""
        run = self._catalog.get_run(run_id)
        if run.state is RunState.DONE:
            return {"run_id": run_id}
        run = self._wanted(run_id)
        media = self._publishing.load_media(run.asset_id, run_id)
        if media is None:
            asset, planned = self._moves.check(run), self._plan(run)
            if asset.sha256 is not None:
                self._steps.check_sum(planned, asset.sha256, alive)
            run = self._moves.go_on(run, lambda r: r.at_step("publish", PARTS_TO, None))
            media = self._steps.assemble(planned)
            self._steps.poster(planned, scratch)
            alive()
            self._publishing.note_media(run.asset_id, run_id, media)
        self._publishing.publish(run.asset_id, run_id, run_id, media, Status.READY)
        self._steps.forget(run.asset_id, run_id)
        self._moves.finish(run)
        return {"run_id": run_id}

    def fail(self, run_id: RunId, report: Mapping[str, object]) -> Answer:
        """What the workflow reports becomes the asset's code and sentence. Nothing failed when nobody wants the run."""
        run = self._catalog.get_run(run_id)
        if run.state is RunState.FAILED:
            return {"outcome": "failed", "code": "" if run.error is None else run.error.code}
        if str(report.get("Error", "")) == "SupersededError" or self._moves.is_over(run):
            if self._moves.is_over(run):
                self._moves.take(run_id)  # removes what nobody was sent to
            return {"outcome": "superseded", "code": ErrorCode.RUN_SUPERSEDED}
        reason = reason_of(report) or self._notes.first_error(run.asset_id, run_id) or _stalled()
        log.error("run fails", extra={"run": run_id, "error": report.get("Error"), "code": reason.code})
        self._moves.give_up(run_id, reason)
        return {"outcome": "failed", "code": reason.code}

    def _perform(
        self, run_id: RunId, event: Mapping[str, object], scratch: Path, seconds_left: Callable[[], float]
    ) -> Answer:
        alive = self._watch(run_id, seconds_left)
        match event["step"]:
            case "prepare":
                return self.prepare(run_id, _number(event.get("most_shares", MOST_SHARES)))
            case "instant_part":
                return self.instant_part(run_id, _number(event["first"]), _number(event["last"]), scratch, alive)
            case "show_instant":
                return self.show_instant(run_id, scratch)
            case "encode":
                return self.encode(run_id, str(event["kind"]), _number(event["number"]), scratch, alive)
            case "finish":
                return self.finish(run_id, scratch, alive)
            case "fail":
                report = event["error"]
                return self.fail(run_id, report if isinstance(report, Mapping) else {})
            case unknown:
                raise MatineeError(ErrorCode.FIELD_INVALID, f"{unknown!r} is no step; deploy Matinee whole.")

    def _note(self, run_id: RunId, event: Mapping[str, object], error: MatineeError) -> None:
        """Why a part failed, for `fail`: a map of many does not pass it on. Without it the run fails all the same."""
        with suppress(MatineeError):
            asset_id = self._catalog.get_run(run_id).asset_id
            self._notes.write_error(asset_id, run_id, f"{event.get('kind')}-{event.get('number')}", error)

    def _watch(self, run_id: RunId, seconds_left: Callable[[], float]) -> Callable[[], None]:
        """Called often by a step at work: raises when nobody wants its run, or its time is nearly over."""
        looked_at = self._clock.now()

        def alive() -> None:
            nonlocal looked_at
            if seconds_left() < LEAST_SECONDS_LEFT:
                sentence = (
                    "A part of the film takes longer than a function may run. Films that cannot be cut (variable frame "
                    "rate, damaged) must be short: export it again at a constant frame rate and upload that."
                )
                raise MatineeError(ErrorCode.SOURCE_UNSUPPORTED, sentence)
            if (self._clock.now() - looked_at).total_seconds() >= LOOK_SECONDS:
                self._wanted(run_id)
                looked_at = self._clock.now()

        return alive

    def _wanted(self, run_id: RunId) -> Run:
        """The run. It only reads: encoders may do no more. Raises `run_superseded`."""
        run = self._catalog.get_run(run_id)
        if self._moves.is_over(run):
            raise superseded(run)
        return run

    def _plan(self, run: Run) -> PlannedRun:
        planned = self._steps.planned(run.asset_id, run.id)
        if planned is None:
            sentence = "The plan of the ingest is gone, or of another version of Matinee. Ingest the asset again."
            # Nothing would bring it back: a further try of the same step is none.
            raise MatineeError(ErrorCode.SOURCE_MISSING, sentence)
        return planned

    def _instant_parts(self, run: Run, asset: Asset, planned: PlannedRun, most: int) -> tuple[tuple[int, int], ...]:
        """The stretches of files of the instant rendition; none when something can be watched already, or never."""
        if asset.version is not None:
            return ()
        indexed = self._instant.index(run, planned.plan.probe)
        if indexed is None:
            return ()
        if indexed:
            sizes = self._just_in_time.sizes(run.asset_id, instant_run_id(run.id))
            return shares(sizes, SHARE_BYTES, min(most, MOST_SHARES))
        return ((0, 0),) if self._store.stat(run.source_key).size_bytes <= COPIED_BYTES else ()


def check_length(plan: Plan) -> None:
    """Raises `source_unsupported` for a film of which one part would take longer than a function lives."""
    parts = (*(plan.chunks if plan.rungs else ()), *plan.sound)
    longest = max(parts, key=estimate.weight, default=None)
    if longest is None or estimate.weight(longest) <= LONGEST_PART_CPU_SECONDS:
        return
    video = plan.probe.video
    if video is not None and _is_long_between_keys(longest, video) and (plan.cut or plan.whole_reason == ONE_CHUNK):
        sentence = (
            f"Its key frames are {video.key_interval_seconds:.0f} s apart, and what lies between two takes longer to"
            " encode than a function on AWS may run; export it again with one every few seconds."
        )
    elif plan.cut:
        sentence = "Its parts take longer to encode than a function on AWS may run; ask for fewer codecs."
    else:
        why = plan.whole_reason or "It cannot be cut."
        sentence = f"{why} It is too long to be encoded in one piece on AWS; export it again at a constant frame rate."
    raise MatineeError(ErrorCode.SOURCE_UNSUPPORTED, sentence)


def _is_long_between_keys(chunk: Chunk, video: VideoStream) -> bool:
    """Whether the chunk is long because key frames are rare, and one of the usual length would do."""
    usual = SHORT_HDR_CHUNK_SECONDS if video.hdr else MediaSettings().chunk_seconds
    at_once = estimate.weight(chunk) * usual / float(chunk.length_seconds)
    return 2 * video.key_interval_seconds > usual and at_once <= LONGEST_PART_CPU_SECONDS


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise MatineeError(ErrorCode.FIELD_INVALID, f"{value!r} is no number of a part; deploy Matinee whole.")
    return value


def _stalled() -> MatineeError:
    return MatineeError(ErrorCode.RUN_STALLED, STALLED)
