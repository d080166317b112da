"""How near a made picture is to its source. It must not know how it was made."""

import shutil
import subprocess
from pathlib import Path

from matinee.adapters.ffmpeg.tools import find_tools
from matinee.domain.media import Plan, Rung

FFMPEG = str(find_tools().ffmpeg)


def ssim(film: Path, made: Path, plan: Plan, rung: Rung, *, start_seconds: float = 0.0) -> float:
    """The mean structural similarity of a rung to the source, both at the rung's size, picture by picture.

    `made` begins with the source's picture at `start_seconds`.
    """
    video = plan.probe.video
    assert video is not None
    # By number: the clocks of two files round differently.
    graph = (
        f"[0:v]settb=1/100,setpts=N[a];[1:{video.index}]scale={rung.width}:{rung.height}:flags=bicubic,format=yuv420p,"
        "settb=1/100,setpts=N[b];[a][b]ssim=shortest=1"
    )
    readable = decoded_av1(made) if rung.codec == "av1" else made
    source = ("-ss", f"{start_seconds:.6f}", "-i", str(film))
    said = _run("-v", "info", "-i", str(readable), *source, "-lavfi", graph, "-f", "null", "-")
    if readable != made:
        readable.unlink()
    return float(said.rsplit("All:", 1)[1].split()[0])


def decoded_av1(made: Path) -> Path:
    """The pictures of an AV1 file, by dav1d: the packaged ffmpeg has no decoder for it."""
    dav1d = shutil.which("dav1d")
    if dav1d is None:
        raise SystemExit("dav1d is not installed (apt: dav1d); it decodes what AV1 is judged by")
    stream, pictures = made.with_suffix(".obu"), made.with_suffix(".y4m")
    _run("-v", "error", "-y", "-i", str(made), "-c", "copy", "-f", "obu", str(stream))
    subprocess.run([dav1d, "-q", "-i", str(stream), "-o", str(pictures)], check=True, stdin=subprocess.DEVNULL)
    stream.unlink()
    return pictures


def joined(folder: Path, into: Path) -> Path:
    """A rendition as one file that ffmpeg reads."""
    with into.open("wb") as out:
        for path in [folder / "init.mp4", *sorted(folder.glob("seg-*"))]:
            out.write(path.read_bytes())
    return into


def _run(*arguments: str) -> str:
    command = [FFMPEG, "-nostdin", "-hide_banner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr
