#!/usr/bin/env python3
"""How long until somebody can watch: from a run that waits in the queue to its first segment, served and decoded.

It judges seconds only. For films of several lengths, each in turn with ffmpeg's own `-c copy` to HLS of the same file,
which is what making something watchable without encoding takes otherwise.

    .venv/bin/python bench/instant.py [--minutes 1 10 60 180] [--pairs 3] [--container mkv] [--json] [--folder FOLDER]

The films are a minute of 720p, encoded once and repeated, under silence of the whole length. Everything runs in this
process as worker and server run it (catalog, store and edge on a real disk); not counted is the wait for a free worker.
CPU seconds are all that passes meanwhile, ffprobe's and the decoder's included: other work on the machine blurs them
less than the time.
"""

import argparse
import asyncio
import gc
import json
import logging
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from matinee.adapters.ffmpeg.tools import find_tools
from matinee.config import Settings
from matinee.domain.asset import Asset, Status
from matinee.domain.ids import AssetId, encode_id
from matinee.domain.object_keys import source_key
from matinee.http.app import build_app
from matinee.services.playback import SessionRequest
from matinee.wiring import Machine, open_machine

FFMPEG = str(find_tools().ffmpeg)
MINUTE_SECONDS = 60
LIMIT_SECONDS = 1.0
QUIET = (FFMPEG, "-nostdin", "-hide_banner", "-loglevel", "error", "-y")


class Playable(Exception):  # noqa: N818 - no error: what is waited for
    """The run is playable; what comes after is not measured."""


class StopWhenPlayable(logging.Handler):
    """Ends a run where it says that it is playable."""

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler.emit`."""
        if record.msg == "run playable":
            raise Playable


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """One film, once: seconds until it was playable, until its first segment was decoded, CPU seconds by then."""

    playable: float
    watched: float
    cpu: float


def main() -> None:
    """Measure and print. Exit code 1 when a film took longer than the limit, with --check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, nargs="+", default=[1, 10, 60, 180])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--container", choices=("mp4", "mkv"), default="mp4", help="mkv: what must be read as a whole")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help=f"exit 1 when a film takes over {LIMIT_SECONDS} s")
    parser.add_argument("--film", type=Path, help="a picture of a minute, instead of the one made here")
    parser.add_argument("--folder", type=Path, help="where the films (23 MB a minute) and a copy are written")
    wish = parser.parse_args()
    logging.getLogger("matinee").setLevel(logging.INFO)
    logging.getLogger("matinee").addHandler(StopWhenPlayable())
    with tempfile.TemporaryDirectory(dir=wish.folder) as name:
        folder = Path(name)
        minute = wish.film or _minute(folder / "minute.mp4")
        # Server and workers run for weeks: what a process does once, for its first film, is nobody's wait.
        _watched(_film(1, minute, folder / f"first.{wish.container}"), folder / "data")
        gc.freeze()  # as a worker does
        film = folder / f"film.{wish.container}"
        rows = [_row(minutes, minute, film, wish.pairs) for minutes in wish.minutes]
    print(json.dumps(rows, indent=2) if wish.json else _table(rows))
    if wish.check and max(row["watched_s"] for row in rows) > LIMIT_SECONDS:
        sys.exit(1)


def _minute(out: Path) -> Path:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=60,noise=alls=20:allf=t")
    rate = ("-b:v", "3M", "-maxrate", "3M", "-bufsize", "6M", "-g", "60", "-bf", "2")
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", *rate)
    subprocess.run([*QUIET, *picture, *codec, str(out)], check=True, timeout=600)
    return out


def _film(minutes: int, minute: Path, film: Path) -> Path:
    """As an encoder writes it: every picture on the grid, every packet of the sound behind the one before."""
    picture = ("-stream_loop", str(minutes - 1), "-i", str(minute))
    sound = ("-f", "lavfi", "-t", str(minutes * MINUTE_SECONDS), "-i", "anullsrc=sample_rate=48000")
    codecs = ("-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-b:a", "128k")
    subprocess.run([*QUIET, *picture, *sound, *codecs, str(film)], check=True, timeout=1800)
    return film


def _row(minutes: int, minute: Path, film: Path, pairs: int) -> dict[str, float]:
    _film(minutes, minute, film)
    folder = film.parent
    size = film.stat().st_size
    waited, copied = [], []
    for turn in range(pairs):
        if turn % 2:
            copied.append(_copied(film, folder / "copy"))
        waited.append(_watched(film, folder / "data"))
        if not turn % 2:
            copied.append(_copied(film, folder / "copy"))
    film.unlink()
    return {
        "minutes": minutes,
        "size_mb": round(size / 1e6),
        "playable_s": round(statistics.median(w.playable for w in waited), 3),
        "watched_s": round(statistics.median(w.watched for w in waited), 3),
        "slowest_s": round(max(w.watched for w in waited), 3),
        "cpu_s": round(statistics.median(w.cpu for w in waited), 3),
        "copy_s": round(statistics.median(copied), 3),
        "ratio": round(statistics.median(w.watched / copy for w, copy in zip(waited, copied, strict=True)), 3),
    }


def _copied(film: Path, folder: Path) -> float:
    folder.mkdir()
    os.sync()
    start = time.perf_counter()
    hls = ("-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4")
    command = [*QUIET, "-i", str(film), "-c", "copy", *hls, str(folder / "main.m3u8")]
    subprocess.run(command, check=True, timeout=600)
    seconds = time.perf_counter() - start
    shutil.rmtree(folder)
    return seconds


def _watched(film: Path, data_dir: Path) -> Waited:
    """The film's run, from the queue until its first segment is decoded."""
    machine = open_machine(Settings(data_dir=data_dir, workers=0))
    now = machine.clock.now()
    machine.keys.rotate(now=now, keep_for_renewal_until=now)
    asset_id = AssetId(encode_id("ast_", bytes(13)))
    asset = Asset(id=asset_id, title="Bench", status=Status.UPLOADING, created_at=now, updated_at=now)
    machine.app.catalog.add_asset(asset)
    key = source_key(asset_id, film.name)
    link = data_dir / film.name
    link.hardlink_to(film)
    machine.store.put_file(key, link)
    run = machine.runs.begin(machine.app.catalog.get_asset(asset_id), key)
    app = build_app(machine.app)
    os.sync()  # an upload is on the disk when its run is queued; a film still in memory would be written meanwhile
    start, cpu = time.perf_counter(), _cpu_seconds()
    try:
        machine.ingest.perform(run.id, machine.scratch / run.id, lambda: None)
    except Playable:
        playable = time.perf_counter() - start
    else:
        raise SystemExit("the film was never playable by itself")
    (data_dir / "first.mp4").write_bytes(asyncio.run(_first_segment(machine, app, asset_id)))
    decode = [*QUIET, "-xerror", "-i", str(data_dir / "first.mp4"), "-f", "null", "-"]
    subprocess.run(decode, check=True, timeout=60, capture_output=True)
    waited = Waited(playable=playable, watched=time.perf_counter() - start, cpu=_cpu_seconds() - cpu)
    shutil.rmtree(data_dir)
    return waited


def _cpu_seconds() -> float:
    """Of this process and of those that ended."""
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


async def _first_segment(machine: Machine, app: object, asset_id: AssetId) -> bytes:
    """What a player asks for before the first picture: playlists, init segment and first segment, the latter joined."""
    playback = machine.app.sessions.open(asset_id, SessionRequest())
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # httpx types scopes more loosely than Starlette
    base = f"http://bench/t/{playback.token}/{asset_id}/{playback.asset.version}/"
    async with httpx.AsyncClient(transport=transport, base_url=base) as viewer:
        (await viewer.get("main.m3u8")).raise_for_status()
        lines = (await viewer.get("source.m3u8")).raise_for_status().text.splitlines()
        init = next(line for line in lines if line.startswith("#EXT-X-MAP")).split('"')[1]
        first = next(line for line in lines if not line.startswith("#"))
        return b"".join([(await viewer.get(uri)).raise_for_status().content for uri in (init, first)])


def _table(rows: list[dict[str, float]]) -> str:
    head = "minutes    size   playable  decoded (slowest)      CPU   ffmpeg -c copy   ratio"
    return "\n".join([head, *map(_line, rows)])


def _line(row: dict[str, float]) -> str:
    film = f"{row['minutes']:7}{row['size_mb']:6} MB"
    ours = f"{row['playable_s']:9.2f} s{row['watched_s']:8.2f} s ({row['slowest_s']:.2f} s)"
    return f"{film}{ours}{row['cpu_s']:7.2f} s{row['copy_s']:14.2f} s{row['ratio']:9.2f}"


if __name__ == "__main__":
    main()
