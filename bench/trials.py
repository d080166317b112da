#!/usr/bin/env python3
"""What a chunk's encode would cost done otherwise: each way against today's, in turns, on one film.

    .venv/bin/python bench/trials.py FILM [--rounds 3] [--only NAME …]

CPU seconds of ffmpeg alone for the whole film (two chunks at once), media bytes, and SSIM of the lowest rung against
the source. A way that measures better belongs into `adapters/ffmpeg/commands.py`; docs/media.md has what was found.
"""

import argparse
import re
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from matinee.adapters.ffmpeg import commands
from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.inputs import file_input
from matinee.adapters.ffmpeg.tools import find_tools
from matinee.domain import chunks
from matinee.domain.media import Chunk, MediaSettings, Plan
from quality import ssim

TOOLS = find_tools()
FFMPEG, FFPROBE = str(TOOLS.ffmpeg), str(TOOLS.ffprobe)
AT_ONCE = 2
Change = Callable[[list[str]], list[str]]


def cascade(command: list[str]) -> list[str]:
    """Each rung scaled from the next larger one instead of from the source."""
    graph = command[command.index("-filter_complex") + 1]
    head, *rungs = graph.split(";")
    names = [re.sub(r".*\[(\w+)\]$", r"\1", rung) for rung in rungs]
    if len(rungs) < 2:
        return command
    parts = [re.sub(r",split=\d+.*$", "[s0]", head)]
    for n, (rung, name) in enumerate(zip(rungs, names, strict=True)):
        body = re.sub(rf"^\[s{n}\]", f"[s{n}]", rung.removesuffix(f"[{name}]"))
        last = n == len(rungs) - 1
        parts.append(f"{body}[{name}]" if last else f"{body},split=2[{name}][s{n + 1}]")
    changed = list(command)
    changed[command.index("-filter_complex") + 1] = ";".join(parts)
    return changed


def encoder_threads(count: int) -> Change:
    """So many threads for each rung's encoder."""

    def change(command: list[str]) -> list[str]:
        changed = list(command)
        for at in range(len(command) - 1):
            if command[at] == "-threads" and command[at + 1] == "1":
                changed[at + 1] = str(count)
        return changed

    return change


def decoder_threads(count: int) -> Change:
    """So many threads for the decoder."""

    def change(command: list[str]) -> list[str]:
        changed = list(command)
        changed[command.index("-threads") + 1] = str(count)
        return changed

    return change


def filter_threads(command: list[str]) -> list[str]:
    """One thread for all filters."""
    at = command.index("-filter_complex")
    return [*command[:at], "-filter_complex_threads", "1", *command[at:]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way to encode."""

    settings: MediaSettings = MediaSettings()  # noqa: RUF009 - frozen
    change: Change = list


WAYS = {
    "today": Way(),
    "chunks of 6 s": Way(settings=MediaSettings(chunk_seconds=6)),
    "chunks of 24 s": Way(settings=MediaSettings(chunk_seconds=24)),
    "two encoder threads a rung": Way(change=encoder_threads(2)),
    "one decoder thread": Way(change=decoder_threads(1)),
    "one filter thread": Way(change=filter_threads),
    "one thread for both": Way(change=lambda command: filter_threads(decoder_threads(1)(command))),
    "rungs from the next larger": Way(change=cascade),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a way took."""

    cpu_seconds: float
    size_bytes: int
    ssim: float


def run(film: Path, way: Way, out: Path, *, compare: bool) -> Cost:
    """The film's rungs, all chunks."""
    encoder = FfmpegEncoder(ffmpeg=FFMPEG, ffprobe=FFPROBE, niceness=0)
    plan = chunks.plan(encoder.probe(film), way.settings)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = list(pool.map(lambda chunk: _chunk(film, plan, chunk, way, out), plan.chunks))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lowest, second = plan.rungs[-1], float(plan.chunks[1].start_seconds)
    likeness = ssim(film, made[1][lowest.name], plan, lowest, start_seconds=second) if compare else 0.0
    return Cost(
        cpu_seconds=spent,
        size_bytes=sum(path.stat().st_size for files in made for path in files.values()),
        ssim=likeness,
    )


def _chunk(film: Path, plan: Plan, chunk: Chunk, way: Way, out: Path) -> dict[str, Path]:
    files = {rung.name: out / f"{chunk.number}-{rung.name}.mp4" for rung in plan.rungs}
    start = commands.pre_roll_start_seconds(plan, chunk)
    command = way.change(commands.chunk_command(FFMPEG, file_input(film), plan, chunk, start, files))
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return files


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Other ways to encode a chunk.")
    parser.add_argument("film", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS), help="these, and today's")
    given = parser.parse_args()
    ways = {name: way for name, way in WAYS.items() if name == "today" or name in given.only}
    ratios: dict[str, list[float]] = {name: [] for name in ways}
    first: dict[str, Cost] = {}
    for number in range(given.rounds):
        costs: dict[str, Cost] = {}
        for name, way in list(ways.items())[:: 1 if number % 2 == 0 else -1]:
            with tempfile.TemporaryDirectory() as folder:
                costs[name] = run(given.film.absolute(), way, Path(folder), compare=number == 0)
        first = first or costs
        for name, cost in costs.items():
            ratios[name].append(cost.cpu_seconds / costs["today"].cpu_seconds)
    print(f"{'':28}{'CPU':>7}{'(all)':>24}{'bytes':>8}{'SSIM':>9}")
    for name, values in ratios.items():
        size = first[name].size_bytes / first["today"].size_bytes
        likeness = first[name].ssim - first["today"].ssim
        shown = ", ".join(f"{value:.3f}" for value in values)
        print(f"{name:28}{statistics.median(values):7.3f}{shown:>24}{size:8.3f}{likeness:+9.4f}")


if __name__ == "__main__":
    main()
