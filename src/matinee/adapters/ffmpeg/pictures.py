"""A film's storyboard and posters with ffmpeg. It must not know where they go, nor which poster is chosen.

One pass over the film reads and decodes key frames alone, and of these one per tile: of an MP4 or MOV the bytes
between them are never asked for. It also measures every tile, which tells where to take the posters.
"""

import re
from collections.abc import Callable, Sequence
from math import inf, isnan
from pathlib import Path

from matinee.adapters.ffmpeg.commands import mapped, reader_shift, started_quietly, tolerant_input, tone_map
from matinee.adapters.ffmpeg.inputs import Input
from matinee.adapters.ffmpeg.process import Limits, watch
from matinee.domain.media import Probe, VideoStream
from matinee.domain.pictures import (
    COLUMNS,
    ROWS,
    Candidate,
    Look,
    Pictures,
    Storyboard,
    candidate_moments,
    candidate_name,
    interval_seconds,
    sheet_name,
    tile_size,
)

# Edit lists and decoders move a key frame by a frame or two: it still counts for the tile it was meant for.
EARLY_SECONDS = 0.2
MOMENT = re.compile(r"pts_time:(-?[\d.]+)")
MEASURED = re.compile(r"lavfi\.(?:signalstats\.)?(YAVG|YLOW|YHIGH|SATAVG|blur)=(\S+)")
POSTER_WIDTH = 1280
# Of 2..31. 5: no blocks to be seen in a small picture, at about 5 kB; 3: none at any size, at about 100 kB.
TILE_QUALITY, POSTER_QUALITY = "5", "3"


def make_pictures(
    ffmpeg: str, source: Input, probe: Probe, folder: Path, limits: Limits, tell: Callable[[], None]
) -> Pictures:
    """The pictures of a film, in `folder/pictures`. `tell` is called while it works and may raise to stop it.

    `encode_failed` when ffmpeg failed; empty when nothing could be decoded.
    """
    (folder / "pictures").mkdir()
    if probe.video is None:
        return Pictures()
    width, height = tile_size(probe.video.display_width, probe.video.display_height)
    notes = folder / "tiles.txt"
    watch(tiles_command(ffmpeg, source, probe, notes, folder / "pictures"), limits, lambda _: tell())
    shift = reader_shift(probe, probe.video.index)
    looks = _looks(notes, shift)
    if not looks:
        return Pictures()
    board = Storyboard(
        tile_width=width, tile_height=height, columns=COLUMNS, rows=ROWS, times=tuple(look.at_seconds for look in looks)
    )
    _check_sheets(board, folder)
    moments = candidate_moments(looks, probe.duration_seconds)
    watch(posters_command(ffmpeg, source, probe, moments, folder), limits, lambda _: tell())
    return Pictures(storyboard=board, candidates=tuple(_candidates(moments, folder)))


def tiles_command(ffmpeg: str, source: Input, probe: Probe, notes: Path, sheets: Path) -> list[str]:
    """Sheets of tiles, and what was measured in each tile as `notes`."""
    video = _video(probe)
    step = interval_seconds(probe.duration_seconds)
    # Before decoding: the first key frame at or after each multiple of the interval, counted from the first one kept.
    time = "if(eq(pts\\,nopts)\\,dts\\,pts)*tb"
    kept = f"gte({time}\\,ld(0)-{EARLY_SECONDS})"
    following = f"st(0\\,(floor(({time}+{EARLY_SECONDS})/{step})+1)*{step})"
    drop = f"noise=drop='if(key\\,if({kept}\\,0*{following}\\,1)\\,1)'"
    width, height = tile_size(video.display_width, video.display_height)
    steps = [f"scale=w={width}:h={height}:flags=area", *tone_map(video), "setsar=1", *_measured(notes)]
    chain = f"[0:{video.index}]" + ",".join([*steps, "format=yuvj420p", f"tile={COLUMNS}x{ROWS}[tiles]"])
    return [
        *started_quietly(ffmpeg),
        *("-threads", "2"),  # hardly anything is decoded; more threads only take memory
        *("-discard:v", "nokey", "-skip_frame:v", "nokey", "-bsf:v", drop),
        *tolerant_input(source),
        *("-filter_complex", chain, *mapped("[tiles]"), "-fps_mode", "passthrough", "-q:v", TILE_QUALITY),
        *("-f", "image2", str(sheets / "sheet-%d.jpg").replace("\\", "\\\\")),
    ]


def posters_command(ffmpeg: str, source: Input, probe: Probe, moments: Sequence[float], folder: Path) -> list[str]:
    """A picture at each of `moments`, and what was measured in it as `poster-{number}.txt`; one process for all."""
    video = _video(probe)
    width = min(POSTER_WIDTH, video.display_width // 2 * 2 or 2)
    inputs: list[str] = []
    graph: list[str] = []
    outputs: list[str] = []
    for at, moment in enumerate(moments):
        seek = moment - reader_shift(probe, video.index)
        inputs += [*(["-ss", f"{seek:.6f}"] if seek > 0 else []), "-threads", "2", *tolerant_input(source)]
        steps = [*tone_map(video), f"scale=w={width}:h=-2", "setsar=1", *_measured(folder / f"poster-{at + 1}.txt")]
        graph.append(f"[{at}:{video.index}]" + ",".join([*steps, f"format=yuvj420p[poster{at}]"]))
        outputs += [*mapped(f"[poster{at}]"), "-frames:v", "1", "-q:v", POSTER_QUALITY, "-f", "mjpeg"]
        outputs.append(str(folder / candidate_name(at + 1)))
    return [*started_quietly(ffmpeg), *inputs, "-filter_complex", ";".join(graph), *outputs]


def _measured(notes: Path) -> list[str]:
    """Light, contrast and colour; sharpness; and both as text, since no other output has them."""
    return ["signalstats", "blurdetect", f"metadata=mode=print:file={_escaped(str(notes))}"]


def _escaped(path: str) -> str:
    """A path inside a filter's option inside a filter graph (ffmpeg-utils, "Quoting and escaping")."""
    return re.sub(r"([\\'\[\],;])", r"\\\1", re.sub(r"([\\':])", r"\\\1", path))


def _looks(notes: Path, shift_seconds: float) -> list[Look]:
    """What was measured, in the film's own time."""
    looks: list[Look] = []
    text = notes.read_text() if notes.exists() else ""
    for frame in re.split(r"^frame:", text, flags=re.MULTILINE)[1:]:
        moment = MOMENT.search(frame)
        values = {name: _number(value) for name, value in MEASURED.findall(frame)}
        if moment is None:
            continue
        at_seconds = round(max(0.0, float(moment[1]) + shift_seconds), 3)
        if looks and at_seconds <= looks[-1].at_seconds:
            at_seconds = looks[-1].at_seconds + 0.001  # a damaged clock; the tile is there, and tiles are counted
        looks.append(
            Look(
                at_seconds=round(at_seconds, 3),
                luma=values.get("YAVG", 0.0),
                dark=values.get("YLOW", 0.0),
                bright=values.get("YHIGH", 0.0),
                saturation=values.get("SATAVG", 0.0),
                blur=values.get("blur", inf),
            )
        )
    return looks


def _number(text: str) -> float:
    value = float(text)
    return inf if isnan(value) else value  # no edge at all


def _check_sheets(board: Storyboard, folder: Path) -> None:
    for number in range(1, board.sheet_count + 1):
        if not (folder / sheet_name(number)).stat().st_size:
            raise ValueError(f"{sheet_name(number)} is empty")


def _candidates(moments: Sequence[float], folder: Path) -> list[Candidate]:
    """Those that could be decoded; the others' files go."""
    made: list[Candidate] = []
    for number, moment in enumerate(moments, start=1):
        file, looks = folder / candidate_name(number), _looks(folder / f"poster-{number}.txt", 0.0)
        if looks and file.exists() and file.stat().st_size:
            made.append(Candidate(number=number, at_seconds=moment, score=looks[0].score))
        else:
            file.unlink(missing_ok=True)
    return made


def _video(probe: Probe) -> VideoStream:
    if probe.video is None:
        raise ValueError("a sound has no pictures")
    return probe.video
