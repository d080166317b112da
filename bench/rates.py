#!/usr/bin/env python3
"""What constant quality under a cap delivers, film by film, against a constant rate of the cap itself.

It must not know the ladder's lower rungs: what holds for the largest picture of a film holds for the others.

    .venv/bin/python bench/rates.py FILM... [--crf 20 23 26] [--seconds 10] [--class 720]

Beside the given films one is made whose every picture is noise in motion: what no film needs, and what the cap is for.
For each CRF the rate, its share of the cap, the share of two-second groups that the cap held down, and SSIM against the
film; then the same rung at a constant rate of the cap.
"""

import argparse
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from ladders import make, one_chunk
from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.samples import Track, read_track
from matinee.adapters.ffmpeg.tools import find_tools
from matinee.domain import chunks
from matinee.domain.media import MediaSettings, Plan, Rung
from quality import FFMPEG, ssim

# A group at nine tenths of the cap or more would have been larger without it.
AT_THE_CAP = 0.9
NOISE = "testsrc2=s=1280x720:r=30:d={seconds},noise=alls=40:allf=t,scroll=h=0.01:v=0.02"
CONSTANT_CRF = 1  # what a constant rate is asked for by: better than the cap allows at any moment


def noise(folder: Path, seconds: int) -> Path:
    """The film of noise, nearly lossless."""
    out = folder / "noise.mp4"
    picture = ["-f", "lavfi", "-i", NOISE.format(seconds=seconds)]
    command = [FFMPEG, "-v", "error", *picture, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "10", str(out)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return out


def capped_share(track: Track, rung: Rung) -> float:
    """The share of groups of pictures whose rate the cap decided."""
    ends = (*track.keys[1:], len(track.sizes))
    rates = [
        sum(track.sizes[first:end]) * 8 * track.timescale / sum(track.durations[first:end])
        for first, end in zip(track.keys, ends, strict=True)
    ]
    return sum(rate >= AT_THE_CAP * rung.max_bits_per_second for rate in rates) / len(rates)


def line(film: Path, plan: Plan, rung: Rung, label: str, out: Path) -> float:
    """One row of the table; the rate in bits per second."""
    make(film, plan, (rung,), out)
    made = out / f"{rung.name}.mp4"
    track = read_track(made)
    rate = sum(track.sizes) * 8 / float(plan.chunks[0].length_seconds)
    print(
        f"{film.name:20} {label:>9} {rate / 1000:9.0f} {rate / rung.max_bits_per_second:8.1%}"
        f" {capped_share(track, rung):8.0%} {ssim(film, made, plan, rung):8.4f}",
        flush=True,
    )
    return rate


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Constant quality under a cap against a constant rate.")
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--crf", type=int, nargs="+", default=[20, 23, 26])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--class", type=int, default=720, dest="height", help="the largest picture")
    given = parser.parse_args()
    tools = find_tools()
    encoder = FfmpegEncoder(ffmpeg=str(tools.ffmpeg), ffprobe=str(tools.ffprobe))
    settings = MediaSettings(rung_heights=(), max_height=given.height)
    print(f"{'film':20} {'':>9} {'kbit/s':>9} {'of cap':>8} {'at cap':>8} {'SSIM':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for film in [*given.films, noise(Path(folder), given.seconds)]:
            plan = one_chunk(chunks.plan(encoder.probe(film), settings), given.seconds)
            rung = plan.rungs[0]
            for crf in given.crf:
                line(film, plan, replace(rung, crf=crf), f"CRF {crf}", Path(folder))
            line(film, plan, replace(rung, crf=CONSTANT_CRF), "constant", Path(folder))


if __name__ == "__main__":
    main()
