#!/usr/bin/env python3
"""What HEVC and AV1 cost and save against H.264. It must not know chunks or packaging: they are the same for all three.

    .venv/bin/python bench/ladders.py FILM [--seconds 12] [--rungs 720 360]

The film's beginning is encoded as Matinee encodes a chunk (one thread a rung), once per codec, each rung of it by
itself; CPU seconds, media bytes and SSIM against the film are printed beside their ratios to H.264. AV1 is decoded by
dav1d (Debian's package) to be judged.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from matinee.adapters.ffmpeg import commands
from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.inputs import file_input
from matinee.adapters.ffmpeg.samples import read_track
from matinee.adapters.ffmpeg.tools import find_tools
from matinee.domain import chunks
from matinee.domain.cutting import picture_grid
from matinee.domain.media import Chunk, MediaSettings, Plan, Rung
from quality import FFMPEG, ssim


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One rung: what it took, what it weighs, what it looks like."""

    cpu_seconds: float
    peak_rss_mb: float
    kbits_per_second: float
    ssim: float


def one_chunk(plan: Plan, seconds: int) -> Plan:
    """The plan with the film's first seconds as its one chunk, at exact pictures as a worker gets it."""
    if plan.probe.video is None or plan.frame_rate is None:
        raise SystemExit("a film of a constant rate is needed")
    grid = picture_grid(plan.probe.video, plan.frame_rate)
    count = min(grid.count, int(seconds * plan.frame_rate))
    step = -(-plan.gop_seconds * plan.frame_rate // 1)
    keys = tuple(range(0, count, int(step)))
    length = count / plan.frame_rate
    chunk = Chunk(
        number=1,
        start_seconds=grid.start_seconds,
        length_seconds=length,
        first_segment=1,
        frame_count=count,
        key_frames=keys,
    )
    return replace(plan, chunks=(chunk,), picture_start_seconds=grid.start_seconds)


def make(film: Path, plan: Plan, rungs: tuple[Rung, ...], out: Path) -> tuple[float, float]:
    """The rungs of the plan's chunk, in one process; its CPU seconds and the most memory it held, in MB."""
    files = {rung.name: out / f"{rung.name}.mp4" for rung in rungs}
    asked = replace(plan, rungs=rungs)
    command = commands.chunk_command(FFMPEG, file_input(film), asked, plan.chunks[0], 0.0, files)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    words = process.stderr.read().decode("utf-8", "replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"ffmpeg ended with code {process.returncode}: {words[-600:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def judged(film: Path, plan: Plan, rung: Rung, out: Path) -> Made:
    """One rung, encoded and looked at."""
    cpu_seconds, peak = make(film, plan, (rung,), out)
    made = out / f"{rung.name}.mp4"
    seconds = float(plan.chunks[0].length_seconds)
    return Made(
        cpu_seconds=round(cpu_seconds, 2),
        peak_rss_mb=round(peak),
        kbits_per_second=round(sum(read_track(made).sizes) * 8 / seconds / 1000, 1),
        ssim=round(ssim(film, made, plan, rung), 4),
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="HEVC and AV1 against H.264.")
    parser.add_argument("film", type=Path)
    parser.add_argument("--seconds", type=int, default=12, help="how much of it (a chunk)")
    parser.add_argument("--rungs", type=int, nargs="*", default=[], help="classes besides the film's own")
    parser.add_argument("--memory", action="store_true", help="only the memory of one chunk with the whole ladder")
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    settings = MediaSettings(codecs=("h264", "hevc", "av1"))
    if not given.memory:
        settings = replace(settings, rung_heights=tuple(given.rungs))
    tools = find_tools()
    probe = FfmpegEncoder(ffmpeg=str(tools.ffmpeg), ffprobe=str(tools.ffprobe)).probe(given.film)
    plan = one_chunk(chunks.plan(probe, settings), given.seconds)
    with tempfile.TemporaryDirectory() as folder:
        if given.memory:
            for codecs in (("h264",), ("h264", "hevc"), ("h264", "av1"), ("h264", "hevc", "av1")):
                rungs = tuple(rung for rung in plan.rungs if rung.codec in codecs)
                cpu, peak = make(given.film, plan, rungs, Path(folder))
                print(f"{' + '.join(codecs):20} {len(rungs):2} rungs {cpu:8.1f} CPU s {peak:6.0f} MB")
            return
        figures = {rung.name: (rung, judged(given.film, plan, rung, Path(folder))) for rung in plan.rungs}
    if given.json:
        print(json.dumps({name: asdict(made) for name, (_, made) in figures.items()}, indent=1))
        return
    print(f"{'rung':12} {'CPU s':>8} {'x':>6} {'kbit/s':>8} {'x':>6} {'SSIM':>8} {'MB':>6}")
    for name, (_, made) in figures.items():
        base = figures[name.partition("-")[0]][1]
        print(
            f"{name:12} {made.cpu_seconds:8.2f} {made.cpu_seconds / base.cpu_seconds:6.2f} {made.kbits_per_second:8.1f}"
            f" {made.kbits_per_second / base.kbits_per_second:6.3f} {made.ssim:8.4f} {made.peak_rss_mb:6.0f}"
        )


if __name__ == "__main__":
    main()
