#!/usr/bin/env python3
"""What encoding in chunks costs against one ffmpeg process that makes the same ladder at once.

It judges bytes and seconds only.

Both use the same binary, settings and film, take turns (the one that begins alternates), and are counted whole: CPU of
every process, packaging included for Matinee. The figures are medians of the pairs' ratios.

    .venv/bin/python bench/ingest.py FILM [--pairs 5] [--encoders N] [--json]

`predicted` is arithmetic (`prediction.py`) on chunks measured alone here, each assumption on its own line; nothing ran
on AWS.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from matinee.adapters.ffmpeg import commands
from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.inputs import file_input
from matinee.adapters.ffmpeg.samples import read_track
from matinee.adapters.ffmpeg.tools import find_tools
from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.domain import chunks, plan_document
from matinee.domain.cutting import whole_film
from matinee.domain.ids import AssetId, RunId
from matinee.domain.media import Media, MediaSettings, Plan
from matinee.domain.planned_run import PlannedRun
from matinee.services.encoding import encode
from matinee.services.fair_pool import FairPool
from matinee.services.steps import Steps
from prediction import Measured, predict
from quality import joined, ssim

TOOLS = find_tools()
# The same scheduling for both: whoever starts the bench decides how nice it is.
ENCODER = FfmpegEncoder(ffmpeg=str(TOOLS.ffmpeg), ffprobe=str(TOOLS.ffprobe), niceness=0)
ASSET, RUN = AssetId("ast_bench"), RunId("run_bench")
SOURCE_KEY = f"sources/{ASSET}/original"
MADE = Path("cut", "objects", "streams", ASSET, "m", RUN)
SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a command took: wall and CPU seconds, and the most memory its processes held together."""

    wall_seconds: float
    cpu_seconds: float
    peak_rss_mb: float


def spend(command: list[str]) -> Spent:
    """Runs a command with every process it starts."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak, ended = [0.0], threading.Event()

    def sample() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            peak[0] = max(peak[0], sum(map(rss_mb, family(process.pid))))

    sampler = threading.Thread(target=sample)
    sampler.start()
    assert process.stderr is not None
    words = process.stderr.read().decode("utf-8", "replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.monotonic() - began
    ended.set()
    sampler.join()
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with code {process.returncode}: {words[-600:]}")
    return Spent(wall_seconds=wall, cpu_seconds=usage.ru_utime + usage.ru_stime, peak_rss_mb=peak[0])


def family(pid: int) -> list[int]:
    """A process and its descendants, as far as they are there."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(found for child in children for found in family(child))]


def rss_mb(pid: int) -> float:
    """The memory a process holds; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def one_pass(film: Path, plan: Plan, out: Path) -> Spent:
    """The yardstick: one process, one decode, every rung and sound, as many threads as it likes."""
    out.mkdir()
    files = {name: out / f"{name}.mp4" for name in plan.names}
    command = commands.video_command(ENCODER.ffmpeg, file_input(film), plan, files)
    for at in range(len(command) - 1):
        if command[at : at + 2] == ["-threads", "1"]:
            command[at + 1] = "0"  # ours has one thread a rung, for the sake of its bytes; the yardstick has them all
    return spend(command + commands.audio_outputs(plan, files))


def in_chunks(film: Path, plan: Path, out: Path, encoders: int) -> Spent:
    """Matinee's way, in a process of its own."""
    return spend([sys.executable, __file__, str(film), "--make", str(plan), str(out), "--encoders", str(encoders)])


class LadderAlone(Steps):
    """What the yardstick makes too: no storyboard, no candidates for a poster."""

    def lacks_pictures(self, planned: PlannedRun) -> bool:
        """Nobody asks for any."""
        del planned
        return False


def make(film: Path, plan: Path, out: Path, encoders: int) -> None:
    """What the process of `in_chunks` does."""
    store = FileStore(out, LinkSigner(b"of no use here", lambda: "", SystemClock()), SystemEntropy())
    steps = LadderAlone(store, ENCODER, MediaSettings())
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(film, out / "film")  # a store takes files in by moving them; the copy is a second of the whole
    store.put_file(SOURCE_KEY, out / "film")
    wanted = plan_document.from_json(plan.read_text())
    planned = PlannedRun(asset_id=ASSET, run_id=RUN, source_key=SOURCE_KEY, plan=wanted)
    encode(steps, planned, out / "scratch", FairPool(encoders), lambda _: None)
    began = time.monotonic()
    media = steps.assemble(planned)
    (out / "assemble.json").write_text(json.dumps(time.monotonic() - began))
    (out / "media.json").write_text(json.dumps(media.to_json()))


def media_bytes(out: Path, media: Media) -> tuple[int, int]:
    """The rungs' bytes of both ways, boxes left out: of the one pass (below `out`/one) and of the chunks."""
    one = sum(sum(read_track(out / "one" / f"{r.name}.mp4").sizes) for r in media.video)
    cut = sum(mdat_bytes(path) for r in media.video for path in (out / MADE / r.name).glob("seg-*"))
    return one, cut


def mdat_bytes(path: Path) -> int:
    """The media in a segment."""
    data, at, found = path.read_bytes(), 0, 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found += size - 8 if data[at + 4 : at + 8] == b"mdat" else 0
        at += size
    return found


def quality(film: Path, plan: Plan, out: Path) -> dict[str, float]:
    """SSIM of the chunks less that of the one pass, per rung."""
    deltas = {}
    for rung in plan.rungs:
        cut = ssim(film, joined(out / MADE / rung.name, out / "cut.mp4"), plan, rung)
        deltas[rung.name] = round(cut - ssim(film, out / "one" / f"{rung.name}.mp4", plan, rung), 5)
    return deltas


def timed(work: Callable[[], object]) -> float:
    """Wall seconds of a call."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def playable_seconds(film: Path, out: Path, settings: MediaSettings) -> float | None:
    """From a complete upload to the first version: probe and index, or repackage; None when it must be encoded."""
    began = time.monotonic()
    probe = ENCODER.probe(film)
    instant = chunks.instant_plan(probe, settings)
    if instant is None:
        return None
    if ENCODER.index(film, instant) is None:
        ENCODER.remux(film, instant, out, lambda _: None)
        ENCODER.measure(out, instant)
    return time.monotonic() - began


def measured(film: Path, plan: Plan, out: Path, *, probe: float, assemble: float, index: float | None) -> Measured:
    """The first, the middle and the last full chunk encoded alone, and the sound."""
    picked = {plan.chunks[n].number: plan.chunks[n] for n in (0, len(plan.chunks) // 2, max(0, len(plan.chunks) - 2))}
    alone = [timed(lambda c=c: ENCODER.encode_chunk(film, plan, c, out, lambda _: None)) for c in picked.values()]  # type: ignore[misc]
    sound = timed(lambda: [ENCODER.encode_sound(film, plan, p, out, lambda _: None) for p in plan.sound])
    return Measured(
        plan=plan,
        chunk_seconds=tuple(alone),
        sound_seconds_per_second=sound / plan.probe.duration_seconds,
        probe_seconds=probe,
        assemble_seconds=assemble,
        index_seconds=index,
    )


def bench(film: Path, pairs: int, encoders: int, settings: MediaSettings) -> dict[str, object]:
    """All figures of a film."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        playable = playable_seconds(film, work / "instant", settings)
        began = time.monotonic()
        plan = chunks.plan(ENCODER.probe(film), settings)
        probe_seconds = time.monotonic() - began
        if not plan.cut:
            raise SystemExit(f"{film} is not cut: {plan.whole_reason}")
        whole = replace(plan, chunks=(whole_film(plan.probe),))
        (work / "plan.json").write_text(plan_document.to_json(plan))
        results: list[tuple[Spent, Spent]] = []
        for n in range(pairs):
            out = work / f"pair-{n}"
            out.mkdir()
            turns: list[Callable[[], Spent]] = [
                lambda out=out: one_pass(film, whole, out / "one"),  # type: ignore[misc]
                lambda out=out: in_chunks(film, work / "plan.json", out / "cut", encoders),  # type: ignore[misc]
            ]
            first, second = turns[n % 2](), turns[1 - n % 2]()
            results.append((first, second) if n % 2 == 0 else (second, first))
            print(f"pair {n + 1}: {_pair(*results[-1])}", file=sys.stderr)
        media = Media.from_json(json.loads((work / "pair-0" / "cut" / "media.json").read_text()))
        assemble_seconds = float(json.loads((work / "pair-0" / "cut" / "assemble.json").read_text()))
        one_bytes, cut_bytes = media_bytes(work / "pair-0", media)
        deltas = quality(film, plan, work / "pair-0")
        cut_wall = statistics.median(cut.wall_seconds for _, cut in results)
        return {
            "film": {"seconds": plan.probe.duration_seconds, "chunks": len(plan.chunks), "renditions": plan.names},
            "pairs": pairs,
            "encoders": encoders,
            "cpu_ratio": _median(results, "cpu_seconds"),
            "cpu_ratios": _ratios(results, "cpu_seconds"),
            "wall_ratio": _median(results, "wall_seconds"),
            "wall_ratios": _ratios(results, "wall_seconds"),
            "one_pass_cpu_seconds": round(statistics.median(one.cpu_seconds for one, _ in results), 1),
            "one_pass_wall_seconds": round(statistics.median(one.wall_seconds for one, _ in results), 1),
            "bitrate_ratio": round(cut_bytes / one_bytes, 4),
            "ssim_delta": min(deltas.values()),
            "ssim_deltas": deltas,
            "time_to_playable_s": None if playable is None else round(playable, 2),
            "time_to_ready_s": round((playable or probe_seconds) + cut_wall, 1),
            "peak_rss_mb": round(max(cut.peak_rss_mb for _, cut in results)),
            "one_pass_peak_rss_mb": round(max(one.peak_rss_mb for one, _ in results)),
            "predicted": predict(
                measured(
                    film,
                    plan,
                    work / "alone",
                    probe=probe_seconds,
                    assemble=assemble_seconds,
                    index=playable,
                )
            ),
        }


def _pair(one: Spent, cut: Spent) -> str:
    return (
        f"one pass {one.cpu_seconds:.1f} CPU s {one.wall_seconds:.1f} s {one.peak_rss_mb:.0f} MB,"
        f" chunks {cut.cpu_seconds:.1f} CPU s {cut.wall_seconds:.1f} s {cut.peak_rss_mb:.0f} MB"
    )


def _ratios(results: list[tuple[Spent, Spent]], field: str) -> list[float]:
    return [round(getattr(cut, field) / getattr(one, field), 3) for one, cut in results]


def _median(results: list[tuple[Spent, Spent]], field: str) -> float:
    return round(statistics.median(_ratios(results, field)), 3)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Encoding in chunks against one ffmpeg process.")
    parser.add_argument("film", type=Path)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--encoders", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--chunk-seconds", type=int, default=MediaSettings().chunk_seconds)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--make", nargs=2, type=Path, metavar=("PLAN", "OUT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        plan, out = given.make
        make(given.film, plan, out, given.encoders)
        return
    settings = MediaSettings(chunk_seconds=given.chunk_seconds)
    figures = bench(given.film.absolute(), given.pairs, given.encoders, settings)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name:24}{json.dumps(value) if not isinstance(value, dict) else ''}")
        for key, inner in value.items() if isinstance(value, dict) else ():
            lines = inner if isinstance(inner, list) else [json.dumps(inner)]  # assumptions: each on a line of its own
            print("\n".join(f"    {key if n == 0 else '':26} {line}" for n, line in enumerate(lines)))


if __name__ == "__main__":
    main()
